"""The chain of custody: each hand-over is a link that is added; only the institution reads where a sample lies."""

from __future__ import annotations

import pytest

from quanheng.domains.testing import queries, services
from quanheng.domains.testing.models import Order
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound
from quanheng.kernel.objects.custody import dispose_sample, move_sample, return_sample
from quanheng.kernel.objects.models import HandOver, Sample
from quanheng.kernel.parties.roles import Role
from tests.browse import browse
from tests.orderbook import Book, open_book


@pytest.fixture
def book(db: None) -> Book:
    return open_book()


@pytest.fixture
def order(book: Book) -> Order:
    return book.bring(book.order(), "working")


def sample(order: Order) -> Sample:
    return order.case.samples.order_by("-id")[0]


def chain(order: Order) -> list[tuple[str, str, str]]:
    links = HandOver.objects.filter(sample__case=order.case).order_by("id")
    return [(one.kind, one.to, one.place) for one in links]


def test_a_chain_begins_with_receipt_and_every_move_is_added(book: Book, order: Order) -> None:
    move_sample(book.operator, sample(order), to="力学组 李工", place="恒温室 A-3")
    move_sample(book.operator, sample(order), place="留样库 2 排")
    assert chain(order) == [("received", "", ""), ("moved", "力学组 李工", "恒温室 A-3"), ("moved", "", "留样库 2 排")]
    assert {one.by_id for one in HandOver.objects.all()} == {book.operator.person_id}


def test_a_move_says_to_whom_or_where(book: Book, order: Order) -> None:
    with pytest.raises(Invalid) as refused:
        move_sample(book.operator, sample(order))
    assert refused.value.errors[0].field == "place"


def test_what_is_still_worked_on_is_neither_returned_nor_disposed_of(book: Book, order: Order) -> None:
    for act in (
        lambda: return_sample(book.operator, sample(order), to="王芳"),
        lambda: dispose_sample(book.operator, sample(order), reason="破坏性试验"),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.reason == "case-open"


@pytest.mark.parametrize("end", ["return", "dispose"])
def test_a_sample_ends_once(book: Book, order: Order, end: str) -> None:
    book.bring(order, "delivered")
    if end == "return":
        return_sample(book.operator, sample(order), to="SF1234567890", condition="完好")
    else:
        dispose_sample(book.operator, sample(order), reason="留样期满，按规定销毁")
    assert sample(order).state == ("returned" if end == "return" else "disposed")
    with pytest.raises(Conflict) as refused:
        move_sample(book.operator, sample(order), to="李工")
    assert refused.value.reason == "sample-not-here"


def test_a_lost_sample_ends_its_chain_and_the_next_begins_its_own(book: Book, order: Order) -> None:
    services.report_loss(book.operator, order, reason="浸水")
    services.receive_samples(book.operator, order, quantity="1", condition="完好")
    by_label: dict[str, list[str]] = {}
    for link in HandOver.objects.select_related("sample").order_by("id"):
        by_label.setdefault(link.sample.label[-2:], []).append(link.kind)
    assert by_label == {"S1": ["received", "lost"], "S2": ["received"]}


def test_where_a_sample_lies_is_not_for_the_client(book: Book, order: Order) -> None:
    move_sample(book.operator, sample(order), place="恒温室 A-3")
    assert queries.custody(book.buyer, order) == {}
    assert len(queries.custody(book.operator, order)[sample(order).pk]) == 2
    address = f"/orders/{order.case.uid}/"
    assert "恒温室 A-3" in browse(book.operator).get(address).content.decode()
    assert "恒温室 A-3" not in browse(book.buyer).get(address).content.decode()


def test_only_those_who_keep_samples_hand_them_over(book: Book, order: Order) -> None:
    with pytest.raises(Denied):
        move_sample(book.buyer, sample(order), to="我")
    with pytest.raises(Denied):
        move_sample(book.reviewer, sample(order), to="我")
    with pytest.raises(NotFound):
        move_sample(book.actor(book.outsider, Role.OPERATOR), sample(order), to="我")


def test_pages_lead_through_a_hand_over(book: Book, order: Order) -> None:
    lab, label = browse(book.operator), sample(order).label
    address = f"/orders/{order.case.uid}/"
    assert f"samples/{label}/move/" in lab.get(address).content.decode()
    assert lab.post(f"{address}samples/{label}/move/", {"to": "", "place": ""}).status_code == 422
    assert lab.post(f"{address}samples/{label}/move/", {"to": "李工", "place": ""}).status_code == 302
    assert "李工" in lab.get(address).content.decode()
    assert lab.get(f"{address}samples/none/move/").status_code == 404
