"""An objection: conceded and amended, or upheld and retested elsewhere, then judged by numbers; who bears the cost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from quanheng.domains.disputes.ending import end_by_itself
from quanheng.domains.disputes.models import DisputedItem, Objection
from quanheng.domains.disputes.queries import disputes_of, objection_page, objections, retest_institutions
from quanheng.domains.disputes.services import (
    accept_results,
    ask_retest,
    close_corrected,
    concede,
    confirm,
    object_to,
    uphold,
    withdraw_objection,
)
from quanheng.domains.disputes.telling import objection_told
from quanheng.domains.disputes.tests.quarrel import REPORTED, Quarrel, again, fresh, overdue, retest_of, start_quarrel
from quanheng.domains.services.dictionary import forget_dictionary
from quanheng.domains.services.models import Commission
from quanheng.domains.testing import services as testing
from quanheng.domains.testing.queries import order_by_uid, results_of
from quanheng.kernel.attestations.services import withdraw_attestation
from quanheng.kernel.audit.models import Entry, Notice
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound
from quanheng.kernel.cases.alerts import attend_due
from quanheng.kernel.cases.models import Case
from quanheng.kernel.cases.queries import waiting_for
from quanheng.kernel.competence.models import ScopeLine
from quanheng.kernel.objects.models import Sample
from quanheng.kernel.results.models import Result
from quanheng.kernel.signals.models import Signal

# Against 24.9 ± 0.3: 0.8 / √(0.3² + 0.4²) = 1.6, and 0.5 / 0.5 = 1.
DISAGREES = REPORTED | {"speed": ("24.1", "0.4")}
AGREES = REPORTED | {"speed": ("24.4", "0.4")}


def test_an_objection_keeps_what_the_report_states(quarrel: Quarrel) -> None:
    objection = quarrel.object(2, 1, 1)
    case = objection.case
    assert (case.number[:2], case.state, case.handler) == ("YY", "raised", quarrel.shop.near)
    assert [(one.position, one.value, one.uncertainty, one.verdict) for one in objection.items.all()] == [
        (1, "24.9", "0.3", "pass"),
        (2, "54.2", "0.4", "pass"),
    ]
    assert case in waiting_for(quarrel.near()) and case not in waiting_for(quarrel.near("reviewer"))
    assert "报告仍然有效" in str(objection_told(objection))
    told = set(Notice.objects.filter(entry__act="disputes.objection.raise").values_list("organisation", flat=True))
    assert told == {quarrel.shop.client.pk, quarrel.shop.near.pk}


def test_conceding_begins_the_amendment_and_the_next_report_ends_it(quarrel: Quarrel) -> None:
    objection = quarrel.object(1)
    with pytest.raises(Denied):
        concede(quarrel.near("administrator"), objection, text="记录有误")
    concede(quarrel.near(), objection, text="换算有误", suspend=True)
    found = again(objection)
    assert (found.case.state, found.outcome) == ("correcting", "conceded")
    assert (fresh(quarrel.order).amendment_reason, found.report.state) == ("换算有误", "suspended")
    assert found.case in waiting_for(quarrel.near("signatory"))
    with pytest.raises(Conflict) as refused:
        close_corrected(quarrel.buyer, objection)
    assert refused.value.reason == "guard-corrected"
    assert end_by_itself() == 0
    quarrel.report(quarrel.order, DISAGREES)
    assert end_by_itself() == 1
    assert again(objection).case.state == "corrected"
    # The amended report may be objected to in its turn.
    assert object_to(quarrel.buyer, fresh(quarrel.order), positions=[1], grounds="还是不对")


def test_either_side_may_end_what_the_amended_report_has_settled(quarrel: Quarrel) -> None:
    objection = quarrel.object(1)
    concede(quarrel.near(), objection, text="换算有误")
    quarrel.report(quarrel.order, DISAGREES)
    close_corrected(quarrel.near(), objection)
    assert end_by_itself() == 0


def test_an_institution_may_still_concede_what_it_upheld(quarrel: Quarrel) -> None:
    objection = quarrel.upheld(1)
    concede(quarrel.near(), objection, text="再查，换算有误")
    assert again(objection).case.state == "correcting"


def test_a_report_under_amendment_already_is_not_amended_twice(quarrel: Quarrel) -> None:
    objection = quarrel.object(1)
    testing.amend_report(quarrel.near(), quarrel.order, reason="型号有误")
    concede(quarrel.near(), objection, text="数值也有误")
    assert fresh(quarrel.order).amendment_reason == "型号有误"
    assert again(objection).case.state == "correcting"


def test_a_client_that_is_convinced_accepts(quarrel: Quarrel) -> None:
    objection = quarrel.upheld()
    accept_results(quarrel.buyer, objection)
    assert again(objection).case.state == "accepted"
    with pytest.raises(Conflict) as refused:
        quarrel.object(1)
    assert refused.value.reason == "objected"


def test_silence_of_the_client_leaves_the_report_as_it_is(quarrel: Quarrel) -> None:
    objection = quarrel.upheld()
    overdue(objection.case)
    assert end_by_itself() == 1
    attend_due()
    assert again(objection).case.state == "lapsed"
    assert not Signal.objects.exists()


def test_who_can_retest_is_asked_today_with_price_and_days(quarrel: Quarrel) -> None:
    objection = quarrel.upheld()
    found = retest_institutions(objection)
    assert [(one.institution, one.price_cents, one.days, one.missing) for one in found] == [
        (quarrel.shop.far, 31000, 9, ())
    ]
    ScopeLine.objects.filter(pk=quarrel.shop.lines["far", "mass"].pk).delete()
    (partly,) = retest_institutions(objection)
    assert [item.code for item in partly.missing] == ["mass"]
    with pytest.raises(Invalid) as refused:
        ask_retest(quarrel.buyer, objection, institution=quarrel.shop.far, sample="new")
    assert [(error.field, error.row) for error in refused.value.errors] == [("institution", 2)]


def test_the_retest_is_ordered_under_the_objection_on_a_named_sample(quarrel: Quarrel) -> None:
    objection = quarrel.upheld(1)
    retest = retest_of(ask_retest(quarrel.buyer, objection, institution=quarrel.shop.far, sample="retained"))
    found = again(objection)
    assert (found.case.state, found.retest, found.sample) == ("retesting", retest, "retained")
    assert (retest.case.parent_id, retest.case.handler, retest.price_cents, retest.days) == (
        objection.pk,
        quarrel.shop.far,
        15000,
        9,
    )
    assert Sample.objects.get(case=retest.case).origin == Sample.objects.get(case=quarrel.order.case)
    assert disputes_of(quarrel.far(), order_by_uid(quarrel.far(), retest.case.uid)).sample
    told = str(objection_told(found))
    assert "远检测" in told and "150 元" in told and "9 个工作日" in told
    # The laboratory that retests learns neither the objection nor the first results; the first not the retest.
    assert not objections(quarrel.far()).exists()
    assert not Result.objects.filter(Result.visible_to.q(quarrel.far()), case=quarrel.order.case).exists()
    with pytest.raises(NotFound):
        order_by_uid(quarrel.near(), retest.case.uid)
    # The commission that has ended is not touched by it.
    assert Commission.objects.get(case=quarrel.order.case.parent).case.state == "completed"


def test_a_retest_that_agrees_leaves_the_report_and_its_cost_with_who_asked(quarrel: Quarrel) -> None:
    objection = quarrel.retested(quarrel.upheld(1), AGREES)
    (item,) = objection.items.all()
    assert (item.basis, item.score, item.agrees, item.retest_value, item.retest_verdict) == (
        "en",
        "1.00",
        True,
        "24.4",
        "pass",
    )
    assert (objection.case.state, objection.outcome, objection.borne_by) == ("confirmed", "confirmed", "client")
    assert "示范车业承担" in str(objection_told(objection))
    assert not Signal.objects.exists()
    entry = Entry.objects.get(act="disputes.objection.confirm")
    assert entry.actor_id is None and entry.facts["compared"] == {"1": "en 1.00 True"}


def test_a_retest_that_disagrees_makes_the_institution_mend_and_pay(quarrel: Quarrel) -> None:
    objection = quarrel.retested(quarrel.upheld(), DISAGREES)
    assert [(one.score, one.agrees) for one in objection.items.all()] == [("1.60", False), ("0.00", True)]
    assert (objection.case.state, objection.outcome, objection.borne_by) == (
        "correcting",
        "contradicted",
        "institution",
    )
    signal = Signal.objects.get()
    assert (signal.kind, signal.organisation, signal.case) == (
        "retest_contradicted",
        quarrel.shop.near,
        objection.case,
    )
    assert signal.evidence["positions"] == [1] and signal.evidence["report"] == objection.report.number
    assert Signal.visible_to.allows(quarrel.officer, signal)
    (clock,) = objection.case.clocks.filter(stopped_at=None).select_related("rule")
    assert clock.rule is not None and clock.rule.key == "one_stop.disputed_report"
    told = str(objection_told(objection))
    assert "310 元" in told and "近检测承担" in told
    testing.amend_report(quarrel.near(), fresh(quarrel.order), reason="复测推翻原结果")
    quarrel.report(quarrel.order, DISAGREES)
    end_by_itself()
    found = again(objection)
    assert found.case.state == "corrected" and "应付还" in str(objection_told(found))
    # What was judged stays as it was judged.
    assert [one.value for one in found.items.all()] == ["24.9", "54.2"]


def test_withdrawing_the_report_ends_it_too(quarrel: Quarrel, single_handed: None) -> None:
    objection = quarrel.retested(quarrel.upheld(1), DISAGREES)
    withdraw_attestation(quarrel.near(), objection.report, reason="复测推翻")
    assert end_by_itself() == 1
    assert again(objection).case.state == "corrected"


def test_verdicts_are_compared_where_nothing_was_measured(db: None) -> None:
    forget_dictionary()
    quarrel = start_quarrel("speed", "mass", "brake")
    # The far laboratory has made the report; the near one can do brakes by now.
    quarrel.shop.lines["near", "brake"] = _brakes_too(quarrel)
    (brake,) = [one.position for one in results_of(quarrel.order.case_id) if one.item.code == "brake"]
    objection = object_to(quarrel.buyer, quarrel.order, positions=[brake], grounds="制动距离过长")
    uphold(quarrel.staff(quarrel.shop.far, "quality_manager"), objection, text="无误")
    retest = retest_of(ask_retest(quarrel.buyer, objection, institution=quarrel.shop.near, sample="new"))
    quarrel.report(retest, {"brake": ("不符合", "")})
    (item,) = again(objection).items.all()
    assert (item.basis, item.score, item.agrees, item.retest_verdict) == ("verdict", "", False, "fail")
    assert again(objection).outcome == "contradicted"


def _brakes_too(quarrel: Quarrel) -> ScopeLine:
    from tests.world import make_recognition, make_scope_line

    shop = quarrel.shop
    return make_scope_line(
        make_recognition(shop.near), shop.items["brake"], shop.standard, family=shop.family, price_cents=20000
    )


def test_a_retest_that_is_declined_or_cancelled_leaves_the_choice_with_the_client(quarrel: Quarrel) -> None:
    objection = quarrel.upheld(1)
    retest = retest_of(ask_retest(quarrel.buyer, objection, institution=quarrel.shop.far, sample="new"))
    testing.decline_order(quarrel.far(), retest, reason="任务已满")
    found = again(objection)
    assert (found.case.state, found.case.waiting_on) == ("answered", quarrel.shop.client)
    assert retest.case.number in str(objection_told(found))
    # Who declined is not offered again.
    assert retest_institutions(found) == []
    second = retest_of(ask_retest(quarrel.buyer, found, institution=quarrel.shop.far, sample="new"))
    testing.cancel_order(quarrel.buyer, second, reason="不复测了")
    assert [one.institution for one in retest_institutions(again(objection))] == []
    accept_results(quarrel.buyer, objection)
    assert again(objection).case.state == "accepted"


def test_a_retest_that_is_given_up_under_way_is_lost_too(quarrel: Quarrel) -> None:
    objection = quarrel.upheld(1)
    retest = retest_of(ask_retest(quarrel.buyer, objection, institution=quarrel.shop.far, sample="new"))
    testing.accept_order(quarrel.far(), retest)
    testing.receive_samples(quarrel.far(), retest, quantity="1 辆", condition="完好")
    testing.give_up_order(quarrel.far(), retest, reason="设备损坏，无法修复")
    assert again(objection).case.state == "answered"
    assert retest_institutions(again(objection)) == []


def test_what_a_retest_costs_is_what_was_agreed_for_it(quarrel: Quarrel) -> None:
    objection = quarrel.upheld(1)
    retest = retest_of(ask_retest(quarrel.buyer, objection, institution=quarrel.shop.far, sample="new"))
    testing.quote_order(quarrel.far(), retest, price_cents=18000, days=6, reason="需加做夜间试验")
    testing.accept_quote(quarrel.buyer, retest)
    told = str(objection_told(again(objection)))
    assert "180 元" in told and "6 个工作日" in told


def test_nobody_waits_longer_than_the_institution_may_take(quarrel: Quarrel) -> None:
    objection = quarrel.object(1)
    with pytest.raises(Conflict) as refused:
        ask_retest(quarrel.buyer, objection, institution=quarrel.shop.far, sample="new")
    assert refused.value.reason == "guard-their-turn"
    overdue(objection.case)
    ask_retest(quarrel.buyer, objection, institution=quarrel.shop.far, sample="new")
    assert again(objection).case.state == "retesting"


def test_a_concession_without_a_correction_can_be_retested_once_its_time_is_up(quarrel: Quarrel) -> None:
    objection = quarrel.object(1)
    concede(quarrel.near(), objection, text="换算有误")
    testing.abandon_amendment(quarrel.near(), fresh(quarrel.order), reason="再查无误")
    with pytest.raises(Conflict):
        ask_retest(quarrel.buyer, objection, institution=quarrel.shop.far, sample="new")
    overdue(objection.case)
    assert quarrel.retested(again(objection), AGREES).outcome == "confirmed"


def test_one_retest_decides(quarrel: Quarrel) -> None:
    objection = quarrel.retested(quarrel.upheld(1), DISAGREES)
    overdue(objection.case)
    with pytest.raises(Conflict) as refused:
        ask_retest(quarrel.buyer, objection, institution=quarrel.shop.far, sample="new")
    assert refused.value.reason == "guard-one-retest"
    # Nor are the retest's own results objected to.
    with pytest.raises(Conflict) as refused:
        object_to(quarrel.buyer, fresh(objection.retest), positions=[1], grounds="x")  # type: ignore[arg-type]
    assert refused.value.reason == "objection-closed"


def test_the_retest_is_done_by_somebody_else_on_a_named_sample(quarrel: Quarrel) -> None:
    objection = quarrel.upheld(1)
    for institution, sample, field in (
        (quarrel.shop.near, "new", "institution"),
        (quarrel.shop.far, "any", "sample"),
        (quarrel.shop.other, "new", "institution"),
    ):
        with pytest.raises(Invalid) as refused:
            ask_retest(quarrel.buyer, objection, institution=institution, sample=sample)
        assert {error.field for error in refused.value.errors} == {field}
    assert again(objection).case.state == "answered"


def test_an_objection_is_raised_against_a_report_that_stands_within_the_window(quarrel: Quarrel) -> None:
    (running,) = quarrel.shop.orders(quarrel.shop.commission("fastest", items=["speed"]))
    for order in (running,):
        with pytest.raises(Conflict) as refused:
            object_to(quarrel.buyer, order, positions=[1], grounds="x")
        assert refused.value.reason == "objection-closed"
    testing.amend_report(quarrel.near(), quarrel.order, reason="型号有误")
    with pytest.raises(Conflict) as refused:
        quarrel.object(1)
    assert refused.value.reason == "objection-closed" and "更正" in str(refused.value)
    testing.abandon_amendment(quarrel.near(), quarrel.order, reason="无误")
    assert disputes_of(quarrel.buyer, fresh(quarrel.order)).object
    Case.objects.filter(pk=quarrel.order.pk).update(closed_at=timezone.now() - timedelta(days=60))
    assert not disputes_of(quarrel.buyer, fresh(quarrel.order)).object
    with pytest.raises(Conflict) as refused:
        quarrel.object(1)
    assert "异议期" in str(refused.value)


def test_one_objection_at_a_time_and_each_result_once(quarrel: Quarrel) -> None:
    objection = quarrel.object(1)
    with pytest.raises(Conflict) as refused:
        quarrel.object(2)
    assert refused.value.reason == "objection-open"
    withdraw_objection(quarrel.buyer, objection)
    second = quarrel.upheld(1)
    accept_results(quarrel.buyer, second)
    with pytest.raises(Conflict) as refused:
        quarrel.object(1, 2)
    assert refused.value.reason == "objected"
    assert quarrel.object(2)


@pytest.mark.parametrize(
    ("positions", "grounds", "field"),
    [((), "x", "positions"), ((9,), "x", "positions"), ((1,), " ", "grounds"), ((1,), "x" * 1001, "grounds")],
)
def test_bad_input_names_the_field(quarrel: Quarrel, positions: tuple[int, ...], grounds: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        object_to(quarrel.buyer, quarrel.order, positions=positions, grounds=grounds)
    assert {error.field for error in refused.value.errors} == {field}
    assert not Objection.objects.exists() and not DisputedItem.objects.exists()


def test_only_the_sides_act_each_in_its_part(quarrel: Quarrel) -> None:
    with pytest.raises(NotFound):
        object_to(quarrel.shop.stranger, quarrel.order, positions=[1], grounds="x")
    objection = quarrel.upheld(1)
    for actor in (quarrel.near(), quarrel.officer):
        with pytest.raises(Denied):
            ask_retest(actor, objection, institution=quarrel.shop.far, sample="new")
    with pytest.raises(NotFound):
        accept_results(quarrel.far(), objection)
    with pytest.raises(Denied):
        confirm(quarrel.buyer, objection)
    assert objection_page(quarrel.officer, objection.case.uid).objection == objection
    with pytest.raises(NotFound):
        objection_page(quarrel.far(), objection.case.uid)
