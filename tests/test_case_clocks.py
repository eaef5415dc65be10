"""Clocks of real cases: across pauses and holidays against days counted one by one, and by the rule of their day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from quanheng.domains.testing import services as orders
from quanheng.domains.testing.models import Order
from quanheng.kernel.audit.models import Entry
from quanheng.kernel.base.cells import read_csv
from quanheng.kernel.cases.clocks import SHANGHAI
from quanheng.kernel.cases.loading import load_holidays, load_rules
from quanheng.kernel.cases.models import Clock
from quanheng.kernel.cases.running import calendar, rule_in_force
from quanheng.kernel.cases.standing import standing
from tests.orderbook import DATA, Book, freeze, open_book

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
NATIONAL_DAY = [f"2027-10-{day:02}" for day in range(1, 8)]


@pytest.fixture
def book(db: None) -> Book:
    return open_book()


def _clock(order: Order, name: str) -> Clock:
    return Clock.objects.filter(case=order.case, name=name).latest("id")


def _is_worked(day: date) -> bool:
    """From the notices as shipped, read here anew."""
    kinds = {row["date"]: row["kind"] for row in read_csv(DATA / "holidays.csv")}
    kind = kinds.get(day.isoformat())
    return kind == "workday" or (kind is None and day.weekday() < 5)


def _counted(start: date, length: int, pauses: list[tuple[date, date]]) -> date:
    """The day on which ``length`` working days after ``start`` are spent, walking day by day.

    Days after the first and up to the last of a pause do not count; where one begins on the very last day,
    the day on which it ends, or the working day after it, is the last.
    """
    day, spent = start, 0
    while spent < length:
        day += DAY
        spent += _is_worked(day) and not any(first < day <= last for first, last in pauses)
    for first, last in pauses:
        if first == day < last:
            day = last
            while not _is_worked(day):
                day += DAY
    return day


# The moments of: samples received, then submitted and returned again and again; the clock runs in between.
TIMELINES = {
    "across Mid-Autumn and National Day": (7, "2026-09-18 09:00", [("2026-09-22 16:00", "2026-09-24 10:00")]),
    "two pauses, one over the holidays": (
        6,
        "2026-09-21 08:30",
        [("2026-09-23 11:00", "2026-09-28 09:00"), ("2026-09-29 17:00", "2026-10-12 09:00")],
    ),
    "returned the same day": (3, "2026-10-09 09:00", [("2026-10-12 10:00", "2026-10-12 15:00")]),
    "begins on the last day": (2, "2026-11-09 09:00", [("2026-11-11 20:00", "2026-11-13 09:00")]),
    "ends on a Saturday": (4, "2026-11-09 09:00", [("2026-11-11 09:00", "2026-11-14 09:00")]),
}


@pytest.mark.parametrize("name", TIMELINES)
def test_the_agreed_time_pauses_during_review(book: Book, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    length, start, pauses = TIMELINES[name]
    freeze(monkeypatch, start)
    order = book.bring(book.order(days=length), "working")
    for submitted, returned in pauses:
        freeze(monkeypatch, submitted)
        book.enter(order)
        orders.submit_results(book.operator, order)
        order.case.refresh_from_db()
        assert {clock.name for clock in standing(order.case).clocks if clock.paused_since} == {"work"}
        assert order.case.due_at == _clock(order, "review").due_at, "a paused clock sets no deadline"
        freeze(monkeypatch, returned)
        orders.return_for_correction(book.reviewer, order, reason="重测")
    days = [(date.fromisoformat(a[:10]), date.fromisoformat(b[:10])) for a, b in pauses]
    last = _counted(date.fromisoformat(start[:10]), length, days)
    order.case.refresh_from_db()
    assert order.case.due_at == datetime.combine(last + DAY, datetime.min.time(), SHANGHAI)
    clock = standing(order.case).clock
    assert clock is not None and clock.name == "work" and clock.last_day == last and clock.rule is None
    today = date.fromisoformat(pauses[-1][1][:10])
    assert (clock.amount, clock.unit) == (sum(_is_worked(today + n * DAY) for n in range(1, (last - today).days + 1)),
                                          "working_day")  # fmt: skip


def test_clocks_follow_the_whole_walk(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    freeze(monkeypatch, "2026-11-09 09:00")
    order = book.bring(book.order(), "for_decision")
    names = dict(Clock.objects.filter(case=order.case).values_list("name", "stopped_at"))
    assert {name for name, stopped in names.items() if stopped is None} == {"work", "decision"}
    book.bring(order, "delivered")
    assert not Clock.objects.filter(case=order.case, stopped_at=None).exists()
    assert not Clock.objects.filter(case=order.case).exclude(alert_at=None).exists()


def test_a_state_entered_again_starts_its_clock_anew(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    freeze(monkeypatch, "2026-11-09 09:00")
    order = book.bring(book.order(), "in_review")
    orders.return_for_correction(book.reviewer, order, reason="重测")
    freeze(monkeypatch, "2026-11-16 09:00")
    orders.submit_results(book.operator, order)
    first, second = Clock.objects.filter(case=order.case, name="review").order_by("id")
    assert first.stopped_at is not None
    assert second.stopped_at is None
    assert second.due_at - first.due_at == 7 * DAY


def _rules_that_change_at_new_year() -> None:
    row = next(row for row in read_csv(DATA / "rules.csv") if row["key"] == "one_stop.order_acceptance")
    load_rules([{**row, "valid_to": "2025-12-31"}, {**row, "value": "4", "valid_from": "2026-01-01"}])


def test_a_clock_is_bound_to_the_rule_in_force_when_it_was_triggered(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Midnight is that of Shanghai: 31 December 23:59 there is still the old rule, though UTC says 15:59."""
    _rules_that_change_at_new_year()
    freeze(monkeypatch, "2025-12-31 23:59")
    old = _clock(book.order(), "acceptance")
    freeze(monkeypatch, "2026-01-01 00:00")
    new = _clock(book.order(), "acceptance")
    assert (old.value, new.value) == ("2", "4")
    assert old.rule_id != new.rule_id
    # 1 to 3 January 2026 are off, the 4th (a Sunday) is worked: 4 and 5; 4, 5, 6 and 7.
    assert timezone.localtime(old.due_at).date() - DAY == date(2026, 1, 5)
    assert timezone.localtime(new.due_at).date() - DAY == date(2026, 1, 7)


