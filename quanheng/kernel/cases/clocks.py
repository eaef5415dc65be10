"""Statutory clocks: a period that runs from a trigger, pauses where the law pauses, and ends at an instant.

Pure functions over frozen values; no database and no wall clock: the caller says what time it is. Instants
are timezone-aware; days are those of Asia/Shanghai. Days are counted as in calendar.py (民法典 200-204).

Choices made here, where the law leaves room:

- A day period ends at 24:00 of its last day (民法典 203), even where an office closes earlier, because
  applications are lodged online.
- Minutes and hours run from the triggering instant itself ("自收到检测结果时起四小时内", 食品安全法 88;
  民法典 201 paragraph 2) and never move because of a rest day: article 203 speaks of the last *day*.
- A period counted back from an expiry ("届满三个月前") ends on the corresponding earlier day and stays there:
  moving it later would shorten the notice that the law protects, and no clause moves it earlier. The counting
  itself is that of forward periods, applied by analogy as commentaries on article 200 do.
- Time that the law does not count (technical review, rectification: 行政许可法 45) pauses the clock. For day
  periods the day on which a pause begins is still spent and the day on which it ends is not, like the trigger
  day under article 201; so a pause that begins and ends on the same day costs and gives nothing. One that
  begins on the last day leaves the day on which it ends, or the working day after it, to finish.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from math import ceil
from zoneinfo import ZoneInfo

from quanheng.kernel.cases.calendar import ClockError, WorkCalendar, add_months
from quanheng.kernel.cases.periods import DayType, Period, Unit, parse_periods

__all__ = [
    "SHANGHAI",
    "ClockState",
    "DayType",
    "Due",
    "Pause",
    "Period",
    "Remaining",
    "Unit",
    "due",
    "fraction_spent",
    "parse_periods",
    "pause",
    "remaining",
    "reminder_points",
    "resume",
    "stop",
]

SHANGHAI = ZoneInfo("Asia/Shanghai")
_DAY = timedelta(days=1)

Span = tuple[date, date]  # a finished pause in days: after the first, up to and including the second


@dataclass(frozen=True, slots=True)
class Pause:
    """Time that does not count, with the reason shown to the parties; `end` is None while it lasts."""

    start: datetime
    reason: str
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClockState:
    """What happened to one clock: started, paused and resumed any number of times, perhaps stopped.

    For a period that counts backwards `started_at` is the expiry from which it counts. Raises ClockError for
    naive datetimes, events out of order, or a pause without a reason.
    """

    started_at: datetime
    pauses: tuple[Pause, ...] = ()
    stopped_at: datetime | None = None

    def __post_init__(self) -> None:
        """Keep the order of events."""
        events = [self.started_at]
        for i, span in enumerate(self.pauses):
            open_inside = span.end is None and (i < len(self.pauses) - 1 or self.stopped_at is not None)
            if open_inside or not span.reason.strip():
                raise ClockError(
                    "暂停须写明理由，且须先恢复才能再次暂停或停止",
                    "a pause needs a reason, and must end before the next pause or the stop",
                )
            events += [span.start] if span.end is None else [span.start, span.end]
        if self.stopped_at is not None:
            events.append(self.stopped_at)
        if any(event.utcoffset() is None for event in events):
            raise ClockError("计时时刻须带时区", "the instants of a clock need a time zone")
        if any(later < earlier for earlier, later in pairwise(events)):
            raise ClockError("计时事件先后顺序有误，请检查时刻", "the clock's events are out of order; check the times")

    @property
    def paused_since(self) -> datetime | None:
        """The instant at which the pause that still lasts began, or None."""
        return self.pauses[-1].start if self.pauses and self.pauses[-1].end is None else None


def pause(clock: ClockState, at: datetime, reason: str) -> ClockState:
    """Return the clock paused at `at`. Raises ClockError if it is paused or stopped already."""
    if clock.paused_since is not None or clock.stopped_at is not None:
        raise ClockError("计时已暂停或已停止，不能再暂停", "the clock is paused or stopped already")
    return replace(clock, pauses=(*clock.pauses, Pause(at, reason)))


def resume(clock: ClockState, at: datetime) -> ClockState:
    """Return the clock running again from `at`. Raises ClockError if it is not paused."""
    if clock.paused_since is None:
        raise ClockError("计时没有暂停，不能恢复", "the clock is not paused, so it cannot resume")
    return replace(clock, pauses=(*clock.pauses[:-1], replace(clock.pauses[-1], end=at)))


def stop(clock: ClockState, at: datetime) -> ClockState:
    """Return the clock stopped at `at`, which also ends a pause. Raises ClockError if stopped before."""
    if clock.stopped_at is not None:
        raise ClockError("计时已停止", "the clock is stopped already")
    running = clock if clock.paused_since is None else resume(clock, at)
    return replace(running, stopped_at=at)


@dataclass(frozen=True, slots=True)
class Due:
    """When a period ends.

    `at` is the last instant still in time; for day periods 24:00 of `last_day`, that is 00:00 of the next.
    `opens` is the first instant of a window. `provisional`: depends on days for which no holiday notice is
    published. `paused`: a pause still lasts, and `at` is where the period ends if resumed the same day.
    """

    at: datetime
    last_day: date
    provisional: bool
    opens: datetime | None
    paused: bool


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left of a period, or by how much it is exceeded.

    `amount` is in whole `unit`s ("working_day", "day" or "minute") and never negative: time left, or time
    overdue when `late`. On the last day itself 0 days are left; on the rest days after it a working period is
    late by 0 working days. `until` is the exact time to the deadline, negative when late. While paused, or
    once stopped, all figures stand still.
    """

    amount: int
    unit: str
    late: bool
    until: timedelta
    due: Due


