"""Both sides act on one dispute at once: each thing happens once, in one order, and the other is told so."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from quanheng.cli.instance import PYTHON, Instance

pytestmark = pytest.mark.faults

_SHELL = ["shell", "--no-imports", "-c"]
COUNT = 20
_COMMON = """
from collections import Counter
from quanheng.domains.disputes import services
from quanheng.domains.disputes.models import Complaint, Objection
from quanheng.domains.testing.models import Order
from quanheng.kernel.audit.models import Entry
from quanheng.kernel.audit.services import prove
from quanheng.kernel.base.actor import Actor, Post
from quanheng.kernel.base.errors import Conflict

def side(case, name, role):
    return Actor(name=name, posts=(Post(getattr(case, f"{name}_id"), role),))

def tried(act, *given, **more):
    try:
        act(*given, **more)
    except Conflict as refused:
        return refused.reason
    return "done"
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
    workers = [
        subprocess.Popen(
            [*PYTHON, "django", *_SHELL, _COMMON + script],
            env=instance.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for script in scripts
    ]
    told = [worker.communicate(timeout=180)[0].split() for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * len(workers)
    return told


def test_a_client_withdraws_while_the_institution_answers(make_server: Callable[..., Instance]) -> None:
    instance = make_server(None, start=False)
    _at_once(instance, _MAKE.format(count=COUNT))
    replied, withdrawn = _at_once(instance, _REPLY, _WITHDRAW)
    # An answer does not stop a withdrawal; a withdrawal stops the answer.
    assert withdrawn == ["done"] * COUNT * 2
    assert set(replied) <= {"done", "wrong-state"}
    told = instance.manage(*_SHELL, _COMMON + _FOUND).splitlines()
    assert told == [f"{{'withdrawn': {COUNT}}}", f"{{'withdrawn': {COUNT}}}", f"{COUNT * 2} True"]
    # Two of the house object to the same report at once: there is one objection more.
    first, second = _at_once(instance, _AGAIN, _AGAIN)
    assert sorted([*first, *second]) == sorted(["done", "objection-open"] * COUNT)
    assert f"'raised': {COUNT}" in instance.manage(*_SHELL, _COMMON + _FOUND)
