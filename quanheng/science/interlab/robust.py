"""Robust location and scale of the results of one round of a proficiency test, or of many rounds at once.

Source: ISO 13528:2022 (GB/T 28043), Annex C: C.2 median, scaled MAD and normalised IQR; C.3 algorithm A;
C.5.2 the Q method; C.5.3 Hampel's estimator. Rounds lie along the first axis, laboratories along the last.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from quanheng.science.arrays import DataRefused, column, table
from quanheng.science.special import normal_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from quanheng.science.arrays import Floats

#: MAD to standard deviation of a normal distribution, as the standard prints it (1/Φ⁻¹(0.75) = 1.482602…).
MAD_FACTOR: Final = 1.4826
#: The factor of algorithm A as printed in C.3.1, step 5; the exact one for normal data is 1.133399….
WINSOR_FACTOR: Final = 1.134
#: Interquartile range to standard deviation, C.2.3.
IQR_DIVISOR: Final = 1.349
_START: Final = 1.483  # C.3.1, equation for the first s*
_ENOUGH: Final = 1e-12  # of the scale: both have come to rest
_MOST: Final = 1000
#: Of the largest result: differences so close are one, told apart by the binary rounding of both results only.
_TIE: Final = 16 * float(np.finfo(float).eps)
#: Laboratories beyond which differences are counted between sorted results instead of being listed pair by pair.
_LISTED: Final = 1500
_BATCH: Final = 500  # rounds that are looked at together: a few megabytes
#: Where one result's share in Hampel's sum bends, in scales from the result, and by how much its slope changes.
_BENDS: Final = ((-4.5, 1.0), (-3.0, -1.0), (-1.5, -1.0), (1.5, 1.0), (3.0, 1.0), (4.5, -1.0))


class Robust(NamedTuple):
    """Location and scale in the unit of the results; steps of iteration, 0 where there are none."""

    location: float
    scale: float
    iterations: int = 0


class Rounds(NamedTuple):
    """Location and scale of each round; the most steps that any of them took."""

    location: Floats
    scale: Floats
    iterations: int = 0


def median_made(x: ArrayLike) -> Robust:
    """Median and scaled median absolute deviation, C.2.1 and C.2.2.

    >>> median_made([1, 2, 3, 4, 100]).location
    3.0
    """
    values = column(x, "x")
    middle = float(np.median(values))
    return Robust(middle, MAD_FACTOR * float(np.median(abs(values - middle))))


def median_niqr(x: ArrayLike) -> Robust:
    """Median and normalised interquartile range, C.2.3; quartiles interpolated linearly.

    >>> round(median_niqr([1, 2, 3, 4, 5]).scale, 6)
    1.48258
    """
    values = column(x, "x")
    lower, middle, upper = (float(one) for one in np.quantile(values, (0.25, 0.5, 0.75)))
    return Robust(middle, (upper - lower) / IQR_DIVISOR)


def algorithm_a(x: ArrayLike, *, factor: float = WINSOR_FACTOR) -> Robust:
    """Robust mean and standard deviation by iterated winsorisation, C.3, until nothing moves any more.

    Where more than half of the results are equal, the first scale is 0 and would hold all others fast: then the
    iteration starts from the standard deviation of all of them.

    >>> found = algorithm_a([24.140, 20.155, 19.500, 20.300, 20.705, 17.570, 20.100, 20.940, 21.185])
    >>> round(found.location, 4), round(found.scale, 4)
    (20.4121, 1.0698)
    """
    found = algorithm_a_rounds(column(x, "x")[None, :], factor=factor)
    return Robust(float(found.location[0]), float(found.scale[0]), found.iterations)


def algorithm_a_rounds(x: ArrayLike, *, factor: float = WINSOR_FACTOR) -> Rounds:
    """Algorithm A for each row of ``x`` (rounds × laboratories), all rounds at once. Raises DataRefused."""
    values = np.ascontiguousarray(table(x, "x").T)  # laboratories first: sums then run over long stretches of memory
    laboratories, rounds = values.shape
    if not laboratories:
        raise DataRefused("“x”没有结果", "'x' has no results", "x")
    location = np.median(values, axis=0)
    scale = _START * np.median(abs(values - location), axis=0)
    if laboratories == 1:
        return Rounds(location, scale)
    stuck = scale == 0
    scale[stuck] = values[:, stuck].std(axis=0, ddof=1)
    active, moving, steps = np.arange(rounds), values, 0
    here, width = location, scale
    while len(active) and steps < _MOST:
        steps += 1
        reach = 1.5 * width
        held = np.minimum(np.maximum(moving, here - reach), here + reach)
        after = held.mean(axis=0)
        held -= after
        wide = factor * np.sqrt(np.einsum("ij,ij->j", held, held) / (laboratories - 1))
        rest = np.maximum(abs(after - here), abs(wide - width)) <= _ENOUGH * np.maximum(wide, width)
        location[active], scale[active] = after, wide
        # Those at rest are taken out now and then: looking at a few of them once more costs less than copying.
        if rest.mean() > 0.2 or rest.all():
            go_on = ~rest
            active, moving = active[go_on], np.ascontiguousarray(moving[:, go_on])
            here, width = after[go_on], wide[go_on]
        else:
            here, width = after, wide
    return Rounds(location, scale, steps)


def q_scale(x: ArrayLike | Sequence[ArrayLike]) -> float:
    """Robust standard deviation by the Q method, C.5.2.2, of single results or of replicates by laboratory.

    ``x``: one number for each laboratory, or one sequence of replicates for each; laboratories count alike however
    many replicates they have. Differences that are equal in decimals are one, though binary fractions differ in the
    last bit. Raises DataRefused below two laboratories.

    >>> round(q_scale([1, 2, 3, 4, 5]), 6)
    2.536165
    """
    groups = [np.atleast_1d(np.asarray(one, dtype=float)) for one in _listed(x)]
    if any(one.ndim != 1 or not len(one) for one in groups):
        raise DataRefused("“x”中每家实验室须有至少一个结果", "each laboratory in 'x' needs at least one result", "x")
    values = column(np.concatenate(groups) if groups else [], "x")
    if len(groups) < 2:
        raise DataRefused("Q 法至少要有两家实验室", "the Q method needs at least two laboratories", "x")
    if len(values) == len(groups):
        return float(q_scale_rounds(values[None, :])[0])
    if len(values) > 2 * _LISTED:
        raise DataRefused(
            f"重复测量的结果至多 {2 * _LISTED} 个，请先求各实验室平均值",
            f"at most {2 * _LISTED} replicates are taken; average them by laboratory first",
            "x",
        )
    owner = np.repeat(np.arange(len(groups)), [len(one) for one in groups])
    first, second = np.triu_indices(len(values), 1)
    apart = owner[first] != owner[second]
    first, second = first[apart], second[apart]
    share = np.array([1 / len(one) for one in groups])
    differences, weights = abs(values[first] - values[second])[None, :], share[owner[first]] * share[owner[second]]
    return float(_q_of(differences, weights, len(groups), _TIE * abs(values).max(keepdims=True))[0])


def q_scale_rounds(x: ArrayLike) -> Floats:
    """The Q method for each row of ``x`` (rounds × laboratories, single results). Raises DataRefused."""
    values = table(x, "x")
    laboratories = values.shape[1]
    if laboratories < 2:
        raise DataRefused("Q 法至少要有两家实验室", "the Q method needs at least two laboratories", "x")
    if laboratories > _LISTED:
        return np.array([_q_of_many(np.sort(one)) for one in values])
    first, second = np.triu_indices(laboratories, 1)
    rows = max(1, 400_000 // len(first))
    return np.concatenate(
        [
            _q_of(abs(part[:, first] - part[:, second]), None, laboratories, _TIE * abs(part).max(axis=1))
            for part in np.array_split(values, math.ceil(len(values) / rows) or 1)
        ]
    )


def hampel(x: ArrayLike, scale: float | None = None) -> Robust:
    """Robust mean by Hampel's function with the knots 1.5, 3 and 4.5, C.5.3; ``scale`` is the Q method's by default.

    >>> round(hampel([9.9, 10.0, 10.1, 10.2, 50.0]).location, 2)
    10.05
    """
    values = column(x, "x")
    if scale is None:
        scale = q_scale(values) if len(values) > 1 else 0.0
    return Robust(float(hampel_rounds(values[None, :], np.array([scale]))[0]), scale)


def hampel_rounds(x: ArrayLike, scale: Floats | None = None) -> Floats:
    """Hampel's mean for each row of ``x``; ``scale`` per row, the Q method's by default. Raises DataRefused."""
    values = table(x, "x")
    scale = q_scale_rounds(values) if scale is None else scale
    parts = range(0, len(values), _BATCH)
    return np.concatenate([_hampel_of(values[at : at + _BATCH], scale[at : at + _BATCH]) for at in parts])


METHODS: Final[dict[str, Callable[[ArrayLike], Robust]]] = {
    "algorithm_a": algorithm_a,
    "q_hampel": hampel,
    "median_made": median_made,
    "median_niqr": median_niqr,
}


def _listed(x: ArrayLike | Sequence[ArrayLike]) -> list[ArrayLike]:
    return list(x) if isinstance(x, Sequence) else list(np.asarray(x))


def _q_of(differences: Floats, weights: Floats | None, laboratories: int, tie: Floats) -> Floats:
    """The Q estimate of each row of absolute differences between results of different laboratories.

    ``tie`` is, for each row, how far apart differences are still one.
    """
    order = np.argsort(differences, axis=1)
    ordered = np.take_along_axis(differences, order, axis=1)
    pairs = laboratories * (laboratories - 1) / 2
    if weights is None:
        after = np.broadcast_to(np.arange(1, ordered.shape[1] + 1) / pairs, ordered.shape)
        before = after - 1 / pairs
    else:
        share = weights[order] / pairs
        after = np.cumsum(share, axis=1)
        before = after - share
    new = np.ones(ordered.shape, dtype=bool)
    new[:, 1:] = np.diff(ordered, axis=1) > tie[:, None]
    last = np.ones(ordered.shape, dtype=bool)
    last[:, :-1] = new[:, 1:]
    # H1 just before and at each distinct difference; G1 is their mean there, and linear in between.
    low = np.maximum.accumulate(np.where(new, before, -1.0), axis=1)
    high = np.minimum.accumulate(np.where(last, after, 2.0)[:, ::-1], axis=1)[:, ::-1]
    nothing = ordered <= tie[:, None]
    equal = np.where(nothing, high, 0.0).max(axis=1)  # H1(0)
    mean = np.where(nothing, 0.0, (low + high) / 2)
    wanted = 0.25 + 0.75 * equal
    at = np.argmax(mean >= wanted[:, None], axis=1)
    rows = np.arange(len(ordered))
    start = np.argmax(new & (np.arange(ordered.shape[1]) == _group_start(new, at)[:, None]), axis=1)
    upper_x, upper_g = ordered[rows, at], mean[rows, at]
    lower_x = np.where(start > 0, ordered[rows, start - 1], 0.0)
    lower_g = np.where(start > 0, mean[rows, start - 1], 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        point = lower_x + (upper_x - lower_x) * (wanted - lower_g) / (upper_g - lower_g)
        quantile = np.array([normal_quantile(float(one)) for one in 0.625 + 0.375 * equal])
        found = point / (math.sqrt(2) * quantile)
    return np.where(equal >= 1, 0.0, found)


def _q_of_many(ordered: Floats) -> float:
    """The same of many sorted results, by counting: no difference is listed."""
    n = len(ordered)
    pairs, places, tie = n * (n - 1) / 2, np.arange(n), _TIE * float(abs(ordered).max())

    def up_to(d: float) -> float:
        """The share of the differences that are at most ``d``."""
        return float((np.searchsorted(ordered, ordered + (d + tie), "right") - places - 1).sum()) / pairs

    def below(d: float) -> float:
        return float((np.maximum(np.searchsorted(ordered, ordered + (d - tie), "left") - places, 1) - 1).sum()) / pairs

    def next_above(d: float) -> float:
        at = np.searchsorted(ordered, ordered + (d + tie), "right")
        inside = at < n
        return float((ordered[at[inside]] - ordered[inside]).min())

    def next_below(d: float) -> float:
        at = np.searchsorted(ordered, ordered + (d - tie), "left") - 1
        found = float((ordered[at] - ordered)[at > places].max(initial=0.0))
        return found if found > tie else 0.0

    equal = up_to(0.0)
    if equal >= 1:
        return 0.0
    wanted = 0.25 + 0.75 * equal
    low, high = 0.0, float(ordered[-1] - ordered[0])
    while high - low > tie:
        middle = (low + high) / 2
        low, high = (low, middle) if up_to(middle) >= wanted else (middle, high)
    upper = next_above(low - tie if low else 0.0)
    while (height := (below(upper) + up_to(upper)) / 2) < wanted:
        upper = next_above(upper)
    lower = next_below(upper)
    before = (below(lower) + up_to(lower)) / 2 if lower else 0.0
    point = lower + (upper - lower) * (wanted - before) / (height - before)
    return point / (math.sqrt(2) * normal_quantile(0.625 + 0.375 * equal))


def _group_start(new: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Where the group of equal differences begins to which position ``at`` of each row belongs."""
    place = np.where(new, np.arange(new.shape[1]), 0)
    starts: np.ndarray = np.maximum.accumulate(place, axis=1)[np.arange(len(at)), at]
    return starts


