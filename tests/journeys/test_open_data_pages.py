"""The pages of open data and of tokens in a browser: both languages, wide and phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from quanheng.cli.instance import Instance

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("phone", [False, True], ids=["wide", "phone"])
def test_a_visitor_finds_and_takes_a_data_set(
    server: Instance,
    visit: Callable[..., Page],
    axe: Callable[[Page], None],
    screenshot: Callable[..., None],
    tmp_path: Path,
    phone: bool,
) -> None:
    server.manage("open_data")
    page = visit(None, language="en" if phone else "zh-CN", phone=phone)
    page.goto("/open/")
    axe(page)
    screenshot(page, "open-data-phone-en" if phone else "open-data", full=True)
    page.get_by_role("link", name="Scopes of competence" if phone else "能力范围", exact=True).first.click()
    expect(page.locator("h1")).to_have_text("Scopes of competence" if phone else "能力范围")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    screenshot(page, "open-data-set-phone-en" if phone else "open-data-set", full=True)
    with page.expect_download() as loading:
        page.get_by_role("link", name="scope-lines.csv").click()
    loading.value.save_as(tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_bytes().startswith("\ufeffuid,".encode())


@pytest.mark.parametrize("phone", [False, True], ids=["wide", "phone"])
def test_a_token_is_made_with_bounds(visit: Callable[..., Page], axe: Callable[[Page], None], phone: bool) -> None:
    page = visit("enterprise", phone=phone)
    page.goto("/organisation/integrations/")
    page.fill("#token_name", "LIMS")
    page.fill("#token_addresses", "203.0.113.0/24")
    page.get_by_role("button", name="签发接口令牌").click()
    expect(page.get_by_text("只显示这一次")).to_be_visible()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
