"""Pages of orders: who sees what, what is refused and how it is told, how many queries they cost."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from quanheng.domains.testing.models import Order
from quanheng.domains.testing.services import submit_results
from quanheng.kernel.cases.models import Case
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.results.models import Result
from tests.browse import browse
from tests.orderbook import Book, open_book

MaxQueries = Callable[[int], AbstractContextManager[Any]]
STATES = ("offered", "accepted", "working", "in_review", "for_decision", "issued", "delivered")


@pytest.fixture
def book(db: None) -> Book:
    return open_book()


@pytest.fixture
def order(book: Book) -> Order:
    return book.order()


def url(order: Order, rest: str = "") -> str:
    return f"/orders/{order.case.uid}/{rest}"


def told(client: Client, address: str) -> str:
    """The messages that the next page shows."""
    page = client.get(address)
    return " ".join(str(message) for message in page.context["messages"])


def put(client: Client, order: Order, *rows: dict[str, str]) -> Any:
    return client.put(url(order, "rows/"), json.dumps({"version": "1", "rows": rows}), content_type="application/json")


def row(book: Book, **changes: str) -> dict[str, str]:
    good = {"id": "1", "value": "24.1", "unit": "km/h", "uncertainty": "0.2", "k": "2"}
    good |= {"instrument": book.instrument.uid, "measured_on": book_day(), "environment": "", "remark": ""}
    return good | changes


def book_day() -> str:
    return f"{timezone.localdate():%Y/%m/%d}"


@pytest.mark.parametrize("state", STATES)
def test_both_sides_and_the_regulator_see_an_order_in_every_state(book: Book, order: Order, state: str) -> None:
    book.bring(order, state)
    for actor in (book.buyer, book.operator, book.officer):
        page = browse(actor).get(url(order))
        assert page.status_code == 200
        assert order.case.number in page.content.decode()


def test_the_commission_above_is_a_way_only_for_those_who_may_open_it(book: Book, order: Order) -> None:
    above = f'href="/commissions/{parent(order, book)}/"'
    assert above in browse(book.buyer).get(url(order)).content.decode()
    page = browse(book.operator).get(url(order)).content.decode()
    assert above not in page and "SF-ABOVE" in page


def parent(order: Order, book: Book) -> str:
    """Hang the order under a commission of its client, which the institution has no part in."""
    now = timezone.now()
    above = Case.objects.create(
        process="services.commission",
        number="SF-ABOVE",
        title="委托",
        state="open",
        client=book.client,
        region_code="120101",
        opened_at=now,
        changed_at=now,
    )
    Case.objects.filter(pk=order.case_id).update(parent=above)
    return above.uid


def test_an_order_is_hidden_from_outsiders_and_visitors(book: Book, order: Order) -> None:
    stranger = browse(book.actor(book.outsider, Role.OPERATOR))
    for rest in ("", "labels/", "enter/", "accept/"):
        assert stranger.get(url(order, rest)).status_code == 404
        assert browse().get(url(order, rest)).status_code == 404
    assert stranger.post(url(order, "accept/")).status_code == 404
    assert put(stranger, order, row(book)).status_code == 404
    assert order.case.number not in stranger.get("/orders/").content.decode()
    assert browse().get("/orders/").status_code == 302


def test_pages_of_an_order_cost_few_queries(
    book: Book, order: Order, django_assert_max_num_queries: MaxQueries
) -> None:
    buyer, operator, reviewer, signatory = map(browse, (book.buyer, book.operator, book.reviewer, book.signatory))
    for client in (buyer, operator, reviewer, signatory):
        client.get(url(order))
    for state in STATES:
        book.bring(order, state)
        looks = [(client, "") for client in (buyer, operator, reviewer, signatory)] + [(operator, "labels/")]
        looks += {"working": [(operator, "enter/")], "in_review": [(reviewer, "review/")]}.get(state, [])
        looks += {"for_decision": [(signatory, "issue/")], "issued": [(operator, "deliver/")]}.get(state, [])
        for client, rest in looks:
            # Whoever may sign asks once more whether he is authorised; who decides sees the gate, of eight questions.
            deciding = 8 if rest in ("review/", "issue/") else 0
            with django_assert_max_num_queries((16 if state == "for_decision" else 15) + deciding):
                assert client.get(url(order, rest)).status_code == 200, (state, rest)
    with django_assert_max_num_queries(15):
        assert operator.get("/orders/?state=delivered").status_code == 200


def test_moves_ask_show_what_is_wrong_and_then_are_done(book: Book, order: Order) -> None:
    operator = browse(book.operator)
    assert operator.get(url(order, "accept/")).status_code == 200
    page = operator.post(url(order, "accept/"), {"promised_on": "2020-01-01"})
    assert "承诺日期不能早于今天" in page.content.decode()
    assert operator.post(url(order, "accept/"), {}).status_code == 302
    assert "已接受委托" in told(operator, url(order))
    page = operator.post(url(order, "receive/"), {"quantity": " ", "condition": "完好"})
    assert page.status_code == 200
    assert page.context["form"].errors["quantity"]
    assert operator.post(url(order, "receive/"), {"quantity": "1", "condition": "完好"}).status_code == 302
    order.case.refresh_from_db()
    assert order.case.state == "working"


def test_a_move_out_of_turn_or_role_is_told_on_the_order(book: Book, order: Order) -> None:
    buyer = browse(book.buyer)
    assert buyer.get(url(order, "accept/")).status_code == 302
    assert "不允许" in told(buyer, url(order))
    assert buyer.post(url(order, "accept/")).status_code == 302
    assert "角色" in told(buyer, url(order))
    operator = browse(book.operator)
    operator.post(url(order, "deliver/"))
    assert "当前状态" in told(operator, url(order))
    assert operator.get(url(order, "enter/")).status_code == 302
    order.case.refresh_from_db()
    assert order.case.state == "offered"


def test_the_grid_names_row_and_column_of_what_is_wrong(book: Book, order: Order) -> None:
    book.bring(order, "working")
    operator = browse(book.operator)
    for column, value in (("uncertainty", ""), ("unit", "kg"), ("instrument", ""), ("measured_on", "2026/13/1")):
        answer = put(operator, order, row(book, **{column: value}))
        assert answer.status_code == 422
        assert answer["Content-Type"] == "application/problem+json"
        assert [(one["row"], one["field"]) for one in answer.json()["errors"]] == [(0, column)]
    assert Result.objects.get(case_id=order.case_id).value == ""
    assert put(browse(book.reviewer), order, row(book)).status_code == 403
    for body in (b"", b"{}", b'{"rows": [{"id": "x"}]}', b'{"rows": 7}', b"[1]"):
        answer = operator.put(url(order, "rows/"), body, content_type="application/json")
        assert answer.status_code == 422, body


def test_the_grid_takes_dates_as_spreadsheets_write_them(book: Book, order: Order) -> None:
    book.bring(order, "working")
    answer = put(browse(book.operator), order, row(book))
    assert answer.status_code == 200
    order.case.refresh_from_db()
    assert answer.json()["version"] == order.case.changed_at.isoformat()
    assert Result.objects.get(case_id=order.case_id).value == "24.1"


def test_who_decides_sees_the_value_on_its_scale_and_the_decision(book: Book, order: Order) -> None:
    book.bring(order, "working")
    book.enter(order, "25.6")
    submit_results(book.operator, order)
    reviewer = browse(book.reviewer)
    page = reviewer.get(url(order, "review/"))
    assert [(one.margin, one.inside) for one in page.context["glances"].rows] == [("0.6", False)]
    assert "不符合" in page.content.decode()
    assert reviewer.post(url(order, "review/")).status_code == 302
    signatory = browse(book.signatory)
    page = signatory.get(url(order, "issue/"))
    assert "不符合" in page.content.decode()
    assert page.context["statement"].statement.number == ""
    page = signatory.post(url(order, "issue/"), {"conclusion": "长" * 301})
    assert page.status_code == 200
    assert page.context["form"].errors["conclusion"]
    assert signatory.post(url(order, "issue/"), {"conclusion": ""}).status_code == 302
    order.refresh_from_db()
    assert order.attestation is not None
    page = browse(book.operator).get(url(order, "deliver/"))
    assert order.attestation.number in page.content.decode()


def test_labels_name_the_sample_not_the_client(book: Book, order: Order) -> None:
    page = browse(book.operator, "en").get(url(order, "labels/")).content.decode()
    assert f"{order.case.number}-S1" in page
    assert book.client.name_zh not in page


def test_words_of_others_are_shown_as_text(book: Book, order: Order) -> None:
    script = "<script>alert(1)</script>"
    operator = browse(book.operator)
    operator.post(url(order, "decline/"), {"reason": script})
    page = operator.get(url(order)).content.decode()
    assert script not in page
    assert "&lt;script&gt;" in page
