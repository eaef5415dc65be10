"""Rows and curves that resemble each other more than two measurements can.

A row is what one report says of one sample: several results in a fixed order. Real measurements of alike things differ
by their repeatability; a copy differs by nothing, by one constant, or by one factor.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from quanheng.science.arrays import DataRefused, table

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from quanheng.science.arrays import Floats

#: Curves are compared at so many points, however many each has.
POINTS: Final = 64
#: Pairs are looked at in blocks of so many rows: some megabytes at a time.
_BLOCK: Final = 512


class Pair(NamedTuple):
    """Two rows or curves, counted from 0, and how far apart they are."""

    first: int
    second: int
    distance: float


def duplicated_rows(rows: Sequence[Sequence[str]], least: int = 3) -> tuple[tuple[int, ...], ...]:
    """Groups of rows with the same results as written, of at least ``least`` results each, not all of them equal.

    >>> copied, other, level = ["1.02", "3.4", "0.7"], ["9", "8", "7"], ["0", "0", "0"]
    >>> duplicated_rows([copied, other, copied, level, level])
    ((0, 2),)
    """
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        if len(row) >= least and len(set(row)) > 1:
            groups[tuple(row)].append(place)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def near_duplicates(rows: ArrayLike, uncertainty: ArrayLike, limit: float = 1e-3) -> tuple[Pair, ...]:
    """Pairs of rows closer than chance allows, the closest first.

    ``rows``: rows × results; ``uncertainty``: the standard uncertainty of each result. The distance is the probability
    that two honest measurements of the same thing come as close: chi-square of their scaled differences. With many
    pairs small distances occur by chance, so ``limit`` is shared among all of them. Raises DataRefused.

    >>> near_duplicates([[1, 2, 3, 4, 5], [5, 4, 3, 2, 1], [1, 2, 3, 4, 5.001]], [1, 1, 1, 1, 1])[0][:2]
    (0, 2)
    """
    values = table(rows, "rows")
    u = np.asarray(uncertainty, dtype=float)
    if u.shape != (values.shape[1],) or not (np.isfinite(u) & (u > 0)).all():
        raise DataRefused("每个结果须有大于 0 的不确定度", "each result needs an uncertainty above 0", "uncertainty")
    scaled = values / (u * math.sqrt(2))
    count, width = scaled.shape
    pairs = count * (count - 1) // 2
    if not pairs:
        return ()
    bound = _chi_square_below(limit / pairs, width)
    found = []
    for at in range(0, count, _BLOCK):
        block = scaled[at : at + _BLOCK]
        near = _squares(block, scaled) <= bound * (1 + 1e-6) + 1e-6
        for one, other in np.argwhere(near):
            if at + one < other:
                square = float(((block[one] - scaled[other]) ** 2).sum())
                if square <= bound:
                    found.append(Pair(int(at + one), int(other), square))
    return tuple(sorted(found, key=lambda pair: pair.distance))


def copied_curves(curves: Sequence[ArrayLike], limit: float = 1e-4) -> tuple[Pair, ...]:
    """Pairs of curves that are one but for a shift, a factor or their number of points, the closest first.

    The distance is the root mean square difference of the standardised curves; measured curves of alike things have
    noise of their own and stay beyond ``limit``. Raises DataRefused.

    >>> copied_curves([[0, 1, 4, 9], [10, 12, 18, 28], [3, 1, 0, 2]])[0][:2]
    (0, 1)
    """
    shapes: list[Floats] = []
    kept: list[int] = []
    for place, curve in enumerate(curves):
        points = table(curve, f"curves.{place}", dimensions=1)
        if len(points) < 3 or not points.std():
            continue  # two points or a level line look like any other
        resampled = np.interp(np.linspace(0, 1, POINTS), np.linspace(0, 1, len(points)), points)
        shapes.append((resampled - resampled.mean()) / resampled.std())
        kept.append(place)
    if len(shapes) < 2:
        return ()
    standard = np.array(shapes)
    found = []
    for at in range(0, len(standard), _BLOCK):
        squares = _squares(standard[at : at + _BLOCK], standard) / POINTS
        for one, other in np.argwhere(squares <= limit**2 + 1e-12):
            if at + one < other:
                distance = math.sqrt(float(((standard[at + one] - standard[other]) ** 2).mean()))
                if distance <= limit:
                    found.append(Pair(kept[at + one], kept[other], distance))
    return tuple(sorted(found, key=lambda pair: pair.distance))


def _squares(block: Floats, all_rows: Floats) -> Floats:
    """Squared distances between rows, by the binomial formula: one product of matrices."""
    found: Floats = (block**2).sum(axis=1)[:, None] + (all_rows**2).sum(axis=1)[None, :] - 2 * block @ all_rows.T
    return np.maximum(found, 0)


def _chi_square_below(p: float, dof: int) -> float:
    """The chi-square below which a very small probability lies: the first term of its series, always a little less."""
    half = dof / 2
    return 2 * math.exp((math.log(p) + math.lgamma(half + 1)) / half)