def _day(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()


def _end_of(day: date) -> datetime:
    return datetime.combine(day + _DAY, time(), SHANGHAI)


def _spans(clock: ClockState) -> list[Span]:
    days = [(_day(span.start), _day(span.end)) for span in clock.pauses if span.end is not None]
    return [(first, last) for first, last in days if first < last]


def _between(period: Period, calendar: WorkCalendar, start: date, end: date) -> int:
    """Return the days after `start` up to and including `end`, in the period's kind of day."""
    if period.day_type is DayType.WORKING:
        return calendar.workdays_between(start, end)
    return (end - start).days


def _counted(period: Period, calendar: WorkCalendar, start: date, spans: Sequence[Span], day: date) -> int:
    """Return the days spent from `start` to the end of `day`: those between, less those paused."""
    spent = _between(period, calendar, start, day)
    for first, last in spans:
        if first < day:
            spent -= _between(period, calendar, first, min(last, day))
    return spent


def _working_end(calendar: WorkCalendar, start: date, days: int, spans: Sequence[Span]) -> date:
    """Return the last day of `days` working days; what is left when a pause begins runs anew after it."""
    last_day = calendar.add_workdays(start, days)
    for first, last in spans:
        if last_day >= first:
            last_day = calendar.add_workdays(last, calendar.workdays_between(first, last_day))
    return last_day


def _calendar_end(calendar: WorkCalendar, end: date, spans: Sequence[Span]) -> tuple[date, date]:
    """Return the end pushed on by each pause met on the way, before and after moving off a rest day.

    A pause that begins between the two meets a period whose days are spent but whose moved last day (民法典 203)
    is still to come: like a pause on any last day, it leaves a day to finish.
    """
    moved = calendar.on_or_after(end)
    for first, last in spans:
        if moved >= first:
            end = last + max(end - first, timedelta(0))
            moved = calendar.on_or_after(end)
    return end, moved


def _shift(period: Period, start: date, value: int) -> date:
    if period.unit is Unit.DAY:
        return start + value * _DAY
    return add_months(start, value * (12 if period.unit is Unit.YEAR else 1))


def _clock_end(clock: ClockState, length: timedelta) -> datetime:
    end = clock.started_at.astimezone(SHANGHAI) + length
    for span in clock.pauses:
        if span.end is not None and end >= span.start:
            end += span.end - span.start
    return end


def _length(period: Period, value: int) -> timedelta:
    return timedelta(hours=value) if period.unit is Unit.HOUR else timedelta(minutes=value)


def due(clock: ClockState, period: Period, calendar: WorkCalendar) -> Due:
    """Return when `period` ends on `clock`. ClockError beyond the calendar, or if a countdown was paused."""
    paused = clock.paused_since is not None
    opens: datetime | None = None
    if period.day_type in (DayType.CLOCK, DayType.IMMEDIATE):
        at = _clock_end(clock, _length(period, period.value))
        if period.earliest is not None:
            opens = _clock_end(clock, _length(period, period.earliest))
        return Due(at, at.date(), provisional=False, opens=opens, paused=paused)
    start = _day(clock.started_at)
    if period.before:
        if clock.pauses:
            raise ClockError("自届满日倒算的期限不能暂停", "a period counted back from an expiry cannot pause")
        last_day, provisional = _before(period, calendar, start, period.value)
        return Due(_end_of(last_day), last_day, provisional, opens=None, paused=False)
    spans = _spans(clock)
    if period.day_type is DayType.WORKING:
        last_day = _working_end(calendar, start, period.value, spans)
        # A period of no days asks whether the trigger day itself is worked.
        provisional = not calendar.is_settled(start if period.value else start - _DAY, last_day)
        if period.earliest is not None:
            opens = _end_of(_working_end(calendar, start, period.earliest, spans))
    else:
        end, last_day = _calendar_end(calendar, _shift(period, start, period.value), spans)
        provisional = not calendar.is_settled(end - _DAY, last_day)
        if period.earliest is not None:
            opens = _end_of(_calendar_end(calendar, _shift(period, start, period.earliest), spans)[0])
    return Due(_end_of(last_day), last_day, provisional, opens, paused)


def _before(period: Period, calendar: WorkCalendar, expiry: date, value: int) -> tuple[date, bool]:
    """Return the last day of a period counted back from `expiry`, and whether it is provisional."""
    if period.day_type is DayType.WORKING:
        last_day = calendar.add_workdays(expiry, -value)
        return last_day, not calendar.is_settled(last_day - _DAY, expiry - _DAY)
    return _shift(period, expiry, -value), False


def _standing(clock: ClockState, now: datetime) -> datetime:
    """Return `now`, or the earlier instant at which the clock stopped or paused."""
    return min(at for at in (now, clock.stopped_at, clock.paused_since) if at is not None)


def remaining(clock: ClockState, period: Period, calendar: WorkCalendar, now: datetime) -> Remaining:
    """Return how much of `period` is left at `now`, or by how much it is overdue."""
    end = due(clock, period, calendar)
    at = _standing(clock, now)
    until = end.at - at.astimezone(SHANGHAI)
    late = until < timedelta(0)
    if period.day_type in (DayType.CLOCK, DayType.IMMEDIATE):
        return Remaining(abs(until) // timedelta(minutes=1), "minute", late, until, end)
    spans, start, today = _spans(clock), _day(clock.started_at), _day(at)
    total = _counted(period, calendar, start, spans, end.last_day)
    left = total - _counted(period, calendar, start, spans, today)
    unit = "working_day" if period.day_type is DayType.WORKING else "day"
    return Remaining(abs(left), unit, late, until, end)


def _scale(clock: ClockState, period: Period, calendar: WorkCalendar) -> tuple[date, list[Span], int, Due]:
    """Return where a day period begins, its finished pauses, its length in days to the end, and the end.

    A period counted back from an expiry has no beginning of its own; its run-up is as long again as itself.
    """
    start, spans = _day(clock.started_at), _spans(clock)
    if period.before:
        start = _before(period, calendar, start, 2 * period.value)[0]
    end = due(clock, period, calendar)
    return start, spans, _counted(period, calendar, start, spans, end.last_day), end


def fraction_spent(clock: ClockState, period: Period, calendar: WorkCalendar, now: datetime) -> float:
    """Return the share of the period spent at `now`: 0 at the start, 1 at the deadline, more when late.

    Days that count pass evenly over their 24 hours; days that do not count stand still.
    """
    at = _standing(clock, now).astimezone(SHANGHAI)
    if period.day_type in (DayType.CLOCK, DayType.IMMEDIATE):
        spent = at - clock.started_at
        for span in clock.pauses:
            if span.end is not None and span.start < at:
                spent -= min(span.end, at) - span.start
        length = _length(period, period.value)
        return max(spent / length, 0.0) if length else float(at >= clock.started_at)
    start, spans, total, end = _scale(clock, period, calendar)
    today = at.date()
    if total == 0:
        return float(at >= end.at)
    if today <= start:
        return 0.0
    before = _counted(period, calendar, start, spans, today - _DAY)
    part = (at - _end_of(today - _DAY)) / _DAY
    return (before + part * (_counted(period, calendar, start, spans, today) - before)) / total


def _spent_at(period: Period, calendar: WorkCalendar, start: date, spans: Sequence[Span], days: float) -> datetime:
    """Return the first instant at which `days` days, a fraction of one among them, are spent."""

    def advance(day: date, count: int) -> date:
        return calendar.add_workdays(day, count) if period.day_type is DayType.WORKING else day + count * _DAY

    day = advance(start, ceil(days))
    for first, last in spans:
        if day > first:
            day = advance(last, _between(period, calendar, first, day))
    return _end_of(day) - (ceil(days) - days) * _DAY


def reminder_points(
    clock: ClockState, period: Period, calendar: WorkCalendar, fractions: Sequence[float] = (0.5, 0.8, 1.0)
) -> tuple[datetime, ...]:
    """Return the first instants at which the shares `fractions` of the period are spent; 1.0 is the deadline.

    Points behind a pause that still lasts, or behind the stop, are left out. Raises ClockError for a fraction
    that is not positive.
    """
    if any(fraction <= 0 for fraction in fractions):
        raise ClockError("提醒比例须大于 0", "reminder fractions must be greater than 0")
    if period.day_type in (DayType.CLOCK, DayType.IMMEDIATE):
        length = _length(period, period.value)
        points = [_clock_end(clock, length * fraction) for fraction in fractions]
    else:
        start, spans, total, end = _scale(clock, period, calendar)
        # Rounded because 0.28 × 25 must be seven days and not a hair more, which would be the eighth.
        shares = [round(fraction * total, 9) for fraction in fractions]
        points = [end.at if share == total else _spent_at(period, calendar, start, spans, share) for share in shares]
    horizon = [at for at in (clock.paused_since, clock.stopped_at) if at is not None]
    return tuple(point for point in points if all(point <= at for at in horizon))
