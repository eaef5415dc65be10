"""Reads of complaints and objections, already restricted to what the actor may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, F, QuerySet, Value
from django.utils.translation import gettext_lazy as _

from quanheng.domains.disputes.models import Complaint, DisputedItem, Objection
from quanheng.domains.disputes.process import COMPLAINT, OBJECTION
from quanheng.domains.disputes.windows import why_no_complaint, why_no_objection
from quanheng.domains.services.elsewhere import Replacement, left_by, others
from quanheng.domains.testing.models import Order
from quanheng.kernel.audit.queries import Told, case_story
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.base.statements import Asked
from quanheng.kernel.cases.models import Case, CaseRecord
from quanheng.kernel.cases.process import PROCESSES, Process
from quanheng.kernel.cases.running import edition
from quanheng.kernel.cases.services import Option, options
from quanheng.kernel.parties.roles import CLIENT_ROLES

# Registers know a row by its ``uid``; these have that of their case.
_UID = {"uid": F("case__uid")}
_SIDES = ("case__client", "case__handler", "order__case")
_REPORTS = ("retest__attestation", "report", "first_judged", "retest_judged")
_RETEST = ("retest__case__handler", *_REPORTS)
_ORIGINALS = tuple(f"{name}__document" for name in _REPORTS)


def complaints(actor: Actor) -> QuerySet[Complaint]:
    """Complaints that the actor may see; known by the ``uid`` of their case."""
    return restrict(Complaint.objects.alias(**_UID), actor).select_related(*_SIDES)


def objections(actor: Actor) -> QuerySet[Objection]:
    """Objections that the actor may see; known by the ``uid`` of their case."""
    rows = restrict(Objection.objects.alias(**_UID), actor).select_related(*_SIDES, *_RETEST)
    return rows.defer(*_ORIGINALS)


@dataclass(frozen=True)
class ComplaintPage:
    """A complaint with its story, newest first, and what can be done now."""

    complaint: Complaint
    story: list[Told]
    options: Sequence[Option]


def complaint_page(actor: Actor, uid: str) -> ComplaintPage:
    """One complaint for its page. Raises NotFound, also where the actor may not see it."""
    found = complaints(actor).filter(case__uid=uid).first()
    if found is None:
        raise NotFound(_("没有找到该投诉，或您无权查看。请核对编号。"))
    return ComplaintPage(found, case_story(actor, found.case, known=(found,)), options(actor, found))


@dataclass(frozen=True)
class ObjectionPage:
    """An objection with its items in order, its story, newest first, and what can be done now."""

    objection: Objection
    items: Sequence[DisputedItem]
    story: list[Told]
    options: Sequence[Option]


def objection_page(actor: Actor, uid: str) -> ObjectionPage:
    """One objection for its page. Raises NotFound, also where the actor may not see it."""
    found = objections(actor).filter(case__uid=uid).first()
    if found is None:
        raise NotFound(_("没有找到该异议，或您无权查看。请核对编号。"))
    items = list(found.items.select_related("item").order_by("position"))
    # Entries about what was read already ask no question of who may see it.
    story = case_story(actor, found.case, children=True, known=(found, found.retest, found.report))
    return ObjectionPage(found, items, story, options(actor, found))


def retest_institutions(objection: Objection) -> list[Replacement]:
    """Who could determine the disputed items again today: not whoever determined them first, nor who left a retest."""
    tried = Order.objects.filter(case__parent=objection.case_id).select_related("case")
    left = {one.case.handler_id or 0 for one in tried if left_by(one)}
    if objection.outcome == Objection.Outcome.UNJUDGED and objection.retest is not None:
        left.add(objection.retest.case.handler_id or 0)  # it has withdrawn its report
    without = {objection.case.handler_id or 0, *left}
    return others(objection.order, list(objection.items.values_list("position", flat=True)), without)


@dataclass(frozen=True)
class Known:
    """A complaint or an objection about an order; ``topic`` is that of a complaint."""

    process: Process
    uid: str
    number: str
    state: str
    closed: bool
    topic: str

    @property
    def path(self) -> str:
        return self.process.path.format(uid=self.uid)


@dataclass(frozen=True)
class OfOrder:
    """What the page of an order tells of disputes about it, the newest first.

    ``complain`` and ``object``: whether the actor may do so now; ``sample``: not empty where the order is itself a
    retest, and says on which sample.
    """

    known: Sequence[Known]
    complain: bool
    object: bool
    sample: str


def disputes_of(actor: Actor, order: Order) -> OfOrder:
    """The disputes about an order, as far as the actor may see them; one query or two."""
    known, sample = _known(actor, order)
    mine = order.case.client_id in actor.organisations(*CLIENT_ROLES)
    under_way = {one.process.name for one in known if not one.closed}
    now = edition() if mine and order.case.closed_at else None
    return OfOrder(
        known,
        complain=mine and COMPLAINT.name not in under_way and why_no_complaint(order, now) is None,
        object=mine and OBJECTION.name not in under_way and why_no_objection(order, now) is None,
        sample=str(dict(Objection.SampleChoice.choices).get(sample, "")),
    )


_ITSELF = "retest"  # beside the names of processes: the objection whose retest an order is


def _rows(found: QuerySet[Any], kind: str, about: Any) -> QuerySet[Any, Any]:
    case = ("uid", "number", "state", "closed_at", "client_id", "handler_id", "region_code")
    told = found.annotate(kind=Value(kind, CharField()), about=about)
    return told.values_list("case_id", "kind", "about", *(f"case__{name}" for name in case))


_DISPUTES = Asked(
    lambda order: (
        _rows(Complaint.objects.filter(order=order), COMPLAINT.name, F("topic"))
        .union(
            _rows(Objection.objects.filter(order=order), OBJECTION.name, Value("", CharField())),
            _rows(Objection.objects.filter(retest=order), _ITSELF, F("sample")),
            all=True,
        )
        .order_by("-case_id")
    )
)


def _known(actor: Actor, order: Order) -> tuple[list[Known], str]:
    """The disputes about an order, and the kind of sample where it is itself a retest."""
    known, sample = [], ""
    for _key, kind, about, uid, number, state, closed_at, client, handler, region in _DISPUTES(order.pk):
        case = Case(client_id=client, handler_id=handler, region_code=region)
        if kind == _ITSELF:
            sample = about
        elif CaseRecord.visible_to.allows(actor, Complaint(case=case)):
            known.append(Known(PROCESSES[kind], uid, number, state, closed_at is not None, about))
    return known, sample
