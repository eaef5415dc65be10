"""The case engine, driven through orders: states and refusals, guards, parents, numbers, what each actor may do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from quanheng.domains.testing import services as orders
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.process import ORDER
from quanheng.kernel.audit.models import Entry
from quanheng.kernel.audit.queries import case_story, row_story
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound, Refusal
from quanheng.kernel.cases.describing import describe_all
from quanheng.kernel.cases.models import Case, Series
from quanheng.kernel.cases.process import PROCESSES
from quanheng.kernel.cases.services import ACTIONS, next_number, options
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.results.services import Entered
from tests.orderbook import Book, open_book

pytestmark = pytest.mark.django_db

STATES = ("offered", "quoted", "accepted", "working", "in_review", "for_decision", "issued", "delivered")


@pytest.fixture
def book(db: None) -> Book:
    return open_book()


def test_an_order_runs_from_offer_to_delivery_and_each_move_leaves_one_entry(book: Book) -> None:
    order = book.bring(book.order(), "delivered")
    acts = Entry.objects.filter(case=order.case).order_by("id").values_list("act", "facts__state")
    assert [tuple(row) for row in acts] == [
        ("testing.order.place", None),
        ("testing.order.accept", ["offered", "accepted"]),
        ("testing.order.receive", ["accepted", "working"]),
        ("testing.order.enter", None),
        ("testing.order.submit", ["working", "in_review"]),
        ("testing.order.review", ["in_review", "for_decision"]),
        ("testing.order.issue", ["for_decision", "issued"]),
        ("testing.order.deliver", ["issued", "delivered"]),
    ]
    assert order.case.closed_at is not None
    assert order.case.waiting_on is None
    assert order.case.due_at is None


def test_why_the_institution_sent_results_back_is_its_own_affair(book: Book) -> None:
    order = book.bring(book.order(), "in_review")
    orders.return_for_correction(book.reviewer, order, reason="第 1 项请复测")
    read = {}
    for who in (book.buyer, book.operator, book.officer):
        for stories in (case_story(who, order.case), row_story(who, order)):
            told = next(one for one in stories if one.act == "testing.order.return_for_correction")
            assert told.state is not None
            read.setdefault(who.name, set()).add(told.reason)
    assert read == {book.buyer.name: {""}, book.operator.name: {"第 1 项请复测"}, book.officer.name: {"第 1 项请复测"}}
    orders.submit_results(book.operator, order)
    # What the institution says to the client is told, on the commission as on the order.
    declined = book.order()
    orders.decline_order(book.operator, declined, reason="设备送修")
    assert case_story(book.buyer, declined.case)[0].reason == "设备送修"
    assert declined.case.parent is not None
    assert case_story(book.buyer, declined.case.parent, children=True)[0].reason == "设备送修"


def test_a_move_from_the_wrong_state_tells_who_did_what_when(book: Book) -> None:
    order = book.order()
    orders.accept_order(book.operator, order)
    with pytest.raises(Conflict) as refused:
        orders.accept_order(book.operator, order)
    assert refused.value.reason == "wrong-state"
    told = str(refused.value)
    moment = timezone.localtime(Entry.objects.latest("id").at).strftime("%Y-%m-%d %H:%M")
    assert "待收样" in told and book.operator.name in told and moment in told and "接受委托" in told


def test_a_refused_move_changes_nothing(book: Book) -> None:
    order = book.order()
    before = Case.objects.filter(pk=order.case_id).values().get(), Entry.objects.count()
    for attempt in (
        lambda: orders.receive_samples(book.operator, order, quantity="1", condition="good"),
        lambda: orders.accept_order(book.buyer, order),
        lambda: orders.decline_order(book.operator, order, reason=" "),
    ):
        with pytest.raises(Refusal):
            attempt()
    assert (Case.objects.filter(pk=order.case_id).values().get(), Entry.objects.count()) == before


def test_an_outsider_is_told_that_there_is_no_such_order(book: Book) -> None:
    order = book.order()
    with pytest.raises(NotFound):
        orders.accept_order(book.actor(book.outsider, Role.OPERATOR), order)
    with pytest.raises(Denied):
        orders.accept_order(book.buyer, order)


def test_guards_refuse_with_their_reason_and_name(book: Book) -> None:
    order = book.bring(book.order(), "working")
    with pytest.raises(Conflict) as refused:
        orders.submit_results(book.operator, order)
    assert refused.value.reason == "guard-complete"
    book.enter(order)
    orders.submit_results(book.operator, order)
    both = book.actor(book.institution, Role.OPERATOR, Role.REVIEWER)
    with pytest.raises(Conflict) as refused:
        orders.review_results(both, order)
    assert refused.value.reason == "guard-second-person"


def _arguments(book: Book) -> dict[str, dict[str, Any]]:
    row = Entered(1, "24.1", "km/h", "0.2", "2", (book.instrument.uid,), timezone.localdate())
    return {
        "decline": {"reason": "忙"},
        "cancel": {"reason": "改"},
        "receive": {"quantity": "1", "condition": "好"},
        "refuse_samples": {"reason": "坏"},
        "return_for_correction": {"reason": "错"},
        "enter": {"rows": [row]},
        "amend": {"reason": "误"},
        "quote": {"price_cents": 12345, "days": 6, "reason": "另制夹具"},
        "refuse_quote": {"reason": "按方案办理"},
        "postpone": {"promised_on": timezone.localdate() + timedelta(days=90), "reason": "设备检修"},
        "give_up": {"reason": "设备损坏"},
        "withdraw": {"reason": "改款"},
        "report_loss": {"reason": "运输中损坏"},
        "abandon_amendment": {"reason": "无误"},
    }


def _outcome(perform: Callable[[], Any]) -> str:
    """``done`` or what kind of refusal; nothing is kept either way."""
    with transaction.atomic():
        try:
            perform()
            return "done"
        except Conflict as refused:
            return refused.reason
        except (Denied, NotFound) as refused:
            return type(refused).code
        except Invalid:
            return "invalid"
        finally:
            transaction.set_rollback(True)


@pytest.mark.parametrize("state", STATES)
def test_options_are_what_acting_really_allows(book: Book, state: str) -> None:
    """Every move, from every state, for every role on both sides, an outsider and a regulator."""
    order = book.bring(book.order(), state)
    sides = (book.client, book.institution, book.outsider, book.regulator)
    arguments = _arguments(book)
    seen = set()
    for organisation in sides:
        for role in Role.values:
            actor = book.actor(organisation, role)
            row = Order.objects.select_related("case").get(pk=order.pk)
            offered = {option.step.name: option for option in options(actor, row)}
            for name in ORDER.by_move:
                perform = ACTIONS[ORDER.name, name]
                outcome = _outcome(lambda: perform(actor, row, **arguments.get(name, {})))  # noqa: B023
                if name not in offered:
                    hidden = {f"guard-{guard.name}" for guard in ORDER.by_move[name].guards if guard.hides}
                    assert outcome in {"wrong-state", "denied", "not-found", *hidden}, (organisation, role, name)
                elif offered[name].possible:
                    assert outcome == "done", (organisation, role, name, outcome)
                else:
                    assert outcome.startswith("guard-"), (organisation, role, name, outcome)
                seen.add(outcome)
    assert {"done", "denied", "not-found"} <= seen


def test_the_parent_completes_when_its_last_order_closes_and_not_before(book: Book) -> None:
    commission = book.commission()
    first, second = book.order(commission), book.order(commission)
    book.bring(first, "delivered")
    commission.case.refresh_from_db()
    assert commission.case.state == "under_way"
    book.bring(second, "delivered")
    commission.case.refresh_from_db()
    assert (commission.case.state, commission.case.closed_at is None) == ("completed", False)
    last, cause = Entry.objects.order_by("-id")[:2]
    assert {last.act, cause.act} == {"services.commission.complete", "testing.order.deliver"}
    assert last.errand == cause.errand
    platform = last if last.act == "services.commission.complete" else cause
    assert platform.actor_id is None


def test_a_failed_order_keeps_the_parent_open_until_the_client_decides(book: Book) -> None:
    commission = book.commission()
    orders.decline_order(book.operator, book.order(commission), reason="设备检修")
    commission.case.refresh_from_db()
    assert (commission.case.state, commission.case.waiting_on, commission.case.closed_at) == (
        *("to_answer", book.client),
        None,
    )


def test_numbers_have_no_gap_even_after_failures(book: Book) -> None:
    year = timezone.localdate().year
    made = [book.order().case.number for _ in range(3)]
    for _ in range(2):
        with pytest.raises(Invalid):
            orders.place_order(
                book.buyer,
                book.commission().case,
                institution=book.institution,
                activity="testing",
                family=book.family,
                object_name="x",
                object_model="",
                items=[],
                price_cents=1,
                days=1,
            )
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            book.order()
            raise ZeroDivisionError
    made.append(book.order().case.number)
    assert made == [f"RW{year}-{n:06d}" for n in range(1, 5)]


def test_series_are_independent(db: None) -> None:
    assert [next_number("a"), next_number("b"), next_number("a")] == [1, 1, 2]
    assert dict(Series.objects.values_list("name", "last")) == {"a": 2, "b": 1}


def test_a_move_costs_a_known_number_of_queries(book: Book) -> None:
    """What one move asks of the database, so that a new query is noticed: see benchmarks/bench_acts.py."""
    order = book.order()
    book.operator  # noqa: B018 - made before counting
    with CaptureQueriesContext(connection) as asked:
        orders.accept_order(book.operator, order)
    told = [query["sql"] for query in asked.captured_queries]
    assert len(told) <= 16, "\n".join(told)


def test_the_platform_alone_performs_automatic_moves(book: Book) -> None:
    commission = book.commission()
    actor = Actor(person_id=book.buyer.person_id, name="x", posts=book.buyer.posts)
    with pytest.raises(Denied):
        ACTIONS["services.commission", "complete"](actor, commission)


def test_the_documentation_of_processes_is_up_to_date() -> None:
    page = Path(__file__).resolve().parent.parent / "docs" / "developers" / "processes.md"
    shipped = [process for process in PROCESSES.values() if not process.name.startswith("test.")]
    assert page.read_text(encoding="utf-8") == describe_all(shipped), "run ./qh manage describe_processes"
