"""An engineer pastes readings from a spreadsheet, sees what they mean, passes the link on and files the PDF."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Visit
from tests.journeys.following import follow

pytestmark = pytest.mark.browser

Axe = Callable[[Page], None]


def test_results_of_a_round_are_pasted_scored_and_passed_on(
    visit: Visit, axe: Axe, screenshot: Callable[..., None]
) -> None:
    page = visit()
    page.goto("/")
    follow(page.get_by_role("contentinfo").get_by_role("link", name="工具箱"))
    axe(page)
    page.get_by_role("link", name="能力验证评分").click()
    page.get_by_label("结果 x").fill("9.8\n10,1\n13.9")
    page.get_by_label("指定值", exact=True).fill("10")
    page.get_by_label("能力评定标准差").fill("1")
    page.get_by_role("button", name="计算").click()
    expect(page.get_by_text("第 2 行的逗号可能是千位分隔符或小数点").first).to_be_visible()
    page.get_by_label("结果 x").fill("9.8\n10.1\n13.9")
    page.get_by_role("button", name="计算").click()
    expect(page.get_by_text("3 个结果：2 个满意，0 个有问题，1 个不满意")).to_be_visible()
    expect(page.get_by_role("img", name="z 评分，从小到大")).to_be_visible()
    axe(page)
    link = page.get_by_role("link", name="重现此结果的链接").get_attribute("href")
    with page.expect_download() as caught:
        page.get_by_role("button", name="导出 PDF").click()
    assert caught.value.path().read_bytes().startswith(b"%PDF")

    other = visit(language="en", phone=True)
    other.goto(str(link))
    expect(other.get_by_text("3 results: 2 satisfactory, 0 questionable, 1 unsatisfactory")).to_be_visible()
    assert other.evaluate("document.documentElement.scrollWidth <= innerWidth")
    axe(other)


def test_a_link_too_long_for_an_address_repeats_the_result_all_the_same(visit: Visit) -> None:
    page = visit()
    page.goto("/toolbox/robust/")
    column = "\n".join(f"{10 + (7919 * place % 1000) / 977:.6f}" for place in range(3000))
    # Set at once, as pasting does; the driver's way of filling types line by line.
    page.get_by_label("结果 x").evaluate("(field, text) => { field.value = text }", column)
    page.get_by_role("button", name="计算").click()
    told = page.get_by_role("status").first.inner_text()
    link = page.get_by_role("link", name="重现此结果的链接").get_attribute("href")
    assert "#in=" in str(link)
    other = visit()
    other.goto(str(link))
    expect(other.get_by_text(told)).to_be_visible()


def test_only_what_the_chosen_method_reads_is_asked_for(
    visit: Visit, axe: Axe, screenshot: Callable[..., None]
) -> None:
    page = visit()
    page.goto("/toolbox/interval/")
    page.get_by_label("方法").select_option(label="阶梯法")
    expect(page.get_by_label("校准次数")).to_be_hidden()
    page.get_by_label("目前的间隔").fill("12")
    page.get_by_label("各次的误差").fill("0.2 -0.1 0.3")
    page.get_by_label("最大允许误差").fill("1")
    page.get_by_role("button", name="计算").click()
    expect(page.get_by_text("可以把间隔从 12 延长到 18")).to_be_visible()
    axe(page)
    page.goto("/toolbox/uncertainty/?example=1")
    expect(page.get_by_role("img", name="蒙特卡洛得到的分布")).to_be_visible()
    axe(page)
    screenshot(page, "toolbox")
