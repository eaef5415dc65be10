"""From a confirmed plan to the end of its commission: orders placed, replaced, delivered, rated."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from quanheng.domains.services.models import Commission, Plan, Rating
from quanheng.domains.services.queries import commission_page, replacements_for
from quanheng.domains.services.services import (
    choose_institution,
    close_commission,
    complete,
    confirm_plan,
    propose_plan,
    rate_order,
    replace_order,
)
from quanheng.domains.services.tests.shop import Shop
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.services import cancel_order, decline_order, deliver_report
from quanheng.kernel.audit.models import Entry, Notice
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound, Refusal
from quanheng.kernel.cases.models import Case
from quanheng.kernel.competence.models import Recognition, ScopeLine
from tests.world import make_actor, make_item, make_recognition, make_scope_line, make_standard


def _deliver(order: Order) -> None:
    """The order at its happy end, without the work that leads there."""
    Case.objects.filter(pk=order.case_id).update(state="delivered", closed_at=timezone.now())


def _refused(act: object, *arguments: object, **named: object) -> Refusal:
    with pytest.raises(Refusal) as refused:
        act(*arguments, **named)  # type: ignore[operator]
    return refused.value


def test_a_confirmed_plan_becomes_one_order_for_each_institution(shop: Shop) -> None:
    plan = propose_plan(shop.buyer, shop.need(product_name="飞马", product_model="T1"), prefer="cheapest")
    commission = confirm_plan(shop.buyer, plan, contact=" 张工 13800000000 ")
    case = commission.case
    assert (case.state, case.client, case.title, commission.contact) == (
        "under_way",
        shop.client,
        "飞马 T1",
        "张工 13800000000",
    )
    orders = shop.orders(commission)
    assert [(order.case.handler.name_zh, order.price_cents, order.days) for order in orders if order.case.handler] == [
        ("远检测", 45000, 9),
        ("近检测", 15000, 4),
    ]
    assert sum(order.price_cents for order in orders) == plan.total_cents
    assert [result.item.code for result in orders[0].case.results.all()] == ["speed", "brake"]
    assert (orders[0].object_name, orders[0].object_model, orders[0].family) == ("飞马", "T1", shop.family)


def test_confirming_is_one_errand_and_everyone_concerned_is_told(shop: Shop) -> None:
    commission = shop.commission()
    made = Entry.objects.get(act="services.plan.confirm")
    assert (made.made_type, made.made_id, made.case_id) == ("services.commission", commission.pk, commission.pk)
    placed = Entry.objects.filter(act="testing.order.place")
    assert {entry.errand for entry in placed} == {made.errand}
    told = set(Notice.objects.filter(entry__in=placed).values_list("organisation__name_zh", flat=True))
    assert told == {"近检测", "远检测", "示范车业"}


def test_instruments_are_ordered_apart_and_each_piece_has_its_result(shop: Shop) -> None:
    procedure, item = make_standard("JJG 52-2013"), make_item("general_pressure_gauge", quantity="pressure", unit="MPa")
    make_scope_line(
        make_recognition(shop.far, "statutory"),
        item,
        procedure,
        activity="verification",
        lower="0",
        upper="60",
        unit="MPa",
        price_cents=2500,
    )
    plan = propose_plan(shop.buyer, shop.need("电动自行车检测最高车速，检定3块压力表"), prefer="cheapest")
    commission = confirm_plan(shop.buyer, plan, contact="张工")
    testing, verifying = shop.orders(commission)
    assert (verifying.activity, verifying.object_name, verifying.price_cents) == ("verification", "一般压力表", 7500)
    assert verifying.case.results.count() == 3
    assert (testing.activity, testing.case.results.count(), verifying.family) == ("testing", 1, None)


def test_a_plan_is_confirmed_once(shop: Shop) -> None:
    plan = shop.plan()
    confirm_plan(shop.buyer, plan, contact="张工")
    refusal = _refused(confirm_plan, shop.buyer, plan, contact="张工")
    assert (refusal.status, refusal.reason) == (409, "plan-confirmed")
    assert Commission.objects.count() == 1


def test_an_expired_plan_is_refused(shop: Shop) -> None:
    plan = shop.plan()
    assert plan.valid_until >= timezone.localdate() + timedelta(days=15)
    Plan.objects.filter(pk=plan.pk).update(valid_until=timezone.localdate() - timedelta(days=1))
    assert _refused(confirm_plan, shop.buyer, plan, contact="张工").reason == "plan-expired"


def test_an_empty_plan_is_refused(shop: Shop) -> None:
    plan = propose_plan(shop.buyer, shop.need("你好"))
    assert _refused(confirm_plan, shop.buyer, plan, contact="张工").reason == "plan-empty"


def test_a_contact_is_needed(shop: Shop) -> None:
    for contact in (" ", "x" * 121):
        with pytest.raises(Invalid):
            confirm_plan(shop.buyer, shop.plan(), contact=contact)


def test_a_scope_lost_since_the_proposal_stops_everything_and_says_why(shop: Shop) -> None:
    plan = shop.plan()
    Recognition.objects.filter(organisation=shop.near).update(state="suspended")
    refusal = _refused(confirm_plan, shop.buyer, plan, contact="张工")
    assert refusal.reason == "plan-changed"
    assert [(error.row, error.field) for error in refusal.errors] == [(2, "lines")]
    assert "暂停" in str(refusal.errors[0].message)
    assert not Commission.objects.exists() and not Order.objects.exists()


def test_a_price_changed_since_the_proposal_stops_everything_and_says_so(shop: Shop) -> None:
    plan = shop.plan()
    ScopeLine.objects.filter(pk=shop.lines["far", "brake"].pk).update(price_cents=31000)
    refusal = _refused(confirm_plan, shop.buyer, plan, contact="张工")
    assert [error.row for error in refusal.errors] == [3]
    assert "310 元" in str(refusal.errors[0].message)
    assert propose_plan(shop.buyer, plan.need, prefer="cheapest").total_cents == plan.total_cents + 1000


def test_a_method_superseded_since_the_proposal_stops_everything(shop: Shop) -> None:
    plan = shop.plan()
    make_standard("GB 17761-2026", replaces="GB 17761-2024", effective="2026-01-01")
    refusal = _refused(confirm_plan, shop.buyer, plan, contact="张工")
    assert [error.row for error in refusal.errors] == [1, 2, 3]


def test_an_institution_chosen_by_hand_gets_the_order(shop: Shop) -> None:
    plan = shop.plan()
    choose_institution(shop.buyer, plan, position=1, scope_line=shop.lines["near", "speed"])
    commission = confirm_plan(shop.buyer, plan, contact="张工")
    assert [order.price_cents for order in shop.orders(commission)] == [35000, 30000]


def test_only_its_own_house_confirms_a_plan(shop: Shop) -> None:
    plan = shop.plan()
    assert isinstance(_refused(confirm_plan, shop.stranger, plan, contact="x"), NotFound)
    assert isinstance(_refused(confirm_plan, make_actor((shop.client, "operator")), plan, contact="x"), Denied)
    # Not even the institution that would do the work.
    assert isinstance(_refused(confirm_plan, make_actor((shop.near, "administrator")), plan, contact="x"), NotFound)


@pytest.fixture
def lost(shop: Shop) -> tuple[Commission, Order]:
    """A commission of speed and mass whose only order the near laboratory has declined."""
    commission = shop.commission("fastest", items=["speed", "mass"])
    (order,) = shop.orders(commission)
    decline_order(make_actor((shop.near, "operator")), order, reason="设备检修")
    commission.case.refresh_from_db()
    return commission, order


def test_a_declined_order_goes_to_another_institution(shop: Shop, lost: tuple[Commission, Order]) -> None:
    commission, order = lost
    page = commission_page(shop.buyer, commission.case.uid)
    assert page.orders[0].lost
    _order, offers = replacements_for(shop.buyer, commission.case.uid, order.case.uid)
    assert [(one.institution, one.price_cents, one.missing) for one in offers] == [(shop.far, 31000, ())]
    made = replace_order(shop.buyer, commission, order=order.case.uid, institution=shop.far)
    assert (made.price_cents, made.days, made.case.handler) == (31000, 9, shop.far)
    assert [result.item.code for result in made.case.results.all()] == ["speed", "mass"]
    assert list(order.replacements.all()) == [made]
    assert not commission_page(shop.buyer, commission.case.uid).orders[0].lost
    _deliver(made)
    assert _refused(replace_order, shop.buyer, commission, order=order.case.uid, institution=shop.far).reason == (
        "order-replaced"
    )


def test_replacing_is_refused_where_it_makes_no_sense(shop: Shop, lost: tuple[Commission, Order]) -> None:
    commission, order = lost
    assert isinstance(
        _refused(replace_order, shop.stranger, commission, order=order.case.uid, institution=shop.far), NotFound
    )
    assert isinstance(_refused(replace_order, shop.buyer, commission, order="none", institution=shop.far), NotFound)
    other = shop.commission("cheapest", items=["brake"])
    (running,) = shop.orders(other)
    assert isinstance(
        _refused(replace_order, shop.buyer, commission, order=running.case.uid, institution=shop.far), NotFound
    )
    assert _refused(replace_order, shop.buyer, other, order=running.case.uid, institution=shop.far).reason == (
        "order-not-lost"
    )
    refusal = _refused(replace_order, shop.buyer, commission, order=order.case.uid, institution=shop.other)
    assert isinstance(refusal, Invalid) and len(refusal.errors) == 2


def test_a_commission_completes_by_itself_once_nothing_is_lost(shop: Shop, lost: tuple[Commission, Order]) -> None:
    commission, order = lost
    with pytest.raises(Denied):
        complete(shop.buyer, commission)
    made = replace_order(shop.buyer, commission, order=order.case.uid, institution=shop.far)
    cancel_order(shop.buyer, made, reason="不做了")
    commission.case.refresh_from_db()
    assert commission.case.state == "to_answer"
    last = replace_order(shop.buyer, commission, order=made.case.uid, institution=shop.near)
    _walk_to_the_end(shop, last)
    commission.case.refresh_from_db()
    assert (commission.case.state, commission.case.closed_at is not None) == ("completed", True)


def _walk_to_the_end(shop: Shop, order: Order) -> None:
    Case.objects.filter(pk=order.case_id).update(state="issued")
    order.refresh_from_db()
    deliver_report(make_actor((shop.near, "operator")), order)


def test_a_commission_is_ended_by_its_client_when_no_order_is_open(shop: Shop) -> None:
    commission = shop.commission("cheapest", items=["speed"])
    (order,) = shop.orders(commission)
    assert _refused(close_commission, shop.buyer, commission, reason="不做了").reason == "guard-no-open-order"
    cancel_order(shop.buyer, order, reason="不做了")
    with pytest.raises(Invalid):
        close_commission(shop.buyer, commission, reason=" ")
    with pytest.raises(NotFound):
        close_commission(shop.stranger, commission, reason="捣乱")
    close_commission(shop.buyer, commission, reason="不做了")
    commission.case.refresh_from_db()
    assert commission.case.state == "closed"
    with pytest.raises(Conflict):
        replace_order(shop.buyer, commission, order=order.case.uid, institution=shop.far)


def test_the_client_rates_a_delivered_order_once(shop: Shop) -> None:
    (order,) = shop.orders(shop.commission("cheapest", items=["speed"]))
    assert _refused(rate_order, shop.buyer, order.case, stars=5).reason == "not-delivered"
    _deliver(order)
    for stars in (0, 6, -1):
        with pytest.raises(Invalid):
            rate_order(shop.buyer, order.case, stars=stars)
    with pytest.raises(Invalid):
        rate_order(shop.buyer, order.case, stars=5, comment="x" * 501)
    with pytest.raises(Denied):
        rate_order(make_actor((shop.far, "administrator")), order.case, stars=5)
    with pytest.raises(NotFound):
        rate_order(shop.stranger, order.case, stars=1)
    rating = rate_order(shop.buyer, order.case, stars=4, comment=" 很快 ")
    assert (rating.institution, rating.organisation, rating.comment) == (shop.far, shop.client, "很快")
    assert _refused(rate_order, shop.buyer, order.case, stars=5).reason == "rated"
    assert Rating.objects.get().stars == 4


def test_ratings_close_when_their_window_ends(shop: Shop) -> None:
    (order,) = shop.orders(shop.commission("cheapest", items=["speed"]))
    _deliver(order)
    Case.objects.filter(pk=order.case_id).update(closed_at=timezone.now() - timedelta(days=60))
    assert _refused(rate_order, shop.buyer, order.case, stars=5).reason == "rating-closed"


def test_only_orders_are_rated(shop: Shop) -> None:
    with pytest.raises(NotFound):
        rate_order(shop.buyer, shop.commission().case, stars=5)


def test_who_can_do_part_of_a_lost_order_is_told_what_is_missing(shop: Shop, lost: tuple[Commission, Order]) -> None:
    commission, order = lost
    yesterday = timezone.localdate() - timedelta(days=1)
    ScopeLine.objects.filter(pk=shop.lines["far", "mass"].pk).update(valid_until=yesterday)
    refusal = _refused(replace_order, shop.buyer, commission, order=order.case.uid, institution=shop.far)
    assert [error.row for error in refusal.errors] == [2]
    _order, offers = replacements_for(shop.buyer, commission.case.uid, order.case.uid)
    assert [[item.code for item in one.missing] for one in offers] == [["mass"]]
