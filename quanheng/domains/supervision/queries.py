"""Reads of supervision, already restricted to what the actor may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from quanheng.domains.supervision.measures import Measure, measures
from quanheng.domains.supervision.models import Inquiry, Scrutiny
from quanheng.domains.testing.models import GateRecord
from quanheng.domains.testing.queries import gate_records
from quanheng.kernel.audit.queries import Told, case_story
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.cases.services import Option, options

# Registers know an inquiry by the ``uid`` of its case.
_OF_CASE = {"uid": F("case__uid")}
# So many reports are shown on the page of a laboratory; its register has them all.
SHOWN = 20


def scrutinies(actor: Actor) -> QuerySet[Scrutiny]:
    """Comparisons of the laboratories that the actor oversees."""
    return restrict(Scrutiny.objects.all(), actor).select_related("organisation")


def inquiries(actor: Actor) -> QuerySet[Inquiry]:
    """Inquiries that the actor may see; known by the ``uid`` of their case."""
    return restrict(Inquiry.objects.alias(**_OF_CASE), actor).select_related("case__client", "case__handler")


@dataclass(frozen=True)
class Seen:
    """One measure of a laboratory with its stored numbers (``weighing.Weighed.kept``)."""

    measure: Measure
    numbers: dict[str, Any]


@dataclass(frozen=True)
class LaboratoryPage:
    """A laboratory as its regulators see it: every measure, its reports with most that was not kept, inquiries."""

    row: Scrutiny
    seen: Sequence[Seen]
    reports: Sequence[GateRecord]
    inquiries: Sequence[Inquiry]


def compared(actor: Actor, uid: str) -> Scrutiny | None:
    """The comparison of one laboratory; None where there is none, or the actor may not see it."""
    return scrutinies(actor).filter(organisation__uid=uid).first()


def scrutiny_of(actor: Actor, uid: str) -> Scrutiny:
    """As ``compared``; raises NotFound."""
    row = compared(actor, uid)
    if row is None:
        raise not_compared()
    return row


def not_compared() -> NotFound:
    """What is answered where there is no comparison for whoever asks."""
    return NotFound(_("没有找到该机构的比对结果，或您无权查看。最近十二个月没有签发报告的机构没有比对结果。"))


def laboratory_page(actor: Actor, uid: str) -> LaboratoryPage:
    """One laboratory for its page. Raises NotFound."""
    row = scrutiny_of(actor, uid)
    reports = gate_records(actor).filter(attestation__issuer=row.organisation_id, failed__gt=0)
    known = inquiries(actor).filter(case__handler=row.organisation_id)
    return LaboratoryPage(
        row,
        seen(row),
        list(reports.order_by("-failed", "-pk")[:SHOWN]),
        list(known.order_by("-pk")[:SHOWN]),
    )


def seen(row: Scrutiny) -> list[Seen]:
    """The measures of a comparison, those that are findings first, then in the order of their table."""
    known = measures()
    rows = [Seen(known[one["key"]], one) for one in row.measured if one["key"] in known]
    return sorted(rows, key=lambda one: not one.numbers["finding"])


@dataclass(frozen=True)
class InquiryPage:
    """An inquiry with its story, newest first, and what can be done now."""

    inquiry: Inquiry
    story: list[Told]
    options: Sequence[Option]


def inquiry_page(actor: Actor, uid: str) -> InquiryPage:
    """One inquiry for its page. Raises NotFound, also where the actor may not see it."""
    found = inquiries(actor).filter(case__uid=uid).first()
    if found is None:
        raise NotFound(_("没有找到该核查，或您无权查看。请核对编号。"))
    return InquiryPage(found, case_story(actor, found.case), options(actor, found))
