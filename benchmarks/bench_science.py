"""The science: what one calculation takes, in this process. Each area adds its own figures."""

from __future__ import annotations

import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import count

from benchmarks.frame import Figure, cpu_ms
from quanheng.science.uncertainty import Input, arcsine, normal, propagate, rectangular

END_GAUGE = "l_s + d + d1 + d2 - l_s*(da*(theta + Delta) + alpha*dt)"
MASS = "(m_R + dm) * (1 + (rho_a - 1.2) * (1/rho_W - 1/rho_R)) - 100000"
TRIALS = 1_000_000


def figures() -> Iterator[Figure]:
    """Uncertainty; then what other areas add."""
    yield from _uncertainty()
    yield from _start()


_CALLS = count()


def end_gauge() -> object:
    """GUM H.1 with its inputs made and its whole budget; the model was read before.

    No two calls have the same ν, so that no quantile is remembered.
    """
    dof = 18 + next(_CALLS) * 1e-9
    inputs = {
        "l_s": normal(50_000_623, 25, dof), "d": normal(215, 5.8, 24), "d1": normal(0, 3.9, 5), "d2": normal(0, 6.7, 8),
        "alpha": rectangular(11.5e-6, half_width=2e-6), "theta": normal(-0.1, 0.2), "Delta": arcsine(0, half_width=0.5),
        "da": rectangular(0, half_width=1e-6, dof=50), "dt": rectangular(0, half_width=0.05, dof=2),
    }  # fmt: skip
    return propagate(END_GAUGE, inputs, coverage=0.99)


def mass() -> dict[str, Input]:
    """JCGM 101, 9.3."""
    return {
        "m_R": normal(100_000, 0.050), "dm": normal(1.234, 0.020), "rho_a": rectangular(lower=1.10, upper=1.30),
        "rho_W": rectangular(lower=7_000, upper=9_000), "rho_R": rectangular(lower=7_950, upper=8_050),
    }  # fmt: skip


def _uncertainty() -> Iterator[Figure]:
    from quanheng.science.uncertainty import simulate

    each = _microseconds(end_gauge, 2_000)
    yield Figure("GUM H.1 with full budget", each, "µs", 150, higher_is_better=False)
    spent = cpu_ms(lambda: simulate(MASS, mass(), trials=TRIALS)) / 1000
    yield Figure("JCGM 101 mass, 10⁶ trials, both intervals", spent, "s", 0.12, higher_is_better=False)
    tracemalloc.start()
    simulate(MASS, mass(), trials=TRIALS)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    yield Figure("JCGM 101 mass, 10⁶ trials, memory", peak, "MB", 100, higher_is_better=False)
    spent = cpu_ms(lambda: simulate(MASS, mass(), trials="adaptive"), 8) / 1000
    yield Figure("JCGM 101 mass, adaptive to two digits", spent, "s", 1, higher_is_better=False)


def _microseconds(act: Callable[[], object], times: int) -> float:
    """What one ``act`` takes of the CPU, as the lower quartile of runs of ``times``."""

    def run() -> None:
        for _ in range(times):
            act()

    return cpu_ms(run, 12) * 1000 / times


def _start() -> Iterator[Figure]:
    """From a bare interpreter to the whole science imported, arrays included."""
    code = (
        "import time; began = time.process_time()\n"
        "import quanheng.science.uncertainty.multivariate, quanheng.science.calibration.line\n"
        "import quanheng.science.decisions, quanheng.science.tasks\n"
        "print(time.process_time() - began)"
    )
    runs = []
    for _ in range(8):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        runs.append(float(done.stdout))
        time.sleep(0.05)
    yield Figure("import of the science", sorted(runs)[2], "s", 0.3, higher_is_better=False)