def _hampel_of(values: Floats, scale: Floats) -> Floats:
    """The zero of the sum of Hampel's function nearest to the median, exactly: the sum is piecewise linear."""
    middle = np.median(values, axis=1)
    width = np.where(scale > 0, scale, 1.0)[:, None]
    q = (values - middle[:, None]) / width
    knots = np.concatenate([q + place for place, _change in _BENDS], axis=1)
    changes = np.repeat([change for _place, change in _BENDS], values.shape[1])
    order = np.argsort(knots, axis=1)
    knots = np.take_along_axis(knots, order, axis=1)
    # Left of the first knot all results are too far to count: from 0 there the sum follows its slopes.
    slopes = np.cumsum(changes[order], axis=1)
    sums = np.zeros(knots.shape)
    np.cumsum(slopes[:, :-1] * np.diff(knots, axis=1), axis=1, out=sums[:, 1:])
    sums[abs(sums) < 1e-12 * values.shape[1]] = 0.0
    left, right = sums[:, :-1], sums[:, 1:]
    crossing = (left * right <= 0) & ~((left == 0) & (right == 0))
    with np.errstate(invalid="ignore", divide="ignore"):
        place = knots[:, :-1] + np.diff(knots, axis=1) * left / (left - right)
    # Between two knots where the sum is 0 all along there is nothing to estimate: far from all results.
    place = np.where(crossing, place, np.inf)
    nearest = np.argmin(abs(place), axis=1)
    found = middle + width[:, 0] * place[np.arange(len(values)), nearest]
    return np.where((scale > 0) & np.isfinite(found), found, middle)