def test_a_version_without_a_first_day_is_older_than_every_other(book: Book) -> None:
    row = next(row for row in read_csv(DATA / "rules.csv") if row["key"] == "one_stop.review")
    load_rules(
        [
            {**row, "key": "t.x", "valid_from": "", "valid_to": "2023-12-31", "value": "9"},
            {**row, "key": "t.x", "valid_from": "2024-01-01", "value": "3"},
        ]
    )
    assert rule_in_force("t.x", date(2023, 12, 31)).value == "9"
    assert rule_in_force("t.x", date(2024, 1, 1)).value == "3"


def _notice_of_2027() -> list[dict[str, str]]:
    def row(day: str, kind: str, name: str) -> dict[str, str]:
        return {"date": day, "kind": kind, "name_zh": name, "name_en": name, "source": "2027"}

    off = [f"2027-01-0{day}" for day in (1, 2, 3)]
    rows = [row(day, "holiday", "元旦") for day in off] + [row(day, "holiday", "国庆节") for day in NATIONAL_DAY]
    # The Monday after is swapped away, the Saturday after that is worked.
    return [*rows, row("2027-01-04", "holiday", "元旦"), row("2027-01-09", "workday", "元旦")]


def test_a_deadline_past_the_last_notice_is_provisional_until_the_next_one(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze(monkeypatch, "2026-12-28 09:00")
    moved = book.bring(book.order(days=6), "working")
    paused = book.bring(book.order(days=6), "in_review")
    safe = book.order()
    clocks = [_clock(moved, "work"), _clock(paused, "work"), _clock(safe, "acceptance")]
    assert [clock.provisional for clock in clocks] == [True, True, True]
    assert timezone.localtime(clocks[0].due_at).date() - DAY == date(2027, 1, 6), "29, 30, 31, 4, 5, 6"
    entries = Entry.objects.count()

    load_holidays(_notice_of_2027())

    assert calendar().is_workday(date(2027, 1, 9))
    clocks = [_clock(moved, "work"), _clock(paused, "work"), _clock(safe, "acceptance")]
    assert [clock.provisional for clock in clocks] == [False, False, False]
    assert timezone.localtime(clocks[0].due_at).date() - DAY == date(2027, 1, 7), "29, 30, 31, 5, 6, 7"
    assert timezone.localtime(clocks[2].due_at).date() - DAY == date(2026, 12, 30), "untouched"
    moved.case.refresh_from_db()
    assert moved.case.due_at == clocks[0].due_at
    told = Entry.objects.filter(act="cases.recount")
    assert {entry.case_id for entry in told} == {moved.case_id, paused.case_id}
    assert Entry.objects.count() == entries + 2
    assert load_holidays(_notice_of_2027()) == 12
    assert Entry.objects.count() == entries + 2, "the same notice again changes nothing"


def test_a_stopped_clock_is_never_counted_again(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    freeze(monkeypatch, "2026-12-30 09:00")
    order = book.bring(book.order(), "delivered")
    before = list(Clock.objects.filter(case=order.case).order_by("id").values())
    load_holidays(_notice_of_2027())
    assert list(Clock.objects.filter(case=order.case).order_by("id").values()) == before
