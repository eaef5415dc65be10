"""Pages of the one-stop walk: who sees what, what is refused and how it is told, how many queries they cost."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from quanheng.domains.services.models import Commission, Need, Plan, Rating
from quanheng.domains.services.tests.shop import Shop
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.services import decline_order
from quanheng.kernel.cases.models import Case
from quanheng.kernel.requirements.models import Requirement
from tests.browse import browse
from tests.world import make_actor

MaxQueries = Callable[[int], AbstractContextManager[Any]]
TEXT = "电动自行车做检测，送个杯架"


@pytest.fixture
def plan(shop: Shop) -> Plan:
    return shop.plan("fewest")


@pytest.fixture
def commission(shop: Shop) -> Commission:
    return shop.commission("fewest")


def far_order(shop: Shop, commission: Commission) -> Order:
    return next(one for one in shop.orders(commission) if one.case.handler_id == shop.far.pk)


def test_a_visitor_sees_what_was_understood_and_keeps_it_when_signing_in(shop: Shop) -> None:
    page = browse().get("/needs/new/", {"text": TEXT, "add": "budget:20000", "remove": "activity:testing"})
    assert page.status_code == 200
    html = page.content.decode()
    assert "<mark" in html
    assert [one.words for one in page.context["unknown"]] == ["杯架"] or page.context["unknown"]
    wanted = parse_qs(urlsplit(page.context["login"]).query)["next"][0]
    kept = parse_qs(urlsplit(wanted).query)
    assert kept == {"text": [TEXT], "add": ["budget:20000"], "remove": ["activity:testing"]}
    answer = browse().post("/needs/new/", {"text": TEXT})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/login/")
    assert not Need.objects.exists()


def test_a_chip_added_by_hand_is_dropped_and_one_read_is_taken_away(shop: Shop) -> None:
    page = browse().get("/needs/new/", {"text": TEXT, "add": "item:speed"})
    addresses = {chip["code"]: chip["remove"] for _kind, some in page.context["groups"] for chip in some}
    assert "add" not in parse_qs(urlsplit(addresses["speed"]).query)
    assert parse_qs(urlsplit(addresses["testing"]).query)["remove"] == ["activity:testing"]


def test_words_money_and_day_go_into_the_address(shop: Shop) -> None:
    page = browse().get("/needs/new/", {"text": TEXT})
    place = page.context["unknown"][0].place
    answer = browse().get("/needs/new/", {"text": TEXT, "swap": place, "by": "", "budget": "300.5", "deadline": ""})
    kept = parse_qs(urlsplit(answer["Location"]).query)
    assert kept["add"] == ["budget:300.5"]
    assert page.context["unknown"][0].words not in kept["text"][0]
    for wrong in ({"budget": "viel"}, {"deadline": "morgen"}, {"add": "item:nothing"}, {"add": "deadline:2020-01-01"}):
        page = browse().get("/needs/new/", {"text": TEXT, **wrong})
        assert page.status_code == 422
        assert page.context["wrong"]
        assert page.context["wish"].text == TEXT


def test_a_need_becomes_a_plan_in_one_step(shop: Shop, django_assert_max_num_queries: MaxQueries) -> None:
    buyer = browse(shop.buyer)
    buyer.get("/needs/new/", {"text": TEXT})
    with django_assert_max_num_queries(15):
        assert buyer.get("/needs/new/", {"text": TEXT}).status_code == 200
    answer = buyer.post("/needs/new/", {"text": TEXT, "add": "budget:100", "remove": ""})
    plan = Plan.objects.get()
    assert answer["Location"] == f"/proposals/{plan.uid}/"
    assert plan.need.budget_cents == 10000
    assert buyer.post("/needs/new/", {"text": " "}).status_code == 422
    stranger = browse(make_actor((shop.client, "operator")))
    page = stranger.post("/needs/new/", {"text": TEXT})
    assert page.status_code == 422
    assert "不能代表任何机构" in page.content.decode()
    assert Need.objects.count() == 1


def test_a_need_is_changed_by_who_may(shop: Shop) -> None:
    need = shop.need(TEXT)
    address = f"/needs/{need.uid}/"
    assert browse(shop.stranger).get(address).status_code == 404
    assert browse(shop.stranger).post(f"{address}revise/", {"add": "item:speed"}).status_code == 404
    assert browse().get(address).status_code == 404
    buyer = browse(shop.buyer)
    place = buyer.get(address).context["unknown"][0].place
    buyer.post(f"{address}revise/", {"add": "item:speed"})
    buyer.post(f"{address}revise/", {"swap": place, "by": ""})
    need.refresh_from_db()
    assert not need.understanding["unknown"]
    assert "speed" in [chip["code"] for chip in need.understanding["chips"]]
    buyer.post(f"{address}revise/", {"remove": "item:speed"})
    need.refresh_from_db()
    assert "speed" not in [chip["code"] for chip in need.understanding["chips"]]
    buyer.post(f"{address}revise/", {"add": "item:nothing"})
    assert "登记册中没有" in " ".join(str(one) for one in buyer.get(address).context["messages"])
    reader = browse(make_actor((shop.client, "operator")))
    page = reader.get(address)
    assert page.status_code == 200
    assert not page.context["mine"]
    reader.post(f"{address}propose/")
    assert not Plan.objects.exists()


def test_a_plan_shows_who_why_and_what_else(shop: Shop, plan: Plan, django_assert_max_num_queries: MaxQueries) -> None:
    buyer, address = browse(shop.buyer), f"/proposals/{plan.uid}/"
    buyer.get(address)
    with django_assert_max_num_queries(15):
        page = buyer.get(address)
    assert [bundle.institution.name_zh for bundle in page.context["bundles"]] == ["远检测"]
    assert {one["name_zh"] for one in page.context["matrix"].institutions} == {"近检测", "远检测"}
    assert "CCC CNCA-C11-16" in page.content.decode() and "不含认证费" in page.content.decode()
    assert page.content.decode().split("</main>")[0].count("btn-primary") == 1
    for stranger in (browse(shop.stranger), browse()):
        assert stranger.get(address).status_code == 404
        assert stranger.post(f"{address}confirm/", {"contact": "x"}).status_code == 404
        assert stranger.post(f"{address}choose/", {"position": "1"}).status_code == 404


def test_another_institution_or_limit_is_chosen(shop: Shop, plan: Plan) -> None:
    buyer, address = browse(shop.buyer), f"/proposals/{plan.uid}/"
    near = shop.lines["near", "speed"]
    buyer.post(f"{address}choose/", {"position": "1", "scope_line": near.uid})
    assert plan.lines.get(position=1).institution == shop.near
    for wrong in ({}, {"position": "x", "scope_line": near.uid}, {"position": "9", "scope_line": near.uid}):
        assert buyer.post(f"{address}choose/", wrong).status_code == 302
    requirement = Requirement.objects.get(item=shop.items["speed"])
    body = {"add": f"requirement:{requirement.uid}", "then": "propose", "prefer": "fastest"}
    answer = buyer.post(f"/needs/{plan.need.uid}/revise/", body)
    newest = Plan.objects.order_by("-id")[0]
    assert newest.pk != plan.pk
    assert newest.prefer == "fastest"
    assert answer["Location"] == f"/proposals/{newest.uid}/"


def test_confirming_asks_for_a_contact_and_happens_once(shop: Shop, plan: Plan) -> None:
    buyer, address = browse(shop.buyer), f"/proposals/{plan.uid}/confirm/"
    page = buyer.post(address, {"contact": ""})
    assert page.status_code == 422
    assert page.context["form"].errors["contact"]
    reader = browse(make_actor((shop.client, "operator")))
    assert reader.post(address, {"contact": "张工"}).status_code == 302
    assert not Commission.objects.exists()
    answer = buyer.post(address, {"contact": "张工 13800000000", "product_model": "T1"})
    commission = Commission.objects.get()
    assert answer["Location"] == f"/commissions/{commission.case.uid}/"
    assert buyer.post(address, {"contact": "张工"})["Location"] == f"/proposals/{plan.uid}/"
    assert Commission.objects.count() == 1
    page = buyer.get(f"/proposals/{plan.uid}/")
    assert commission.case.number in page.content.decode()
    assert page.context["form"] is None


def test_what_changed_since_the_proposal_is_named_line_by_line(shop: Shop, plan: Plan) -> None:
    line = shop.lines["far", "brake"]
    type(line).objects.filter(pk=line.pk).update(price_cents=99900)
    page = browse(shop.buyer).post(f"/proposals/{plan.uid}/confirm/", {"contact": "张工"})
    assert page.status_code == 409
    told = " ".join(page.context["form"].non_field_errors())
    assert "999" in told
    assert f"第 {plan.lines.get(item=shop.items['brake']).position} 项" in told


def test_a_commission_tells_its_orders_and_story(
    shop: Shop, commission: Commission, django_assert_max_num_queries: MaxQueries
) -> None:
    buyer, address = browse(shop.buyer), f"/commissions/{commission.case.uid}/"
    buyer.get(address)
    with django_assert_max_num_queries(15):
        page = buyer.get(address)
    assert [step["state"] for step in page.context["steps"]][:3] == ["done", "done", "now"]
    assert len(page.context["events"]) >= 2
    with django_assert_max_num_queries(15):
        assert commission.case.number in buyer.get("/commissions/?state=under_way").content.decode()
    for stranger in (browse(shop.stranger), browse()):
        for rest in ("", "close/", "replace_order/", f"rate/{shop.orders(commission)[0].case.uid}/"):
            assert stranger.get(address + rest).status_code == 404
    assert browse().get("/commissions/").status_code == 302


def test_a_lost_order_is_replaced_and_a_dead_commission_closed(shop: Shop, commission: Commission) -> None:
    buyer, address = browse(shop.buyer), f"/commissions/{commission.case.uid}/"
    lost = far_order(shop, commission)
    assert buyer.get(f"{address}replace_order/", {"order": lost.case.uid}).status_code == 409
    assert buyer.get(f"{address}replace_order/", {"order": "nothing"}).status_code == 404
    assert buyer.post(f"{address}close/", {"reason": "不做了"}).status_code == 302
    assert Case.objects.get(pk=commission.case_id).state == "under_way"
    decline_order(make_actor((shop.far, "operator")), lost, reason="设备检修")
    page = buyer.get(address)
    assert any(act["primary"] and "replace_order" in act["url"] for act in page.context["case"]["acts"])
    page = buyer.get(f"{address}replace_order/", {"order": lost.case.uid})
    assert page.status_code == 200
    if page.context["able"]:
        page = buyer.post(f"{address}replace_order/?order={lost.case.uid}", {})
        assert page.status_code == 422
    assert buyer.post(f"{address}close/", {"reason": ""}).status_code == 422
    assert buyer.post(f"{address}close/", {"reason": "改期"}).status_code == 302
    assert Case.objects.get(pk=commission.case_id).state == "closed"


def test_stars_are_given_once_after_delivery(shop: Shop, commission: Commission) -> None:
    buyer, order = browse(shop.buyer), far_order(shop, commission)
    address = f"/commissions/{commission.case.uid}/rate/{order.case.uid}/"
    assert buyer.post(address, {"stars": "5"}).status_code == 302
    assert not Rating.objects.exists()
    Case.objects.filter(pk=order.case_id).update(state="delivered", closed_at=order.case.opened_at)
    assert buyer.post(address, {"comment": "好"}).status_code == 422
    assert buyer.post(address, {"stars": "9"}).status_code == 422
    assert buyer.post(address, {"stars": "4", "comment": "<b>好</b>"}).status_code == 302
    assert Rating.objects.get().stars == 4
    buyer.post(address, {"stars": "1"})
    assert Rating.objects.get().stars == 4
    assert "★★★★☆" in buyer.get(f"/commissions/{commission.case.uid}/").content.decode()
    assert buyer.get(f"/commissions/{commission.case.uid}/rate/nothing/").status_code == 404


def test_steps_lead_to_the_same_chips(shop: Shop) -> None:
    page = browse().get("/needs/guided/", {"family": "product:ebike"})
    assert "item:speed" in page.content.decode()
    answer = browse().get(
        "/needs/guided/", {"family": "product:ebike", "items": ["item:speed"], "budget": "5000", "done": "1"}
    )
    kept = parse_qs(urlsplit(answer["Location"]).query)
    assert kept["add"] == ["product:ebike", "item:speed", "budget:5000"]
    page = browse().get("/needs/guided/", {"done": "1", "family": ""})
    assert page.context["form"].errors


def test_script_in_every_word_is_shown_as_text(shop: Shop) -> None:
    script = "<script>alert(1)</script>"
    page = browse().get("/needs/new/", {"text": f"电动自行车检测{script}", "by": script, "add": f"item:{script}"})
    assert script not in page.content.decode()
    page = browse(shop.buyer).get("/needs/new/", {"text": f"电动自行车检测{script}"})
    assert script not in page.content.decode()
