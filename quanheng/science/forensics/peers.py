"""One laboratory against all the others: does it have more, or less, of something than chance lets it have?

Sources: R. A. Fisher, The Design of Experiments (1935), ch. II (exact test); N. Mantel, W. Haenszel, J. Natl. Cancer
Inst. 22 (1959) 719 (strata, here the items that are determined: who determines what fails more often is no better).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from quanheng.science.arrays import DataRefused
from quanheng.science.special import normal_cdf

#: From this variance on a sum over strata is told by the normal distribution, with correction for continuity.
NORMAL_FROM: Final = 100.0


class Share(NamedTuple):
    """``found`` of ``looked`` at one place, of ``all_found`` of ``all_looked`` at all places, this one included."""

    found: int
    looked: int
    all_found: int
    all_looked: int


class Against(NamedTuple):
    """What was found, what was to be expected by the others' shares, its variance, and the chance of it."""

    observed: int
    expected: float
    variance: float
    p: float


def more_than_others(share: Share) -> Against:
    """The chance of so much or more where all places are alike (Fisher's exact test, one-sided). Raises DataRefused.

    >>> round(more_than_others(Share(3, 4, 4, 8)).p, 4)  # the lady tasting tea, three of four cups
    0.2429
    """
    expected, variance = _moments(_checked(share))
    return Against(share.found, expected, variance, _upper(share))


def less_than_others(strata: Sequence[Share]) -> Against:
    """The chance of so little or less in all strata together, where all places are alike. Raises DataRefused.

    Exact (the sum of independent hypergeometric counts) up to a variance of ``NORMAL_FROM``, normal above.

    >>> round(less_than_others([Share(0, 4, 4, 8)]).p, 4)
    0.0143
    """
    moments = [_moments(_checked(one)) for one in strata]
    observed = sum(one.found for one in strata)
    expected, variance = math.fsum(one for one, _v in moments), math.fsum(v for _e, v in moments)
    if variance >= NORMAL_FROM:
        return Against(observed, expected, variance, normal_cdf((observed - expected + 0.5) / math.sqrt(variance)))
    chances = np.ones(1)
    for one in strata:
        chances = np.convolve(chances, _chances(one, observed))[: observed + 1]
    return Against(observed, expected, variance, min(1.0, float(chances.sum())))


def _checked(share: Share) -> Share:
    others_found, others_looked = share.all_found - share.found, share.all_looked - share.looked
    if not (0 <= share.found <= share.looked and 0 <= others_found <= others_looked):
        raise DataRefused(
            "发现数不能为负或多于检查数，一处也不能多于全体",
            "what is found is neither negative nor more than was looked at, nor one place more than all",
            "found",
        )
    return share


def _moments(share: Share) -> tuple[float, float]:
    """Mean and variance of the hypergeometric count."""
    _found, n, k, total = share
    if total < 2:
        return (n * k / total if total else 0.0), 0.0
    rate = k / total
    return n * rate, n * rate * (1 - rate) * (total - n) / (total - 1)


def _log_chance(count: int, share: Share) -> float:
    return (
        _log_choose(share.all_found, count)
        + _log_choose(share.all_looked - share.all_found, share.looked - count)
        - _log_choose(share.all_looked, share.looked)
    )


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _next(count: int, share: Share) -> float:
    """By what the chance of ``count`` is multiplied to get that of one more."""
    rest = share.all_looked - share.all_found - share.looked + count + 1
    return (share.all_found - count) * (share.looked - count) / ((count + 1) * rest)


def _upper(share: Share) -> float:
    """The chance of ``share.found`` or more: summed from there upwards, so that a small one keeps its digits."""
    least = max(0, share.looked - (share.all_looked - share.all_found))
    if share.found <= least:
        return 1.0
    mean, _variance = _moments(share)
    if share.found <= mean:  # the lower side is the shorter sum
        below = Share(share.found - 1, share.looked, share.all_found, share.all_looked)
        return max(0.0, 1.0 - float(_chances(below, below.found).sum()))
    chance = total = math.exp(_log_chance(share.found, share))
    for count in range(share.found, min(share.looked, share.all_found)):
        chance *= _next(count, share)
        total += chance
        if chance < total * 1e-17:
            break
    return min(1.0, total)


def _chances(share: Share, most: int) -> np.ndarray:
    """The chances of 0 … ``most`` in a stratum."""
    least = max(0, share.looked - (share.all_looked - share.all_found))
    last = min(most, share.looked, share.all_found)
    found = np.zeros(max(last, least, 0) + 1)
    if last < least:
        return found[: most + 1]
    # From the likeliest of them outwards: what is too small to be held is too small to count.
    mode = (share.looked + 1) * (share.all_found + 1) // (share.all_looked + 2)
    middle = min(max(mode, least), last)
    found[middle] = math.exp(_log_chance(middle, share))
    for count in range(middle, last):
        found[count + 1] = found[count] * _next(count, share)
    for count in range(middle - 1, least - 1, -1):
        found[count] = found[count + 1] / _next(count, share)
    return found
