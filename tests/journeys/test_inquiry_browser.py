"""A regulator goes from the ranking to a laboratory, asks it about a report, and concludes on its account."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from quanheng.cli.client import Client
from tests.conftest import Visit

pytestmark = pytest.mark.browser

As = Callable[[str | None], Client]


def test_an_inquiry_is_opened_at_a_desk_answered_on_a_phone_and_concluded(
    client: As, visit: Visit, axe: Callable[[Page], None], screenshot: Callable[[Page, str], None]
) -> None:
    mine = client("quality").get("/attestations/", limit=50)["items"]
    # The reference city's latest one is asked about already; whatever other tests have issued is later still.
    report = next(one for one in reversed(mine) if one["kind"] == "test_report")
    laboratory = client(None).get(f"/attestations/{report['uid']}")["issuer"]["uid"]
    page = visit("officer")
    page.goto("/supervision/laboratories/")
    axe(page)
    page.locator(f"a[href='/supervision/laboratories/{laboratory}/']").first.click()
    expect(page.get_by_role("heading", name="与同行的差异")).to_be_visible()
    axe(page)
    screenshot(page, "laboratory")
    page.get_by_role("link", name="发起核查").click()
    page.get_by_label("报告编号").fill(report["number"])
    page.get_by_label("要求说明的事项").fill("请提交原始记录")
    axe(page)
    page.get_by_role("button", name="发起核查").click()
    expect(page.get_by_text("待机构说明").first).to_be_visible()
    # Nobody is judged unheard.
    expect(page.get_by_role("button", name="责令改正")).to_be_disabled()
    axe(page)
    path = re.sub(r"^https?://[^/]+", "", page.url)
    phone = visit("quality", phone=True)
    phone.goto(path)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    phone.get_by_role("link", name="说明情况").click()
    phone.get_by_label("情况说明").fill("原始记录随附")
    phone.get_by_role("button", name="说明情况").click()
    expect(phone.get_by_text("原始记录随附")).to_be_visible()
    axe(phone)
    page.goto(path)
    page.get_by_role("link", name="说明成立，结束核查").click()
    page.get_by_label("结论理由").fill("记录与报告一致")
    page.get_by_role("button", name="说明成立，结束核查").click()
    expect(page.get_by_text("记录与报告一致")).to_be_visible()
    phone.goto("/inquiries/?state=cleared")
    expect(phone.locator("table.register tbody tr").first).to_be_visible()
    axe(phone)
