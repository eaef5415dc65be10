"""Which pairs of product and event are reported more often than chance explains.

Sources: S. J. W. Evans et al., Pharmacoepidemiol. Drug Saf. 10 (2001) 483 (PRR); K. J. Rothman et al., ibid. 13 (2004)
519 (ROR); A. Bate et al., Eur. J. Clin. Pharmacol. 54 (1998) 315 (BCPNN); G. N. Norén et al., Stat. Methods Med. Res.
22 (2013) 57 (IC, shrunk by ½).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from quanheng.science.gammas import digamma, gamma_quantile, trigamma
from quanheng.science.signals.counting import Counts

if TYPE_CHECKING:
    from quanheng.science.arrays import Floats

_Z975 = 1.959963984540054
_LN2 = math.log(2)


class Ratios(NamedTuple):
    """By pair: PRR, Yates's chi-square, ROR with its lower 95 % limit, IC with its lower 97.5 % limit, and n/e.

    Ratios are infinite where an event was reported with no other product.
    """

    prr: Floats
    chi2: Floats
    ror: Floats
    ror_low: Floats
    ic: Floats
    ic025: Floats
    rrr: Floats


def ratios(counts: Counts) -> Ratios:
    """All of them.

    >>> from quanheng.science.signals.counting import count
    >>> pairs = ["ax", "ax", "ay", "bx", "by", "by"]
    >>> found = ratios(count([(report, *pair) for report, pair in enumerate(pairs)]))
    >>> round(float(found.prr[0]), 3), round(float(found.ror[0]), 3)
    (2.0, 4.0)
    """
    a = counts.n.astype(float)
    b, c = counts.products - a, counts.events - a
    d = counts.total - a - b - c
    with np.errstate(divide="ignore", invalid="ignore"):
        prr = (a / (a + b)) / (c / (c + d))
        ror = (a * d) / (b * c)
        ror_low = np.exp(np.log(ror) - _Z975 * np.sqrt(1 / a + 1 / b + 1 / c + 1 / d))
        off = np.maximum(0.0, abs(a * d - b * c) - counts.total / 2)
        chi2 = counts.total * off**2 / ((a + b) * (c + d) * (a + c) * (b + d))
    # Without a limit there is nothing below it either: ∞ − ∞ is not a number.
    ror_low = np.where(np.isfinite(ror) & (ror > 0), ror_low, np.nan)
    ic = np.log2((a + 0.5) / (counts.e + 0.5))
    # The quantile depends on n alone but for its scale, and few numbers occur.
    known, place = np.unique(a, return_inverse=True)
    ic025 = np.log2(gamma_quantile(0.025, known + 0.5)[place] / (counts.e + 0.5))
    return Ratios(prr, np.nan_to_num(chi2), ror, ror_low, ic, ic025, a / counts.e)


class Bcpnn(NamedTuple):
    """Mean of the information component, its standard deviation and lower 97.5 % limit, all in bits."""

    mean: Floats
    sd: Floats
    low: Floats


def bcpnn(counts: Counts) -> Bcpnn:
    """The information component of the Bayesian confidence propagation neural network, by its beta distributions."""
    n, total = counts.n.astype(float), float(counts.total)
    p, q = 1 + counts.products.astype(float), 1 + counts.events.astype(float)
    p2, q2 = 1 + total - counts.products, 1 + total - counts.events
    r = 1 + n
    r2 = total - n - 1 + (2 + total) ** 2 / (q * p)
    mean = (digamma(r) - digamma(r + r2) - digamma(p) + digamma(p + p2) - digamma(q) + digamma(q + q2)) / _LN2
    variance = (
        trigamma(r) - trigamma(r + r2) + trigamma(p) - trigamma(p + p2) + trigamma(q) - trigamma(q + q2)
    ) / _LN2**2
    sd = np.sqrt(variance)
    return Bcpnn(mean, sd, mean - _Z975 * sd)
