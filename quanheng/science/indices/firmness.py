"""How firm ranks are: weights varied at random, and which choice moves them most.

Sources: M. Saisana, A. Saltelli, S. Tarantola, J. R. Stat. Soc. A 168 (2005) 307; A. Saltelli et al., Comput. Phys.
Commun. 181 (2010) 259 (estimators of first-order and total Sobol indices; total: M. J. W. Jansen 1999).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from quanheng.science.arrays import DataRefused
from quanheng.science.indices.aggregating import Group, aggregate_varied, ranks, weights_of

if TYPE_CHECKING:
    from quanheng.science.arrays import Floats
    from quanheng.science.indices.aggregating import Ranks


class Firmness(NamedTuple):
    """By unit over the trials: the median rank, the 5 % and 95 % points, and how often the nominal rank was kept."""

    median: Floats
    low: Floats
    high: Floats
    kept: Floats


def vary_weights(
    values: Floats, tree: Group, nominal: Ranks, trials: int = 1000, spread: float = 0.25, seed: int = 1
) -> Firmness:
    """Ranks when each weight is multiplied by its own factor, uniform between 1 − ``spread`` and 1 + ``spread``.

    Raises DataRefused.

    >>> from quanheng.science.indices.aggregating import flat
    >>> found = vary_weights(np.array([[90.0, 90.0], [10.0, 10.0]]), flat("i", [1, 1]), np.array([1, 2]), 100)
    >>> found.median.tolist(), found.kept.tolist()
    ([1.0, 2.0], [1.0, 1.0])
    """
    if not 0 <= spread < 1 or not 1 <= trials <= 100_000:
        raise DataRefused(
            "变动幅度须在 0 与 1 之间，次数为 1 到 100000", "spread in 0 to 1, 1 to 100000 trials", "steps"
        )
    random = np.random.default_rng(seed)
    factors = random.uniform(1 - spread, 1 + spread, (len(weights_of(tree)), trials))
    found = ranks(aggregate_varied(values, tree, factors))
    low, middle, high = np.quantile(found, (0.05, 0.5, 0.95), axis=1, method="nearest")
    return Firmness(middle.astype(float), low, high, (found == nominal[:, None]).mean(axis=1))


class Sobol(NamedTuple):
    """By factor: what it explains alone, and what would remain if all others were known. Zero where nothing varies."""

    first: Floats
    total: Floats
    variance: float


def sobol(what: Callable[[Floats], Floats], factors: int, trials: int = 1024, seed: int = 1) -> Sobol:
    """Variance-based sensitivity of ``what``, a function of points × factors in [0, 1), to each of its factors.

    It is called with (factors + 2) · trials points in all. Raises DataRefused.

    >>> found = sobol(lambda x: 3 * x[:, 0] + x[:, 1], 2, 4096)
    >>> found.first.round(1).tolist()
    [0.9, 0.1]
    """
    if factors < 1 or trials < 2:
        raise DataRefused("至少要有一个因素、两次试验", "at least one factor and two trials are needed", "steps")
    random = np.random.default_rng(seed)
    a, b = random.random((trials, factors)), random.random((trials, factors))
    of_a, of_b = what(a), what(b)
    variance = float(np.concatenate([of_a, of_b]).var())
    first, total = np.zeros(factors), np.zeros(factors)
    if variance > 0:
        for one in range(factors):
            mixed = a.copy()
            mixed[:, one] = b[:, one]
            of_mixed = what(mixed)
            first[one] = float((of_b * (of_mixed - of_a)).mean()) / variance
            total[one] = float(((of_a - of_mixed) ** 2).mean()) / 2 / variance
    return Sobol(first, total, variance)


def rank_shift_sensitivity(
    values: Floats, tree: Group, nominal: Ranks, spread: float = 0.25, trials: int = 256, seed: int = 1
) -> dict[str, tuple[float, float]]:
    """Which weight moves the ranks most: Sobol indices of the mean absolute shift of rank, by "group/part"."""
    names = weights_of(tree)

    def shift(points: Floats) -> Floats:
        moved = ranks(aggregate_varied(values, tree, (1 - spread + 2 * spread * points).T))
        found: Floats = abs(moved - nominal[:, None]).mean(axis=0)
        return found

    found = sobol(shift, len(names), trials, seed)
    return {
        f"{group}/{part}": (float(first), float(total))
        for (group, part), first, total in zip(names, found.first, found.total, strict=True)
    }
