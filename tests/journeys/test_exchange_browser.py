"""A need becomes a contract: posted on a phone, talked about, recorded by one side, confirmed by the other."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from quanheng.cli.client import Client
from tests.conftest import Visit
from tests.journeys.following import follow

pytestmark = pytest.mark.browser

As = Callable[[str | None], Client]


def test_a_need_becomes_a_contract_that_both_sides_have_confirmed(
    client: As, visit: Visit, axe: Callable[[Page], None], screenshot: Callable[..., None]
) -> None:
    def look(page: Page, name: str = "") -> None:
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.url} is too wide"
        if name:
            screenshot(page, name)

    phone = visit("enterprise", phone=True)
    phone.goto("/exchange/needs/new/")
    look(phone)
    phone.fill("#id_title", "电池极片毛刺在线检测")
    phone.fill("#id_text", "分切后极片有毛刺，想在线检测，不停机。")
    phone.locator("#id_field").select_option(index=1)
    phone.get_by_role("button", name="发布").click()
    expect(phone.locator(".messages")).to_contain_text("需求已发布")
    need = phone.url.rstrip("/").split("/")[-1]

    research = client("research")
    offering = research.get("/exchange/contacts", limit=50)["items"][0]["offering"]
    body = {"other": need, "message": "我们做过类似的装置"}
    contact = research.post(f"/exchange/results/{offering}/ask", body)["uid"]
    here = f"/exchange/contacts/{contact}/"
    phone.goto(here)
    phone.locator(".case-acts").get_by_role("button", name="同意对接").click()
    expect(phone.get_by_text("洽谈中").first).to_be_visible()
    follow(phone.locator(".case-acts").get_by_role("link", name="登记合同"))
    look(phone)
    phone.fill("#id_amount", "120000")
    phone.fill("#id_signed_on", date.today().isoformat())
    phone.fill("#id_contract_number", "HT-2026-001")
    phone.get_by_role("button", name="登记合同").click()
    expect(phone.get_by_text("合同待成果方确认").first).to_be_visible()
    look(phone, "contract-to-confirm-phone")

    desk = visit("research")
    desk.goto(here)
    expect(desk.locator("main")).to_contain_text("HT-2026-001")
    look(desk, "contract-to-confirm")
    desk.locator(".case-acts").get_by_role("link", name="不认可登记的合同").click()
    desk.get_by_label("理由").fill("金额应为十一万")
    desk.get_by_role("button", name="不认可登记的合同").click()
    expect(desk.get_by_text("洽谈中").first).to_be_visible()
    client("enterprise").post(
        f"/exchange/contacts/{contact}/sign",
        {"amount_cents": 11_000_000, "signed_on": date.today().isoformat(), "contract_number": "HT-2026-001"},
    )
    desk.goto(here)
    desk.locator(".case-acts").get_by_role("button", name="确认合同").click()
    expect(desk.locator(".messages")).to_contain_text("双方确认")
    phone.goto(here)
    expect(phone.locator("main")).to_contain_text(re.compile("已签约[\\s\\S]*双方确认"))
    look(phone)
