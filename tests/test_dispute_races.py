"""Both sides act on one dispute at once: each thing happens once, in one order, and the other is told so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from quanheng.cli.instance import Instance
from tests.races import alone, at_once

pytestmark = pytest.mark.faults

COUNT = 20
_COMMON = """
from collections import Counter
from quanheng.domains.disputes import services
from quanheng.domains.disputes.models import Complaint, Objection
from quanheng.domains.testing.models import Order
from quanheng.kernel.audit.models import Entry

def side(case, name, role):
    return Actor(name=name, posts=(Post(getattr(case, f"{name}_id"), role),))
"""
_MAKE = """
from tests.orderbook import open_book
book = open_book()
for _ in range({count}):
    order = book.bring(book.order(), "delivered")
    services.complain(book.buyer, order, topic="late", text="late")
    services.object_to(book.buyer, order, positions=[1], grounds="wrong")
"""
_REPLY = """
for one in Complaint.objects.select_related("case").order_by("pk"):
    print(tried(services.reply_to_complaint, side(one.case, "handler", "quality_manager"), one, text="answer"))
for one in Objection.objects.select_related("case").order_by("pk"):
    print(tried(services.uphold, side(one.case, "handler", "quality_manager"), one, text="answer"))
"""
_WITHDRAW = """
for one in Complaint.objects.select_related("case").order_by("pk"):
    print(tried(services.withdraw_complaint, side(one.case, "client", "member"), one))
for one in Objection.objects.select_related("case").order_by("pk"):
    print(tried(services.withdraw_objection, side(one.case, "client", "member"), one))
"""
_AGAIN = """
for one in Order.objects.select_related("case").order_by("pk"):
    print(tried(services.object_to, side(one.case, "client", "member"), one, positions=[1], grounds="wrong"))
"""
_FOUND = """
print(dict(Counter(Complaint.objects.values_list("case__state", flat=True))))
print(dict(Counter(Objection.objects.values_list("case__state", flat=True))))
print(Entry.objects.filter(act__endswith=".withdraw", act__startswith="disputes.").count(), prove().sound)
"""


def _at_once(instance: Instance, *scripts: str) -> list[list[str]]:
    return at_once(instance, *(_COMMON + script for script in scripts))


def test_a_client_withdraws_while_the_institution_answers(make_server: Callable[..., Instance]) -> None:
    instance = make_server(None, start=False)
    _at_once(instance, _MAKE.format(count=COUNT))
    replied, withdrawn = _at_once(instance, _REPLY, _WITHDRAW)
    # An answer does not stop a withdrawal; a withdrawal stops the answer.
    assert withdrawn == ["done"] * COUNT * 2
    assert set(replied) <= {"done", "wrong-state"}
    told = alone(instance, _COMMON + _FOUND).splitlines()
    assert told == [f"{{'withdrawn': {COUNT}}}", f"{{'withdrawn': {COUNT}}}", f"{COUNT * 2} True"]
    # Two of the house object to the same report at once: there is one objection more.
    first, second = _at_once(instance, _AGAIN, _AGAIN)
    assert sorted([*first, *second]) == sorted(["done", "objection-open"] * COUNT)
    assert f"'raised': {COUNT}" in alone(instance, _COMMON + _FOUND)


# A retest as it stands once it was asked for, and left midway by its client: what it is charged at can be changed.
_RETESTED = """
from quanheng.domains.testing import services as testing
from quanheng.kernel.objects.models import Sample
from tests.orderbook import open_book
book = open_book()
order = book.bring(book.order(), "delivered")
objection = services.object_to(book.buyer, order, positions=[1], grounds="wrong")
retest = testing.place_order(
    book.buyer, objection.case, institution=book.outsider, activity="testing", family=book.family, object_name="x",
    object_model="", items=[testing.Ordered(book.line, book.requirement)], price_cents=15000, days=3,
)
Sample.objects.filter(case=retest.case).update(origin=Sample.objects.get(case=order.case))
Objection.objects.filter(pk=objection.pk).update(retest=retest)
"""
_ACCEPTED = """
Order.objects.filter(pk=retest.pk).update(promised_on="2099-01-01", first_promised_on="2099-01-01")
type(retest.case).objects.filter(pk=retest.pk).update(state="accepted")
"""
_LEFT = """
testing.withdraw_order(side(retest.case, "client", "member"), retest, reason="enough")
testing.bill_order(far, retest, amount_cents=15000, note="all of it")
"""
_RETEST = """
from django.utils import timezone
from quanheng.domains.testing import services as testing
from quanheng.domains.testing.models import Settlement
from quanheng.kernel.objects.custody import hand_over_sample
from quanheng.kernel.objects.models import HandOver, Sample
objection = Objection.objects.select_related("order__case", "retest__case").get()
first, retest = objection.order, objection.retest
far = side(retest.case, "handler", "operator")
"""
_HAND_OVER = """
kept = Sample.objects.select_related("case").get(case=first.case)
print(tried(hand_over_sample, side(first.case, "handler", "operator"), kept, to="SF1", condition="whole"))
"""
_RECEIVE = """
print(tried(testing.receive_samples, far, retest, quantity="1", condition="whole"))
"""
_LINKS = """
print(*HandOver.objects.filter(kind="sent").values_list("kind", flat=True), Sample.objects.get(case=first.case).state)
"""
_SETTLE = """
for turn in range(15):
    testing.settle_retest(Actor.platform(), first, retest=retest, by_institution={borne})
"""
_BILL = """
for turn in range(15):
    tried(testing.bill_order, far, retest, amount_cents=9000 + turn, note="less")
"""
_PAY = """
for turn in range(15):
    for row in Settlement.objects.filter(retest=retest, state="billed", kind="refund"):
        tried(testing.pay_settlement, side(first.case, "handler", "operator"), row, paid_on=timezone.localdate())
"""
_OWED = """
testing.settle_retest(Actor.platform(), first, retest=retest, by_institution=True)
rows = list(Settlement.objects.filter(retest=retest))
fee = Settlement.objects.get(order=retest).amount_cents
print(sum(one.signed_cents for one in rows) == fee, sum(one.state == "billed" for one in rows) <= 1)
print(Settlement.objects.filter(order=retest).count(), prove().sound)
"""


def test_a_sample_changes_hands_and_a_fee_is_settled_once_whoever_is_quicker(
    make_server: Callable[..., Instance],
) -> None:
    instance = make_server(None, start=False)
    _at_once(instance, _RETESTED)
    alone(instance, _COMMON + _RETEST + _ACCEPTED)
    (handed,), (received,) = _at_once(instance, _RETEST + _HAND_OVER, _RETEST + _RECEIVE)
    assert received == "done" and handed in ("done", "sample-not-here")
    # Whoever came first: one link leads from one institution to the other.
    assert alone(instance, _COMMON + _RETEST + _LINKS).split() == ["sent", "handed"]
    alone(instance, _COMMON + _RETEST + _LEFT)
    scripts = (_SETTLE.format(borne=True), _SETTLE.format(borne=False), _BILL, _PAY)
    _at_once(instance, *(_RETEST + script for script in scripts))
    assert alone(instance, _COMMON + _RETEST + _OWED).split() == ["True", "True", "1", "True"]
