"""The Chinese working calendar: which days are worked, and where a count of days, months or years ends.

How periods are counted (民法典 Civil Code, in force 2021-01-01):

- 201: a period in days, months or years does not count the day on which it begins but runs from the next.
- 202: a period in months or years ends on the corresponding day, or for want of one on the month's last day.
- 203: a last day that is a legal rest day gives way to the day after the rest; the last day ends at 24:00.
- 204: unless another law or the parties say otherwise.

行政许可法 (Administrative Licensing Law) article 82: its periods are working days without statutory holidays.
A Saturday that the yearly notice declares worked is a working day, and a weekday that it swaps away is not:
the rest that was actually taken decides (formerly 最高人民法院 民法通则意见 198, paragraph 2).
"""

from __future__ import annotations

import calendar as gregorian
from array import array
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from quanheng.kernel.cases.festivals import statutory_days_off
from quanheng.science.errors import ScienceError

# China kept summer time from 1986 to 1991; beginning after it, wall-clock time and elapsed time agree.
FIRST_YEAR, LAST_YEAR = 1992, 2110
_DAY = timedelta(days=1)


class ClockError(ScienceError):
    """A period, calendar or clock that cannot be computed; `zh` and `en` say what is wrong, and the mend."""


class WorkCalendar:
    """Working days between FIRST_YEAR and LAST_YEAR; every question is answered from prefix counts.

    `holidays` and `make_up_workdays` map dates to the name of their holiday; weekends need not be listed.
    `covered_years` are the years whose notice they contain. In other years the days off are those of the law
    alone (festivals.py) and `is_settled` says no.
    """

    def __init__(
        self,
        holidays: Mapping[date, str],
        make_up_workdays: Mapping[date, str],
        covered_years: Collection[int],
    ) -> None:
        clash = sorted(holidays.keys() & make_up_workdays.keys())
        if clash:
            raise ClockError(
                f"{clash[0]} 既列为假日又列为调休上班日，请删去其一",
                f"{clash[0]} is listed both as a holiday and as a make-up workday; remove one of the two",
            )
        self.holidays = dict(holidays)
        self.make_up_workdays = dict(make_up_workdays)
        self.covered_years = frozenset(covered_years)
        self._base = date(FIRST_YEAR, 1, 1).toordinal()
        self._worked = array("I")  # ordinals of the working days, ascending
        self._count = array("I")  # working days from the first day up to and including day i
        self._open = array("I")  # days not yet settled by a notice, likewise
        self._reckon()

    def _reckon(self) -> None:
        """Go through all days once: by number, since 43,000 dates cost ten times as much."""
        rest, made_up = ({day.toordinal() for day in days} for days in (self.holidays, self.make_up_workdays))
        for year in range(FIRST_YEAR, LAST_YEAR + 1):
            covered = year in self.covered_years
            off = rest if covered else rest | {day.toordinal() for day in statutory_days_off(year)}
            first, end = date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()
            for ordinal in range(first, end):
                # 1 January of the year 1, day 1, is a Monday.
                if (1 <= ordinal % 7 <= 5 and ordinal not in off) or ordinal in made_up:
                    self._worked.append(ordinal)
                self._count.append(len(self._worked))
            # The notice for a year has reached back as far as 29 December of the year before (2007, 2018).
            until = end if year + 1 in self.covered_years else date(year, 12, 29).toordinal()
            settled = until - first if covered else 0
            before = self._open[-1] if self._open else 0
            self._open.extend([before] * settled)
            self._open.extend(range(before + 1, before + 1 + end - first - settled))

    def _index(self, day: date) -> int:
        index = day.toordinal() - self._base
        if not 0 <= index < len(self._count):
            raise ClockError(
                f"日期 {day} 超出工作日历范围（{FIRST_YEAR} 至 {LAST_YEAR} 年），请检查日期",
                f"{day} lies outside the working calendar ({FIRST_YEAR} to {LAST_YEAR}); check the date",
            )
        return index

    def is_workday(self, day: date) -> bool:
        """Say whether `day` is worked. Raises ClockError outside the calendar, as every method here does."""
        index = self._index(day)
        return self._count[index] > (self._count[index - 1] if index else 0)

    def add_workdays(self, start: date, days: int) -> date:
        """Return the working day that is `days` working days from `start`, which is not itself counted.

        Positive: the day after `start` is the first that can count (Civil Code 201). Negative: counted back
        likewise, as for "15 working days before". Zero: `start`, or the next working day if it is none.
        """
        index = self._index(start)
        up_to = self._count[index]
        before = self._count[index - 1] if index else 0
        position = up_to + days - 1 if days > 0 else before + days
        if not 0 <= position < len(self._worked):
            raise ClockError(
                f"自 {start} 起 {days} 个工作日超出工作日历范围，请检查期限",
                f"{days} working days from {start} leave the working calendar; check the period",
            )
        return date.fromordinal(self._worked[position])

    def on_or_after(self, day: date) -> date:
        """Return `day` if it is worked, otherwise the next working day (Civil Code 203)."""
        return self.add_workdays(day, 0)

    def workdays_between(self, start: date, end: date) -> int:
        """Return the working days after `start` up to and including `end`; negative if `end` is earlier."""
        return self._count[self._index(end)] - self._count[self._index(start)]

    def is_settled(self, start: date, end: date) -> bool:
        """Say whether every day after `start` up to and including `end` is fixed by a published notice."""
        return self._open[self._index(end)] == self._open[self._index(start)]


def add_months(start: date, months: int) -> date:
    """Return the corresponding day `months` later, or for want of one the month's last day (Civil Code 202).

    Negative months lead back. This is also the day to print as the end of a validity of years (12 months
    each): unlike a time limit for an act, a printed date does not move because of a holiday.
    """
    year, month0 = divmod(start.year * 12 + start.month - 1 + months, 12)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ClockError(
            f"自 {start} 起 {months} 个月超出工作日历范围，请检查期限",
            f"{months} months from {start} leave the working calendar; check the period",
        )
    return date(year, month0 + 1, min(start.day, gregorian.monthrange(year, month0 + 1)[1]))


def load_calendar(rows: Iterable[Mapping[str, Any]]) -> WorkCalendar:
    """Build the calendar from rows with `date` (date or ISO text), `kind` (holiday or workday) and `name_zh`.

    A year counts as covered when its National Day is listed, which every yearly notice does; a stray day that
    the next year's notice puts into December does not cover its year. Raises ClockError naming the row (the
    header is row 1).
    """
    days: dict[str, dict[date, str]] = {"holiday": {}, "workday": {}}
    for number, row in enumerate(rows, start=2):
        try:
            day = date.fromisoformat(str(row["date"]))
            named = days[row["kind"]]
        except (KeyError, ValueError) as error:
            raise ClockError(
                f"第 {number} 行：date 须为 YYYY-MM-DD，kind 须为 holiday 或 workday（{error}）",
                f"row {number}: date must be YYYY-MM-DD and kind holiday or workday ({error})",
            ) from error
        if day in named:
            raise ClockError(f"第 {number} 行：{day} 重复，请删去", f"row {number}: {day} is repeated; remove it")
        named[day] = row["name_zh"]
    holidays = days["holiday"]
    covered = {day.year for day in holidays if (day.month, day.day) == (10, 1)}
    return WorkCalendar(holidays, days["workday"], covered)
