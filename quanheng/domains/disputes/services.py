"""The acts of complaints and objections, one function for each: both sides, and the platform where it judges."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from quanheng.domains.disputes.judging import judge_again, keep_judgement, kept
from quanheng.domains.disputes.models import TEXT_LENGTH, Complaint, DisputedItem, Objection
from quanheng.domains.disputes.process import COMPLAINT, OBJECTION, basis_changed
from quanheng.domains.disputes.windows import why_no_complaint, why_no_objection
from quanheng.domains.services.elsewhere import offer_of
from quanheng.domains.testing.models import Order, Settlement
from quanheng.domains.testing.queries import results_of
from quanheng.domains.testing.services import amend_report, announce, bill_order, place_order, settle_retest
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.checks import REASON_LENGTH, checked_text, need_reason
from quanheng.kernel.base.errors import Conflict, Invalid
from quanheng.kernel.base.grants import Holds, PlatformOnly
from quanheng.kernel.base.texts import filled, listed
from quanheng.kernel.cases.services import move, open_case
from quanheng.kernel.objects.custody import in_hand
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import CLIENT_ROLES
from quanheng.kernel.signals.models import Signal
from quanheng.kernel.signals.services import notice

_CLIENT = Holds("case__client", *CLIENT_ROLES)
_BOTH = ("case__client", "case__handler")
_SAY_MORE = _("请写清事情经过和您的要求。")
_ANSWER = _("请写明答复：对方将看到它。")


@act("disputes.complaint.make", on=Order, label=_("提出投诉"), may=_CLIENT, tells=_BOTH)
def complain(actor: Actor, order: Order, *, topic: str, text: str) -> Complaint:
    """The client complains of how its order is served, while it runs or soon after. Raises Invalid, Conflict."""
    if topic not in Complaint.Topic.values:
        raise Invalid.field("topic", _("请从列出的事项中选择一项。"))
    text = checked_text("text", text, TEXT_LENGTH, missing=_SAY_MORE)
    if why := why_no_complaint(order):
        raise Conflict(why, code="complaint-closed")
    open_one = Complaint.objects.filter(order=order, case__closed_at=None).select_related("case").first()
    if open_one is not None:
        raise Conflict(
            filled(_("该任务单的投诉 %(number)s 还在办理，请在其中说明。"), number=open_one.case.number),
            code="complaint-open",
        )
    case = open_case(COMPLAINT, title=order.case.title, client=order.case.client, handler=order.case.handler)
    remark(topic=topic)
    return Complaint.objects.create(case=case, order=order, topic=topic, text=text)


@move(COMPLAINT, "reply")
def reply_to_complaint(actor: Actor, complaint: Complaint, *, text: str) -> Complaint:
    """The institution's quality manager answers, the second time where the client has asked again."""
    text = checked_text("text", text, TEXT_LENGTH, missing=_ANSWER)
    name = "second_reply" if complaint.question else "reply"
    setattr(complaint, name, text)
    complaint.save(update_fields=[name])
    return complaint


@move(COMPLAINT, "settle")
def settle_complaint(actor: Actor, complaint: Complaint) -> Complaint:
    """The client is content with the answer."""
    return complaint


@move(COMPLAINT, "ask_again")
def ask_again(actor: Actor, complaint: Complaint, *, reason: str) -> Complaint:
    """The answer does not do, and why; the institution's time to answer begins anew, once."""
    complaint.question = need_reason(reason)
    complaint.save(update_fields=["question"])
    return complaint


@move(COMPLAINT, "give_up")
def give_up_complaint(actor: Actor, complaint: Complaint, *, reason: str) -> Complaint:
    """The client ends it unresolved: the regulators of the region find it so in their register."""
    need_reason(reason)
    return complaint


@move(COMPLAINT, "withdraw")
def withdraw_complaint(actor: Actor, complaint: Complaint) -> Complaint:
    """The client takes its complaint back."""
    return complaint


