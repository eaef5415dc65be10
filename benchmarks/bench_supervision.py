"""Laboratories of a city compared: 100,000 reports with their checks before issue and half a million results."""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks.frame import Figure
from quanheng.domains.supervision.models import Scrutiny
from quanheng.domains.supervision.services import scrutinise
from tests.crowd import Habit, make_crowd

CITY = None
# Tianjin's published number of laboratories.
LABORATORIES, REPORTS = 605, 166
SPOILED = {0: Habit(explained=0.3), 1: Habit(fives=0.3), 2: Habit(fails=0.0), 3: Habit(alike=0.2)}


def figures() -> Iterator[Figure]:
    """Counting, comparing and storing, as the daily job does it; what was found is what was put in."""
    make_crowd(LABORATORIES, REPORTS, habits=SPOILED)
    began, spent = time.perf_counter(), time.process_time()
    rows = scrutinise()
    seconds, cpu = time.perf_counter() - began, time.process_time() - spent
    found = Scrutiny.objects.filter(findings__gt=0)
    first = list(found.order_by("-weight").values_list("organisation", flat=True))
    assert rows == LABORATORIES and len(first) >= len(SPOILED)
    reports = f"{LABORATORIES * REPORTS:,} reports"
    yield Figure(f"statistics of {reports}, {LABORATORIES} laboratories", seconds, "s", 30, higher_is_better=False)
    yield Figure("CPU of it", cpu, "s", 30, higher_is_better=False)
    yield Figure("honest laboratories suspected", len(first) - len(SPOILED), "of 601", 3, higher_is_better=False)
