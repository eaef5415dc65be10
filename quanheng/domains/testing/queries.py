"""Reads of orders, already restricted to what the actor may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from quanheng.domains.testing.models import GateRecord, Order, Quote, Settlement, Subcontract
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.audit.queries import Told, case_story
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.completing import padded
from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.base.lean import all_but, structures
from quanheng.kernel.base.statements import Asked, keep_prefetched, keep_related
from quanheng.kernel.cases.models import Case
from quanheng.kernel.objects.custody import with_awaited
from quanheng.kernel.objects.models import HandOver, Instrument, Sample
from quanheng.kernel.objects.queries import usable_instruments as instruments_of
from quanheng.kernel.parties.models import Person
from quanheng.kernel.requirements.models import Item, Standard
from quanheng.kernel.results.models import Result

# States in which an order came to nothing: its work is open again.
LOST = ("declined", "cancelled", "failed")
# Results that somebody has ordered, whose institution has still to determine them.
UNDETERMINED = Q(
    case__process="testing.order",
    case__closed_at=None,
    case__state__in=("offered", "quoted", "accepted", "working"),
    verdict="",
    provider=None,
)

# The signed original is some ten kilobytes: what names a report does not read it.
_ORIGINAL = "attestation__document"
_ORIGINALS = (_ORIGINAL, "attestation__supersedes__document")


def orders(actor: Actor) -> QuerySet[Order]:
    """Orders that the actor may see, newest first, with what a list shows of them."""
    rows = restrict(Order.objects.all(), actor).select_related("case__client", "case__handler", "attestation")
    return rows.defer(_ORIGINAL).order_by("-case_id")


_ORDER = Asked(
    lambda uid: (
        Order.objects.filter(case__uid=uid)
        .select_related(
            *("case__client", "case__handler", "case__parent", "family"),
            *("attestation__supersedes", "signed_by", "reviewed_by", "settlement"),
        )
        .annotate(
            with_refunds=Exists(
                Settlement.objects.filter(Q(case=OuterRef("case")) | Q(retest=OuterRef("case"))).exclude(
                    kind=Settlement.Kind.CHARGE
                )
            ),
            with_subcontracts=Exists(Subcontract.objects.filter(order=OuterRef("case"))),
        )
        .defer(*_ORIGINALS)
    )
)


def order_by_uid(actor: Actor, uid: str) -> Order:
    """One order for its page. Raises NotFound, also where the actor may not see it."""
    for found in _ORDER(uid):
        if Order.visible_to.allows(actor, found):
            return found
    raise NotFound(_("没有找到该任务单，或您无权查看。请核对编号。"))


def orders_of(commission_case_id: int) -> QuerySet[Order]:
    """The orders under one commission, in the order in which they were placed."""
    return (
        Order.objects.filter(case__parent_id=commission_case_id)
        .select_related("case__handler", "case__client", "attestation", "settlement")
        .defer(_ORIGINAL)
        .order_by("case_id")
    )


def unanswered_failures(commission_case_id: int) -> list[str]:
    """Numbers of the lost orders under a commission that no other order replaces and the client has not forgone."""
    return list(
        Order.objects.filter(case__parent_id=commission_case_id, case__state__in=LOST, replacements=None, forgone=False)
        .order_by("case_id")
        .values_list("case__number", flat=True)
    )


# What is told of a standard beside a result, and what its status is computed from.
_OF_STANDARD = (
    *("uid", "number", "title_zh", "title_en", "kind", "stage", "published", "published_to", "effective"),
    *("withdrawn", "withdrawn_exact", "superseded_on"),
)
_RESULTS = Asked(
    lambda *cases: (
        Result.objects.filter(case__in=cases)
        .select_related("item", "standard", "method", "scope_line__recognition", "sample", "operator", "provider")
        .defer(
            *structures(Item, "item"),
            *all_but(Standard, "standard", *_OF_STANDARD),
            *all_but(Standard, "method", *_OF_STANDARD),
            *all_but(Person, "operator", "uid", "name_zh", "name_en", "synthetic"),
        )
        .order_by("case_id", "position")
    )
)


_USED = Asked(
    lambda *cases: (
        Result.instruments.through._default_manager.filter(result__case__in=cases)
        .select_related("instrument")
        .order_by("instrument_id")
    )
)


def results_of(case_id: int) -> list[Result]:
    """A case's results with all that a page or a report shows of them, in order; two queries."""
    return results_of_all([case_id])[case_id]


