"""Every page of an act opens for whoever can do the act as things stand, and leads everybody else back with the reason.

What is offered on a record's page and what opens are the same: walked for every act, in telling states, by both sides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from quanheng.domains.testing import services
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.views import orders, refunds, samples, settling
from quanheng.kernel.attestations.services import CHANGES
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.results.services import attach_raw_file
from tests.browse import browse
from tests.orderbook import Book, open_book

pytestmark = pytest.mark.any_database


@pytest.fixture
def book(db: None) -> Book:
    return open_book()


def offered(client: Client, page: str) -> set[str]:
    """The addresses that a record's page leads to below itself."""
    content = client.get(page).content.decode()
    links = re.findall(r'href="([^"#?]+/)"', content) + re.findall(r'action="([^"#?]+/)"', content)
    return {one if one.startswith("/") else f"{page}{one}" for one in links}


def check(client: Client, page: str, act: str) -> bool:
    """Whether the page of an act opens; where it does not, it leads back with a word. It opens where it is offered."""
    answer = client.get(act)
    if answer.status_code == 200:
        assert act in offered(client, page), f"{act} opens and is offered nowhere"
        return True
    if answer.status_code == 404:  # what it is about is not theirs to see
        assert act not in offered(client, page)
        return False
    assert (answer.status_code, answer.headers["Location"].split("#")[0]) == (302, page), act
    told = " ".join(str(one) for one in client.get(page).context["messages"])
    assert told, f"{act} leads back without a word"
    assert act not in offered(client, page), f"{act} is offered and does not open"
    return False


def steward(book: Book) -> Actor:
    return book.actor(book.institution, Role.QUALITY_MANAGER)


def acts_of(order: Order) -> Iterator[str]:
    page = f"/orders/{order.case.uid}/"
    label = order.case.samples.order_by("id")[0].label
    yield from (f"{page}{name}/" for name in (*orders.FORMS, "enter", *settling.STEPS, "subcontract"))
    yield from (f"{page}samples/{label}/{name}/" for name in samples.ACTS)
    yield from (
        f"{page}files/{raw.uid}/{name}/" for raw in order.case.raw_files.all() for name in ("withdraw", "erase")
    )


@pytest.mark.parametrize("state", ["offered", "accepted", "working", "for_decision", "delivered"])
def test_pages_of_acts_on_an_order(book: Book, state: str) -> None:
    order = book.order()
    if state in ("working", "for_decision", "delivered"):
        book.bring(order, "working")
        attach_raw_file(book.operator, order.case, file=ContentFile(b"%PDF-1.7"), name="a.pdf")
    book.bring(order, state)
    if state == "delivered":
        services.bill_order(book.operator, order)
    page, opened = f"/orders/{order.case.uid}/", set()
    for actor in (book.buyer, book.operator, book.signatory, steward(book), book.officer):
        client = browse(actor)
        mine = {act for act in acts_of(order) if check(client, page, act)}
        assert not (mine and actor is book.officer)
        opened |= mine
    assert opened


def test_pages_of_acts_on_a_charge_are_those_of_its_order(book: Book) -> None:
    order = book.bring(book.order(), "delivered")
    charge = services.bill_order(book.operator, order)
    for name in refunds.STEPS:
        answer = browse(book.buyer).get(f"/settlements/{charge.uid}/{name}/")
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/orders/{order.case.uid}/")


def test_pages_of_acts_on_a_report(book: Book) -> None:
    order = book.bring(book.order(), "delivered")
    order.refresh_from_db()
    assert order.attestation is not None
    page = f"/r/{order.attestation.uid}"
    for actor, open_ones in ((steward(book), {"suspend", "withdraw"}), (book.operator, set())):
        client = browse(actor)
        acts = [f"{page}/{name}/" for name in CHANGES]
        assert {act.split("/")[-2] for act in acts if check(client, page, act)} == open_ones
