"""The science: what one calculation takes, in this process. Each area adds its own figures."""

from __future__ import annotations

import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from benchmarks.frame import Figure, cpu_ms
from quanheng.science.uncertainty import Input, arcsine, normal, propagate, rectangular

END_GAUGE = "l_s + d + d1 + d2 - l_s*(da*(theta + Delta) + alpha*dt)"
MASS = "(m_R + dm) * (1 + (rho_a - 1.2) * (1/rho_W - 1/rho_R)) - 100000"
TRIALS = 1_000_000
CAERS = Path(__file__).resolve().parents[2] / "shared" / "data" / "caers" / "caers_2012_supplements.csv"


def figures() -> Iterator[Figure]:
    """Uncertainty; then what other areas add."""
    yield from _uncertainty()
    yield from _interlaboratory()
    yield from _sampling()
    yield from _signals()
    yield from _indices()
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


def _interlaboratory() -> Iterator[Figure]:
    import numpy as np

    from quanheng.science.interlab import consensus, robust

    random = np.random.default_rng(1)
    rounds = random.normal(size=(10_000, 20))
    rounds[random.random(rounds.shape) < 0.1] *= 5
    spent = cpu_ms(lambda: robust.algorithm_a_rounds(rounds), 8) / 1000
    yield Figure("algorithm A, 10,000 rounds × 20", spent, "s", 0.10, higher_is_better=False)
    spent = cpu_ms(lambda: robust.hampel_rounds(rounds), 4) / 1000
    yield Figure("Q and Hampel, 10,000 rounds × 20", spent, "s", 1, higher_is_better=False)
    x, u = random.normal(size=30), random.uniform(0.1, 1, 30)

    def five() -> None:
        for name in ("dersimonian_laird", "mandel_paule", "reml", "hartung_knapp", "power_moderated_mean"):
            consensus.METHODS[name](x, u)

    yield Figure("five consensus estimators, 30 laboratories", cpu_ms(five), "ms", 1, higher_is_better=False)


def _sampling() -> Iterator[Figure]:
    from quanheng.science.sampling.curves import find_plan
    from quanheng.science.sampling.draw import draw

    spent = cpu_ms(lambda: find_plan((0.01, 0.95), (0.02, 0.05)))
    yield Figure("plan by two risks, (1567, 22)", spent, "ms", 5, higher_is_better=False)
    spent = cpu_ms(lambda: find_plan((0.01, 0.95), (0.02, 0.05), "hypergeometric", 10_000))
    yield Figure("the same from a lot of 10,000", spent, "ms", 5, higher_is_better=False)
    spent = cpu_ms(lambda: draw([7, [1, 2, 3]], 65_535, 1000))
    yield Figure("RFC 3797, 65,535 names, 1,000 picks", spent, "ms", 15, higher_is_better=False)


def _signals() -> Iterator[Figure]:
    import csv

    import numpy as np

    from quanheng.science.signals.counting import count as counted
    from quanheng.science.signals.disproportionality import ratios
    from quanheng.science.signals.outbreak import FLEXIBLE, farrington
    from quanheng.science.signals.shrinkage import fit, shrink

    if CAERS.is_file():
        with CAERS.open(encoding="utf-8", newline="") as file:
            rows = [(row["id"], row["var1"], row["var2"]) for row in csv.DictReader(file)]

        def whole() -> float:
            counts = counted(rows)
            prior = fit(counts)
            shrink(counts, prior)
            ratios(counts)
            return prior.minus_log_likelihood

        if whole() > 4162.4557104:
            raise AssertionError("the fit is not the best one")
        yield Figure("CAERS: counts, exact fit, all scores", cpu_ms(whole, 8) / 1000, "s", 0.4, higher_is_better=False)
    else:
        print("CAERS (reference data) is not at hand: its figure is left out")
    series = np.random.default_rng(2).poisson(3, 528).astype(float)
    watched = int(np.isfinite(farrington(series, setting=FLEXIBLE).upper).sum())
    spent = cpu_ms(lambda: farrington(series, setting=FLEXIBLE), 8) / watched
    yield Figure("Farrington flexible, a week of a series", spent, "ms", 1, higher_is_better=False)


def _indices() -> Iterator[Figure]:
    import numpy as np

    from quanheng.science.tasks import calculate

    random = np.random.default_rng(3)
    names = [f"i{one}" for one in range(50)]
    groups = [{"name": f"g{one}", "parts": names[10 * one : 10 * one + 10]} for one in range(5)]
    asked = {
        "units": [f"u{one}" for one in range(50)],
        "indicators": [{"name": one, "values": random.normal(size=50).tolist()} for one in names],
        "tree": [*groups, {"name": "index", "parts": [one["name"] for one in groups]}],
        "steps": {"trials": 1000},
    }
    spent = cpu_ms(lambda: calculate("index", asked), 8) / 1000
    yield Figure("index of 50 × 50, 1,000 weightings", spent, "s", 0.2, higher_is_better=False)


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
