"""The terms of an order: quoted anew, put off, samples lost, and every way in which it comes to nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from quanheng.domains.testing import services
from quanheng.domains.testing.models import Order, Quote
from quanheng.kernel.audit.models import Entry, Notice
from quanheng.kernel.base.errors import Conflict, Denied, Invalid
from quanheng.kernel.cases.models import Clock
from quanheng.kernel.competence.models import Recognition
from quanheng.kernel.objects.models import Sample
from tests.browse import browse
from tests.orderbook import Book, freeze, open_book

# A Monday, and the Wednesday two days later.
MONDAY, WEDNESDAY = "2026-03-02 10:00", "2026-03-04 10:00"


@pytest.fixture
def book(db: None, monkeypatch: pytest.MonkeyPatch) -> Book:
    freeze(monkeypatch, MONDAY)
    return open_book()


@pytest.fixture
def order(book: Book) -> Order:
    return book.order()


def quoted(book: Book, order: Order, price_cents: int = 12000, days: int = 7) -> Quote:
    return services.quote_order(book.operator, order, price_cents=price_cents, days=days, reason="需另制夹具")


def again(order: Order) -> Order:
    return Order.objects.select_related("case").get(pk=order.pk)


# --- quotes ----------------------------------------------------------------------------------------------
def test_a_quote_changes_nothing_until_the_client_accepts_it(book: Book, order: Order) -> None:
    quote = quoted(book, order)
    waiting = again(order)
    assert (waiting.case.state, waiting.case.waiting_on, waiting.price_cents) == ("quoted", book.client, 10000)
    assert (quote.was_cents, quote.was_days, quote.valid_until) == (10000, 5, date(2026, 3, 17))
    services.accept_quote(book.buyer, order)
    agreed = again(order)
    assert (agreed.case.state, agreed.price_cents, agreed.days) == ("accepted", 12000, 7)
    # What the order was placed for stays known, and the quote is frozen as accepted.
    assert (agreed.placed_cents, agreed.placed_days) == (10000, 5)
    quote.refresh_from_db()
    assert quote.state == Quote.State.ACCEPTED


def test_an_accepted_quote_is_a_promise_by_its_own_days(book: Book, order: Order) -> None:
    quoted(book, order, days=7)
    services.accept_quote(book.buyer, order)
    # 7 working days of work, 2 of review, 2 of decision, 1 of delivery.
    assert again(order).promised_on == date(2026, 3, 18)


def test_who_refuses_a_quote_keeps_to_the_plan_and_the_institution_goes_on(book: Book, order: Order) -> None:
    quote = quoted(book, order)
    services.refuse_quote(book.buyer, order, reason="请按方案办理")
    quote.refresh_from_db()
    assert (again(order).case.state, quote.state) == ("offered", Quote.State.REFUSED)
    # The clock of the institution runs anew, and so it may accept, quote or decline.
    assert Clock.objects.filter(case=order.case, name="acceptance", stopped_at=None).count() == 1
    services.accept_order(book.operator, order)
    assert again(order).price_cents == 10000


def test_a_further_quote_takes_the_place_of_the_open_one(book: Book, order: Order) -> None:
    first = quoted(book, order)
    second = quoted(book, order, 11000, 5)
    first.refresh_from_db()
    assert (first.state, second.state) == (Quote.State.WITHDRAWN, Quote.State.OPEN)
    services.accept_quote(book.buyer, order)
    assert again(order).price_cents == 11000


def test_two_quotes_are_never_open_at_once(book: Book, order: Order) -> None:
    quote = quoted(book, order)
    with pytest.raises(IntegrityError), transaction.atomic():
        Quote.objects.create(
            order=order, price_cents=1, days=1, was_cents=1, was_days=1, reason="x", valid_until=quote.valid_until
        )


def test_terms_bind_until_their_day_and_not_longer(book: Book, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    quoted(book, order)
    freeze(monkeypatch, "2026-03-18 09:00")
    with pytest.raises(Conflict) as refused:
        services.accept_quote(book.buyer, order)
    assert refused.value.reason == "guard-quote-valid"
    services.refuse_quote(book.buyer, order, reason="已过期")


@pytest.mark.parametrize(
    ("price_cents", "days", "wrong"),
    [(0, 5, ["price_cents"]), (-1, 0, ["price_cents", "days"]), (10**12, 366, ["price_cents", "days"])],
)
def test_a_quote_that_is_none_is_refused_by_field(
    book: Book, order: Order, price_cents: int, days: int, wrong: list[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        quoted(book, order, price_cents, days)
    assert [error.field for error in refused.value.errors] == wrong
    assert again(order).case.state == "offered" and not Quote.objects.exists()


def test_the_same_terms_are_no_quote(book: Book, order: Order) -> None:
    with pytest.raises(Invalid) as refused:
        quoted(book, order, 10000, 5)
    assert "直接接受" in str(refused.value.errors[0].message)


def test_nobody_accepts_a_quote_for_the_client(book: Book, order: Order) -> None:
    quoted(book, order)
    with pytest.raises(Denied):
        services.accept_quote(book.operator, order)


@pytest.mark.parametrize("end", ["decline", "cancel"])
def test_an_open_quote_ends_with_its_order(book: Book, order: Order, end: str) -> None:
    quote = quoted(book, order)
    if end == "decline":
        services.decline_order(book.operator, order, reason="做不了")
    else:
        services.cancel_order(book.buyer, order, reason="不做了")
    quote.refresh_from_db()
    assert quote.state != Quote.State.OPEN


def test_both_sides_are_told_of_a_quote(book: Book, order: Order) -> None:
    quoted(book, order)
    entry = Entry.objects.get(act="testing.order.quote")
    assert entry.facts["price_cents"] == [10000, 12000]
    told = set(Notice.objects.filter(entry=entry).values_list("organisation__name_zh", flat=True))
    assert told == {"示范企业", "示范检测机构"}


# --- promises --------------------------------------------------------------------------------------------
def test_a_promise_follows_from_the_agreed_days_by_the_working_calendar(book: Book, order: Order) -> None:
    services.accept_order(book.operator, order)
    accepted = again(order)
    # 5 working days of work, 5 of handling.
    assert accepted.promised_on == accepted.first_promised_on == date(2026, 3, 16)


def test_a_promise_waits_for_the_samples_as_long_as_they_let_wait(
    book: Book, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.accept_order(book.operator, order)
    freeze(monkeypatch, WEDNESDAY)
    services.receive_samples(book.operator, order, quantity="1", condition="good")
    moved = again(order)
    # Two working days late: two working days later, and that is no fault of the institution's.
    assert moved.promised_on == moved.first_promised_on == date(2026, 3, 18)


def test_samples_on_the_same_day_change_no_promise(book: Book, order: Order) -> None:
    book.bring(order, "working")
    assert again(order).promised_on == date(2026, 3, 16)


def test_who_puts_a_promise_off_says_why_and_how_long(book: Book, order: Order) -> None:
    book.bring(order, "working")
    services.postpone_order(book.operator, order, promised_on=date(2026, 3, 25), reason="设备检修")
    later = again(order)
    assert (later.promised_on, later.first_promised_on) == (date(2026, 3, 25), date(2026, 3, 16))
    for day in (date(2026, 3, 25), date(2026, 3, 1)):
        with pytest.raises(Invalid):
            services.postpone_order(book.operator, order, promised_on=day, reason="又检修")
    with pytest.raises(Invalid):
        services.postpone_order(book.operator, order, promised_on=date(2026, 4, 1), reason=" ")


# --- leaving ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("state", ["accepted", "working", "in_review", "for_decision"])
def test_an_institution_that_cannot_finish_says_so_and_the_order_is_lost(book: Book, state: str) -> None:
    order = book.bring(book.order(), state)
    services.give_up_order(book.operator, order, reason="试验台损坏，修复需两个月")
    ended = again(order)
    assert (ended.case.state, ended.ending, ended.case.due_at) == ("failed", "institution", None)


def test_a_client_that_changes_its_mind_is_the_cause(book: Book) -> None:
    order = book.bring(book.order(), "working")
    services.withdraw_order(book.buyer, order, reason="产品停产")
    ended = again(order)
    assert (ended.case.state, ended.ending) == ("cancelled", "client")


def test_past_the_first_promise_the_institution_is_the_cause_however_often_it_put_it_off(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = book.bring(book.order(), "working")
    services.postpone_order(book.operator, order, promised_on=date(2026, 5, 1), reason="设备检修")
    freeze(monkeypatch, "2026-03-17 09:00")
    services.withdraw_order(book.buyer, order, reason="等不及")
    assert again(order).ending == "institution"


def test_a_scope_lost_in_the_middle_stops_the_report_and_lets_the_client_leave(book: Book) -> None:
    order = book.bring(book.order(), "for_decision")
    Recognition.objects.filter(organisation=book.institution).update(state="suspended")
    with pytest.raises(Conflict) as refused:
        services.issue_report(book.signatory, order)
    assert refused.value.reason == "guard-scope"
    services.withdraw_order(book.buyer, order, reason="机构资质暂停")
    assert again(order).ending == "institution"


@pytest.mark.parametrize("act", ["give_up", "withdraw", "report_loss", "postpone"])
def test_work_that_has_led_to_a_report_does_not_come_to_nothing(book: Book, act: str) -> None:
    order = book.bring(book.order(), "delivered")
    services.amend_report(book.signatory, order, reason="型号写错")
    acts = {
        "give_up": lambda: services.give_up_order(book.operator, order, reason="不改了"),
        "withdraw": lambda: services.withdraw_order(book.buyer, order, reason="不要了"),
        "report_loss": lambda: services.report_loss(book.operator, order, reason="丢了"),
        "postpone": lambda: services.postpone_order(
            book.operator, order, promised_on=date(2027, 1, 1), reason="晚一点"
        ),
    }
    with pytest.raises(Conflict) as refused:
        acts[act]()
    assert refused.value.reason == "guard-no-report"


# --- samples ---------------------------------------------------------------------------------------------
def test_a_lost_sample_is_sent_again_under_a_further_label(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    order = book.bring(book.order(), "working")
    book.enter(order)
    freeze(monkeypatch, "2026-03-10 10:00")
    services.report_loss(book.operator, order, reason="库房漏水，样品浸泡")
    waiting = again(order)
    assert (waiting.case.state, waiting.case.waiting_on) == ("accepted", book.client)
    samples = list(Sample.objects.filter(case=order.case).order_by("id").values_list("label", "state"))
    number = order.case.number
    assert samples == [(f"{number}-S1", "lost"), (f"{number}-S2", "announced")]
    # The work begins anew; that is the institution's affair: its first promise stands.
    assert (waiting.promised_on, waiting.first_promised_on) == (date(2026, 3, 24), date(2026, 3, 16))
    # What was recorded is kept until it is entered anew.
    assert order.case.results.get().value == "24.1"
    services.receive_samples(book.operator, order, quantity="1", condition="good")
    states = dict(Sample.objects.filter(case=order.case).values_list("label", "state"))
    assert states == {f"{number}-S1": "lost", f"{number}-S2": "received"}
    assert again(order).case.state == "working"


def test_the_client_may_leave_instead_of_sending_another_sample(book: Book) -> None:
    order = book.bring(book.order(), "working")
    services.report_loss(book.operator, order, reason="快递途中遗失")
    services.cancel_order(book.buyer, order, reason="没有第二件样品")
    assert again(order).case.state == "cancelled"


def test_only_what_was_received_is_lost(book: Book, order: Order) -> None:
    services.accept_order(book.operator, order)
    with pytest.raises(Conflict) as refused:
        services.report_loss(book.operator, order, reason="丢了")
    assert refused.value.reason == "wrong-state"


def test_every_day_of_the_calendar_takes_a_promise(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever day an order is accepted, the promise is a working day after it."""
    for offset in range(0, 60, 7):
        freeze(monkeypatch, f"{date(2026, 1, 26) + timedelta(days=offset)} 23:30")
        order = book.order()
        services.accept_order(book.operator, order)
        promised = again(order).promised_on
        assert promised and promised > date(2026, 1, 26) + timedelta(days=offset) and promised.weekday() < 7


# --- scopes ----------------------------------------------------------------------------------------------
def test_both_sides_are_told_once_when_the_scope_is_lost_and_once_when_it_is_back(book: Book) -> None:
    order, untouched = book.bring(book.order(), "working"), book.order()
    assert services.watch_scopes() == (0, 0)
    Recognition.objects.filter(organisation=book.institution).update(state="suspended")
    assert services.watch_scopes() == (1, 0)
    assert services.watch_scopes() == (0, 0)
    assert again(order).scope_lost_on == date(2026, 3, 2)
    # What is not accepted yet is refused when it is to be accepted.
    assert again(untouched).scope_lost_on is None
    told = Notice.objects.filter(entry__act="testing.order.lose_scope").values_list("organisation__name_zh", flat=True)
    assert set(told) == {"示范企业", "示范检测机构"}
    assert "机构能力失效" in browse(book.buyer).get(f"/orders/{order.case.uid}/").content.decode()
    Recognition.objects.filter(organisation=book.institution).update(state="valid")
    assert services.watch_scopes() == (0, 1)
    assert again(order).scope_lost_on is None
