"""Settling: what an order is charged at, the payment that the client reports, its receipt. Integer cents throughout."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from quanheng.domains.testing import services
from quanheng.domains.testing.models import Order, Settlement
from quanheng.domains.testing.queries import settlements
from quanheng.kernel.audit.models import Entry
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound
from quanheng.kernel.parties.roles import Role
from tests.browse import browse
from tests.orderbook import Book, open_book


@pytest.fixture
def book(db: None) -> Book:
    return open_book()


@pytest.fixture
def order(book: Book) -> Order:
    """An order whose report is issued."""
    return book.bring(book.order(), "issued")


def test_an_order_is_charged_at_what_was_agreed_paid_and_settled(book: Book, order: Order) -> None:
    bill = services.bill_order(book.operator, order, invoice="24122000000012345678")
    assert (bill.amount_cents, bill.state) == (10000, "billed")
    paid = services.pay_order(book.buyer, order, paid_on=timezone.localdate(), reference="2026112722001")
    assert paid.state == "paid"
    assert services.confirm_payment(book.operator, order).state == "settled"
    acts = list(Entry.objects.filter(case_id=order.case_id).order_by("id").values_list("act", flat=True))[-3:]
    assert acts == ["testing.order.bill", "testing.order.pay", "testing.order.confirm_payment"]


def test_what_was_quoted_and_accepted_is_what_is_charged(book: Book) -> None:
    order = book.order()
    services.quote_order(book.operator, order, price_cents=12345, days=5, reason="另制夹具")
    services.accept_quote(book.buyer, order)
    order = book.bring(order, "issued")
    assert services.bill_order(book.operator, order).amount_cents == 12345


@pytest.mark.parametrize(("amount", "note", "wrong"), [(10001, "x", "amount_cents"), (-1, "x", "amount_cents"),
                                                      (9999, "", "note"), (0, " ", "note")])  # fmt: skip
def test_never_more_than_agreed_and_less_only_with_a_reason(
    book: Book, order: Order, amount: int, note: str, wrong: str
) -> None:
    with pytest.raises(Invalid) as refused:
        services.bill_order(book.operator, order, amount_cents=amount, note=note)
    assert [error.field for error in refused.value.errors] == [wrong]
    assert not Settlement.objects.exists()


def test_a_bill_of_nothing_is_settled_at_once(book: Book, order: Order) -> None:
    assert services.bill_order(book.operator, order, amount_cents=0, note="首单免费").state == "settled"


def test_a_bill_can_be_made_anew_until_it_is_paid(book: Book, order: Order) -> None:
    services.bill_order(book.operator, order)
    services.bill_order(book.operator, order, amount_cents=8000, note="两项合并")
    services.pay_order(book.buyer, order, paid_on=timezone.localdate())
    with pytest.raises(Conflict) as refused:
        services.bill_order(book.operator, order)
    assert refused.value.reason == "paid"
    assert Settlement.objects.get().amount_cents == 8000


def test_nothing_is_charged_before_the_report_or_for_what_the_institution_did_not_finish(book: Book) -> None:
    working = book.bring(book.order(), "working")
    with pytest.raises(Conflict):
        services.bill_order(book.operator, working)
    services.give_up_order(book.operator, working, reason="设备损坏")
    working.case.refresh_from_db()
    with pytest.raises(Conflict) as refused:
        services.bill_order(book.operator, working, amount_cents=100, note="材料费")
    assert refused.value.reason == "not-billable"


def test_who_leaves_midway_pays_for_what_was_done_and_is_told_for_what(book: Book) -> None:
    order = book.bring(book.order(), "working")
    services.withdraw_order(book.buyer, order, reason="产品停产")
    with pytest.raises(Invalid):
        services.bill_order(book.operator, order)
    bill = services.bill_order(book.operator, order, amount_cents=4000, note="已完成安装与预处理")
    assert (bill.amount_cents, bill.state) == (4000, "billed")


def test_a_payment_that_cannot_be_found_is_asked_again(book: Book, order: Order) -> None:
    services.bill_order(book.operator, order)
    services.pay_order(book.buyer, order, paid_on=timezone.localdate(), reference="错号")
    assert services.miss_payment(book.operator, order, reason="银行无此流水").state == "billed"
    with pytest.raises(Conflict):
        services.miss_payment(book.operator, order, reason="再查")
    assert services.pay_order(book.buyer, order, paid_on=timezone.localdate(), reference="正号").reference == "正号"


def test_what_is_paid_at_the_counter_is_confirmed_without_the_client(book: Book, order: Order) -> None:
    services.bill_order(book.operator, order)
    settled = services.confirm_payment(book.operator, order)
    assert (settled.state, settled.paid_on) == ("settled", timezone.localdate())


def test_nobody_pays_tomorrow_or_twice_or_for_the_other_side(book: Book, order: Order) -> None:
    with pytest.raises(Conflict) as refused:
        services.pay_order(book.buyer, order, paid_on=timezone.localdate())
    assert refused.value.reason == "not-billed"
    services.bill_order(book.operator, order)
    with pytest.raises(Invalid):
        services.pay_order(book.buyer, order, paid_on=timezone.localdate() + timedelta(days=1))
    with pytest.raises(Denied):
        services.pay_order(book.operator, order, paid_on=timezone.localdate())
    with pytest.raises(Denied):
        services.bill_order(book.buyer, order)
    with pytest.raises(NotFound):
        services.pay_order(book.actor(book.outsider, Role.MEMBER), order, paid_on=timezone.localdate())
    services.pay_order(book.buyer, order, paid_on=timezone.localdate())
    with pytest.raises(Conflict):
        services.pay_order(book.buyer, order, paid_on=timezone.localdate())


def test_settlements_are_seen_by_both_sides_and_their_regulator(book: Book, order: Order) -> None:
    services.bill_order(book.operator, order)
    for actor, count in (
        (book.buyer, 1), (book.operator, 1), (book.officer, 1), (book.actor(book.outsider, Role.OPERATOR), 0),
    ):  # fmt: skip
        assert settlements(actor).count() == count


def test_pages_lead_from_the_bill_to_its_receipt(client: Client, book: Book, order: Order) -> None:
    address = f"/orders/{order.case.uid}/"
    lab, buyer = browse(book.operator), browse(book.buyer)
    assert "开具账单" in lab.get(address).content.decode()
    assert "结算" not in buyer.get(address).content.decode().split("<main")[1]
    form = lab.get(f"{address}bill/").content.decode()
    assert "100" in form
    refused = lab.post(f"{address}bill/", {"amount_cents": "100.01", "invoice": "", "note": ""})
    assert refused.status_code == 422 and "约定价格 100 元" in refused.content.decode()
    assert lab.post(f"{address}bill/", {"amount_cents": "100", "invoice": "1", "note": ""}).status_code == 302
    assert "登记付款" in buyer.get(address).content.decode()
    buyer.post(f"{address}pay/", {"paid_on": f"{timezone.localdate()}", "reference": "9"})
    assert "确认到账" in lab.get(address).content.decode()
    lab.post(f"{address}confirm_payment/", {"paid_on": ""})
    assert "已结清" in buyer.get(address).content.decode()
    assert order.case.number in buyer.get("/settlements/?state=settled").content.decode()
    assert order.case.number not in buyer.get("/settlements/?state=billed").content.decode()


def test_a_page_for_what_cannot_be_done_leads_back_with_the_reason(book: Book) -> None:
    working = book.bring(book.order(), "working")
    answer = browse(book.operator).get(f"/orders/{working.case.uid}/bill/")
    assert (answer.status_code, answer.url) == (302, f"/orders/{working.case.uid}/")
