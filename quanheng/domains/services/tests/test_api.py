"""The one-stop service over the API: the walk, and what outsiders get."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from quanheng.domains.services import queries
from quanheng.domains.services.models import Need
from quanheng.domains.services.services import propose_plan
from quanheng.domains.services.tests.shop import Shop
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.cases.models import Case
from quanheng.kernel.parties.models import Person
from tests.world import (
    make_actor,
    make_item,
    make_organisation,
    make_recognition,
    make_requirement,
    make_scope_line,
)

Caller = Callable[..., Any]
HOSTILE = "<script>alert(1)</script>'; DROP TABLE services_need; -- {{ 7*7 }} {% debug %} %(x)s %s ${7*7}"


def _caller(actor: Actor | None) -> Caller:
    client = Client()
    if actor is not None:
        client.force_login(Person.objects.get(pk=actor.person_id))

    def call(method: str, path: str, body: Any = None, status: int = 200) -> Any:
        arguments = {} if body is None else {"data": body, "content_type": "application/json"}
        response = getattr(client, method)(f"/api/v1{path}", **arguments)
        assert response.status_code == status, (path, response.status_code, response.content.decode()[:800])
        return response.json()

    return call


@pytest.fixture
def buyer(shop: Shop) -> Caller:
    cache.clear()
    return _caller(shop.buyer)


def _walk(shop: Shop, buyer: Caller) -> dict[str, str]:
    """Uids of one need, plan, commission and order."""
    need = buyer("post", "/needs", {"organisation": shop.client.uid, "text": "电动自行车检测最高车速和整车质量"}, 201)
    plan = buyer("post", f"/needs/{need['uid']}/proposals", {"prefer": "fewest"}, 201)
    commission = buyer("post", f"/proposals/{plan['uid']}/confirm", {"contact": "张工"}, 201)
    return {
        "need": need["uid"],
        "plan": plan["uid"],
        "commission": commission["uid"],
        "order": commission["orders"][0]["uid"],
    }


def test_anyone_may_ask_what_is_understood_and_nothing_is_stored(shop: Shop) -> None:
    visitor = _caller(None)
    found = visitor("post", "/needs/understand", {"text": "电动自行车检测最高车速，预算3万"})
    assert {chip["kind"] for chip in found["chips"]} == {"product", "activity", "item", "budget"}
    assert not Need.objects.exists()
    visitor("post", "/needs/understand", {"text": "x" * 2001}, 422)
    visitor("post", "/needs/understand", {"text": " "}, 422)


def test_the_walk_from_need_to_rating(shop: Shop, buyer: Caller) -> None:
    walk = _walk(shop, buyer)
    need = buyer("patch", f"/needs/{walk['need']}", {"add": [{"kind": "item", "code": "brake"}], "budget_cents": 100})
    assert [chip["code"] for chip in need["understanding"]["chips"] if chip["kind"] == "item"] == [
        "speed",
        "mass",
        "brake",
    ]
    assert need["plans"][0]["commission"] == walk["commission"]
    plan = buyer("get", f"/proposals/{walk['plan']}")
    assert plan["commission"] == walk["commission"]
    assert [line["institution"]["name_zh"] for line in plan["lines"]] == ["远检测", "远检测"]
    assert all(one["reasons_for"] for line in plan["lines"] for one in line["considered"] if one["able"])
    second = buyer("post", f"/needs/{walk['need']}/proposals", {}, 201)
    assert {one["kind"] for one in second["warnings"]} == {"budget", "way_out"}
    near = shop.lines["near", "speed"].uid
    chosen = buyer("post", f"/proposals/{second['uid']}/choose", {"position": 1, "scope_line": near})
    assert chosen["lines"][0]["scope_line"] == near
    page = buyer("get", f"/commissions/{walk['commission']}")
    assert {move["name"] for move in page["moves"]} == {"replace_order", "replan_order", "forgo_order", "close"}
    assert {entry["what"] for entry in page["story"]} == {"下达任务单", "确认方案并委托"}
    Case.objects.filter(uid=walk["order"]).update(state="delivered", closed_at=timezone.now())
    rated = buyer("post", f"/orders/{walk['order']}/rating", {"stars": 5, "comment": "好"}, 201)
    assert rated["stars"] == 5
    buyer("post", f"/orders/{walk['order']}/rating", {"stars": 5}, 409)
    assert buyer("get", f"/commissions/{walk['commission']}")["orders"][0]["stars"] == 5


def test_a_lost_order_is_replaced_and_a_commission_closed(shop: Shop, buyer: Caller) -> None:
    walk = _walk(shop, buyer)
    far = _caller(make_actor((shop.far, "operator")))
    far("post", f"/orders/{walk['order']}/decline", {"reason": "设备检修"})
    offers = buyer("get", f"/commissions/{walk['commission']}/replacements?order={walk['order']}")
    assert [one["institution"]["uid"] for one in offers] == [shop.near.uid]
    body = {"order": walk["order"], "institution": shop.near.uid}
    page = buyer("post", f"/commissions/{walk['commission']}/replace", body)
    assert [(order["state"], order["lost"]) for order in page["orders"]] == [("declined", False), ("offered", False)]
    buyer("post", f"/commissions/{walk['commission']}/replace", body, 409)
    problem = buyer("post", f"/commissions/{walk['commission']}/close", {"reason": "不做了"}, 409)
    assert problem["detail_en"].startswith("Orders are still under way")
    buyer("post", f"/orders/{page['orders'][1]['uid']}/cancel", {"reason": "不做了"})
    assert buyer("post", f"/commissions/{walk['commission']}/close", {"reason": "不做了"})["state"] == "closed"


READS = ("/needs/{need}", "/proposals/{plan}", "/commissions/{commission}", "/orders/{order}")
WRITES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("patch", "/needs/{need}", {"text": "x"}),
    ("post", "/needs/{need}/proposals", {}),
    ("post", "/proposals/{plan}/choose", {"position": 1, "scope_line": "x"}),
    ("post", "/proposals/{plan}/confirm", {"contact": "x"}),
    ("post", "/commissions/{commission}/replace", {"order": "x", "institution": "x"}),
    ("post", "/commissions/{commission}/close", {"reason": "x"}),
    ("post", "/orders/{order}/rating", {"stars": 1}),
)


@pytest.mark.parametrize("who", ["nobody", "other client", "other district"])
def test_outsiders_find_nothing(shop: Shop, buyer: Caller, who: str) -> None:
    walk = _walk(shop, buyer)
    actors = {
        "nobody": None,
        "other client": shop.stranger,
        "other district": make_actor((make_organisation("regulator", "120102"), "district_officer")),
    }
    outsider = _caller(actors[who])
    for path in READS:
        outsider("get", path.format(**walk), status=404)
    for method, path, body in WRITES:
        outsider(method, path.format(**walk), body, 404)
    assert outsider("get", "/needs")["items"] == []
    assert outsider("get", "/commissions")["items"] == []


@pytest.mark.parametrize("who", ["operator of the house", "regulator of the district", "regulator of the city"])
def test_those_who_may_look_may_not_act(shop: Shop, buyer: Caller, who: str) -> None:
    walk = _walk(shop, buyer)
    actors = {
        "operator of the house": make_actor((shop.client, "operator")),
        "regulator of the district": make_actor((make_organisation("regulator", "120101"), "district_officer")),
        "regulator of the city": make_actor((make_organisation("regulator", "120000"), "case_officer")),
    }
    looker = _caller(actors[who])
    before = Need.objects.values().get()
    for path in READS[:3]:
        looker("get", path.format(**walk))
    for method, path, body in WRITES[:-1]:
        filled = {
            **body,
            **({"scope_line": shop.lines["near", "speed"].uid} if "scope_line" in body else {}),
            **({"order": walk["order"], "institution": shop.near.uid} if "institution" in body else {}),
        }
        looker(method, path.format(**walk), filled, 403)
    assert Need.objects.values().get() == before


def test_an_institution_sees_its_order_but_not_the_need_behind_it(shop: Shop, buyer: Caller) -> None:
    walk = _walk(shop, buyer)
    far = _caller(make_actor((shop.far, "administrator")))
    far("get", f"/orders/{walk['order']}")
    for path in READS[:3]:
        far("get", path.format(**walk), status=404)
    near = _caller(make_actor((shop.near, "administrator")))
    near("get", f"/orders/{walk['order']}", status=404)


def test_script_and_sql_are_only_text(shop: Shop, buyer: Caller) -> None:
    hostile = HOSTILE
    body = {
        "organisation": shop.client.uid,
        "text": f"电动自行车检测 {hostile}",
        "product_name": hostile[:120],
        "product_model": hostile[:120],
    }
    need = buyer("post", "/needs", body, 201)
    assert need["text"] == body["text"].strip()
    assert (need["product_name"], need["product_model"]) == (hostile[:120].strip(), hostile[:120].strip())
    plan = buyer("post", f"/needs/{need['uid']}/proposals", {}, 201)
    made = buyer("post", f"/proposals/{plan['uid']}/confirm", {"contact": hostile[:120]}, 201)
    assert made["contact"] == hostile[:120].strip()
    for kind, code in (("item", hostile[:60]), ("standard", hostile[:60]), (hostile[:20], "x")):
        buyer("patch", f"/needs/{need['uid']}", {"add": [{"kind": kind, "code": code}]}, 422)
    buyer("patch", f"/needs/{need['uid']}", {"text": "电动车\x00"}, 400)
    buyer("get", "/needs?cursor=a1%27%20OR%201=1", status=422)
    assert Need.objects.count() == 1


def test_lists_page_by_key(shop: Shop, buyer: Caller) -> None:
    for _turn in range(3):
        shop.need()
    first = buyer("get", "/needs?limit=2")
    second = buyer("get", f"/needs?limit=2&cursor={first['next']}")
    uids = [one["uid"] for page in (first, second) for one in page["items"]]
    assert uids == list(Need.objects.order_by("-id").values_list("uid", flat=True))
    assert (second["next"], first["previous"]) == ("", "")
    buyer("get", "/needs?cursor=zzz", status=422)


def _large(shop: Shop) -> Need:
    """Fifteen items, each within the scope of eight institutions."""
    recognitions = [make_recognition(make_organisation("laboratory")) for _one in range(8)]
    for number in range(12):
        item = make_item(f"item{number}")
        make_requirement(shop.family, item, shop.standard)
        for place, recognition in enumerate(recognitions):
            price = 10000 + 700 * ((number * 5 + place * 3) % 11)
            make_scope_line(
                recognition, item, shop.standard, family=shop.family, price_cents=price, days=3 + (number + place) % 6
            )
    return shop.need()


def test_proposing_and_the_pages_ask_the_database_little(shop: Shop, buyer: Caller) -> None:
    need = _large(shop)
    with CaptureQueriesContext(connection) as proposing:
        plan = propose_plan(shop.buyer, need, prefer="balanced")
    assert plan.lines.count() == 15
    assert len(proposing) <= 30, [query["sql"][:120] for query in proposing.captured_queries]
    body = {"contact": "张工"}
    commission = buyer("post", f"/proposals/{plan.uid}/confirm", body, 201)
    for path in ("/needs", f"/needs/{need.uid}", f"/proposals/{plan.uid}", "/commissions"):
        with CaptureQueriesContext(connection) as reading:
            buyer("get", path)
        assert len(reading) <= 15, (path, len(reading))
    for read in (queries.plan_page, queries.commission_page):
        uid = plan.uid if read is queries.plan_page else commission["uid"]
        with CaptureQueriesContext(connection) as reading:
            read(shop.buyer, uid)  # type: ignore[operator]
        assert len(reading) <= 12, (read.__name__, [query["sql"][:120] for query in reading.captured_queries])


def test_live_figures_are_counted_once_a_minute(shop: Shop, buyer: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_figures", None)
    _walk(shop, buyer)
    figures = queries.live_figures()
    assert (figures.institutions, figures.scope_lines, figures.orders_under_way) == (2, 5, 1)
    with CaptureQueriesContext(connection) as again:
        assert queries.live_figures() == figures
    assert len(again) == 0
