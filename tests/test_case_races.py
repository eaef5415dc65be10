"""Two workers, many clerks, the two last orders of a commission: whoever comes at once, each thing happens once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from quanheng.cli.instance import Instance
from tests.races import alone, printed

pytestmark = pytest.mark.faults

_OVERDUE = """
from datetime import timedelta
from django.utils import timezone
from tests.orderbook import open_book
from quanheng.kernel.cases.models import Clock
book = open_book()
for _ in range({count}):
    book.order()
early = timezone.now() - timedelta(days=60)
for clock in Clock.objects.all():
    clock.started_at = early
    clock.due_at, clock.alert_at = early + timedelta(days=4), early + timedelta(days=2)
    clock.save()
"""
_ATTEND = """
from quanheng.kernel.cases.alerts import attend_due
print(attend_due())
"""
_COUNT = """
from collections import Counter
from quanheng.kernel.audit.models import Entry
from quanheng.kernel.audit.services import prove
from quanheng.kernel.signals.models import Signal
told = Counter(Entry.objects.filter(act__startswith="cases.").values_list("act", flat=True))
print(sorted(told.items()), Signal.objects.count(), prove().sound)
"""

_NUMBERS = """
from django.db import transaction
from quanheng.kernel.cases.services import next_number
for turn in range({turns}):
    with transaction.atomic():
        number = next_number("race")
        if turn % 3:
            transaction.on_commit(lambda number=number: print(number))
        else:
            transaction.set_rollback(True)
"""

_TWO_ORDERS = """
from tests.orderbook import open_book
book = open_book()
for _ in range({pairs}):
    commission = book.commission()
    for order in (book.order(commission), book.order(commission)):
        book.bring(order, "issued")
"""
# The first worker delivers the first order of each commission, the second one the second.
_DELIVER = """
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.services import deliver_report
from quanheng.kernel.base.actor import Actor, Post
from quanheng.kernel.cases.models import Case
for commission in Case.objects.filter(process="services.commission").order_by("pk"):
    case = commission.children.order_by("pk")[{which}]
    actor = Actor(name="w", posts=(Post(case.handler_id, "operator"),))
    deliver_report(actor, Order.objects.get(pk=case.pk))
"""
_COMPLETED = """
from quanheng.kernel.audit.models import Entry
from quanheng.kernel.cases.models import Case
print(sorted(Case.objects.filter(process="services.commission").values_list("state", flat=True).distinct()))
print(Entry.objects.filter(act="services.commission.complete").count())
"""


def test_two_workers_remind_and_escalate_each_clock_once(make_server: Callable[..., Instance]) -> None:
    count = 40
    instance = make_server(None, start=False)
    alone(instance, _OVERDUE.format(count=count))
    attended = printed(instance, _ATTEND, _ATTEND)
    assert sum(map(int, attended)) == count
    told = alone(instance, _COUNT)
    assert told == f"[('cases.escalate', {count}), ('cases.remind_100', {count})] {count} True"


def test_numbers_taken_at_once_have_neither_gap_nor_double(make_server: Callable[..., Instance]) -> None:
    instance = make_server(None, start=False)
    told = printed(instance, *[_NUMBERS.format(turns=60)] * 4)
    numbers = sorted(int(line) for text in told for line in text.split())
    assert numbers == list(range(1, 4 * 40 + 1))


def test_a_commission_completes_once_when_its_last_orders_close_at_once(make_server: Callable[..., Instance]) -> None:
    pairs = 12
    instance = make_server(None, start=False)
    alone(instance, _TWO_ORDERS.format(pairs=pairs))
    printed(instance, _DELIVER.format(which=0), _DELIVER.format(which=1))
    states, completed = alone(instance, _COMPLETED).splitlines()
    assert (states, completed) == ("['completed']", str(pairs))
