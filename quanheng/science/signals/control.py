"""Control charts: when a process is no longer what it was.

Sources: ISO 7870-2:2023 (Shewhart, with the rules of its clause 8), ISO 7870-4:2021 (CUSUM), ISO 7870-6:2016 (EWMA).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from quanheng.science.arrays import DataRefused, column

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from quanheng.science.arrays import Floats


class Break(NamedTuple):
    """A rule that was broken, at the place (from 0) where it became so."""

    place: int
    rule: str


#: The pattern tests: how many of how many beyond how many σ on one side.
ZONES: Final = {
    "one_beyond_3s": (1, 1, 3.0),
    "two_of_three_beyond_2s": (2, 3, 2.0),
    "four_of_five_beyond_1s": (4, 5, 1.0),
}
RUN, TREND, ALTERNATING, HUGGING, AVOIDING = 9, 6, 14, 15, 8


def shewhart(x: ArrayLike, centre: float, sigma: float) -> tuple[Break, ...]:
    """The eight tests for assignable causes on individual values, in the order of places. Raises DataRefused.

    >>> shewhart([0.1, -0.2, 3.5], 0, 1)
    (Break(place=2, rule='one_beyond_3s'),)
    """
    z = _standard(x, centre, sigma)
    found = [
        Break(place, rule)
        for rule, (many, of, reach) in ZONES.items()
        for side in (z, -z)
        for place in range(len(z))
        if side[place] > reach and (side[max(0, place - of + 1) : place + 1] > reach).sum() >= many
    ]
    steps = np.sign(np.diff(z))
    for place in range(len(z)):
        last = z[place - RUN + 1 : place + 1]
        if place >= RUN - 1 and (all(last > 0) or all(last < 0)):
            found.append(Break(place, "nine_on_one_side"))
        moves = steps[place - TREND + 1 : place]
        if place >= TREND - 1 and (all(moves > 0) or all(moves < 0)):
            found.append(Break(place, "six_rising_or_falling"))
        turns = steps[place - ALTERNATING + 1 : place]
        if place >= ALTERNATING - 1 and all(turns[1:] * turns[:-1] < 0):
            found.append(Break(place, "fourteen_alternating"))
        if place >= HUGGING - 1 and all(abs(z[place - HUGGING + 1 : place + 1]) < 1):
            found.append(Break(place, "fifteen_within_1s"))
        away = z[place - AVOIDING + 1 : place + 1]
        if place >= AVOIDING - 1 and all(abs(away) > 1) and not (all(away > 0) or all(away < 0)):
            found.append(Break(place, "eight_outside_1s"))
    return tuple(sorted(found))


class Cusum(NamedTuple):
    """The sums of both sides in σ, and the places at which one exceeds the decision interval."""

    high: Floats
    low: Floats
    alarms: tuple[int, ...]


def cusum(x: ArrayLike, centre: float, sigma: float, *, reference: float = 0.5, interval: float = 5.0) -> Cusum:
    """Tabular CUSUM with reference value f = 0.5 and decision interval h = 5 (ISO 7870-4), both in σ.

    >>> cusum([0, 2, 2, 2, 2, 2], 0, 1).alarms
    (4, 5)
    """
    z = _standard(x, centre, sigma)
    high, low = np.zeros(len(z)), np.zeros(len(z))
    up = down = 0.0
    for place, one in enumerate(z):
        up, down = max(0.0, up + one - reference), max(0.0, down - one - reference)
        high[place], low[place] = up, down
    return Cusum(high, low, tuple(int(one) for one in np.flatnonzero(np.maximum(high, low) > interval)))


class Ewma(NamedTuple):
    """The moving average, its limits at each place, and where it lies beyond them."""

    average: Floats
    lower: Floats
    upper: Floats
    alarms: tuple[int, ...]


def ewma(x: ArrayLike, centre: float, sigma: float, *, weight: float = 0.2, reach: float = 3.0) -> Ewma:
    """The exponentially weighted moving average with the exact limits of its first places (ISO 7870-6).

    >>> ewma([0, 0, 5, 5], 0, 1).alarms
    (2, 3)
    """
    z = _standard(x, centre, sigma)
    if not 0 < weight <= 1:
        raise DataRefused("“weight”须在 0 与 1 之间", "'weight' must lie between 0 and 1", "weight")
    average, now = np.zeros(len(z)), 0.0
    for place, one in enumerate(z):
        now += weight * (one - now)
        average[place] = now
    places = np.arange(1, len(z) + 1)
    width = reach * sigma * np.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * places)))
    level = centre + sigma * average
    outside = np.flatnonzero(abs(level - centre) > width)
    return Ewma(level, centre - width, centre + width, tuple(int(one) for one in outside))


def _standard(x: ArrayLike, centre: float, sigma: float) -> Floats:
    values = column(x, "x")
    if not sigma > 0:
        raise DataRefused("“sigma”须大于 0", "'sigma' must be above 0", "sigma")
    standard: Floats = (values - centre) / sigma
    return standard