def results_of_all(case_ids: Sequence[int]) -> dict[int, list[Result]]:
    """The results of several cases, ``TOGETHER`` at most, with all that is shown of them; two queries."""
    found: dict[int, list[Result]] = {case: [] for case in case_ids}
    cases = padded(case_ids)
    for result in _RESULTS(*cases):
        found[result.case_id].append(result)
    used: dict[int, list[Instrument]] = {}
    for link in _USED(*cases) if any(found.values()) else ():
        used.setdefault(link.result_id, []).append(link.instrument)
    for results in found.values():
        for result in results:
            keep_prefetched(result, "instruments", used.get(result.pk, []))
    return found


def settlements(actor: Actor) -> QuerySet[Settlement]:
    """Settlements that the actor may see, with what a list shows of them."""
    rows = restrict(Settlement.objects.all(), actor)
    return rows.select_related("case__client", "case__handler", "retest__case__parent")


NO_REFUND = _("没有找到该结算，或您无权查看。请核对编号。")


def settlement_by_uid(actor: Actor, uid: str) -> Settlement:
    """One settlement. Raises NotFound, also where the actor may not see it."""
    found = settlements(actor).filter(uid=uid).first()
    if found is None:
        raise NotFound(NO_REFUND)
    return found


def refunds_of(actor: Actor, order: Order, retest: Order | None = None) -> list[Settlement]:
    """What of retests' fees the sides of an order owe each other, on the first order and on the retest alike.

    ``retest``: of its fee alone.
    """
    rows = settlements(actor).filter(Q(retest=retest) if retest else Q(case=order.case_id) | Q(retest=order))
    return list(rows.exclude(kind=Settlement.Kind.CHARGE).order_by("id"))


_QUOTES = Asked(lambda order: Quote.objects.filter(order=order).order_by("-id"))


def quotes_of(order: Order) -> list[Quote]:
    """Other terms that the institution has offered for an order, the latest first; none where they changed nothing."""
    changed = (order.price_cents, order.days) != (order.placed_cents, order.placed_days)
    return list(_QUOTES(order.pk)) if changed or order.case.state == "quoted" else []


_SAMPLES = Asked(lambda case: with_awaited(Sample.objects.filter(case=case)))


_HAND_OVERS = Asked(
    lambda case: (
        HandOver.objects.filter(sample__case=case).select_related("by", "party", "sample__case__handler").order_by("id")
    )
)


# What a case's samples were before, at other institutions, and what they became there: back to where the client gave
# them, and on to who has them now.
_SAMPLE = Sample._meta.db_table
_ALL_ALONG = f"""
WITH RECURSIVE back(id, origin_id) AS (
    SELECT id, origin_id FROM {_SAMPLE} WHERE case_id = %s
    UNION SELECT was.id, was.origin_id FROM {_SAMPLE} was JOIN back ON was.id = back.origin_id
), onward(id) AS (
    SELECT id FROM {_SAMPLE} WHERE case_id = %s
    UNION SELECT became.id FROM {_SAMPLE} became JOIN onward ON became.origin_id = onward.id
) SELECT id FROM back UNION SELECT id FROM onward"""
_PASSAGES = Asked(
    lambda case: (
        HandOver.objects.filter(sample__in=RawSQL(_ALL_ALONG, (case, case)))
        .select_related("by", "party", "sample__case__handler")
        .order_by("id")
    )
)


_SUBCONTRACTS = Asked(
    lambda order: Subcontract.objects.filter(order=order).select_related("case", "provider").order_by("case_id")
)


def subcontracts_of(order: Order) -> list[Subcontract]:
    """What of an order another institution is to determine, in the order in which it was proposed."""
    return _SUBCONTRACTS(order.pk) if getattr(order, "with_subcontracts", True) else []


