"""The judgement of a retest: each disputed item as the first report states it beside what the retest found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from quanheng.domains.disputes.comparing import Comparison, compare
from quanheng.domains.disputes.models import DisputedItem, Objection
from quanheng.domains.testing.queries import LOST, results_of
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
    asked = {one.position: _asked(one) for one in results_of(objection.order_id)}
    found: dict[tuple[int, int | None], list[Result]] = defaultdict(list)
    for result in results_of(objection.retest.case_id):
        found[_asked(result)].append(result)
    for disputed in objection.items.order_by("position"):
        result = found[asked[disputed.position]].pop(0)
        yield disputed, result, compare(disputed, result)


def _asked(result: Result) -> tuple[int, int | None]:
    """What was to be determined: neither an amendment nor another laboratory changes it."""
    return result.item_id, result.requirement_id


def contradicted(objection: Objection) -> bool:
    """At least one item disagrees; what cannot be compared contradicts nothing."""
    return any(comparison.agrees is False for _disputed, _result, comparison in comparisons(objection))


def keep_judgement(objection: Objection) -> list[DisputedItem]:
    """Store what the retest found beside each disputed item, and the comparison of the two."""
    kept = []
    for disputed, result, comparison in comparisons(objection):
        for name in ("value", "unit", "uncertainty", "k", "verdict"):
            setattr(disputed, f"retest_{name}", getattr(result, name))
        disputed.basis, disputed.score, disputed.agrees = comparison.basis, comparison.score, comparison.agrees
        disputed.save()
        kept.append(disputed)
    return kept
