"""Periods as rules state them: so many minutes, working days or months, a window, or a count backwards."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from quanheng.kernel.cases.calendar import ClockError


class Unit(StrEnum):
    """The unit in which a rule states its period."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class DayType(StrEnum):
    """How a rule counts: working days, days of the calendar, the clock on the wall, or at once."""

    WORKING = "working"
    CALENDAR = "calendar"
    CLOCK = "clock"
    IMMEDIATE = "immediate"


_UNITS = {
    DayType.WORKING: {Unit.DAY},
    DayType.CALENDAR: {Unit.DAY, Unit.MONTH, Unit.YEAR},
    DayType.CLOCK: {Unit.MINUTE, Unit.HOUR},
    DayType.IMMEDIATE: {Unit.DAY},
}
# Rules of these kinds state a date of entry into force, a head count or a duty without length.
_NOT_PERIODS = {"", "date", "none"}
_NUMBER_OR_WINDOW = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?")


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time as a rule states it.

    `value` is the latest end in `unit`; `earliest` opens a window: "60-90" days are open after the 60th and
    close with the 90th. `before` counts back from the trigger, an expiry. Raises ClockError for a combination
    that has no meaning.
    """

    value: int
    unit: Unit
    day_type: DayType
    earliest: int | None = None
    before: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be counted."""
        counted_in_days = self.day_type in (DayType.WORKING, DayType.CALENDAR)
        meaningful = (
            self.unit in _UNITS[self.day_type]
            and 0 <= self.value < 1_000_000
            and (self.day_type is not DayType.IMMEDIATE or self.value == 0)
            and (self.earliest is None or (0 < self.earliest < self.value and not self.before))
            and (counted_in_days or not self.before)
        )
        if not meaningful:
            raise ClockError(
                f"期限无法计算：{self}。工作日以日计，自然日以日、月、年计，时钟以分钟、小时计，立即为 0",
                f"this period cannot be counted: {self}. Working periods are in days, calendar ones in days, "
                "months or years, clock ones in minutes or hours, immediate ones are 0",
            )


@lru_cache(maxsize=1024)
def parse_periods(value: str, unit: str, day_type: str, direction: str = "after") -> tuple[Period, ...]:
    """Read the periods of one rule from its columns.

    `value` is a number, a window "60-90" or a list "1;4;7" (one period each); `direction` is "after" or
    "before" the trigger. Rules without a length (no value, or a date or head count) give no period. Raises
    ClockError for anything else.
    """
    if not value.strip() or day_type in _NOT_PERIODS:
        return ()
    matches = [_NUMBER_OR_WINDOW.fullmatch(part.strip()) for part in value.split(";")]
    if unit not in set(Unit) or day_type not in set(DayType) or direction not in ("after", "before"):
        matches = [None]
    periods = []
    for match in matches:
        if match is None:
            raise ClockError(
                f"无法识别期限“{value} {unit} {day_type} {direction}”；值应为数字、窗口（60-90）或列表（1;4;7）",
                f'cannot read the period "{value} {unit} {day_type} {direction}"; the value is a number, '
                "a window (60-90) or a list (1;4;7)",
            )
        first, second = match.groups()
        latest, earliest = (int(second), int(first)) if second else (int(first), None)
        periods.append(Period(latest, Unit(unit), DayType(day_type), earliest, direction == "before"))
    return tuple(periods)
