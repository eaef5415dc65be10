"""When something goes wrong: what is lost is planned again, or done without, and what has changed is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from quanheng.domains.services.models import Commission
from quanheng.domains.services.outlook import Outlook
from quanheng.domains.services.queries import commission_page, replanned_for
from quanheng.domains.services.services import close_commission, forgo_order, replace_order, replan_order
from quanheng.domains.services.tests.shop import Shop
from quanheng.domains.testing import services as testing
from quanheng.domains.testing.models import Order
from quanheng.kernel.base.errors import Conflict, Invalid, NotFound
from quanheng.kernel.cases.models import Case
from quanheng.kernel.competence.models import Recognition, ScopeLine
from tests.world import make_actor, make_organisation, make_recognition, make_scope_line


def look(shop: Shop, commission: Commission) -> Outlook:
    return commission_page(shop.buyer, commission.case.uid).outlook


def told(outlook: Outlook) -> str:
    return " ".join(change["zh"] for change in outlook.changes)


def operator(order: Order) -> object:
    assert order.case.handler
    return make_actor((order.case.handler, "operator"))


def end(order: Order, state: str) -> None:
    """The order delivered, with what closes with it."""
    Case.objects.filter(pk=order.case_id).update(state="issued")
    order.refresh_from_db()
    testing.deliver_report(operator(order), order)  # type: ignore[arg-type]
    assert state == "delivered"


def test_a_commission_as_planned_has_not_changed(shop: Shop) -> None:
    commission = shop.commission("cheapest")
    outlook = look(shop, commission)
    assert (outlook.more_cents, outlook.workdays_later, outlook.changes, outlook.unanswered) == (0, 0, (), 0)
    assert outlook.expected_on == commission.plan.ready_on


def test_a_declined_order_waits_for_an_answer_and_the_day_is_open(shop: Shop) -> None:
    commission = shop.commission("cheapest")
    far, _near = shop.orders(commission)
    testing.decline_order(operator(far), far, reason="满")  # type: ignore[arg-type]
    outlook = look(shop, commission)
    assert (outlook.unanswered, outlook.expected_on, outlook.workdays_later, outlook.more_cents) == (1, None, None, 0)
    assert "待您改派" in told(outlook)


def test_what_no_single_institution_does_is_planned_again_in_parts(shop: Shop) -> None:
    """Far did speed and brake; near does speed alone, a newcomer brake alone."""
    commission = shop.commission("cheapest", items=["speed", "brake"])
    (far,) = shop.orders(commission)
    newcomer = make_organisation("laboratory", name="新检测")
    make_scope_line(
        make_recognition(newcomer), shop.items["brake"], shop.standard, family=shop.family, price_cents=50000, days=6
    )
    testing.decline_order(operator(far), far, reason="满")  # type: ignore[arg-type]
    found = replanned_for(shop.buyer, commission.case.uid, far.case.uid)
    assert [(part.institution.name_zh, part.price_cents, part.days) for part in found.parts] == [
        ("近检测", 20000, 4),
        ("新检测", 50000, 6),
    ]
    assert (found.price_cents, found.days, found.missing) == (70000, 6, ())
    replan_order(shop.buyer, commission, order=far.case.uid)
    orders = shop.orders(commission)
    assert [(one.case.handler.name_zh, one.replaces_id) for one in orders if one.case.handler] == [
        ("远检测", None),
        ("近检测", far.pk),
        ("新检测", far.pk),
    ]
    outlook = look(shop, commission)
    assert (outlook.planned_cents, outlook.cents, outlook.more_cents) == (45000, 70000, 25000)
    assert outlook.workdays_later == -3
    assert "改派给 近检测、新检测：价格增加 250 元，工期缩短 3 个工作日" in told(outlook)


def test_what_nobody_else_does_is_told_before_the_rest_is_placed(shop: Shop) -> None:
    commission = shop.commission("cheapest", items=["speed", "brake"])
    (far,) = shop.orders(commission)
    testing.decline_order(operator(far), far, reason="满")  # type: ignore[arg-type]
    found = replanned_for(shop.buyer, commission.case.uid, far.case.uid)
    assert ([item.code for item in found.missing], len(found.parts)) == (["brake"], 1)


def test_where_nobody_else_does_any_of_it_the_client_is_told_what_is_left(shop: Shop) -> None:
    commission = shop.commission("cheapest", items=["brake"])
    (far,) = shop.orders(commission)
    testing.decline_order(operator(far), far, reason="满")  # type: ignore[arg-type]
    assert replanned_for(shop.buyer, commission.case.uid, far.case.uid).parts == ()
    with pytest.raises(Conflict) as refused:
        replan_order(shop.buyer, commission, order=far.case.uid)
    assert refused.value.reason == "nobody-else"
    assert len(shop.orders(commission)) == 1


def test_whoever_is_out_of_scope_today_gets_nothing_of_a_new_plan(shop: Shop) -> None:
    commission = shop.commission("cheapest", items=["speed"])
    (far,) = shop.orders(commission)
    testing.decline_order(operator(far), far, reason="满")  # type: ignore[arg-type]
    Recognition.objects.filter(organisation=shop.near).update(state="suspended")
    assert replanned_for(shop.buyer, commission.case.uid, far.case.uid).parts == ()


def test_who_cancelled_itself_may_come_back_to_the_same_institution(shop: Shop) -> None:
    commission = shop.commission("cheapest", items=["brake"])
    (far,) = shop.orders(commission)
    testing.cancel_order(shop.buyer, far, reason="先不做")
    (part,) = replanned_for(shop.buyer, commission.case.uid, far.case.uid).parts
    assert part.institution == shop.far


def test_who_gave_up_is_not_asked_again(shop: Shop) -> None:
    commission = shop.commission("cheapest", items=["speed"])
    (far,) = shop.orders(commission)
    testing.accept_order(operator(far), far)  # type: ignore[arg-type]
    testing.give_up_order(operator(far), far, reason="设备损坏")  # type: ignore[arg-type]
    (part,) = replanned_for(shop.buyer, commission.case.uid, far.case.uid).parts
    assert part.institution == shop.near


def test_what_is_left_of_the_budget_bounds_the_new_plan(shop: Shop) -> None:
    """The dearer and faster newcomer is chosen only where the budget allows it."""
    newcomer = make_organisation("laboratory", name="新检测")
    line = make_scope_line(
        make_recognition(newcomer), shop.items["speed"], shop.standard, family=shop.family, price_cents=90000, days=1
    )
    ScopeLine.objects.filter(pk=line.pk).update(valid_from=timezone.localdate() - timedelta(days=9))
    for budget, expected in ((None, "新检测"), (60000, "近检测")):
        ScopeLine.objects.filter(pk=line.pk).update(price_cents=900000)
        commission = shop.commission("fastest", items=["speed"], budget_cents=budget)
        (near,) = [one for one in shop.orders(commission) if one.case.handler]
        ScopeLine.objects.filter(pk=line.pk).update(price_cents=90000)
        testing.cancel_order(shop.buyer, near, reason="改主意")
        (part,) = replanned_for(shop.buyer, commission.case.uid, near.case.uid).parts
        assert part.institution.name_zh == expected


def test_a_lost_order_can_be_done_without_and_the_rest_completes(shop: Shop) -> None:
    commission = shop.commission("cheapest")
    far, near = shop.orders(commission)
    end(near, "delivered")
    testing.decline_order(operator(far), far, reason="满")  # type: ignore[arg-type]
    commission.case.refresh_from_db()
    assert (commission.case.state, commission.case.waiting_on) == ("to_answer", shop.client)
    with pytest.raises(Invalid):
        forgo_order(shop.buyer, commission, order=far.case.uid, reason=" ")
    forgo_order(shop.buyer, commission, order=far.case.uid, reason="客户不要求")
    commission.case.refresh_from_db()
    assert commission.case.state == "completed"
    outlook = look(shop, commission)
    assert (outlook.more_cents, outlook.unanswered) == (-45000, 0)
    assert "不再需要：减少 450 元" in told(outlook)


def test_the_last_order_to_be_delivered_completes_what_was_done_without_before(shop: Shop) -> None:
    commission = shop.commission("cheapest")
    far, near = shop.orders(commission)
    testing.decline_order(operator(far), far, reason="满")  # type: ignore[arg-type]
    forgo_order(shop.buyer, commission, order=far.case.uid, reason="客户不要求")
    commission.case.refresh_from_db()
    assert commission.case.state == "under_way"
    end(near, "delivered")
    commission.case.refresh_from_db()
    assert commission.case.state == "completed"


def test_a_commission_of_which_nothing_is_left_is_no_success(shop: Shop) -> None:
    commission = shop.commission("cheapest", items=["speed"])
    (order,) = shop.orders(commission)
    testing.cancel_order(shop.buyer, order, reason="停产")
    forgo_order(shop.buyer, commission, order=order.case.uid, reason="停产")
    commission.case.refresh_from_db()
    assert (commission.case.state, commission.case.closed_at) == ("under_way", None)
    close_commission(shop.buyer, commission, reason="停产")
    commission.case.refresh_from_db()
    assert commission.case.state == "closed"


def test_what_was_answered_is_not_answered_twice(shop: Shop) -> None:
    commission = shop.commission("cheapest")
    far, near = shop.orders(commission)
    testing.decline_order(operator(far), far, reason="满")  # type: ignore[arg-type]
    forgo_order(shop.buyer, commission, order=far.case.uid, reason="不需要")
    for act in (
        lambda: forgo_order(shop.buyer, commission, order=far.case.uid, reason="不需要"),
        lambda: replan_order(shop.buyer, commission, order=far.case.uid),
        lambda: replace_order(shop.buyer, commission, order=far.case.uid, institution=shop.near),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.reason == "order-forgone"
    with pytest.raises(Conflict):
        forgo_order(shop.buyer, commission, order=near.case.uid, reason="不需要")
    with pytest.raises(NotFound):
        forgo_order(shop.stranger, commission, order=far.case.uid, reason="捣乱")


def test_a_quote_is_told_while_it_is_open_and_counted_once_it_is_accepted(shop: Shop) -> None:
    commission = shop.commission("cheapest")
    _far, near = shop.orders(commission)
    testing.quote_order(operator(near), near, price_cents=18000, days=6, reason="加急")  # type: ignore[arg-type]
    outlook = look(shop, commission)
    assert outlook.more_cents == 0
    assert "待您答复：价格增加 30 元，工期延长 2 个工作日" in told(outlook)
    testing.accept_quote(shop.buyer, near)
    outlook = look(shop, commission)
    assert outlook.more_cents == 3000
    assert "另行报价并获接受" in told(outlook)


def test_a_promise_put_off_is_told_with_both_days_and_held_against_the_deadline(shop: Shop) -> None:
    today = timezone.localdate()
    commission = shop.commission("cheapest", items=["speed"], deadline=today + timedelta(days=40))
    (order,) = shop.orders(commission)
    testing.accept_order(operator(order), order)  # type: ignore[arg-type]
    assert not look(shop, commission).misses_deadline
    later = today + timedelta(days=60)
    testing.postpone_order(operator(order), order, promised_on=later, reason="检修")  # type: ignore[arg-type]
    outlook = look(shop, commission)
    assert (outlook.expected_on, outlook.misses_deadline) == (later, True)
    assert f"改为 {later}" in told(outlook)


def test_a_promise_that_has_passed_is_told_and_the_day_moves_with_today(shop: Shop) -> None:
    today = timezone.localdate()
    commission = shop.commission("cheapest", items=["speed"])
    (order,) = shop.orders(commission)
    testing.accept_order(operator(order), order)  # type: ignore[arg-type]
    passed = today - timedelta(days=14)
    Order.objects.filter(pk=order.pk).update(promised_on=passed, first_promised_on=passed)
    outlook = look(shop, commission)
    assert outlook.expected_on == today
    assert "已超过承诺日期 10 个工作日" in told(outlook) or "已超过承诺日期" in told(outlook)


def test_changes_are_told_in_both_languages(shop: Shop) -> None:
    commission = shop.commission("cheapest")
    far, _near = shop.orders(commission)
    testing.decline_order(operator(far), far, reason="满")  # type: ignore[arg-type]
    (change,) = look(shop, commission).changes
    assert change["en"] and change["en"] != change["zh"]


def test_a_lost_order_puts_its_commission_on_the_clients_bench_until_it_is_answered(shop: Shop) -> None:
    commission = shop.commission("cheapest")
    far, _near = shop.orders(commission)
    testing.decline_order(operator(far), far, reason="满")  # type: ignore[arg-type]
    commission.case.refresh_from_db()
    assert (commission.case.state, commission.case.waiting_role) == ("to_answer", "member")
    replan_order(shop.buyer, commission, order=far.case.uid)
    commission.case.refresh_from_db()
    assert (commission.case.state, commission.case.waiting_on) == ("under_way", None)
