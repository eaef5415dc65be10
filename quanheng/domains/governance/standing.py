"""Where a number stands between the base and the target of a plan. Pure: no database, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from quanheng.domains.governance.measures import Fit


class Standing(StrEnum):
    """How far a target is. A plan asks for a number at the end of a year."""

    REACHED = "reached"
    # Not reached yet, and no farther than a straight line from base to target allows on the day.
    ON_THE_WAY = "on_the_way"
    # Farther than that, or the year of the target is over.
    BEHIND = "behind"
    # Not reached yet, and no base to draw a line from: only the distance is known.
    SHORT = "short"
    # The count differs from the definition, and the difference could change the answer.
    OPEN = "open"


@dataclass(frozen=True)
class Goal:
    """What a plan asks for: ``comparator`` is one of >= > = <= <; the base may be unknown, the year too."""

    comparator: str
    target: Decimal
    year: int | None = None
    base: Decimal | None = None
    base_year: int | None = None

    def reached(self, value: Decimal) -> bool:
        """Whether a number is what was asked for."""
        return {
            ">=": value >= self.target,
            ">": value > self.target,
            "=": value == self.target,
            "<=": value <= self.target,
            "<": value < self.target,
        }[self.comparator]

    def path(self, day: date) -> Decimal | None:
        """What the straight line from the end of the base's year to the end of the target's has on a day: the base
        before it, the target after. None without a base and two different years."""
        if self.base is None or self.base_year is None or self.year is None or self.base_year >= self.year:
            return None
        begin, end = date(self.base_year, 12, 31), date(self.year, 12, 31)
        passed = min(max((day - begin).days, 0), (end - begin).days)
        return self.base + (self.target - self.base) * Decimal(passed) / Decimal((end - begin).days)

    def standing(self, value: Decimal, day: date, fit: Fit = Fit.EXACT) -> Standing:
        """Where a number stands on a day, as far as its ``fit`` lets it be told."""
        found = self._standing(value, day)
        if fit is Fit.EXACT:
            return found
        if fit is Fit.NEAR or self.comparator == "=":
            return Standing.OPEN
        # The true number is no smaller: that settles "at least" where it is well, and "at most" where it is not.
        well = found in (Standing.REACHED, Standing.ON_THE_WAY)
        return found if well == (self.comparator in (">=", ">")) else Standing.OPEN

    def _standing(self, value: Decimal, day: date) -> Standing:
        if self.reached(value):
            return Standing.REACHED
        if self.year is not None and day > date(self.year, 12, 31):
            return Standing.BEHIND
        due = self.path(day)
        if due is None:
            return Standing.SHORT
        if self.comparator == "=":
            near = abs(value - self.target) <= abs(due - self.target)
        else:
            near = value >= due if self.comparator in (">=", ">") else value <= due
        return Standing.ON_THE_WAY if near else Standing.BEHIND
