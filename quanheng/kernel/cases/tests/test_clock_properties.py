"""Properties of statutory clocks, and a second computation of them day by day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanheng.kernel.cases.clocks import (
    SHANGHAI,
    ClockState,
    due,
    fraction_spent,
    pause,
    remaining,
    reminder_points,
    resume,
)
from quanheng.kernel.cases.periods import Period
from quanheng.kernel.cases.tests.test_calendar import CALENDAR, DAY, worked
from quanheng.kernel.cases.tests.test_clocks import calendar_days, last_day, minutes, working

starts = st.datetimes(datetime(2025, 1, 1), datetime(2025, 12, 31), timezones=st.just(SHANGHAI))
gaps = st.lists(st.integers(0, 20 * 24 * 60), min_size=0, max_size=8)
lengths = st.integers(1, 60)
kinds = st.sampled_from([working, calendar_days, minutes])


def history(start: datetime, steps: list[int]) -> ClockState:
    """A clock that pauses and resumes alternately after so many minutes each; every pause has ended."""
    clock, now = ClockState(start), start
    for step in steps[: len(steps) // 2 * 2]:
        now += timedelta(minutes=step)
        clock = pause(clock, now, "补正材料") if clock.paused_since is None else resume(clock, now)
    return clock


def paused_days(clock: ClockState) -> set[date]:
    days = set()
    for span in clock.pauses:
        assert span.end is not None
        day = span.start.date()
        while day < span.end.date():
            day += DAY
            days.add(day)
    return days


@given(starts, gaps, lengths)
def test_working_days_are_counted_as_day_by_day(start: datetime, steps: list[int], days: int) -> None:
    clock = history(start, steps)
    still, day, left = paused_days(clock), start.date(), days
    while left:
        day += DAY
        if (day.year, day.month) > (2026, 11):
            return
        left -= worked(day) and day not in still
    if any(span.start.date() == day for span in clock.pauses):
        return  # the last day itself is paused: see the worked examples
    assert last_day(clock, working(days)) == day


@given(starts, gaps, lengths)
def test_calendar_days_are_what_remained_after_each_pause(start: datetime, steps: list[int], days: int) -> None:
    """The second computation: at each pause note the days left, at its end count them anew."""

    def moved(day: date) -> date:
        while not worked(day):
            day += DAY
        return day

    clock = history(start, steps)
    end = start.date() + days * DAY
    for span in clock.pauses:
        assert span.end is not None
        paused, resumed = span.start.date(), span.end.date()
        left = [paused + n * DAY for n in range(1, 400) if paused + n * DAY <= end]
        if paused <= moved(end):
            end = resumed + len(left) * DAY
    assert last_day(clock, calendar_days(days)) == moved(end)


@given(starts, gaps, lengths, kinds, st.integers(0, 90 * 24 * 60))
def test_pausing_and_resuming_leaves_what_was_left(
    start: datetime, steps: list[int], value: int, kind: type[Period], wait: int
) -> None:
    """A pause gives back exactly what was left when it began, however long it lasts."""
    clock, period = history(start, steps), kind(value)
    when = (clock.pauses[-1].end or start) if clock.pauses else start
    before = remaining(clock, period, CALENDAR, when)
    held = pause(clock, when, "技术评审")
    later = when + timedelta(minutes=wait)
    assert remaining(held, period, CALENDAR, later).amount == before.amount
    assert due(held, period, CALENDAR).at == before.due.at
    on = resume(held, later)
    after = remaining(on, period, CALENDAR, later)
    assert after.late == before.late
    # A calendar end may move on from another rest day, and so may a working one with nothing left but its day.
    if not before.late and (kind is minutes or (kind is working and (before.amount or worked(later.date())))):
        assert after.amount == before.amount
    assert after.due.at >= before.due.at
    if when.date() == later.date() and kind is not minutes:
        assert after.due == before.due


@given(starts, gaps, lengths, kinds, st.lists(st.integers(0, 200 * 24 * 60), min_size=2, max_size=2))
def test_time_only_runs_forward(
    start: datetime, steps: list[int], value: int, kind: type[Period], offsets: list[int]
) -> None:
    clock, period = history(start, steps), kind(value)
    early, late = (start + timedelta(minutes=offset) for offset in sorted(offsets))
    first, second = (fraction_spent(clock, period, CALENDAR, now) for now in (early, late))
    assert 0 <= first <= second
    end = due(clock, period, CALENDAR)
    assert due(clock, kind(value + 1), CALENDAR).at >= end.at
    assert fraction_spent(clock, period, CALENDAR, end.at) == pytest.approx(1.0)
    assert (second > 1 + 1e-9) <= remaining(clock, period, CALENDAR, late).late
    assert remaining(clock, period, CALENDAR, late).until == end.at - late


@given(starts, gaps, lengths, kinds, st.integers(1, 100))
def test_reminders_are_the_first_instants_of_their_share(
    start: datetime, steps: list[int], value: int, kind: type[Period], percent: int
) -> None:
    clock, period, share = history(start, steps), kind(value), percent / 100
    (point,) = reminder_points(clock, period, CALENDAR, (share,))
    second = timedelta(seconds=1)
    assert fraction_spent(clock, period, CALENDAR, point + second) >= share - 1e-9
    assert fraction_spent(clock, period, CALENDAR, point - second) <= share + 1e-9
    assert reminder_points(clock, period, CALENDAR)[-1] == due(clock, period, CALENDAR).at
    assert list(reminder_points(clock, period, CALENDAR)) == sorted(reminder_points(clock, period, CALENDAR))
