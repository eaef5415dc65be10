"""A client complains and objects from the page of its order, on a phone; both sides read the judgement of a retest."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from quanheng.cli.client import Client
from quanheng.cli.instance import Instance
from tests.conftest import Visit
from tests.journeys.following import follow
from tests.journeys.ordering import fresh_order

pytestmark = pytest.mark.browser

As = Callable[[str | None], Client]


def test_a_complaint_is_made_on_a_phone_answered_and_settled(
    server: Instance, client: As, visit: Visit, axe: Callable[[Page], None]
) -> None:
    order = fresh_order(server, client)
    page = visit("enterprise", phone=True)
    page.goto(f"/orders/{order}/")
    follow(page.get_by_role("link", name="投诉服务"))
    axe(page)
    page.get_by_label("投诉事项").select_option("late")
    page.get_by_label("经过和要求").fill("三天没有任何进展通知")
    page.get_by_role("button", name="提出投诉").click()
    expect(page.get_by_text("投诉不影响任务单的工期和价格")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    axe(page)
    path = re.sub(r"^https?://[^/]+", "", page.url)
    other = visit("quality")
    other.goto(path)
    other.get_by_role("link", name="答复投诉").click()
    other.get_by_label("答复", exact=True).fill("已排期，后天开始试验")
    other.get_by_role("button", name="答复投诉").click()
    expect(other.get_by_text("已排期，后天开始试验")).to_be_visible()
    axe(other)
    page.goto(path)
    page.get_by_role("button", name="接受答复").click()
    page.get_by_role("dialog").get_by_role("button", name="接受答复").click()
    expect(page.get_by_text("已解决").first).to_be_visible()


def test_a_retest_that_contradicts_is_told_with_its_numbers(
    visit: Visit, axe: Callable[[Page], None], screenshot: Callable[[Page, str], None]
) -> None:
    page = visit("quality")
    page.goto("/objections/")
    page.locator("table.register tbody tr a").first.click()
    expect(page.get_by_role("heading", name="复测比对")).to_be_visible()
    expect(page.get_by_text("由原机构承担")).to_be_visible()
    expect(page.get_by_role("link", name="开始更正报告")).to_be_visible()
    axe(page)
    screenshot(page, "objection")
    phone = visit("officer", phone=True)
    phone.goto("/complaints/?state=unresolved")
    phone.locator("table.register tbody tr a").first.click()
    expect(phone.get_by_text("12315").first).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    axe(phone)
