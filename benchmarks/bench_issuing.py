"""Issuing as signatories do it, a stack at a time or one by one: every rule of the gate asked, number, signature, log,
audit and notices, to disk.

No PDF: pages are laid out when somebody asks for them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from benchmarks.frame import Figure
from quanheng.domains.services.models import Commission
from quanheng.domains.testing import services
from quanheng.domains.testing.gate.finding import FINDERS
from quanheng.domains.testing.models import GateRecord, Order
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.queries import check
from quanheng.kernel.base.actor import Actor, Post
from quanheng.kernel.competence.models import ScopeLine
from quanheng.kernel.parties.models import Person
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.requirements.models import Item, Requirement
from quanheng.kernel.results.models import RawFile
from quanheng.kernel.results.services import Entered
from quanheng.kernel.translog import growing
from quanheng.kernel.translog.auditing import audit
from tests.orderbook import Book, open_book

CITY = None
COUNT = 200
WARMING = 20
ALONE = 100
STACK = 20
ALL = WARMING + COUNT + ALONE
ITEMS = 10
COMMISSIONS = 50
# The gate wonders at more results of one person on one day than 300.
ORDERS_OF_ONE = 25


def figures() -> Iterator[Figure]:
    """Reports a second in one process and the CPU of one: a signatory's stacks, then one by one."""
    book = open_book()
    with transaction.atomic():
        lines = [services.Ordered(*pair) for pair in _scope(book)]
        shifts, commissions = _shifts(book), [book.commission() for _ in range(COMMISSIONS)]
        orders = [_for_decision(book, commissions, lines, shifts, place) for place in range(ALL)]
    stacks = [orders[start : start + STACK] for start in range(0, WARMING + COUNT, STACK)]
    alone = [[order] for order in orders[WARMING + COUNT :]]
    warm, signatory = WARMING // STACK, book.signatory
    for stack in stacks[:warm]:
        services.issue_reports(signatory, stack)
    a_second, cpu = _measured(stacks[warm:], lambda stack: _all_issued(services.issue_reports(signatory, stack)))
    what = f"report of {ITEMS} results issued in stacks of {STACK}: gate, number, signature, log"
    yield Figure(what, a_second, "per s", 150)
    yield Figure("CPU of it", cpu, "ms", 6.6, higher_is_better=False)
    a_second, cpu = _measured(alone, lambda stack: services.issue_report(signatory, *stack))
    # No figure of the issue: what one report costs that is signed by itself.
    yield Figure("the same, one by one", a_second, "per s", 90)
    yield Figure("CPU of it", cpu, "ms", 10, higher_is_better=False)
    _require_sound()


def _measured(stacks: list[list[Order]], issue: Callable[[list[Order]], object]) -> tuple[float, float]:
    """Reports a second, and milliseconds of CPU of one report in a stack that was not disturbed (lower quartile)."""
    began, cpu = time.perf_counter(), []
    for stack in stacks:
        spent = time.process_time()
        issue(stack)
        cpu.append((time.process_time() - spent) / len(stack))
    seconds = time.perf_counter() - began
    return sum(map(len, stacks)) / seconds, sorted(cpu)[len(cpu) // 4] * 1000


def _all_issued(signed: list[services.Signed]) -> None:
    if told := [str(one.refusal) for one in signed if one.refusal]:
        raise AssertionError(told[0])


def _scope(book: Book) -> Iterator[tuple[ScopeLine, Requirement]]:
    """Lines with range and best capability, so that there is something to compare with."""
    for place in range(ITEMS):
        facts = {"source": "test", "confidence": "confirmed", "quantity": "speed", "unit": "km/h"}
        item = Item.objects.create(code=f"speed_b{place}", name_zh=f"车速 {place}", name_en=f"speed {place}", **facts)
        asked = Requirement.objects.get(pk=book.requirement.pk)
        asked.pk, asked.uid, asked.item = None, f"bench{place:08}", item
        asked.save(force_insert=True)
        line = ScopeLine.objects.get(pk=book.line.pk)
        line.pk, line.uid, line.item = None, f"bench{place:08}", item
        line.range_lower, line.range_upper, line.lower_si, line.upper_si = "0", "100", 0.0, 27.78
        line.uncertainty, line.k = "0.1 km/h", "2"
        line.save(force_insert=True)
        yield line, asked


def _shifts(book: Book) -> list[Actor]:
    """Enough people at work that each does what a person can."""
    names = [f"检测员{place}" for place in range(-(-ALL // ORDERS_OF_ONE))]
    people = [Person.objects.create(username=name, name_zh=name) for name in names]
    return [Actor(one.pk, one.name_zh, (Post(book.institution.pk, Role.OPERATOR, ""),)) for one in people]


def _for_decision(
    book: Book, commissions: list[Commission], lines: list[services.Ordered], shifts: list[Actor], place: int
) -> Order:
    """An order carried as far as the signatory's decision, with results and raw data like no other's."""
    order = services.place_order(
        book.buyer,
        commissions[place % COMMISSIONS].case,
        institution=book.institution,
        activity="testing",
        family=book.family,
        object_name="电动自行车",
        object_model=f"T{place}",
        items=lines,
        price_cents=10000,
        days=5,
    )
    operator = shifts[place // ORDERS_OF_ONE]
    services.accept_order(operator, order)
    services.receive_samples(operator, order, quantity="3 辆", condition="完好")
    today, instruments = timezone.localdate(), (book.instrument.uid,)
    rows = [
        Entered(at + 1, f"{20 + (place * 7 + at * 13) % 480 / 100:.2f}", "km/h", "0.2", "2", instruments, today)
        for at in range(ITEMS)
    ]
    services.enter_results(operator, order, rows=rows)
    RawFile.objects.create(
        case=order.case,
        file=ContentFile(b"t,v\n", name="x"),
        name="曲线.csv",
        media_type="text/csv",
        size=4,
        sha256=f"{place:064x}",
    )
    services.submit_results(operator, order)
    services.review_results(book.reviewer, order)
    return order


def _require_sound() -> None:
    """Every report genuine, numbered without a gap, in the log, and held against every rule."""
    reports = list(Attestation.objects.order_by("id"))
    numbers = [int(one.number.rsplit("-", 1)[1]) for one in reports]
    if numbers != list(range(1, ALL + 1)) or not all(check(one).genuine for one in reports[::50]):
        raise AssertionError("numbers have gaps, or a report is not genuine")
    growing.make_checkpoint()
    if told := list(audit()):
        raise AssertionError(told)
    if any(len(one.outcomes) != len(FINDERS) or one.failed for one in GateRecord.objects.all()):
        raise AssertionError("a rule was not asked or not kept")
