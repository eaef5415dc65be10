"""What a benchmark is: a file bench_NAME.py here with ``figures()``, which measures and yields figures.

Each file runs in a process and a home of its own. One that needs records says ``CITY = "test"`` (the size of
the reference city; None for tables and facts only): its database is then ready before ``figures`` is called.
A figure is measured long enough to mean something, on a machine that does nothing else.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured value beside the bound that it must reach."""

    name: str
    value: float
    unit: str
    bound: float
    higher_is_better: bool = True

    @property
    def ratio(self) -> float:
        """How many times better than the bound: 1 just reaches it, below 1 misses it."""
        if self.higher_is_better:
            return self.value / self.bound
        return self.bound / self.value if self.value else float("inf")


def rows_figure(read: str) -> str:
    """The name of the figure that tells how many rows a read answers."""
    return f"{read}: rows"


def rate(act: Callable[[], object], seconds: float = 2.0) -> float:
    """How many times a second ``act`` can be done, by doing it for ``seconds`` after one warming call."""
    act()
    count, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < seconds:
        act()
        count += 1
    return count / spent


def cpu_ms(act: Callable[[], object], times: int = 20) -> float:
    """Milliseconds of CPU that one ``act`` takes in this process: the lower quartile of ``times``, after a warm-up.

    On a shared machine a neighbour on the same core makes a process up to twice as slow for a tenth of a second at
    a time, its CPU time included. What the code costs is what it costs in between.
    """
    act()
    return lower_quartile([cpu_of(act) for _ in range(times)]) * 1000


def cpu_of(act: Callable[[], object]) -> float:
    """Seconds of CPU that one ``act`` takes in this process."""
    began = time.process_time()
    act()
    return time.process_time() - began


def lower_quartile(spent: list[float]) -> float:
    """What a quarter of the values do not exceed."""
    return sorted(spent)[len(spent) // 4]


def resident_mb(pid: int) -> float:
    """The memory of a process in MB (VmRSS of Linux)."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def percentile(values: list[float], share: float) -> float:
    """The value that ``share`` of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
