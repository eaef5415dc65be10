"""On PostgreSQL, where rows are locked one by one: whoever moves a case and whoever moves its parent never block each
other for good, because both lock the parent first and a case before its record."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from quanheng.cli.instance import PYTHON, Instance

pytestmark = [pytest.mark.faults, pytest.mark.postgresql]

_COMMON = """
import time
from django.db import connection, transaction
from quanheng.domains.services.models import Commission
from quanheng.domains.services.services import close_commission
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.services import deliver_report
from quanheng.kernel.base.acts import lock
from quanheng.kernel.base.actor import Actor, Post
from quanheng.kernel.base.errors import Conflict
from quanheng.kernel.cases.models import Case
from tests.orderbook import open_book

def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0

def hold(first, then):
    with transaction.atomic():
        first()
        print("held", flush=True)
        end = time.monotonic() + 30
        while not somebody_waits():
            assert time.monotonic() < end, "nobody came to wait"
            time.sleep(0.02)
        then()
    print("done")

def client(case):
    return Actor(name="c", posts=(Post(case.client_id, "member"),))

def deliver(order):
    deliver_report(Actor(name="w", posts=(Post(order.case.handler_id, "operator"),)), order)

commissions = list(Commission.objects.select_related("case").order_by("pk"))
"""
_MAKE = """
book = open_book()
for _ in range({count}):
    book.bring(book.order(book.commission()), "issued")
"""
# As a child that closes: the parent's case, and then what is done to the parent by itself.
_HOLD_CASE = """
one = commissions[0]
hold(lambda: Case.objects.select_for_update(no_key=True).get(pk=one.pk), lambda: lock(one))
"""
_CLOSE = """
one = commissions[0]
try:
    close_commission(client(one.case), one, reason="no longer wanted")
except Conflict as refused:
    print(refused.reason)
"""
# As a move of the parent that goes on to a child.
_HOLD_PARENT = """
one = commissions[0]
hold(lambda: lock(one), lambda: lock(Order.objects.get(case__parent=one.pk)))
"""
_DELIVER = """
deliver(Order.objects.select_related("case").get(case__parent=commissions[0].pk))
print("delivered")
"""
_DELIVER_ALL = """
for one in commissions[1:]:
    deliver(Order.objects.select_related("case").get(case__parent=one.pk))
"""
_CLOSE_ALL = """
for one in commissions:
    while Case.objects.get(pk=one.pk).closed_at is None:
        try:
            close_commission(client(one.case), one, reason="no longer wanted")
        except Conflict:
            pass
"""
_ENDED = """
from collections import Counter
from quanheng.kernel.audit.models import Entry
ends = ("services.commission.complete", "services.commission.close")
print(Case.objects.filter(closed_at=None).count(), Entry.objects.filter(act__in=ends).count())
"""


@pytest.fixture
def instance(make_server: Callable[..., Instance]) -> Instance:
    """An empty platform; nobody serves it."""
    return make_server(None, start=False)


def _begin(instance: Instance, script: str) -> subprocess.Popen[str]:
    command = [*PYTHON, "django", "shell", "--no-imports", "-c", _COMMON + script]
    return subprocess.Popen(command, env=instance.environment, stdout=subprocess.PIPE, text=True)


def _told(process: subprocess.Popen[str]) -> str:
    told = process.communicate(timeout=120)[0].strip()
    assert process.returncode == 0
    return told


def test_parent_and_child_are_locked_in_one_order(instance: Instance) -> None:
    count = 12
    _told(_begin(instance, _MAKE.format(count=count)))
    for holding, coming, outcome in (
        (_HOLD_CASE, _CLOSE, "guard-no-open-order"),
        (_HOLD_PARENT, _DELIVER, "delivered"),
    ):
        holder = _begin(instance, holding)
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert _told(_begin(instance, coming)) == outcome
        assert _told(holder) == "done"
    # For real: the client closes a commission in the moment in which its last order is delivered.
    workers = [_begin(instance, _DELIVER_ALL), _begin(instance, _CLOSE_ALL)]
    for worker in workers:
        _told(worker)
    assert _told(_begin(instance, _ENDED)) == f"0 {count}"
