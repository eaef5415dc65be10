"""When the reports of a plan are out, and when all that was asked for is done: certification follows the tests."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date

from quanheng.domains.services.certifying import Entry, ends
from quanheng.domains.services.lasting import HANDLING
from quanheng.kernel.cases import running
from quanheng.kernel.cases.calendar import ClockError


class Timing:
    """Days are working days of the longest order placed on ``day``; ``entries`` as in ``certifying``."""

    def __init__(self, day: date, entries: Sequence[Entry] = ()) -> None:
        edition = running.edition()
        self.day, self.handling, self._calendar = day, edition.days_of(HANDLING, day), edition.days
        self._entries = [one for one in entries if one["asked"] and one["period"]]
        self._done: dict[int, date] = {}

    @property
    def certifies(self) -> bool:
        """Whether certification was asked for, and somebody knows how long it takes."""
        return bool(self._entries)

    def ready(self, days: int) -> date:
        """The day on which the last report is out."""
        return self._calendar.add_workdays(self.day, days + self.handling)

    def done(self, days: int) -> date:
        """The day on which all that was asked for is expected where the last test takes so many days."""
        if days not in self._done:
            ready = self.ready(days)
            ended = (ends(one, ready, self._calendar)[1] for one in self._entries)
            self._done[days] = max((one for one in ended if one), default=ready)
        return self._done[days]

    def counted(self, days: int, test: bool) -> int:
        """An order's days as they count: what no certificate waits for may take as long as certification does."""
        if test or not self._entries:
            return days
        ready = self.ready(days)
        return next(fewer for fewer in range(days + 1) if self.done(fewer) >= ready)

    def most_days(self, deadline: date | None) -> int | None:
        """How many days the longest test may take at most; None for any number, below 0 where none is few enough."""
        if deadline is None:
            return None
        # A day beyond the calendar is no limit.
        with suppress(ClockError):
            days = self._calendar.workdays_between(self.day, deadline) - self.handling
            while self._entries and days >= 0 and self.done(days) > deadline:
                days -= 1
            return days
        return None
