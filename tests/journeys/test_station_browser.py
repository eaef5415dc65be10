"""A visit acted on in a firm's name at the counter; the firm contests the record on a phone, and it is put right."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from quanheng.cli.client import Client, Refused
from quanheng.cli.instance import Instance
from tests.conftest import Visit
from tests.journeys.following import follow

pytestmark = pytest.mark.browser

As = Callable[[str | None], Client]


@pytest.fixture
def station(server: Instance, client: As) -> dict[str, Any]:
    """The station of the accounts, with the mandate of the enterprise's."""
    house = {account["username"]: account["organisation_uid"] for account in server.accounts}
    rows = client(None).get("/registers/stations", limit=100)["items"]
    found = next(one for one in rows if one["operator"] == house["station"] and one["kind"] == "physical")
    body = {"client": house["enterprise"], "valid_until": (date.today() + timedelta(days=30)).isoformat()}
    try:
        client("enterprise").post(f"/stations/{found['uid']}/mandates", body)
    except Refused as refused:
        # Another test, or the story of the city, has given it.
        assert refused.answer.status == 409
    return {**found, "firm": next(one["organisation"] for one in server.accounts if one["username"] == "enterprise")}


def test_a_record_made_in_a_firms_name_is_contested_and_put_right(
    station: dict[str, Any],
    client: As,
    visit: Visit,
    axe: Callable[[Page], None],
    screenshot: Callable[..., None],
) -> None:
    def look(page: Page, name: str = "") -> None:
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.url} is too wide"
        if name:
            screenshot(page, name)

    def counted() -> int:
        return int(client(None).get(f"/stations/{station['uid']}")["visits"])

    before = counted()
    desk = visit("station")
    desk.goto(f"/stations/{station['uid']}/staff/")
    expect(desk.get_by_text("服务专员").first).to_be_visible()
    look(desk)
    desk.goto(f"/stations/{station['uid']}/visits/new/")
    desk.fill("#id_firm", station["firm"])
    desk.fill("#id_question", "电动自行车想做产品检测")
    desk.fill("#id_answer", "已代为提出需求")
    desk.locator("main form.form").get_by_role("button", name="登记来访").click()
    expect(desk.locator(".messages")).to_contain_text("来访已登记")
    desk.get_by_label("企业的需求").fill("我厂生产电动自行车，想做产品检测。")
    desk.get_by_role("button", name="代企业提出需求并生成方案").click()
    expect(desk.locator("#behalf + a, .card:has(#behalf)").first).to_contain_text("项")
    here = re.sub(r"^https?://[^/]+", "", desk.url)
    assert counted() == before + 1

    phone = visit("enterprise", phone=True)
    phone.goto(here)
    follow(phone.get_by_role("link", name="记录有误，提出异议"))
    look(phone)
    phone.get_by_label("内容不实").check()
    phone.get_by_label("异议说明").fill("是打电话问的，没有到站。")
    phone.get_by_role("button", name="对来访记录提出异议").click()
    expect(phone.get_by_text("待站点答复").first).to_be_visible()
    look(phone, "visit-contest-phone")
    contest = re.sub(r"^https?://[^/]+", "", phone.url)
    assert counted() == before

    desk.goto(contest)
    look(desk, "visit-contest")
    follow(desk.locator(".case-acts").get_by_role("link", name="更正记录"))
    look(desk)
    desk.get_by_label("电话", exact=True).check()
    desk.get_by_label("更正说明").fill("登记时选错了方式")
    desk.get_by_role("button", name="更正记录").click()
    expect(desk.get_by_text("记录已更正").first).to_be_visible()
    assert counted() == before + 1
    phone.goto(here)
    expect(phone.locator("main")).to_contain_text("曾有异议")
    look(phone)