def subcontract_by_uid(actor: Actor, uid: str) -> Subcontract:
    """One subcontract. Raises NotFound, also where the actor may not see it."""
    rows = restrict(Subcontract.objects.filter(case__uid=uid), actor)
    related = ("case__client", "case__handler", "case__parent", "provider", "order__case", "provider_order__case")
    found = rows.select_related(*related).first()
    if found is None:
        raise NotFound(_("没有找到该分包，或您无权查看。请核对编号。"))
    return found


def custody(actor: Actor, order: Order) -> dict[int, list[HandOver]]:
    """The chain of custody of an order's samples by the key of the sample, as far as the actor may see it.

    Where a sample came from another institution or went to one, the chain goes over both, for the client too: beyond
    the own institution it tells who had it when and in which state, not by whom or where it was kept.
    """
    samples = list(order.case.samples.all())
    inside = bool(samples) and Case.inside.allows(actor, order.case)
    crossing = {one.pk: one.origin_id for one in samples if one.origin_id or one.state == Sample.State.HANDED}
    links = _PASSAGES(order.case_id) if crossing else _HAND_OVERS(order.case_id) if inside else []
    mine = {one.pk for one in samples}
    chains: dict[int, list[HandOver]] = {}
    for one in links:
        if inside and one.sample_id in mine:
            chains.setdefault(one.sample_id, []).append(one)
        elif one.kind in _OUTER:
            one.by, one.place, one.to = None, "", "" if one.kind != "sent" else one.to
            chains.setdefault(one.sample_id, []).append(one)
    origins = {one.sample_id: one.sample.origin_id for one in links} | crossing
    whole = {key: _way(key, origins) for key in crossing}
    own = {key: links for key, links in chains.items() if inside and key in mine}
    return own | {key: [link for one in way for link in chains.get(one, ())] for key, way in whole.items()}


# Between whom a sample changed hands is for all whom it concerns; where it lay meanwhile is its keeper's affair.
_OUTER = ("received", "sent", "returned", "disposed", "lost")


def _way(sample: int, origins: Mapping[int, int | None]) -> list[int]:
    """The samples that one item was, from where the client gave it, over ``sample``, to who has it now."""
    before, after = [], [sample]
    key = origins[sample]
    while key:
        before.append(key)
        key = origins.get(key)
    for one in after:  # grows meanwhile
        after += sorted(key for key, origin in origins.items() if origin == one)
    return [*reversed(before), *after]


def gate_records(actor: Actor) -> QuerySet[GateRecord]:
    """What was checked before issue, of reports that the actor may look behind; one for each report."""
    rows = restrict(GateRecord.objects.all(), actor).select_related("attestation__issuer")
    return rows.defer(_ORIGINAL)


def sample_of(order: Order, label: str) -> Sample:
    """One sample of an order by its label. Raises NotFound."""
    found = order.case.samples.filter(label=label).select_related("case").first()
    if found is None:
        raise NotFound(_("任务单中没有这个样品，请核对样品编号。"))
    return found


def read_whole(order: Order) -> None:
    """Read an order's results, samples and quotes once, for its page and for the guards that are asked on it."""
    keep_related(order.case, "results", results_of(order.case_id))
    keep_related(order.case, "samples", list(_SAMPLES(order.case_id)))
    keep_related(order, "quotes", quotes_of(order))


def story_of(actor: Actor, order: Order, *known: Model) -> list[Told]:
    """What happened to an order that was read whole, the latest first; ``known`` is what else was read of it."""
    settlement = getattr(order, "settlement", None)
    if settlement:
        settlement.case = order.case  # its sides are those of the order
    rows = (*order.case.samples.all(), *order.quotes.all(), order.attestation, settlement)
    institution = order.case.handler
    for one in (order.attestation, *known):
        if isinstance(one, Attestation) and institution and one.issuer_id == institution.pk:
            one.issuer = institution  # its region decides who oversees it
    return case_story(actor, order.case, known=(order, order.case.parent, *rows, *known))


def usable_instruments(actor: Actor, order: Order, day: date) -> QuerySet[Instrument]:
    """The institution's instruments that may be used for an order on ``day``, as far as the actor may see them."""
    return restrict(instruments_of(order.case.handler_id or 0, day), actor)
