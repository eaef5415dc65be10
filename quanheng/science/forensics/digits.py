"""Digits that a person chose and no instrument showed.

Sources: J. E. Mosimann et al., Account. Res. 9 (2002) 31 (terminal digits); a rounding test of this project: the share
of results that lie on a coarser grid than their resolution.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from quanheng.science.arrays import DataRefused
from quanheng.science.interlab.consensus import chi_square_tail
from quanheng.science.special import binomial_cdf

#: Fewer results say nothing: with ten cells each is expected five times.
FEWEST = 50


class Digits(NamedTuple):
    """How often each last digit occurs, chi-square about equal shares, and the chance of a larger one."""

    counts: tuple[int, ...]
    chi2: float
    p: float


class Rounding(NamedTuple):
    """How many results end in 0 or 5 where a fifth would, and the chance of so many or more."""

    rounded: int
    total: int
    p: float


def last_digits(values: Sequence[str]) -> Digits:
    """The last digits of results as they were written (texts: 1.20 ends in 0), against equal shares.

    Holds where results spread over many steps of their resolution. Raises DataRefused below FEWEST.

    >>> found = last_digits([f"{one / 100:.2f}" for one in range(1000, 1100)])
    >>> found.chi2, round(found.p, 6)
    (0.0, 1.0)
    """
    counts = Counter(_last(values))
    return equal_shares([counts.get(one, 0) for one in range(10)])


def equal_shares(counts: Sequence[int]) -> Digits:
    """How often each of the ten digits occurs, against equal shares. Raises DataRefused below FEWEST in all."""
    total = sum(counts)
    if len(counts) != 10 or min(counts) < 0 or total < FEWEST:
        raise DataRefused(
            f"应为 10 个数字各自的次数，合计至少 {FEWEST}",
            f"how often each of ten digits occurs, at least {FEWEST} in all",
            "counts",
        )
    expected = total / 10
    chi2 = sum((one - expected) ** 2 / expected for one in counts)
    return Digits(tuple(counts), chi2, chi_square_tail(chi2, 9))


def rounding(values: Sequence[str]) -> Rounding:
    """Whether more results end in 0 or 5 than a fifth. Raises DataRefused below FEWEST.

    >>> rounding(["1.0", "1.5"] * 30).p < 1e-30
    True
    """
    digits = _last(values)
    rounded = sum(one in (0, 5) for one in digits)
    # P(X ≥ k) of n with 0.2 is P(Y ≤ n − k) of n with 0.8: the small tail itself, not one minus the large one.
    return Rounding(rounded, len(digits), binomial_cdf(len(digits) - rounded, len(digits), 0.8))


def _last(values: Sequence[str]) -> list[int]:
    if len(values) < FEWEST:
        raise DataRefused(
            f"至少要有 {FEWEST} 个结果，现有 {len(values)} 个",
            f"at least {FEWEST} results are needed; there are {len(values)}",
            "values",
        )
    found = []
    for place, one in enumerate(values):
        try:
            number = Decimal(one)
        except (InvalidOperation, TypeError, ValueError) as error:
            raise _no_number(place) from error
        if not number.is_finite():
            raise _no_number(place)
        found.append(number.as_tuple().digits[-1])
    return found


def _no_number(place: int) -> DataRefused:
    return DataRefused(
        f"第 {place + 1} 个结果不是数，请按书写时的文字给出",
        f"result {place + 1} is no number; give it as the text that was written",
        f"values.{place}",
    )