@move(COMPLAINT, "lapse")
def lapse_complaint(actor: Actor, complaint: Complaint) -> Complaint:
    """The client has said nothing to the answer until its time was over."""
    return complaint


@act("disputes.objection.raise", on=Order, label=_("对结果提出异议"), may=_CLIENT, tells=_BOTH)
def object_to(actor: Actor, order: Order, *, positions: Sequence[int], grounds: str) -> Objection:
    """The client objects to results of the report that stands, named by their positions. Raises Invalid, Conflict."""
    grounds = checked_text("grounds", grounds, TEXT_LENGTH, missing=_("请写明哪里不对、您的依据是什么。"))
    if why := why_no_objection(order):
        raise Conflict(why, code="objection-closed")
    report = order.attestation
    assert report is not None  # the window has seen it
    _refuse_twice(order, positions)
    results = {result.position: result for result in results_of(order.case_id)}
    if not positions:
        raise Invalid.field("positions", _("请至少选择一个有异议的项目。"))
    if unknown := sorted(set(positions) - set(results)):
        raise Invalid.field(
            "positions", filled(_("报告中没有第 %(rows)s 项，请核对序号。"), rows=listed(map(str, unknown[:10])))
        )
    case = open_case(OBJECTION, title=order.case.title, client=order.case.client, handler=order.case.handler)
    objection = Objection.objects.create(case=case, order=order, report=report, grounds=grounds)
    stated = ("position", "item_id", "value", "unit", "uncertainty", "k", "verdict")
    DisputedItem.objects.bulk_create(
        [
            DisputedItem(objection=objection, **{name: getattr(results[one], name) for name in stated})
            for one in sorted(set(positions))
        ]
    )
    remark(report=report.number, positions=sorted(set(positions)))
    return objection


def _refuse_twice(order: Order, positions: Sequence[int]) -> None:
    """One objection at a time, and each result of a report once, unless it was withdrawn."""
    earlier = Objection.objects.filter(order=order, report=order.attestation).exclude(case__state="withdrawn")
    open_one = earlier.filter(case__closed_at=None).select_related("case").first()
    if open_one is not None:
        raise Conflict(
            filled(_("对该报告的异议 %(number)s 还在办理，办结后才能另提。"), number=open_one.case.number),
            code="objection-open",
        )
    again = DisputedItem.objects.filter(objection__in=earlier, position__in=positions).order_by("position")
    if rows := list(again.values_list("position", flat=True)[:10]):
        raise Conflict(
            filled(_("第 %(rows)s 项的异议已有结果，不能重复提出。"), rows=listed(map(str, rows))), code="objected"
        )


@move(OBJECTION, "concede")
def concede(actor: Actor, objection: Objection, *, text: str, suspend: bool = False) -> Objection:
    """The client is right: the institution begins to amend its report, which ends the objection once it is issued.

    ``suspend``: nobody shall rely on the report in the meantime. A report under amendment already stays so.
    """
    objection.answer = checked_text("text", text, REASON_LENGTH, missing=_ANSWER)
    objection.outcome = Objection.Outcome.CONCEDED
    objection.save(update_fields=["answer", "outcome"])
    order = objection.order
    if not order.amendment_reason:
        amend_report(actor, order, reason=objection.answer, suspend=suspend)
    return objection


@move(OBJECTION, "uphold")
def uphold(actor: Actor, objection: Objection, *, text: str) -> Objection:
    """The institution stands by its results, and says why."""
    objection.answer = checked_text("text", text, TEXT_LENGTH, missing=_ANSWER)
    objection.save(update_fields=["answer"])
    return objection


@move(OBJECTION, "accept")
def accept_results(actor: Actor, objection: Objection) -> Objection:
    """The client accepts the results after all."""
    return objection


