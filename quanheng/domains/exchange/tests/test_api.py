"""Needs, results and contacts over the API, from posting to the contract."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from quanheng.domains.exchange.models import TechnicalNeed
from quanheng.domains.exchange.tests.conftest import Exchange
from tests.browse import browse

BASE = "/api/v1/exchange"


def _post(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client.post(f"{BASE}{path}", body, content_type="application/json")


def test_from_posting_to_the_contract(exchange: Exchange) -> None:
    buyer, scholar = browse(exchange.buyer), browse(exchange.scholar)
    need = _post(
        buyer,
        "/needs",
        {
            "organisation": exchange.firm.uid,
            "title": "极片毛刺检测",
            "text": "要在线",
            "field": "energy",
            "lower": "0",
            "upper": "10",
            "unit": "μm",
            "named": False,
        },
    )
    assert need.status_code == 201, need.content
    offering = _post(
        scholar,
        "/results",
        {
            "organisation": exchange.institute.uid,
            "title": "毛刺检测仪",
            "text": "极片在线",
            "field": "manufacturing",
            "kind": "instrument",
            "maturity": 8,
            "terms": "transfer",
            "open_until": (timezone.localdate() + timedelta(days=90)).isoformat(),
            "lower": "0",
            "upper": "1",
            "unit": "mm",
        },
    )
    assert offering.status_code == 201, offering.content
    (match,) = offering.json()["matches"]
    assert (match["uid"], match["organisation"]) == (need.json()["uid"], None)
    assert match["score"] == sum(one["points"] for one in match["reasons"])
    assert {"range", "text"} <= {one["kind"] for one in match["reasons"]}
    ask = _post(scholar, f"/results/{offering.json()['uid']}/ask", {"other": need.json()["uid"], "message": "可试"})
    assert ask.status_code == 201, ask.content
    contact = ask.json()
    assert (contact["state"], contact["need_organisation"], contact["asked_by"]) == ("asks_need", None, "offering")
    assert [one["name"] for one in contact["moves"]] == ["withdraw"]
    path = f"/contacts/{contact['uid']}"
    assert _post(scholar, f"{path}/accept", {}).status_code == 403
    taken = _post(buyer, f"{path}/accept", {})
    assert taken.json()["state"] == "talks"
    assert _post(scholar, f"{path}/write", {"reason": "周三见"}).status_code == 200
    day = timezone.localdate().isoformat()
    signed = _post(buyer, f"{path}/sign", {"amount_cents": 500, "signed_on": day, "contract_number": "1"})
    assert (signed.status_code, signed.json()["state"]) == (200, "to_confirm")
    assert _post(buyer, f"{path}/confirm", {}).status_code == 403
    assert _post(scholar, f"{path}/refuse", {"reason": "金额不对"}).json()["state"] == "talks"
    _post(buyer, f"{path}/sign", {"amount_cents": 500, "signed_on": day, "contract_number": "1"})
    assert _post(buyer, f"{path}/take-back", {"reason": "再核对"}).json()["amount_cents"] is None
    _post(buyer, f"{path}/sign", {"amount_cents": 500, "signed_on": day, "contract_number": "1"})
    done = _post(scholar, f"{path}/confirm", {}).json()
    assert (done["state"], bool(done["confirmed_at"])) == ("contracted", True)
    assert browse(exchange.buyer).get(f"{BASE}/needs/{need.json()['uid']}").json()["state"] == "contracted"
    figures = browse(exchange.planner).get(f"{BASE}/figures").json()
    assert [(one["field"], one["contracts"]) for one in figures["fields"] if one["contracts"]] == [("energy", 1)]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"field": "alchemy"}, "field"),
        ({"title": ""}, "title"),
        ({"lower": "1", "upper": "0", "unit": "mm"}, "lower"),
        ({"item": "no such item"}, "item"),
        ({"gap": "x"}, "gap"),
        ({"budget_cents": 0}, "body.budget_cents"),
        ({"deadline": "2020-01-01"}, "deadline"),
    ],
)
def test_what_is_wrong_is_a_problem_that_names_it(exchange: Exchange, body: dict[str, Any], field: str) -> None:
    given = {"organisation": exchange.firm.uid, "title": "极片毛刺", "text": "要在线", "field": "energy"}
    answer = _post(browse(exchange.buyer), "/needs", given | body)
    assert answer.status_code == 422, answer.content
    errors = answer.json()["errors"]
    assert field in {one["field"] for one in errors} and all(one["message_en"] for one in errors)
    assert not TechnicalNeed.objects.exists()


def test_contacts_are_listed_for_their_sides_alone(exchange: Exchange) -> None:
    contact = exchange.contact()
    for actor, count in ((exchange.buyer, 1), (exchange.scholar, 1), (exchange.rival, 0), (exchange.officer, 1)):
        assert len(browse(actor).get(f"{BASE}/contacts").json()["items"]) == count
    assert browse().get(f"{BASE}/contacts").json()["items"] == []
    assert browse(exchange.rival).get(f"{BASE}/contacts/{contact.case.uid}").status_code == 404
    assert browse(exchange.buyer).get(f"{BASE}/figures").status_code == 403
    assert len(browse().get(f"{BASE}/fields").json()) == 18
