"""The working calendar against the published notices, the Civil Code and a count day by day."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanheng.kernel.cases.calendar import ClockError, WorkCalendar, add_months, load_calendar
from quanheng.kernel.cases.festivals import festivals, qingming, statutory_days_off

HOLIDAYS_FILE = Path(__file__).parents[1] / "data" / "holidays.csv"
DAY = timedelta(days=1)

# Days off (first, last) and make-up workdays, typed from the notices of the General Office of the State
# Council of 2024-11-12 (for 2025) and 2025-11-04 (for 2026), independently of the data file.
OFF = {
    2025: ["0101-0101", "0128-0204", "0404-0406", "0501-0505", "0531-0602", "1001-1008"],
    2026: ["0101-0103", "0215-0223", "0404-0406", "0501-0505", "0619-0621", "0925-0927", "1001-1007"],
}
WORKED = {
    2025: ["0126", "0208", "0427", "0928", "1011"],
    2026: ["0104", "0214", "0228", "0509", "0920", "1010"],
}


def day_of(year: int, month_day: str) -> date:
    return date(year, int(month_day[:2]), int(month_day[2:]))


def notice_holidays() -> dict[date, str]:
    found = {}
    for year, ranges in OFF.items():
        for text in ranges:
            day, last = (day_of(year, part) for part in text.split("-"))
            while day <= last:
                found[day] = "放假"
                day += DAY
    return found


def notice_workdays() -> dict[date, str]:
    return {day_of(year, text): "上班" for year, texts in WORKED.items() for text in texts}


CALENDAR = WorkCalendar(notice_holidays(), notice_workdays(), {2025, 2026})
HOLIDAYS, MAKE_UP = notice_holidays(), notice_workdays()
in_notices = st.dates(date(2025, 1, 1), date(2026, 12, 20))


def worked(day: date) -> bool:
    """The definition, without any counting table; only for 2025 and 2026."""
    assert day.year in OFF
    return day in MAKE_UP or (day.weekday() < 5 and day not in HOLIDAYS)


def test_bundled_file_says_what_the_notices_say() -> None:
    with HOLIDAYS_FILE.open(encoding="utf-8-sig", newline="") as file:
        bundled = load_calendar(csv.DictReader(file))
    assert {2024, 2025, 2026} <= bundled.covered_years
    day = date(2025, 1, 1)
    while day.year < 2027:
        assert bundled.is_workday(day) == worked(day), day
        day += DAY


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 2, 14), True),  # Saturday before Spring Festival 2026, worked
        (date(2026, 2, 15), False),
        (date(2026, 2, 23), False),  # Monday, last day of the nine
        (date(2026, 2, 24), True),
        (date(2026, 2, 28), True),  # Saturday, worked
        (date(2026, 1, 4), True),  # Sunday, worked
        (date(2026, 9, 20), True),  # Sunday, worked for National Day
        (date(2025, 10, 8), False),  # Mid-Autumn and National Day together made eight days
        (date(2025, 10, 11), True),
        (date(2025, 4, 27), True),
    ],
)
def test_published_days(day: date, expected: bool) -> None:
    assert CALENDAR.is_workday(day) is expected


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        (date(2026, 2, 13), 1, date(2026, 2, 14)),  # Friday; the make-up Saturday is day one
        (date(2026, 2, 13), 5, date(2026, 2, 27)),  # 14, then 24 to 27 after the festival
        (date(2026, 2, 13), 6, date(2026, 2, 28)),
        (date(2026, 2, 18), 1, date(2026, 2, 24)),  # triggered inside the holiday
        (date(2025, 12, 31), 1, date(2026, 1, 4)),  # across New Year, onto a worked Sunday
        (date(2026, 9, 30), 20, date(2026, 11, 3)),
        (date(2026, 10, 8), -1, date(2026, 9, 30)),
        (date(2026, 2, 24), -2, date(2026, 2, 13)),
        (date(2026, 10, 3), 0, date(2026, 10, 8)),
        (date(2026, 10, 8), 0, date(2026, 10, 8)),
    ],
)
def test_adding_workdays(start: date, days: int, expected: date) -> None:
    assert CALENDAR.add_workdays(start, days) == expected


@given(in_notices, st.integers(1, 60))
def test_adding_is_counting_day_by_day(start: date, days: int) -> None:
    day, left = start, days
    while left:
        day += DAY
        if day.year > 2026:
            return
        left -= worked(day)
    assert CALENDAR.add_workdays(start, days) == day
    assert CALENDAR.workdays_between(start, day) == days


@given(st.dates(date(1995, 1, 1), date(2090, 1, 1)), st.integers(1, 300), st.integers(0, 300))
def test_adding_twice_is_adding_once(start: date, first: int, second: int) -> None:
    once = CALENDAR.add_workdays(start, first)
    assert CALENDAR.add_workdays(once, second) == CALENDAR.add_workdays(start, first + second)
    assert CALENDAR.add_workdays(CALENDAR.add_workdays(once, second + 1), -second - 1) == once
    assert CALENDAR.is_workday(once)


@given(st.dates(date(1995, 1, 1), date(2090, 1, 1)), st.integers(0, 400), st.integers(-250, 250))
def test_later_starts_and_longer_periods_never_end_earlier(start: date, gap: int, days: int) -> None:
    end = CALENDAR.add_workdays(start, days)
    assert CALENDAR.add_workdays(start + gap * DAY, days) >= end
    assert CALENDAR.add_workdays(start, days + 1) >= end
    assert CALENDAR.add_workdays(start, days + 2) > CALENDAR.add_workdays(start, days + 1) or days in (-1, -2)


@given(*[st.dates(date(1992, 1, 1), date(2110, 12, 31))] * 3)
def test_counts_between_add_up(a: date, b: date, c: date) -> None:
    between = CALENDAR.workdays_between
    assert between(a, b) + between(b, c) == between(a, c)
    assert between(a, b) == -between(b, a)


@given(in_notices)
def test_rest_days_give_way_to_the_day_after_the_rest(day: date) -> None:
    """Civil Code 203; a make-up workday ends the rest."""
    moved = CALENDAR.on_or_after(day)
    expected = day
    while not worked(expected):
        expected += DAY
    assert moved == expected


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        # 最高人民法院, document of 2014-12-12 on periods in months: filed 28 May 2014, three months.
        (date(2014, 5, 28), 3, date(2014, 8, 28)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),  # no corresponding day (Civil Code 202)
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2025, 11, 30), 3, date(2026, 2, 28)),
        (date(2026, 5, 31), -3, date(2026, 2, 28)),  # three months before an expiry
        (date(2026, 3, 15), -6, date(2025, 9, 15)),
        (date(2024, 3, 15), 72, date(2030, 3, 15)),
    ],
)
def test_corresponding_days(start: date, months: int, expected: date) -> None:
    assert add_months(start, months) == expected


@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.integers(-90, 600))
def test_months_land_in_the_due_month_and_keep_the_day_if_it_exists(start: date, months: int) -> None:
    end = add_months(start, months)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day == start.day or (end.day < start.day and (end + DAY).day == 1)


def test_a_year_without_notice_keeps_the_number_of_working_days() -> None:
    """Swapping moves rest days but owes them all: the law alone gives as many working days as the notice."""
    bare = WorkCalendar({}, {}, set())
    for year in OFF:
        first, last = date(year - 1, 12, 31), date(year, 12, 31)
        assert bare.workdays_between(first, last) == CALENDAR.workdays_between(first, last) == 248


def test_the_law_alone_lists_thirteen_days() -> None:
    assert [len(festivals(year)) for year in (2025, 2030, 2050)] == [13, 13, 13]
    assert len(statutory_days_off(2027)) == 13
    # 1 January 2028 is a Saturday: Monday in lieu. 1 October 2028 is a Sunday: the 4th in lieu; Mid-Autumn falls
    # on the 3rd: the 5th in lieu.
    assert date(2028, 1, 3) in statutory_days_off(2028)
    assert {day.day for day in statutory_days_off(2028) if day.month == 10} == {2, 3, 4, 5}
    # Every festival the notices name is where the table says.
    assert {date(2025, 1, 28), date(2025, 5, 31), date(2025, 10, 6)} <= set(festivals(2025))
    assert {date(2026, 2, 16), date(2026, 6, 19), date(2026, 9, 25)} <= set(festivals(2026))
    published = {2019: 5, 2020: 4, 2021: 4, 2022: 5, 2023: 5, 2024: 4, 2025: 4, 2026: 5}
    assert {year: qingming(year).day for year in published} == published


def test_what_is_settled_and_what_is_provisional() -> None:
    assert CALENDAR.is_settled(date(2025, 1, 1), date(2026, 12, 28))
    # The notice for 2019 made 29 December 2018 a workday: the last days wait for the next notice.
    assert not CALENDAR.is_settled(date(2026, 12, 28), date(2026, 12, 29))
    assert CALENDAR.is_settled(date(2025, 12, 28), date(2026, 1, 10))
    assert not CALENDAR.is_settled(date(2026, 12, 1), date(2027, 1, 10))
    assert not CALENDAR.is_workday(date(2027, 2, 5))  # eve of Spring Festival 2027, by law


def test_bad_rows_and_dates_are_refused_with_their_place() -> None:
    good = {"date": "2026-10-01", "kind": "holiday", "name_zh": "国庆节"}
    for bad in ({**good, "date": "2026-13-01"}, {**good, "kind": "off"}, {"date": "2026-10-02"}, good):
        with pytest.raises(ClockError, match="row 3"):
            load_calendar([good, bad])
    with pytest.raises(ClockError, match="2026-10-01"):
        load_calendar([good, {**good, "kind": "workday"}])
    for act in (
        lambda: CALENDAR.is_workday(date(1991, 12, 31)),
        lambda: CALENDAR.add_workdays(date(2110, 12, 1), 40),
        lambda: CALENDAR.add_workdays(date(1992, 1, 9), -20),
        lambda: add_months(date(2026, 1, 1), 12 * 90),
        lambda: add_months(date(2026, 1, 1), -12 * 40),
    ):
        with pytest.raises(ClockError) as caught:
            act()
        assert caught.value.zh and caught.value.en


def test_stray_december_day_does_not_cover_its_year() -> None:
    rows = [
        {"date": date(2025, 12, 31), "kind": "holiday", "name_zh": "元旦"},
        {"date": "2026-10-01", "kind": "holiday", "name_zh": "国庆节"},
    ]
    calendar = load_calendar(rows)
    assert calendar.covered_years == {2026}
    assert not calendar.is_workday(date(2025, 12, 31))
