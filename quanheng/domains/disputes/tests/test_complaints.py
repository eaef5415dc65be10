"""A complaint: answered in time, asked once more, settled, or ended unresolved for the regulators to see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from quanheng.domains.disputes.ending import end_by_itself
from quanheng.domains.disputes.models import Complaint
from quanheng.domains.disputes.queries import complaint_page, complaints, disputes_of
from quanheng.domains.disputes.services import (
    ask_again,
    complain,
    give_up_complaint,
    lapse_complaint,
    reply_to_complaint,
    settle_complaint,
    withdraw_complaint,
)
from quanheng.domains.disputes.telling import complaint_told
from quanheng.domains.disputes.tests.quarrel import Quarrel, fresh, once_more, overdue
from quanheng.domains.testing.services import cancel_order
from quanheng.kernel.audit.models import Notice
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound
from quanheng.kernel.cases.alerts import attend_due
from quanheng.kernel.cases.models import Case, Clock
from quanheng.kernel.cases.queries import waiting_for
from quanheng.kernel.cases.services import options
from quanheng.kernel.signals.models import Signal
from tests.world import make_actor


@pytest.fixture
def complaint(quarrel: Quarrel) -> Complaint:
    return once_more(complain(quarrel.buyer, quarrel.order, topic="late", text=" 比承诺晚了六天 "))


def test_a_complaint_waits_for_the_quality_manager_within_the_rule(quarrel: Quarrel, complaint: Complaint) -> None:
    case = complaint.case
    assert (case.number[:2], case.state, case.client, case.handler) == (
        "TS",
        "open",
        quarrel.shop.client,
        quarrel.shop.near,
    )
    assert (complaint.text, complaint.topic) == ("比承诺晚了六天", "late")
    (clock,) = case.clocks.select_related("rule")
    assert clock.rule is not None and clock.rule.key == "one_stop.complaint_reply"
    assert case in waiting_for(quarrel.near()) and case in waiting_for(quarrel.near("administrator"))
    assert case not in waiting_for(quarrel.near("operator"))
    told = set(Notice.objects.filter(entry__act="disputes.complaint.make").values_list("organisation", flat=True))
    assert told == {quarrel.shop.client.pk, quarrel.shop.near.pk}
    assert "近检测" in str(complaint_told(complaint)) and "工期和价格" in str(complaint_told(complaint))


def test_a_client_that_is_content_closes_it_well(quarrel: Quarrel, complaint: Complaint) -> None:
    with pytest.raises(Conflict):
        settle_complaint(quarrel.buyer, complaint)
    reply_to_complaint(quarrel.near(), complaint, text="设备检修所致，已减免加急费")
    assert once_more(complaint).case in waiting_for(quarrel.buyer)
    settle_complaint(quarrel.buyer, complaint)
    found = once_more(complaint)
    assert (found.case.state, found.case.closed_at is not None, found.reply) == (
        "settled",
        True,
        "设备检修所致，已减免加急费",
    )


def test_it_is_asked_once_more_and_no_oftener(quarrel: Quarrel, complaint: Complaint) -> None:
    reply_to_complaint(quarrel.near(), complaint, text="已知悉")
    for reason in (" ", "x" * 301):
        with pytest.raises(Invalid):
            ask_again(quarrel.buyer, complaint, reason=reason)
    ask_again(quarrel.buyer, complaint, reason="没有说明何时改进")
    assert once_more(complaint).case.state == "open"
    assert Clock.objects.filter(case=complaint.case, name="reply").count() == 2
    reply_to_complaint(quarrel.near(), complaint, text="下月起每周通报进度")
    found = once_more(complaint)
    assert (found.reply, found.question, found.second_reply) == ("已知悉", "没有说明何时改进", "下月起每周通报进度")
    with pytest.raises(Conflict) as refused:
        ask_again(quarrel.buyer, complaint, reason="还是不行")
    assert refused.value.reason == "guard-once"
    (option,) = [one for one in options(quarrel.buyer, found) if one.step.name == "ask_again"]
    assert not option.possible


def test_what_stays_unresolved_is_found_by_the_regulators_of_the_region(quarrel: Quarrel, complaint: Complaint) -> None:
    reply_to_complaint(quarrel.near(), complaint, text="已知悉")
    give_up_complaint(quarrel.buyer, complaint, reason="拒绝说明原因")
    assert "12315" in str(complaint_told(once_more(complaint)))
    found = complaints(quarrel.officer).filter(case__state="unresolved")
    assert [one.pk for one in found] == [complaint.pk]
    elsewhere = make_actor((quarrel.shop.far, "administrator"))
    assert not complaints(elsewhere).exists()
    with pytest.raises(NotFound):
        complaint_page(elsewhere, complaint.case.uid)


def test_nobody_waits_longer_than_the_institution_may_take(quarrel: Quarrel, complaint: Complaint) -> None:
    with pytest.raises(Conflict) as refused:
        give_up_complaint(quarrel.buyer, complaint, reason="不等了")
    assert refused.value.reason == "guard-their-turn"
    overdue(complaint.case)
    give_up_complaint(quarrel.buyer, complaint, reason="逾期未答复")
    assert once_more(complaint).case.state == "unresolved"


def test_silence_of_the_client_ends_it_without_an_alarm(quarrel: Quarrel, complaint: Complaint) -> None:
    reply_to_complaint(quarrel.near(), complaint, text="已改进")
    with pytest.raises(Denied):
        lapse_complaint(quarrel.buyer, complaint)
    assert end_by_itself() == 0
    overdue(complaint.case)
    assert end_by_itself() == 1
    attend_due()
    assert once_more(complaint).case.state == "lapsed"
    assert not Signal.objects.filter(case=complaint.case).exists()


def test_the_jobs_of_disputes_are_done_before_clocks_are_escalated() -> None:
    from quanheng.kernel.base.periodic import discover

    names = list(discover())
    ours = names.index("quanheng.domains.disputes.jobs.end_disputes")
    assert ours < names.index("quanheng.kernel.cases.jobs.watch_clocks")


def test_an_overdue_answer_is_escalated(quarrel: Quarrel, complaint: Complaint) -> None:
    overdue(complaint.case)
    Clock.objects.filter(case=complaint.case).update(alert_at=timezone.now())
    attend_due()
    signal = Signal.objects.get(case=complaint.case)
    assert (signal.kind, signal.organisation) == ("overdue", quarrel.shop.near)
    assert end_by_itself() == 0


def test_the_client_takes_it_back(quarrel: Quarrel, complaint: Complaint) -> None:
    withdraw_complaint(quarrel.buyer, complaint)
    with pytest.raises(Conflict):
        reply_to_complaint(quarrel.near(), complaint, text="答复")
    assert once_more(complaint).case.state == "withdrawn"
    # It may be made anew.
    assert complain(quarrel.buyer, quarrel.order, topic="price", text="多收费")


def test_one_complaint_at_a_time(quarrel: Quarrel, complaint: Complaint) -> None:
    with pytest.raises(Conflict) as refused:
        complain(quarrel.buyer, quarrel.order, topic="price", text="多收费")
    assert refused.value.reason == "complaint-open" and complaint.case.number in str(refused.value)
    assert not disputes_of(quarrel.buyer, fresh(quarrel.order)).complain


def test_an_order_is_complained_of_while_it_runs_and_for_a_while_after(quarrel: Quarrel) -> None:
    (running,) = quarrel.shop.orders(quarrel.shop.commission("fastest", items=["speed"]))
    complaint = complain(quarrel.buyer, running, topic="attitude", text="无人接听")
    withdraw_complaint(quarrel.buyer, complaint)
    cancel_order(quarrel.buyer, running, reason="不做了")
    assert disputes_of(quarrel.buyer, fresh(running)).complain
    Case.objects.filter(pk=running.pk).update(closed_at=timezone.now() - timedelta(days=40))
    with pytest.raises(Conflict) as refused:
        complain(quarrel.buyer, running, topic="attitude", text="无人接听")
    assert refused.value.reason == "complaint-closed"
    assert not disputes_of(quarrel.buyer, fresh(running)).complain


@pytest.mark.parametrize(
    ("topic", "text"), [("", "晚"), ("weather", "晚"), ("late", " "), ("late", "x" * 1001), ("late", "a\x00b")]
)
def test_bad_input_names_the_field(quarrel: Quarrel, topic: str, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        complain(quarrel.buyer, quarrel.order, topic=topic, text=text)
    assert {error.field for error in refused.value.errors} <= {"topic", "text"}
    assert not Complaint.objects.exists()


def test_only_the_sides_act_each_in_its_part(quarrel: Quarrel, complaint: Complaint) -> None:
    with pytest.raises(NotFound):
        complain(quarrel.shop.stranger, quarrel.order, topic="late", text="x")
    with pytest.raises(Denied):
        complain(quarrel.near(), quarrel.order, topic="late", text="x")
    with pytest.raises(Denied):
        reply_to_complaint(quarrel.buyer, complaint, text="x")
    with pytest.raises(Denied):
        reply_to_complaint(quarrel.near("operator"), complaint, text="x")
    with pytest.raises(Denied):
        give_up_complaint(quarrel.officer, complaint, reason="x")
