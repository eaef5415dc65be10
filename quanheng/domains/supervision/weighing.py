"""From counts to findings: each laboratory against all the others, with the number of false suspicions bounded.

Every measure of every laboratory is one test. The tests of one laboratory depend on each other, so the share of false
findings is bounded by Benjamini and Yekutieli's procedure, for all of them together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from quanheng.domains.supervision.counting import Counted, Laboratories, Tally
from quanheng.domains.supervision.measures import Measure, measures
from quanheng.science.forensics.digits import FEWEST, equal_shares
from quanheng.science.forensics.many import adjusted
from quanheng.science.forensics.peers import Share, less_than_others, more_than_others

K = TypeVar("K")

# On average at most this share of the findings is false.
RATE = 0.05
# One measure alone does not outweigh everything else, however small its chance.
HEAVIEST = 10.0


@dataclass(frozen=True)
class Weighed:
    """One measure of one laboratory. ``p`` is the chance of it where all laboratories are alike, ``q`` the least share
    of false findings at which it would be one; None: too little was looked at to say anything."""

    measure: Measure
    found: int
    looked: int
    expected: float
    p: float | None = None
    q: float | None = None
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def finding(self) -> bool:
        return self.q is not None and self.q <= RATE

    @property
    def weight(self) -> float:
        """0 for what is no finding, else −log10 of ``q``, at most ``HEAVIEST``."""
        if not self.finding:
            return 0.0
        return min(HEAVIEST, -math.log10(self.q)) if self.q else HEAVIEST

    def kept(self) -> dict[str, Any]:
        """As it is stored."""
        numbers = {name: getattr(self, name) for name in ("found", "looked", "expected", "p", "q")}
        return {"key": self.measure.key, **numbers, "finding": self.finding, "detail": self.detail}


def weighed(laboratories: Laboratories) -> dict[int, list[Weighed]]:
    """The measures of each laboratory in the order of their table."""
    totals, items = _totals(laboratories)
    found = {
        key: [_weighed(measure, counted, totals, items) for measure in measures().values()]
        for key, counted in laboratories.items()
    }
    tests = [(key, place) for key, row in found.items() for place, one in enumerate(row) if one.p is not None]
    if tests:
        rates = adjusted([found[key][place].p or 0.0 for key, place in tests], dependent=True)
        for (key, place), q in zip(tests, rates, strict=True):
            found[key][place] = replace(found[key][place], q=float(q))
    return found


def _totals(laboratories: Laboratories) -> tuple[dict[str, Tally], dict[int, Tally]]:
    """What all have together, by measure and by item."""
    return _summed(one.shares for one in laboratories.values()), _summed(one.items for one in laboratories.values())


def _summed(tallies: Iterable[Mapping[K, Tally]]) -> dict[K, Tally]:
    totals: dict[K, Tally] = {}
    for own in tallies:
        for key, tally in own.items():
            total = totals.setdefault(key, Tally())
            total.found += tally.found
            total.looked += tally.looked
    return totals


def _weighed(measure: Measure, counted: Counted, totals: Mapping[str, Tally], items: Mapping[int, Tally]) -> Weighed:
    if measure.against == "digits":
        return _by_digits(measure, counted)
    if measure.against == "less":
        return _by_items(measure, counted, items)
    own, total = counted.shares.get(measure.key, Tally()), totals.get(measure.key, Tally())
    against = more_than_others(Share(own.found, own.looked, total.found, total.looked))
    p = against.p if own.looked >= measure.least else None
    detail = {name: dict(outcomes) for name, outcomes in counted.rules.items()} if measure.key in _OF_GATE else {}
    return Weighed(measure, own.found, own.looked, against.expected, p, detail=detail)


# These open to the rules of the gate that they come from.
_OF_GATE = ("explained", "unrecorded")


def _by_digits(measure: Measure, counted: Counted) -> Weighed:
    looked = sum(counted.digits)
    if looked < max(FEWEST, measure.least):
        return Weighed(measure, 0, looked, looked / 10)
    told = equal_shares(counted.digits)
    return Weighed(measure, max(told.counts), looked, looked / 10, told.p, detail={"digits": list(told.counts)})


def _by_items(measure: Measure, counted: Counted, items: Mapping[int, Tally]) -> Weighed:
    strata = [
        Share(own.found, own.looked, items[item].found, items[item].looked) for item, own in counted.items.items()
    ]
    against = less_than_others(strata)
    looked = sum(one.looked for one in strata)
    p = against.p if looked >= measure.least else None
    return Weighed(measure, against.observed, looked, against.expected, p)