@move(OBJECTION, "ask_retest")
def ask_retest(actor: Actor, objection: Objection, *, institution: Organisation, sample: str) -> Objection:
    """Have the disputed items determined again elsewhere; ``sample`` says on what. Raises Invalid, Conflict.

    The order goes its ordinary way; once its report is delivered, the platform judges by comparing the two.
    """
    if sample not in Objection.SampleChoice.values:
        raise Invalid.field("sample", _("请选择复测用的样品：留样或新样品。"))
    if institution.pk == objection.case.handler_id:
        raise Invalid.field("institution", _("复测应由另一家机构承担，请选择其他机构。"))
    held = in_hand(objection.order.case) if sample == Objection.SampleChoice.RETAINED else []
    if sample == Objection.SampleChoice.RETAINED and not held:
        raise Invalid.field("sample", _("已没有机构持有留样（已退还、处置或遗失），请选择另送样品。"))
    order = objection.order
    offer = offer_of(order, list(objection.items.values_list("position", flat=True)), institution)
    retest = place_order(
        actor,
        objection.case,
        institution=institution,
        activity=order.activity,
        family=order.family,
        object_name=order.object_name,
        object_model=order.object_model,
        items=offer.items,
        price_cents=offer.price_cents,
        days=offer.days,
    )
    for place, one in enumerate(held):
        # The item is the same: its chain of custody goes on at whoever retests.
        awaited = announce(retest) if place else retest.case.samples.get()
        awaited.origin = one
        awaited.save(update_fields=["origin"])
    if objection.retest_judged is not None:
        # A retest whose report was withdrawn: what it came to is kept beside, and what follows begins anew.
        objection.judgements = [*objection.judgements, kept(objection)]
        objection.first_judged = objection.retest_judged = None
        objection.items.update(basis="", score="", agrees=None)
    objection.retest, objection.sample, objection.outcome = retest, sample, ""
    objection.save(update_fields=["retest", "sample", "outcome", "first_judged", "retest_judged", "judgements"])
    remark(retest=retest.case.number, institution=institution.name_zh, sample=sample, price_cents=offer.price_cents)
    return objection


@move(OBJECTION, "lose_retest")
def lose_retest(actor: Actor, objection: Objection) -> Objection:
    """The retest was declined or cancelled: the client chooses another institution, or accepts."""
    return objection


@move(OBJECTION, "contradict")
def contradict(actor: Actor, objection: Objection) -> Objection:
    """The retest disagrees: the institution bears its cost and mends its report; its regulators are told."""
    _judge(objection, Objection.Outcome.CONTRADICTED)
    _signal(objection)
    return objection


def _signal(objection: Objection) -> None:
    case, report = objection.case, objection.retest_judged
    assert report is not None and case.handler is not None  # it was judged
    notice(
        Signal.Kind.RETEST_CONTRADICTED,
        organisation=case.handler,
        case=case,
        fingerprint=f"retest:{objection.pk}",
        evidence={
            "report": objection.report.number,
            "retest_report": report.number,
            "positions": list(objection.items.filter(agrees=False).values_list("position", flat=True)),
        },
    )


@move(OBJECTION, "confirm")
def confirm(actor: Actor, objection: Objection) -> Objection:
    """The retest does not disagree: the report stands, and whoever asked bears the cost."""
    _judge(objection, Objection.Outcome.CONFIRMED)
    return objection


def _judge(objection: Objection, outcome: Objection.Outcome) -> None:
    keep_judgement(objection)
    objection.outcome = outcome
    objection.first_judged = objection.report
    objection.retest_judged = objection.retest.attestation if objection.retest else None
    objection.save(update_fields=["outcome", "first_judged", "retest_judged"])
    _remark(objection, outcome)
    _settle(objection)


def _remark(objection: Objection, outcome: str) -> None:
    items = objection.items.order_by("position")
    remark(
        outcome=str(outcome),
        first=objection.first_judged.number if objection.first_judged else "",
        retest_report=objection.retest_judged.number if objection.retest_judged else "",
        compared={str(one.position): f"{one.basis} {one.score} {one.agrees}" for one in items},
    )


