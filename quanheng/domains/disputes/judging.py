"""The judgement of a retest: each disputed item as the first report states it beside what the retest found.

It rests on two reports. Where one of them is amended or withdrawn later, it is made again from what stands then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from quanheng.domains.disputes.comparing import Comparison, compare
from quanheng.domains.disputes.models import DisputedItem, Objection
from quanheng.domains.testing.queries import LOST, results_of
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.results.models import Result


def retest_is_lost(objection: Objection) -> bool:
    """Declined, cancelled or given up: another institution may be asked."""
    return objection.retest is not None and objection.retest.case.state in LOST


def retest_is_reported(objection: Objection) -> bool:
    """Its report is in the client's hands."""
    return objection.retest is not None and objection.retest.case.state == "delivered"


def comparisons(objection: Objection) -> Iterator[tuple[DisputedItem, Result, Comparison]]:
    """Each disputed item with the retest's result of it; several pieces of one item in the order of their positions."""
    assert objection.retest is not None  # whoever judges has a retest
    stated = {one.position: one for one in results_of(objection.order_id)}
    found: dict[tuple[int, int | None], list[Result]] = defaultdict(list)
    for result in results_of(objection.retest.case_id):
        found[_asked(result)].append(result)
    replaced = _replaced(objection)
    for disputed in objection.items.order_by("position"):
        result = found[_asked(stated[disputed.position])].pop(0)
        yield disputed, result, compare(stated[disputed.position] if replaced else disputed, result)


def _replaced(objection: Objection) -> bool:
    """Whether a report that was confirmed has been amended since: what is compared is then what stands."""
    confirmed = objection.outcome == Objection.Outcome.CONFIRMED
    return confirmed and objection.order.attestation_id != objection.first_judged_id


def _asked(result: Result) -> tuple[int, int | None]:
    """What was to be determined: neither an amendment nor another laboratory changes it."""
    return result.item_id, result.requirement_id


def contradicted(objection: Objection) -> bool:
    """At least one item disagrees; what cannot be compared contradicts nothing."""
    return any(comparison.agrees is False for _disputed, _result, comparison in comparisons(objection))


def outcome_now(objection: Objection) -> Objection.Outcome:
    """What the reports as they stand come to; stores nothing."""
    retest = objection.retest
    if retest is None or retest.attestation is None or retest.attestation.state == Attestation.State.WITHDRAWN:
        return Objection.Outcome.UNJUDGED
    return Objection.Outcome.CONTRADICTED if contradicted(objection) else Objection.Outcome.CONFIRMED


# By their keys: that a report was replaced is seen by the order's having another one.
STALE = (
    ~Q(retest__attestation=F("retest_judged"))
    | (Q(retest_judged__state=Attestation.State.WITHDRAWN) & ~Q(proposed=Objection.Outcome.UNJUDGED))
    | (Q(outcome=Objection.Outcome.CONFIRMED) & ~Q(order__attestation=F("first_judged")))
)
JUDGED = ("correcting", "confirmed", "corrected", "rejudged")


def stale() -> QuerySet[Objection]:
    """Judged objections whose judgement rests on a report that stands no more, once its amendment is out.

    A first result that fell was to be amended: that changes nothing in the judgement. That a report which was confirmed
    is withdrawn by its own institution leaves nothing to compare: the objection is marked (``telling``).
    """
    rows = Objection.objects.filter(STALE, case__state__in=JUDGED, retest_judged__isnull=False)
    return rows.filter(order__amendment_reason="", retest__amendment_reason="")


def is_stale(objection: Objection) -> bool:
    """Whether a judgement has to be made again."""
    return stale().filter(pk=objection.pk).exists()


def kept(objection: Objection) -> dict[str, Any]:
    """The judgement as it stands, to be kept beside the one that takes its place: numbers of both reports and items."""
    names = ("value", "unit", "uncertainty", "k", "verdict")
    first, retest = objection.first_judged, objection.retest_judged
    return {
        "until": timezone.now().isoformat(timespec="seconds"),
        "first": first.number if first else "",
        "retest": retest.number if retest else "",
        "outcome": objection.proposed or objection.outcome,
        "items": [
            {
                "position": one.position,
                "first": {name: getattr(one, name) for name in names},
                "retest": {name: getattr(one, f"retest_{name}") for name in names},
                "basis": one.basis,
                "score": one.score,
                "agrees": one.agrees,
            }
            for one in objection.items.order_by("position")
        ],
    }


def judge_again(objection: Objection) -> Objection.Outcome:
    """Keep the judgement beside and store the one by the reports as they stand; returns what it comes to."""
    objection.judgements = [*objection.judgements, kept(objection)]
    if _replaced(objection):
        _take_over_first(objection)
        objection.first_judged = objection.order.attestation
    found = outcome_now(objection)
    if found == Objection.Outcome.UNJUDGED:
        objection.items.update(basis="", score="", agrees=None)
    else:
        keep_judgement(objection)
        objection.retest_judged = objection.retest.attestation if objection.retest else None
    return found


def _take_over_first(objection: Objection) -> None:
    stated = {one.position: one for one in results_of(objection.order_id)}
    for item in objection.items.all():
        for name in ("value", "unit", "uncertainty", "k", "verdict"):
            setattr(item, name, getattr(stated[item.position], name))
        item.save()


def keep_judgement(objection: Objection) -> list[DisputedItem]:
    """Store what the retest found beside each disputed item, and the comparison of the two."""
    items = []
    for disputed, result, comparison in comparisons(objection):
        for name in ("value", "unit", "uncertainty", "k", "verdict"):
            setattr(disputed, f"retest_{name}", getattr(result, name))
        disputed.basis, disputed.score, disputed.agrees = comparison.basis, comparison.score, comparison.agrees
        disputed.save()
        items.append(disputed)
    return items
