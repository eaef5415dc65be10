"""A quality manager narrows a register, sorts it, keeps it as a view, takes it along; at a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Visit

pytestmark = pytest.mark.browser


def test_a_register_is_narrowed_sorted_kept_and_taken_along(
    visit: Visit, axe: Callable[[Page], None], screenshot: Callable[[Page, str], None]
) -> None:
    page = visit("quality")
    page.goto("/registers/")
    axe(page)
    page.get_by_role("link", name="测量设备台账").click()
    rows = page.locator("table.register tbody tr")
    everything = rows.count()
    page.get_by_label("名称、型号或出厂编号").fill("压力")
    page.get_by_role("button", name="筛选", exact=True).click()
    expect(page).to_have_url(re.compile("q="))
    assert 0 < rows.count() < everything
    page.get_by_role("columnheader", name="校准有效期至").get_by_role("link").click()
    expect(page.get_by_role("columnheader", name="校准有效期至")).to_have_attribute("aria-sort", "ascending")
    axe(page)
    screenshot(page, "register")
    page.locator("summary", has_text="列").click()
    page.get_by_label("校准证书号").check()
    page.get_by_role("button", name="应用").click()
    expect(page.get_by_role("columnheader", name="校准证书号")).to_be_visible()
    page.locator("summary", has_text="视图").click()
    page.get_by_label("保存当前筛选为").fill("压力类")
    page.get_by_role("button", name="保存视图").click()
    expect(page.get_by_text("已保存视图“压力类”。")).to_be_visible()
    page.goto("/equipment/")
    page.locator("summary", has_text="视图").click()
    page.get_by_role("link", name="压力类").click()
    expect(page.get_by_role("columnheader", name="校准证书号")).to_be_visible()
    page.locator("summary", has_text="导出").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="XLSX").click()
    assert download.value.suggested_filename.startswith("instruments-")


def test_on_a_phone_the_list_comes_first(visit: Visit, axe: Callable[[Page], None]) -> None:
    page = visit("quality", phone=True)
    page.goto("/scope-lines/")
    expect(page.get_by_label("项目或方法")).to_be_hidden()
    page.locator("summary", has_text="筛选").click()
    page.locator("#filter_activity").select_option("calibration")
    expect(page).to_have_url(re.compile("activity=calibration"))
    expect(page.locator("table.register tbody tr").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    axe(page)