def _settle(objection: Objection) -> None:
    """Whoever asked for the retest is charged; where the institution bears the fee, it owes the client as much."""
    retest, platform = objection.retest, Actor.platform()
    assert retest is not None  # it was judged
    if not Settlement.objects.filter(order=retest).exists():
        bill_order(platform, retest)
    borne = objection.borne_by == "institution"
    if borne or retest.refunds.exists():
        settle_retest(platform, objection.order, retest=retest, by_institution=borne)


_AGAIN = ("first_judged", "retest_judged", "proposed", "judgements")


@act(
    "disputes.objection.rejudge", on=Objection, label=_("依据有变，重新判定，结果不变"), may=PlatformOnly(), tells=_BOTH
)
def rejudge(actor: Actor, objection: Objection) -> Objection:
    """A report was amended, and the judgement made again comes to the same: both sides are told, nothing is asked."""
    if why := basis_changed(actor, objection, {}):
        raise Conflict(why, code="basis-stands")
    found = judge_again(objection)
    objection.proposed = found if objection.case.state == "rejudged" else ""
    objection.save(update_fields=_AGAIN)
    _remark(objection, objection.outcome)
    return objection


@move(OBJECTION, "propose")
def propose_judgement(actor: Actor, objection: Objection) -> Objection:
    """A report was amended or withdrawn, and the judgement made again comes to something else.

    The objection is taken up again: either side confirms the new outcome, after the deadline the platform does.
    """
    objection.proposed = judge_again(objection)
    objection.save(update_fields=_AGAIN)
    _remark(objection, objection.proposed)
    return objection


@move(OBJECTION, "adopt_confirmed")
def adopt_confirmed(actor: Actor, objection: Objection) -> Objection:
    """By the reports as they stand nothing disagrees: whoever asked bears the cost."""
    return _adopt(objection)


@move(OBJECTION, "adopt_contradicted")
def adopt_contradicted(actor: Actor, objection: Objection) -> Objection:
    """By the reports as they stand something disagrees: the institution bears the cost and mends its report."""
    if objection.order.attestation is not None:
        objection.report = objection.order.attestation
    _adopt(objection)
    _signal(objection)
    return objection


@move(OBJECTION, "adopt_unjudged")
def adopt_unjudged(actor: Actor, objection: Objection) -> Objection:
    """The retest's report is withdrawn: the client has it done elsewhere, or accepts the results."""
    return _adopt(objection)


# What confirms a new judgement, by what it comes to.
ADOPTED = {
    Objection.Outcome.CONFIRMED: adopt_confirmed,
    Objection.Outcome.CONTRADICTED: adopt_contradicted,
    Objection.Outcome.UNJUDGED: adopt_unjudged,
}


def adopt(actor: Actor, objection: Objection) -> Objection:
    """Confirm the new outcome of an objection, whatever it is. Raises Conflict where none waits."""
    if not objection.proposed:
        raise Conflict(_("没有待确认的新判定。"), code="wrong-state")
    return ADOPTED[Objection.Outcome(objection.proposed)](actor, objection)


def _adopt(objection: Objection) -> Objection:
    remark(outcome=[objection.outcome, objection.proposed])
    objection.outcome, objection.proposed = objection.proposed, ""
    objection.save(update_fields=["outcome", "proposed", "report"])
    _settle(objection)
    return objection


@move(OBJECTION, "close")
def close_corrected(actor: Actor, objection: Objection) -> Objection:
    """The report was amended or withdrawn: either side may say so, else the platform does."""
    return objection


@move(OBJECTION, "withdraw")
def withdraw_objection(actor: Actor, objection: Objection) -> Objection:
    """The client takes its objection back."""
    return objection


@move(OBJECTION, "lapse")
def lapse_objection(actor: Actor, objection: Objection) -> Objection:
    """The client has neither accepted nor asked for a retest until its time was over: the report stands."""
    return objection
