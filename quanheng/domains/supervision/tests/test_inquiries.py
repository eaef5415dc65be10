"""Inquiries: opened on evidence that is frozen, answered, concluded; nobody is judged unheard, nothing asked twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from quanheng.domains.supervision import services
from quanheng.domains.supervision.models import TEXT_LENGTH, Inquiry, Scrutiny
from quanheng.domains.supervision.services import MOST_REPORTS, open_inquiry, scrutinise
from quanheng.domains.supervision.tests.conftest import Watch
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.audit.models import Notice
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound, SignInNeeded
from quanheng.kernel.cases.models import Case
from quanheng.kernel.parties.roles import Role
from tests import world


def begun(watch: Watch, **more: object) -> Inquiry:
    given = {"question": "请说明原因并提交原始记录", "measures": ["explained"], "reports": [watch.report()]} | more
    return open_inquiry(watch.officer, watch.suspect, **given)  # type: ignore[arg-type]


def again(inquiry: Inquiry) -> Inquiry:
    return Inquiry.objects.select_related("case").get(pk=inquiry.pk)


def late(inquiry: Inquiry) -> Inquiry:
    """The time of whoever it waits for is over."""
    Case.objects.filter(pk=inquiry.pk).update(due_at=timezone.now() - timedelta(hours=1))
    return again(inquiry)


def test_what_is_found_is_asked_about_answered_and_cleared(watch: Watch) -> None:
    inquiry = begun(watch)
    case = inquiry.case
    assert (case.client, case.handler, case.state) == (watch.bureau, watch.suspect, "asked")
    assert case.due_at is not None and case.waiting_role == Role.QUALITY_MANAGER
    assert case.number.startswith("HC")
    assert Notice.objects.filter(organisation=watch.suspect).exists()
    measure, report = inquiry.evidence
    assert measure["finding"] and measure["found"] > measure["expected"] and measure["q"] < 0.05
    assert report["outcomes"]["method.in_force"] == "fail"
    services.answer_inquiry(watch.quality, again(inquiry), text="委托方都指定旧版，协议附后")
    services.ask_further(watch.officer, again(inquiry), text="请附其中三份协议")
    with pytest.raises(Conflict, match="不能再"):
        services.ask_further(watch.officer, again(inquiry), text="再问")
    services.answer_inquiry(watch.quality, again(inquiry), text="已附")
    with pytest.raises(Conflict):
        services.ask_further(watch.officer, again(inquiry), text="第三次")
    services.clear_inquiry(watch.officer, again(inquiry), text="理由成立")
    ended = again(inquiry)
    assert (ended.case.state, ended.outcome, ended.second_answer) == ("cleared", "cleared", "已附")
    assert ended.case.closed_at is not None and ended.case.waiting_on_id is None


def test_corrections_are_followed_to_their_end(watch: Watch) -> None:
    inquiry = begun(watch)
    with pytest.raises(Conflict) as heard:
        services.order_correction(watch.officer, inquiry, text="撤销报告")
    assert heard.value.reason == "guard-heard"
    services.answer_inquiry(watch.quality, again(inquiry), text="疏忽")
    services.order_correction(watch.officer, again(inquiry), text="撤销该报告并改正程序")
    with pytest.raises(Conflict):
        services.hand_over(watch.officer, again(inquiry), text="太早")
    services.report_correction(watch.quality, again(inquiry), text="已撤销")
    services.refuse_correction(watch.officer, again(inquiry), text="程序没有改")
    assert again(inquiry).ordered == "程序没有改"
    services.report_correction(watch.quality, again(inquiry), text="程序已改")
    services.accept_correction(watch.officer, again(inquiry), text="复查属实")
    assert (again(inquiry).case.state, again(inquiry).outcome) == ("corrected", "corrected")


def test_silence_ends_with_a_case_of_enforcement(watch: Watch) -> None:
    inquiry = late(begun(watch))
    services.hand_over(watch.officer, inquiry, text="逾期未说明")
    assert again(inquiry).outcome == "handed_over"


def test_evidence_stays_as_it_was_when_the_numbers_change(watch: Watch) -> None:
    inquiry = begun(watch)
    before = again(inquiry).evidence
    Attestation.objects.filter(issuer=watch.suspect, gate__failed=1).update(
        issued_at=timezone.now() - timedelta(days=900)
    )
    scrutinise()
    changed = Scrutiny.objects.get(organisation=watch.suspect)
    assert not next(one for one in changed.measured if one["key"] == "explained")["finding"]
    assert again(inquiry).evidence == before


def test_only_the_officer_of_the_region_asks_and_only_the_laboratory_answers(watch: Watch) -> None:
    for actor in (watch.district, watch.elsewhere, watch.quality, watch.rival, Actor.nobody()):
        with pytest.raises((Denied, NotFound, SignInNeeded)):
            open_inquiry(actor, watch.suspect, question="?", measures=["explained"])
    with pytest.raises(Conflict):
        open_inquiry(Actor.platform(), watch.suspect, question="?", measures=["explained"])
    inquiry = begun(watch)
    for actor in (watch.officer, watch.rival, watch.district):
        with pytest.raises((Denied, NotFound)):
            services.answer_inquiry(actor, again(inquiry), text="x")
    services.answer_inquiry(watch.quality, again(inquiry), text="x")
    for actor in (watch.quality, watch.elsewhere, watch.district):
        with pytest.raises((Denied, NotFound)):
            services.clear_inquiry(actor, again(inquiry), text="x")


def test_an_officer_of_two_bureaus_asks_for_the_nearer_one(watch: Watch) -> None:
    near = world.make_organisation("regulator", "120101", "近处的局")
    both = world.make_actor((watch.bureau, Role.CASE_OFFICER), (near, Role.CASE_OFFICER))
    asked = open_inquiry(both, watch.suspect, question="?", measures=["digits"])
    assert asked.case.client == near


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"question": " "}, "question"),
        ({"question": "长" * (TEXT_LENGTH + 1)}, "question"),
        ({"measures": [], "reports": []}, "measures"),
        ({"measures": ["nothing"]}, "measures"),
        ({"reports": ["R-0"]}, "reports"),
        ({"reports": [f"R{one}" for one in range(MOST_REPORTS + 1)]}, "reports"),
    ],
)
def test_what_cannot_be_asked_is_refused_at_its_field(watch: Watch, given: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        begun(watch, **given)
    assert [error.field for error in refused.value.errors] == [field]
    assert not Inquiry.objects.exists() and not Case.objects.filter(process="supervision.inquiry").exists()


def test_anothers_report_is_none_of_its_own(watch: Watch) -> None:
    other = Attestation.objects.filter(issuer=watch.honest).earliest("pk")
    with pytest.raises(Invalid, match=other.number):
        begun(watch, reports=[other.number])


def test_the_same_is_not_asked_twice_at_a_time(watch: Watch) -> None:
    first = begun(watch)
    with pytest.raises(Conflict, match=first.case.number):
        begun(watch, measures=["explained"], reports=[])
    with pytest.raises(Conflict, match=first.case.number):
        begun(watch, measures=[], reports=[watch.report()])
    begun(watch, measures=["digits"], reports=[])
    services.clear_inquiry(watch.officer, again(first), text="好")
    begun(watch)
