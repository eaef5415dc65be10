"""The background worker reminds at 50, 80 and 100 % of a clock and escalates once, whoever else is at work."""

from __future__ import annotations

import pytest
from django.utils import timezone

from quanheng.domains.testing import services as orders
from quanheng.domains.testing.models import Order
from quanheng.kernel.audit.models import Entry, Notice
from quanheng.kernel.audit.queries import case_story
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound
from quanheng.kernel.base.periodic import JOBS, discover
from quanheng.kernel.cases.alerts import attend_due
from quanheng.kernel.cases.models import Clock
from quanheng.kernel.cases.queries import late_for
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.signals.models import Signal
from quanheng.kernel.signals.queries import signal_by_uid, signals
from quanheng.kernel.signals.services import settle_signal
from tests.orderbook import Book, freeze, open_book


@pytest.fixture
def book(db: None) -> Book:
    return open_book()


def _told(order: Order) -> list[str]:
    acts = Entry.objects.filter(case=order.case, act__startswith="cases.").order_by("id")
    return [act.removeprefix("cases.") for act in acts.values_list("act", flat=True)]


def test_reminders_come_at_their_shares_and_the_signal_after_the_deadline(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze(monkeypatch, "2026-11-09 09:00")  # a Monday; two working days: Tuesday and Wednesday
    order = book.order()
    for moment, expected in (
        ("2026-11-10 23:59", []),
        ("2026-11-11 00:00", ["remind_50"]),
        ("2026-11-11 00:01", ["remind_50"]),
        ("2026-11-11 14:23", ["remind_50"]),
        ("2026-11-11 14:25", ["remind_50", "remind_80"]),
        ("2026-11-12 00:00", ["remind_50", "remind_80", "remind_100"]),
        ("2026-11-12 00:01", ["remind_50", "remind_80", "remind_100", "escalate"]),
        ("2026-11-16 00:01", ["remind_50", "remind_80", "remind_100", "escalate"]),
    ):
        freeze(monkeypatch, moment)
        attend_due()
        attend_due()
        assert _told(order) == expected, moment
    reminded = Entry.objects.get(act="cases.remind_80")
    assert list(Notice.objects.filter(entry=reminded).values_list("organisation", flat=True)) == [book.institution.pk]
    assert reminded.actor_id is None and reminded.facts["clock"] == "acceptance"
    warned = Notice.objects.filter(entry__act="cases.escalate").values_list("organisation", flat=True)
    assert set(warned) == {book.client.pk, book.institution.pk}
    assert case_story(book.buyer, order.case)[0].act == "cases.escalate"


def test_after_a_standstill_one_reminder_is_enough(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    freeze(monkeypatch, "2026-11-09 09:00")
    order = book.order()
    freeze(monkeypatch, "2026-11-20 09:00")
    assert attend_due() == 1
    assert _told(order) == ["remind_100", "escalate"]
    assert attend_due() == 0


def test_what_is_paused_stopped_or_done_in_time_is_left_alone(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    freeze(monkeypatch, "2026-11-09 09:00")
    order = book.bring(book.order(days=1), "in_review")
    done = book.bring(book.order(), "delivered")
    Clock.objects.filter(case=order.case, name="review").update(alert_at=None)
    freeze(monkeypatch, "2026-12-09 09:00")
    assert attend_due() == 0
    assert _told(order) == [] and _told(done) == []
    assert not Signal.objects.exists()
    orders.return_for_correction(book.reviewer, order, reason="重测")
    clock = Clock.objects.get(case=order.case, name="work")
    assert clock.alert_at is not None, "the clock goes on, and with it the reminders"
    freeze(monkeypatch, "2026-12-31 09:00")
    attend_due()
    assert _told(order) == ["remind_100", "escalate"]


def test_a_batch_is_bounded_and_the_longest_due_come_first(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for day in (9, 10, 11):
        freeze(monkeypatch, f"2026-11-{day:02} 09:00")
        made.append(book.order())
    freeze(monkeypatch, "2026-11-30 09:00")
    assert attend_due(limit=2) == 2
    assert [bool(_told(order)) for order in made] == [True, True, False]
    assert attend_due(limit=2) == 1


def test_one_clock_that_fails_does_not_keep_the_others_waiting(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    freeze(monkeypatch, "2026-11-09 09:00")
    broken, sound = book.order(), book.order()
    Clock.objects.filter(case=broken.case).update(value="?", alert_at=timezone.now())
    freeze(monkeypatch, "2026-11-30 09:00")
    assert attend_due() == 1
    assert _told(sound) == ["remind_100", "escalate"]


def test_the_regulator_of_the_region_sees_the_signal_and_settles_it_once(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze(monkeypatch, "2026-11-09 09:00")
    order = book.order()
    freeze(monkeypatch, "2026-11-20 09:00")
    attend_due()
    signal = signals(book.officer, kind="overdue", settled=False).get()
    assert (signal.case, signal.organisation, signal.evidence["clock"]) == (order.case, book.institution, "acceptance")
    assert list(late_for(book.officer)) == [order.case]
    assert not signals(book.actor(book.outsider, Role.ADMINISTRATOR)).exists()
    assert signals(book.operator).exists()
    with pytest.raises(NotFound):
        signal_by_uid(book.actor(book.outsider, Role.ADMINISTRATOR), signal.uid)
    with pytest.raises(Denied):
        settle_signal(book.operator, signal, reason="好")
    for reason in ("  ", "字" * 301):
        with pytest.raises(Invalid):
            settle_signal(book.officer, signal, reason=reason)
    settle_signal(book.officer, signal, reason="已约谈，机构当日接受。")
    signal.refresh_from_db()
    assert signal.settled_at == timezone.now() and signal.settlement == "已约谈，机构当日接受。"
    with pytest.raises(Conflict):
        settle_signal(book.officer, signal, reason="再次")
    assert not signals(book.officer, settled=False).exists()
    assert signals(book.officer, settled=True).exists()


def test_the_worker_knows_the_job() -> None:
    discover()
    assert JOBS["quanheng.kernel.cases.jobs.watch_clocks"].seconds == 60
