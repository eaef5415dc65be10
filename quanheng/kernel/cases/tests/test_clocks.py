"""Statutory clocks against worked examples, published ones among them."""

from __future__ import annotations

import time as stopwatch
from datetime import UTC, date, datetime, timedelta

import pytest

from quanheng.kernel.cases.calendar import ClockError, WorkCalendar
from quanheng.kernel.cases.clocks import (
    SHANGHAI,
    ClockState,
    Pause,
    due,
    fraction_spent,
    pause,
    remaining,
    reminder_points,
    resume,
    stop,
)
from quanheng.kernel.cases.periods import DayType, Period, Unit, parse_periods
from quanheng.kernel.cases.tests.test_calendar import CALENDAR, DAY, worked


def at(month: int, day: int, hour: int = 10, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def working(days: int) -> Period:
    return Period(days, Unit.DAY, DayType.WORKING)


def calendar_days(days: int) -> Period:
    return Period(days, Unit.DAY, DayType.CALENDAR)


def minutes(count: int) -> Period:
    return Period(count, Unit.MINUTE, DayType.CLOCK)


def last_day(clock: ClockState, period: Period, calendar: WorkCalendar = CALENDAR) -> date:
    return due(clock, period, calendar).last_day


# --- worked examples ---------------------------------------------------------------------------------


def test_five_working_days_over_spring_festival() -> None:
    """Received on Friday 13 February 2026: the 14th is worked, the 15th to 23rd are off."""
    end = due(ClockState(at(2, 13)), working(5), CALENDAR)
    assert end.last_day == date(2026, 2, 27)
    assert end.at == datetime(2026, 2, 28, tzinfo=SHANGHAI)  # 24:00 of the last day
    assert not end.provisional and not end.paused and end.opens is None


def test_published_fifteen_days() -> None:
    """A published reckoning for administrative litigation: received on 28 August, last day 12 September."""
    assert last_day(ClockState(at(8, 28, year=2025)), calendar_days(15)) == date(2025, 9, 12)


def test_published_sixty_days_ending_in_spring_festival() -> None:
    """A pleading of 2013 (Anji county): penalty of 13 December 2012, sixty days end on 11 February 2013, inside
    the holiday of the 9th to 15th; the last day is Saturday the 16th, which the notice declared worked."""
    off = {date(2013, 2, day): "春节" for day in range(9, 16)}
    made_up = {date(2013, 2, 16): "上班", date(2013, 2, 17): "上班"}
    calendar = WorkCalendar(off, made_up, {2012, 2013})
    end = due(ClockState(at(12, 13, year=2012)), calendar_days(60), calendar)
    assert (end.last_day, end.provisional) == (date(2013, 2, 16), False)


def test_published_three_months() -> None:
    """最高人民法院, document of 2014-12-12: filed on 28 May 2014, three months end on 28 August 2014."""
    period = Period(3, Unit.MONTH, DayType.CALENDAR)
    assert last_day(ClockState(at(5, 28, year=2014)), period) == date(2014, 8, 28)


@pytest.mark.parametrize(
    ("start", "value", "unit", "expected"),
    [
        (at(8, 31), 1, Unit.MONTH, date(2026, 9, 30)),  # no 31 September
        (at(1, 31), 8, Unit.MONTH, date(2026, 9, 30)),
        (at(7, 1), 3, Unit.MONTH, date(2026, 10, 8)),  # 1 October gives way to the day after the rest
        (at(2, 29, year=2024), 1, Unit.YEAR, date(2025, 2, 28)),
        (at(2, 29, year=2024), 2, Unit.YEAR, date(2026, 2, 28)),  # Saturday, but worked
        (at(9, 15), 15, Unit.DAY, date(2026, 9, 30)),
        (at(9, 16), 15, Unit.DAY, date(2026, 10, 8)),
    ],
)
def test_calendar_periods(start: datetime, value: int, unit: Unit, expected: date) -> None:
    assert last_day(ClockState(start), Period(value, unit, DayType.CALENDAR)) == expected


def test_counting_back_from_an_expiry_does_not_move_off_rest_days() -> None:
    months = Period(3, Unit.MONTH, DayType.CALENDAR, before=True)
    clock = ClockState(at(1, 3, year=2027))
    assert last_day(clock, months) == date(2026, 10, 3)
    fifteen = Period(15, Unit.DAY, DayType.WORKING, before=True)
    end = due(ClockState(at(10, 8)), fifteen, CALENDAR)
    day, left = date(2026, 10, 8), 15
    while left:
        day -= DAY
        left -= worked(day)
    assert (end.last_day, end.provisional) == (day, False)
    early, late = remaining(clock, months, CALENDAR, at(9, 3)), remaining(clock, months, CALENDAR, at(10, 5))
    assert (early.amount, early.late) == (30, False)
    assert (late.amount, late.late) == (2, True)
    assert fraction_spent(clock, months, CALENDAR, due(clock, months, CALENDAR).at) == 1.0
    assert fraction_spent(clock, months, CALENDAR, at(6, 1)) == 0.0
    # Reminders begin as long before the deadline as the period is: 92 days from 3 July to 3 October.
    assert reminder_points(clock, months, CALENDAR, (0.5, 1.0)) == (at(8, 19, 0), at(10, 4, 0))
    with pytest.raises(ClockError):
        due(resume(pause(clock, at(1, 3, 11, year=2027), "x"), at(1, 5, year=2027)), months, CALENDAR)


def test_hours_run_from_the_instant_and_through_holidays() -> None:
    four_hours = Period(4, Unit.HOUR, DayType.CLOCK)
    end = due(ClockState(at(10, 1, 22, 30)), four_hours, CALENDAR)
    assert (end.at, end.last_day) == (at(10, 2, 2, 30), date(2026, 10, 2))
    clock = ClockState(at(3, 2, 10, 0))
    left = remaining(clock, minutes(30), CALENDAR, at(3, 2, 10, 29))
    assert (left.amount, left.unit, left.late) == (1, "minute", False)
    assert not remaining(clock, minutes(30), CALENDAR, at(3, 2, 10, 30)).late
    overdue = remaining(clock, minutes(30), CALENDAR, at(3, 2, 12, 0))
    assert (overdue.amount, overdue.late, overdue.until) == (90, True, -timedelta(minutes=90))


def test_at_once_and_on_the_spot() -> None:
    clock = ClockState(at(3, 2, 10))
    assert due(clock, Period(0, Unit.DAY, DayType.IMMEDIATE), CALENDAR).at == at(3, 2, 10)
    assert fraction_spent(clock, Period(0, Unit.DAY, DayType.IMMEDIATE), CALENDAR, at(3, 2, 10)) == 1.0
    assert last_day(clock, working(0)) == date(2026, 3, 2)
    assert last_day(ClockState(at(10, 2)), working(0)) == date(2026, 10, 8)
    assert fraction_spent(clock, working(0), CALENDAR, at(3, 2, 23)) == 0.0
    assert reminder_points(clock, working(0), CALENDAR) == (at(3, 3, 0),) * 3


def test_a_window_opens_after_its_earlier_end() -> None:
    clock, window = ClockState(at(3, 2)), Period(90, Unit.DAY, DayType.CALENDAR, earliest=60)
    end = due(clock, window, CALENDAR)
    assert end.opens == at(5, 2, 0)  # the 60th day is 1 May
    assert end.last_day == date(2026, 6, 1)  # the 90th is Sunday 31 May
    later = resume(pause(clock, at(3, 10), "抽样复核"), at(3, 20))
    moved = due(later, window, CALENDAR)
    assert moved.opens == at(5, 12, 0)
    assert moved.last_day == date(2026, 6, 10)


def test_the_day_is_that_of_shanghai() -> None:
    late_evening_utc = datetime(2026, 3, 2, 17, tzinfo=UTC)  # 01:00 on 3 March in Shanghai
    assert last_day(ClockState(late_evening_utc), working(1)) == date(2026, 3, 4)
    assert remaining(ClockState(late_evening_utc), working(1), CALENDAR, late_evening_utc).amount == 1


def test_a_deadline_beyond_the_notices_is_provisional() -> None:
    assert due(ClockState(at(12, 20)), working(20), CALENDAR).provisional
    assert not due(ClockState(at(11, 20)), working(20), CALENDAR).provisional
    year = Period(1, Unit.YEAR, DayType.CALENDAR)
    assert due(ClockState(at(3, 2)), year, CALENDAR).provisional
    assert not due(ClockState(at(3, 2, year=2025)), year, CALENDAR).provisional
    # The way there does not matter to a calendar period, only where it ends.
    assert not due(ClockState(at(3, 2, year=2024)), year, CALENDAR).provisional
    # Counted days alone matter: triggered on an unsettled day, counted from a settled one.
    later_only = WorkCalendar({}, {}, {2026})
    assert not due(ClockState(at(12, 31, year=2025)), working(3), later_only).provisional


# --- pauses ------------------------------------------------------------------------------------------


def test_rectification_moves_the_deadline_by_its_working_days() -> None:
    clock = ClockState(at(3, 2))  # Monday; ten working days end on Monday 16 March
    assert last_day(clock, working(10)) == date(2026, 3, 16)
    clock = pause(clock, at(3, 4), "补正材料")
    frozen = remaining(clock, working(10), CALENDAR, at(6, 1))
    assert (frozen.amount, frozen.late, frozen.due.paused) == (8, False, True)
    clock = resume(clock, at(3, 11))  # 5, 6, 9, 10, 11 March did not count
    assert last_day(clock, working(10)) == date(2026, 3, 23)
    assert remaining(clock, working(10), CALENDAR, at(3, 11)).amount == 8
    assert remaining(clock, working(10), CALENDAR, at(3, 12)).amount == 7


def test_a_pause_within_one_day_or_over_rest_days_costs_nothing() -> None:
    plain = ClockState(at(9, 28))
    same_day = resume(pause(plain, at(9, 29, 9), "补正材料"), at(9, 29, 17))
    over_rest = resume(pause(plain, at(9, 30, 9), "补正材料"), at(10, 7, 17))
    for clock in (same_day, over_rest):
        assert last_day(clock, working(5)) == last_day(plain, working(5))
    assert last_day(over_rest, calendar_days(20)) == date(2026, 10, 26)  # 18 + 7 October is a Sunday


@pytest.mark.parametrize(
    ("resumed", "expected"),
    [
        (at(3, 16, 17), date(2026, 3, 16)),  # the same day
        (at(3, 19), date(2026, 3, 19)),
        (at(3, 21), date(2026, 3, 23)),  # resumed on a Saturday: Monday is left to finish
    ],
)
def test_a_pause_on_the_last_day_leaves_a_day_to_finish(resumed: datetime, expected: date) -> None:
    clock = resume(pause(ClockState(at(3, 2)), at(3, 16), "补正材料"), resumed)
    for period in (working(10), calendar_days(14)):
        assert last_day(clock, period) == expected
        assert not remaining(clock, period, CALENDAR, resumed).late
        assert reminder_points(clock, period, CALENDAR)[-1] == due(clock, period, CALENDAR).at
    half_hour = resume(pause(ClockState(at(3, 2, 10)), at(3, 2, 10, 30), "电话失联"), at(3, 2, 11))
    assert due(half_hour, minutes(30), CALENDAR).at == at(3, 2, 11)


def test_a_pause_after_the_deadline_saves_nothing() -> None:
    clock = resume(pause(ClockState(at(3, 2)), at(3, 20), "补正材料"), at(3, 25))
    assert last_day(clock, working(10)) == date(2026, 3, 16)
    assert remaining(clock, working(10), CALENDAR, at(3, 25)).late


def test_a_pause_on_rest_days_at_the_end_of_a_calendar_period() -> None:
    """The 3rd of October gave way to the 8th; a pause from the 5th leaves the day on which it ends."""
    clock = resume(pause(ClockState(at(9, 18)), at(10, 5), "技术评审"), at(10, 20))
    assert last_day(ClockState(at(9, 18)), calendar_days(15)) == date(2026, 10, 8)
    assert last_day(clock, calendar_days(15)) == date(2026, 10, 20)


def test_minutes_pause_to_the_second() -> None:
    clock = pause(ClockState(at(3, 2, 10)), at(3, 2, 10, 5), "电话失联")
    assert remaining(clock, minutes(30), CALENDAR, at(3, 2, 12)).amount == 25
    clock = resume(clock, at(3, 2, 10, 12) + timedelta(seconds=7))
    assert due(clock, minutes(30), CALENDAR).at == at(3, 2, 10, 37) + timedelta(seconds=7)
    # Looked back upon from within the pause, the share stands where it stood.
    assert fraction_spent(clock, minutes(30), CALENDAR, at(3, 2, 10, 8)) == 5 / 30


def test_a_stopped_clock_stands() -> None:
    clock = stop(pause(ClockState(at(3, 2)), at(3, 4), "补正材料"), at(3, 6))
    assert clock.pauses[-1].end == clock.stopped_at == at(3, 6)
    assert remaining(clock, working(3), CALENDAR, at(3, 6)) == remaining(clock, working(3), CALENDAR, at(8, 6))
    assert fraction_spent(clock, working(3), CALENDAR, at(8, 6)) < 1


@pytest.mark.parametrize(
    "act",
    [
        lambda: pause(pause(ClockState(at(3, 2)), at(3, 3), "a"), at(3, 4), "b"),
        lambda: pause(stop(ClockState(at(3, 2)), at(3, 3)), at(3, 4), "a"),
        lambda: pause(ClockState(at(3, 2)), at(3, 1), "a"),
        lambda: pause(ClockState(at(3, 2)), at(3, 3), " "),
        lambda: resume(ClockState(at(3, 2)), at(3, 3)),
        lambda: resume(pause(ClockState(at(3, 2)), at(3, 3), "a"), at(3, 2, 12)),
        lambda: stop(stop(ClockState(at(3, 2)), at(3, 3)), at(3, 4)),
        lambda: stop(ClockState(at(3, 2)), at(3, 1)),
        lambda: ClockState(datetime(2026, 3, 2, 10)),
        lambda: ClockState(at(3, 2), (Pause(at(3, 3), "a"), Pause(at(3, 4), "b", at(3, 5)))),
        lambda: reminder_points(ClockState(at(3, 2)), working(3), CALENDAR, (0.0,)),
    ],
)
def test_impossible_events_are_refused(act: object) -> None:
    assert callable(act)
    with pytest.raises(ClockError) as caught:
        act()
    assert caught.value.zh and caught.value.en


# --- rules -------------------------------------------------------------------------------------------


def test_rule_columns() -> None:
    assert parse_periods("5", "day", "working") == (working(5),)
    assert parse_periods("60-90", "day", "calendar") == (Period(90, Unit.DAY, DayType.CALENDAR, earliest=60),)
    assert parse_periods("3", "month", "calendar", "before") == (Period(3, Unit.MONTH, DayType.CALENDAR, before=True),)
    assert [p.value for p in parse_periods("1;4;7", "year", "calendar")] == [1, 4, 7]
    assert parse_periods("0", "day", "immediate") == (Period(0, Unit.DAY, DayType.IMMEDIATE),)
    assert parse_periods("", "", "none") == parse_periods("2", "person", "none") == ()
    assert parse_periods("2026-06-01", "", "date") == ()


@pytest.mark.parametrize(
    "columns",
    [
        ("five", "day", "working"),
        ("-5", "day", "working"),
        ("90-60", "day", "calendar"),
        ("5", "week", "working"),
        ("5", "month", "working"),
        ("5", "day", "business"),
        ("5", "day", "clock"),
        ("1", "day", "immediate"),
        ("5", "hour", "clock", "before"),
        ("5", "day", "working", "around"),
        ("60-90", "day", "calendar", "before"),
        ("12345678", "day", "working"),
    ],
)
def test_meaningless_rules_are_refused(columns: tuple[str, ...]) -> None:
    with pytest.raises(ClockError):
        parse_periods(*columns)


def test_a_reminder_at_a_whole_day_comes_at_its_end_not_after_the_weekend() -> None:
    """0.28 × 25 is a little more than seven in binary; the seventh working day is Friday 20 March."""
    assert 0.28 * 25 > 7
    assert reminder_points(ClockState(at(3, 11)), working(25), CALENDAR, (0.28,)) == (at(3, 21, 0),)


def test_reminders_wait_while_the_clock_is_paused() -> None:
    clock = pause(ClockState(at(3, 2)), at(3, 9, 12), "补正材料")  # 4½ of 10 days spent
    assert reminder_points(clock, working(10), CALENDAR) == ()
    assert reminder_points(resume(clock, at(3, 9, 15)), working(10), CALENDAR) == (
        at(3, 10, 0),
        at(3, 13, 0),
        at(3, 17, 0),
    )
    assert reminder_points(stop(ClockState(at(3, 2)), at(3, 13)), working(10), CALENDAR) == (
        at(3, 10, 0),
        at(3, 13, 0),
    )


def test_ten_thousand_clocks_in_half_a_second() -> None:
    """Bounds with room for a busy machine; typical figures are a fifth of them."""
    clocks = [ClockState(at(1, 5) + timedelta(hours=i % 5000)) for i in range(10_000)]
    clocks[::4] = [resume(pause(c, c.started_at + DAY, "补正"), c.started_at + 4 * DAY) for c in clocks[::4]]
    twenty, now = working(20), at(6, 1)
    best_due, best_left = [], []
    for _ in range(3):
        begin = stopwatch.perf_counter()
        for clock in clocks:
            due(clock, twenty, CALENDAR)
        middle = stopwatch.perf_counter()
        for clock in clocks:
            remaining(clock, twenty, CALENDAR, now)
        best_due.append((middle - begin) / len(clocks))
        best_left.append(stopwatch.perf_counter() - middle)
    assert min(best_due) < 30e-6
    assert min(best_left) < 0.5
