"""Results as a reviewer looks at them: each value on a scale with its limit, its uncertainty and its margin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from quanheng.kernel.requirements.models import Requirement
from quanheng.kernel.results.models import Result
from quanheng.science.errors import ScienceError
from quanheng.science.quantities import convert, decimal_of, format_number

Limit = Requirement.Limit

# The drawing is WIDTH units wide; the first and the last mark keep off its edges.
WIDTH = 120.0
EDGE = 6.0


@dataclass(frozen=True)
class Scale:
    """Places on the drawing: from where to where values conform, and the value with its ends of uncertainty."""

    zone_from: float
    zone_to: float
    low: float
    at: float
    high: float
    lower_mark: float | None
    upper_mark: float | None

    @property
    def zone_width(self) -> float:
        return round(self.zone_to - self.zone_from, 1)


@dataclass(frozen=True)
class Glance:
    """One result with what the eye wants of it.

    ``margin``: how far it is from the nearest limit, in the limit's unit; ``inside`` says on which side.
    """

    result: Result
    scale: Scale | None
    margin: str
    inside: bool


@dataclass(frozen=True)
class Summary:
    """All results of a case at a glance."""

    rows: list[Glance]
    counts: list[tuple[str, str, int]]
    operators: list[str]
    reviewed_days: tuple[date, date] | None


def glances(results: Sequence[Result]) -> Summary:
    """The results with their scales, how many of each verdict, who determined them and when."""
    found = Counter(one.verdict for one in results if one.verdict)
    labels = dict(Result.Verdict.choices)
    days = sorted(one.measured_on for one in results if one.measured_on)
    return Summary(
        rows=[glance(one) for one in results],
        counts=[(verdict, str(labels[verdict]), found[verdict]) for verdict in labels if found[verdict]],
        operators=list(dict.fromkeys(one.operator.name_zh for one in results if one.operator)),
        reviewed_days=(days[0], days[-1]) if days else None,
    )


def glance(result: Result) -> Glance:
    """One result on its scale; no scale where nothing was measured or nothing is compared."""
    try:
        ends = _ends(result)
    except ScienceError:
        # Words, or a bound such as "<0.01": told as they are.
        return Glance(result, None, "", True)
    if ends is None:
        return Glance(result, None, "", True)
    lower, upper, value, expanded = ends
    margin = min(([upper - value] if upper is not None else []) + ([value - lower] if lower is not None else []))
    return Glance(result, _scale(lower, upper, value, expanded), format_number(abs(margin)), margin >= 0)


def _ends(result: Result) -> tuple[Decimal | None, Decimal | None, Decimal, Decimal] | None:
    """Lower and upper limit, value and U, all in the limit's unit; None where there is nothing to compare."""
    if not (result.value and result.unit and result.limit in (Limit.MAX, Limit.MIN, Limit.RANGE, Limit.EXACT)):
        return None
    lower = decimal_of(result.lower) if result.lower and result.limit != Limit.MAX else None
    upper = decimal_of(result.upper) if result.upper and result.limit != Limit.MIN else None
    if result.limit == Limit.EXACT:
        lower = upper = lower if lower is not None else upper
    if lower is None and upper is None:
        return None
    target = result.limit_unit or result.unit
    value = convert(decimal_of(result.value), result.unit, target)
    expanded = Decimal(0)
    if result.uncertainty:
        # A difference of two values: an offset between scales (°C, K) cancels.
        top = convert(decimal_of(result.value) + decimal_of(result.uncertainty), result.unit, target)
        expanded = top - value
    return lower, upper, value, expanded


def _scale(lower: Decimal | None, upper: Decimal | None, value: Decimal, expanded: Decimal) -> Scale:
    marks = [float(one) for one in _known((lower, upper, value - expanded, value + expanded))]
    start, end = min(marks), max(marks)
    if lower is None and start > 0:
        start = 0.0
    room = (end - start or abs(end) or 1.0) * 0.15
    end += room
    if not (lower is None and start == 0.0):
        start -= room

    def place(one: Decimal) -> float:
        return round(EDGE + (float(one) - start) / (end - start) * (WIDTH - 2 * EDGE), 1)

    return Scale(
        zone_from=place(lower) if lower is not None else 0.0,
        zone_to=place(upper) if upper is not None else WIDTH,
        low=place(value - expanded),
        at=place(value),
        high=place(value + expanded),
        lower_mark=place(lower) if lower is not None else None,
        upper_mark=place(upper) if upper is not None else None,
    )


def _known(values: Iterable[Decimal | None]) -> list[Decimal]:
    return [one for one in values if one is not None]
