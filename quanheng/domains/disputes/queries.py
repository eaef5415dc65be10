"""Reads of complaints and objections, already restricted to what the actor may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from quanheng.domains.disputes.models import Complaint, DisputedItem, Objection
from quanheng.domains.disputes.windows import why_no_complaint, why_no_objection
from quanheng.domains.services.confirming import Replacement
from quanheng.domains.services.elsewhere import others
from quanheng.domains.testing.models import Order
from quanheng.kernel.audit.queries import Told, case_story
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.cases.services import Option, options
from quanheng.kernel.parties.roles import CLIENT_ROLES

# Registers know a row by its ``uid``; these have that of their case.
_UID = {"uid": F("case__uid")}
_SIDES = ("case__client", "case__handler", "order__case")
_RETEST = ("retest__case__handler", "retest__attestation", "report")
_ORIGINALS = ("retest__attestation__document", "report__document")


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
    return ComplaintPage(found, case_story(actor, found.case), options(actor, found))


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
    return ObjectionPage(found, items, case_story(actor, found.case, children=True), options(actor, found))


def retest_institutions(objection: Objection) -> list[Replacement]:
    """Who could determine the disputed items again today: not whoever determined them first, nor who declined."""
    tried = objection.case.children.filter(state="declined").values_list("handler_id", flat=True)
    without = {objection.case.handler_id or 0, *(key for key in tried if key)}
    return others(objection.order, list(objection.items.values_list("position", flat=True)), without)


@dataclass(frozen=True)
class OfOrder:
    """What the page of an order tells of disputes about it.

    ``complain`` and ``object``: whether the actor may do so now; ``sample``: not empty where the order is itself a
    retest, and says on which sample.
    """

    complaints: Sequence[Complaint]
    objections: Sequence[Objection]
    complain: bool
    object: bool
    sample: str


def disputes_of(actor: Actor, order: Order) -> OfOrder:
    """The disputes about an order, newest first, as far as the actor may see them; three queries at most."""
    known = list(restrict(Complaint.objects.filter(order=order), actor).select_related("case").order_by("-pk"))
    objected = list(restrict(Objection.objects.filter(order=order), actor).select_related("case").order_by("-pk"))
    client = order.case.client_id in actor.organisations(*CLIENT_ROLES)
    complain = client and all(one.case.closed_at for one in known) and why_no_complaint(order) is None
    object_ = client and all(one.case.closed_at for one in objected) and why_no_objection(order) is None
    retest = order.case.parent is not None and order.case.parent.process == "disputes.objection"
    of = Objection.objects.filter(retest=order).only("sample").first() if retest else None
    return OfOrder(known, objected, complain, object_, of.get_sample_display() if of else "")
