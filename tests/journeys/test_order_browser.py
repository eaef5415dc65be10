"""An institution lets another one determine an item, with the client's consent on a phone; and is paid for its work."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from quanheng.cli.client import Client
from quanheng.cli.instance import Instance
from tests.conftest import Visit
from tests.journeys.following import follow
from tests.journeys.ordering import fresh_order, report_on, reviewed

pytestmark = pytest.mark.browser

As = Callable[[str | None], Client]
Axe = Callable[[Page], None]


def _path(page: Page) -> str:
    return re.sub(r"^https?://[^/]+", "", page.url)


def _fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_item_is_subcontracted_as_its_client_agrees(server: Instance, client: As, visit: Visit, axe: Axe) -> None:
    order = fresh_order(server, client)
    client("operator").post(f"/orders/{order}/accept", {})
    desk = visit("operator")
    desk.goto(f"/orders/{order}/")
    desk.get_by_role("link", name="提出分包").click()
    desk.get_by_role("button", name="看谁能承担").click()
    expect(desk.get_by_text("这个字段是必填项").first).to_be_visible()
    desk.get_by_label("最高车速").check()
    follow(desk.get_by_role("button", name="看谁能承担"))
    axe(desk)
    desk.get_by_role("radio").first.check()
    desk.get_by_label("理由").fill("测速设备送检，三周后才能使用。")
    desk.get_by_role("button", name="请委托方同意").click()
    expect(desk.get_by_text("待委托方同意").first).to_be_visible()
    subcontract = _path(desk)

    phone = visit("enterprise", phone=True)
    phone.goto("/work/")
    phone.goto(subcontract)
    # What the institution pays for it is not the client's business; that its own price stays is.
    expect(phone.get_by_text("委托方的价格不因分包而变")).to_be_visible()
    expect(phone.get_by_text("分包价格")).to_have_count(0)
    _fits(phone)
    axe(phone)
    phone.get_by_role("link", name="同意分包", exact=True).click()
    phone.get_by_role("button", name="同意分包", exact=True).click()
    expect(phone.get_by_text("分包方办理中").first).to_be_visible()

    desk.goto(subcontract)
    expect(desk.get_by_text("分包方的任务单")).to_be_visible()
    desk.get_by_role("definition").get_by_role("link").last.click()
    expect(desk.get_by_text("待接受").first).to_be_visible()


def test_a_report_is_billed_paid_and_received(server: Instance, client: As, visit: Visit, axe: Axe) -> None:
    order = fresh_order(server, client)
    report_on(order, client)
    desk = visit("operator")
    desk.goto(f"/orders/{order}/")
    follow(desk.get_by_role("link", name="开具账单"))
    axe(desk)
    agreed = desk.get_by_label("应付金额（元）").input_value()
    desk.get_by_label("应付金额（元）").fill(f"{float(agreed) + 1:.2f}")
    desk.get_by_role("button", name="开具账单").click()
    expect(desk.get_by_text("应付金额应在 0 与约定价格").first).to_be_visible()
    desk.get_by_label("应付金额（元）").fill(agreed)
    desk.get_by_label("发票号码").fill("24122000000012345678")
    desk.get_by_role("button", name="开具账单").click()
    expect(desk.get_by_text("24122000000012345678")).to_be_visible()

    phone = visit("enterprise", phone=True)
    phone.goto(f"/orders/{order}/")
    _fits(phone)
    follow(phone.get_by_role("link", name="登记付款"))
    axe(phone)
    phone.get_by_label("付款凭证号").fill("BANK-20261127-0042")
    phone.get_by_role("button", name="登记付款").click()
    expect(phone.get_by_text("BANK-20261127-0042")).to_be_visible()

    desk.goto(f"/orders/{order}/")
    desk.get_by_role("link", name="未收到付款").click()
    desk.get_by_label("理由").fill("银行流水中没有这笔款项。")
    desk.get_by_role("button", name="未收到付款").click()
    desk.get_by_role("link", name="确认到账").click()
    desk.get_by_role("button", name="确认到账").click()
    expect(desk.get_by_text("已结清").first).to_be_visible()


def test_a_signatory_issues_a_stack_and_is_told_what_was_left(
    server: Instance, client: As, visit: Visit, axe: Axe
) -> None:
    orders = [fresh_order(server, client) for _ in range(3)]
    for order in orders:
        reviewed(order, client)
    desk = visit("signatory")
    desk.goto("/work/")
    follow(desk.get_by_role("link", name="待我签发"))
    axe(desk)
    expect(desk.get_by_role("button", name="签发所选报告")).to_be_disabled()
    desk.get_by_label("勾选全部可签发的").check()
    ticks = desk.locator("input[name=uid]:not(:disabled)")
    assert ticks.count() >= 3 and all(one.is_checked() for one in ticks.all())
    # Only these three: what other journeys have left waiting is theirs.
    desk.get_by_label("勾选全部可签发的").uncheck()
    for order in orders:
        desk.locator(f"input[value='{order}']").check()
    # Somebody has sent one back meanwhile.
    client("reviewer").post(f"/orders/{orders[2]}/return", {"reason": "第 1 项单位有误"})
    desk.get_by_role("button", name="签发所选报告").click()
    desk.locator("dialog[open]").get_by_role("button", name="签发所选报告").click()
    expect(desk.get_by_role("heading", name="2 份已签发")).to_be_visible()
    left = desk.locator("section", has=desk.get_by_role("heading", name="1 份没有签发"))
    expect(left).to_contain_text("检测中")
    axe(desk)
    numbers = desk.locator("section", has=desk.get_by_role("heading", name="2 份已签发")).locator("a.code")
    first, second = (int(text.rsplit("-", 1)[1]) for text in numbers.all_inner_texts())
    assert second == first + 1
    follow(numbers.first)
    axe(desk)
    phone = visit("signatory", phone=True)
    phone.goto("/orders/signing/")
    _fits(phone)
