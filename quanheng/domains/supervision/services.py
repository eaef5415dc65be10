"""The acts of an inquiry, one function for each; and the comparison of laboratories, which is no act of anybody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.supervision.counting import KINDS, counted
from quanheng.domains.supervision.models import TEXT_LENGTH, Inquiry, Scrutiny
from quanheng.domains.supervision.process import INQUIRY
from quanheng.domains.supervision.weighing import weighed
from quanheng.domains.testing.models import GateRecord
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.base.actor import Actor, region_prefix
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.checks import checked_text
from quanheng.kernel.base.errors import Conflict, Invalid
from quanheng.kernel.base.grants import Oversees
from quanheng.kernel.base.texts import filled, listed
from quanheng.kernel.cases.services import move, open_case
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import Role

SPAN = timedelta(days=365)
# So many reports are named in one inquiry: more is a campaign.
MOST_REPORTS = 100
OPENING = Oversees("region_code", Role.CASE_OFFICER)


def scrutinise() -> int:
    """Compare all laboratories over the last twelve months; returns how many.

    Two workers at once leave one row for each; a laboratory that issues nothing any more has none.
    """
    until = timezone.now()
    since = until - SPAN
    laboratories = counted(since, until)
    rows = [
        Scrutiny(
            organisation_id=key,
            reports=laboratories[key].reports,
            findings=sum(one.finding for one in row),
            weight=round(sum(one.weight for one in row), 6),
            measured=[one.kept() for one in row],
            since=since,
            until=until,
        )
        for key, row in weighed(laboratories).items()
    ]
    kept = ("reports", "findings", "weight", "measured", "since", "until")
    with transaction.atomic():
        Scrutiny.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["organisation"], update_fields=kept, batch_size=200
        )
        Scrutiny.objects.filter(until__lt=until).delete()
    return len(rows)


@act("supervision.inquiry.open", on=Organisation, label=_("发起核查"), may=OPENING, tells=("",))
def open_inquiry(
    actor: Actor,
    organisation: Organisation,
    *,
    question: str,
    measures: Sequence[str] = (),
    reports: Sequence[str] = (),
) -> Inquiry:
    """Ask a laboratory to account for measures in which it differs, and for reports, named by their numbers.

    What is known of them is frozen into the inquiry: the laboratory sees exactly what is asked about. Raises Invalid
    by field, Conflict where an inquiry about the same is under way.
    """
    question = checked_text(
        "question", question, TEXT_LENGTH, missing=_("请写明要求机构说明什么、提交哪些材料：机构将看到它。")
    )
    named = _reports(organisation, reports)
    evidence = _evidence(organisation, measures) + _of_reports(named)
    if not evidence:
        raise Invalid.field("measures", _("请至少选择一项比对结果或写明一份报告，核查要有具体对象。"))
    _refuse_twice(organisation, measures, named)
    case = open_case(INQUIRY, title=organisation.name_zh, client=_regulator(actor, organisation), handler=organisation)
    inquiry = Inquiry.objects.create(case=case, question=question, evidence=evidence)
    inquiry.reports.set(named)
    remark(measures=list(measures), reports=[one.number for one in named])
    return inquiry


def _reports(organisation: Organisation, numbers: Sequence[str]) -> list[Attestation]:
    wanted = list(dict.fromkeys(one.strip() for one in numbers if one.strip()))
    if len(wanted) > MOST_REPORTS:
        raise Invalid.field("reports", filled(_("一次核查最多写 %(most)s 份报告，请分开办理。"), most=MOST_REPORTS))
    found = Attestation.objects.filter(issuer=organisation, kind__in=KINDS, number__in=wanted).defer("document")
    rows = {one.number: one for one in found}
    if missing := [one for one in wanted if one not in rows]:
        told = _("该机构没有编号为 %(numbers)s 的报告，请核对编号。")
        raise Invalid.field("reports", filled(told, numbers=listed(one[:60] for one in missing[:10])))
    return [rows[one] for one in wanted]


def _evidence(organisation: Organisation, keys: Sequence[str]) -> list[dict[str, Any]]:
    """The measures as they stand today."""
    if not keys:
        return []
    row = Scrutiny.objects.filter(organisation=organisation).first()
    known = {one["key"]: one for one in row.measured} if row else {}
    if unknown := [one for one in keys if one not in known]:
        raise Invalid.field(
            "measures", filled(_("没有这些比对结果：%(keys)s。请从列出的选择。"), keys=listed(unknown[:10]))
        )
    assert row is not None
    span = {"since": row.since.isoformat(), "until": row.until.isoformat()}
    return [{"kind": "measure", **known[key], **span} for key in dict.fromkeys(keys)]


def _of_reports(named: Sequence[Attestation]) -> list[dict[str, Any]]:
    """What the gate said of the reports when they were issued."""
    gates = {one.attestation_id: one for one in GateRecord.objects.filter(attestation__in=named)}
    return [
        {
            "kind": "report",
            "number": one.number,
            "uid": one.uid,
            "outcomes": gates[one.pk].outcomes if one.pk in gates else {},
            "reasons": gates[one.pk].reasons if one.pk in gates else {},
        }
        for one in named
    ]


def _refuse_twice(organisation: Organisation, keys: Sequence[str], named: Sequence[Attestation]) -> None:
    under_way = Inquiry.objects.filter(case__handler=organisation, case__closed_at=None).select_related("case")
    for other in under_way.order_by("pk"):
        same = {one["key"] for one in other.evidence if one["kind"] == "measure"} & set(keys)
        same |= {one["number"] for one in other.evidence if one["kind"] == "report"} & {one.number for one in named}
        if same:
            told = _("核查 %(number)s 正在办理其中的事项，请在其中追问，或去掉这些事项。")
            raise Conflict(filled(told, number=other.case.number), code="inquiry-open")


def _regulator(actor: Actor, organisation: Organisation) -> Organisation:
    """For whom the officer asks: of several the nearest to the laboratory."""
    mine = Organisation.objects.filter(pk__in=actor.organisations(Role.CASE_OFFICER)).order_by("pk")
    over = [one for one in mine if organisation.region_code.startswith(region_prefix(one.region_code))]
    if not over:  # the platform itself holds no office
        raise Conflict(_("核查由监管部门的承办人发起。"), code="no-regulator")
    return max(over, key=lambda one: len(region_prefix(one.region_code)))


def _said(inquiry: Inquiry, name: str, text: str, missing: Any) -> Inquiry:
    setattr(inquiry, name, checked_text("text", text, TEXT_LENGTH, missing=missing))
    inquiry.save(update_fields=[name])
    return inquiry


def _concluded(inquiry: Inquiry, outcome: str, text: str) -> Inquiry:
    inquiry.outcome = outcome
    inquiry.save(update_fields=["outcome"])
    return _said(inquiry, "conclusion", text, _("请写明结论的理由：机构将看到它。"))


@move(INQUIRY, "answer")
def answer_inquiry(actor: Actor, inquiry: Inquiry, *, text: str) -> Inquiry:
    """The laboratory accounts for what it was asked, the second time where it was asked again."""
    name = "second_answer" if inquiry.further else "answer"
    return _said(inquiry, name, text, _("请逐项说明情况：监管部门将据此作出结论。"))


@move(INQUIRY, "ask_again")
def ask_further(actor: Actor, inquiry: Inquiry, *, text: str) -> Inquiry:
    """The account leaves something open; the laboratory's time begins anew, once."""
    return _said(inquiry, "further", text, _("请写明还要说明什么：机构将看到它。"))


