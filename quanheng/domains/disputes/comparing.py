"""Two laboratories' results of one item: do they agree? By E_n where both state an uncertainty, else by their verdicts.

A verdict that differs while E_n agrees contradicts nothing: both values lie near the limit, within what either
laboratory says it can know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from quanheng.domains.disputes.models import DisputedItem
from quanheng.kernel.results.models import Result
from quanheng.science.errors import ScienceError
from quanheng.science.interlab import EnScore, Stated, en_score

Basis, Verdict = DisputedItem.Basis, Result.Verdict
# On which side of the limit a verdict puts a result; what is only reported is on none.
_SIDES = {
    Verdict.PASS: True,
    Verdict.CONDITIONAL_PASS: True,
    Verdict.CONDITIONAL_FAIL: False,
    Verdict.FAIL: False,
}


class Found(Protocol):
    """A result as a report states it."""

    value: str
    unit: str
    uncertainty: str
    k: str
    verdict: str


@dataclass(frozen=True)
class Comparison:
    """Whether two results agree (None: nobody can tell), by what, and the score where there is one."""

    basis: str
    agrees: bool | None
    score: str = ""


def compare(first: Found, second: Found) -> Comparison:
    """Compare the result that is objected to with the retest's."""
    score = _score(first, second)
    if score is not None:
        return Comparison(Basis.EN, score.agrees, score.text)
    sides = _SIDES.get(Verdict(first.verdict)), _SIDES.get(Verdict(second.verdict))
    if None in sides:
        return Comparison(Basis.NONE, None)
    return Comparison(Basis.VERDICT, sides[0] is sides[1])


def _score(first: Found, second: Found) -> EnScore | None:
    """E_n, or None where one of the two states no number, no unit or no uncertainty."""
    if not (first.uncertainty and second.uncertainty and first.unit and second.unit):
        return None
    stated = (Stated(one.value, one.uncertainty, one.unit, one.k or "2") for one in (first, second))
    try:
        return en_score(*stated)
    except ScienceError:
        # Words, a bound such as "<0.01", units of different kinds.
        return None
