"""Moves of a case in a second: one transition with its audit entry, clocks and notices, committed to disk."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

from benchmarks.frame import Figure
from quanheng.domains.testing import services
from tests.orderbook import open_book

CITY = None
COUNT = 400


def figures() -> Iterator[Figure]:
    """Accepting orders (a guard that reads, two clocks, two notices), one after the other in one process."""
    book = open_book()
    commission = book.commission()
    orders = [book.order(commission) for _ in range(COUNT + 20)]
    operator = book.operator
    accept = partial(services.accept_order, operator)
    for order in orders[:20]:
        accept(order)
    began, spent = time.perf_counter(), time.process_time()
    for order in orders[20:]:
        accept(order)
    seconds, cpu = time.perf_counter() - began, time.process_time() - spent
    yield Figure("moves of a case", COUNT / seconds, "1/s", 300)
    yield Figure("CPU of a move", cpu / COUNT * 1000, "ms", 3.3, higher_is_better=False)