@move(INQUIRY, "clear")
def clear_inquiry(actor: Actor, inquiry: Inquiry, *, text: str) -> Inquiry:
    """There is an honest reason, or nothing in it."""
    return _concluded(inquiry, Inquiry.Outcome.CLEARED, text)


@move(INQUIRY, "order")
def order_correction(actor: Actor, inquiry: Inquiry, *, text: str) -> Inquiry:
    """The laboratory has to put something right within the period of the rule (SAMR Order 39, Article 25)."""
    return _said(inquiry, "ordered", text, _("请写明要求改正什么：机构将看到它。"))


@move(INQUIRY, "report")
def report_correction(actor: Actor, inquiry: Inquiry, *, text: str) -> Inquiry:
    """The laboratory says what it has put right."""
    return _said(inquiry, "corrected", text, _("请写明已怎样改正、涉及哪些报告：监管部门将复查。"))


@move(INQUIRY, "accept")
def accept_correction(actor: Actor, inquiry: Inquiry, *, text: str) -> Inquiry:
    """What was ordered has been done."""
    return _concluded(inquiry, Inquiry.Outcome.CORRECTED, text)


@move(INQUIRY, "refuse")
def refuse_correction(actor: Actor, inquiry: Inquiry, *, text: str) -> Inquiry:
    """What was ordered has not been done: what is still to be put right, with a new period."""
    return _said(inquiry, "ordered", text, _("请写明还要改正什么：机构将看到它。"))


@move(INQUIRY, "hand_over")
def hand_over(actor: Actor, inquiry: Inquiry, *, text: str) -> Inquiry:
    """The matter goes on as a case of enforcement, outside of this inquiry."""
    return _concluded(inquiry, Inquiry.Outcome.HANDED_OVER, text)
