"""E_n scores: the difference of two results beside the expanded uncertainty of that difference.

Source: ISO 13528:2022, 9.7 (GB/T 28043-2019, 9.7): E_n = (x1 − x2) / √(U1² + U2²) with expanded uncertainties of
coverage factor k = 2; results agree where |E_n| ≤ 1. There x2 is an assigned value; between two laboratories neither
is, and the score only says whether the two results are compatible, not which of them is right.

>>> en_score(Stated("10.01", "0.003", "MPa"), Stated("10.00", "0.004", "MPa")).text
'2.00'
>>> en_score(Stated("90", "3", "km/h"), Stated("25", "1", "m/s")).agrees
True
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from quanheng.science.errors import ScienceError
from quanheng.science.quantities import convert, decimal_of
from quanheng.science.quantities.decimals import EXACT
from quanheng.science.quantities.units import as_unit, difference_kind

#: GUM 6.3.3: the coverage factor that E_n is defined for
USUAL_K = Decimal(2)
_ROOT = EXACT.copy()
_ROOT.prec = 50
# Beyond this a score is written with a power of ten.
_FAR = Decimal(1_000_000)
# Scores above 1 that two decimals would write as 1.00, and of these the ones that three decimals still show.
_JUST_BEYOND, _VISIBLE = Decimal("1.005"), Decimal("1.0005")


class EnRefused(ScienceError):
    """Two results for which there is no E_n score."""


@dataclass(frozen=True)
class Stated:
    """A result as its laboratory states it: value, expanded uncertainty and unit, the coverage factor of it."""

    value: Decimal | str
    expanded: Decimal | str
    unit: str
    k: Decimal | str = USUAL_K

    @cached_property
    def usual(self) -> Decimal:
        """The expanded uncertainty at k = 2. Raises EnRefused."""
        expanded, k = decimal_of(self.expanded), decimal_of(self.k)
        if expanded < 0:
            raise EnRefused("扩展不确定度不能为负，请核对", "an expanded uncertainty cannot be negative; check it")
        if k <= 0:
            raise EnRefused("包含因子 k 须大于 0，请核对", "the coverage factor k must be above 0; check it")
        return expanded if k == USUAL_K else _ROOT.divide(_ROOT.multiply(expanded, USUAL_K), k)


@dataclass(frozen=True)
class EnScore:
    """The score of the first result against the second, and what it was computed of, in the unit of the first."""

    score: Decimal
    difference: Decimal
    expanded: Decimal

    @property
    def agrees(self) -> bool:
        """|E_n| ≤ 1: the results are compatible."""
        return self.score.copy_abs() <= 1

    @property
    def text(self) -> str:
        """Two decimals, as scores are reported; never rounded across the limit of 1."""
        size = self.score.copy_abs()
        if size >= _FAR:
            return format(self.score, ".3g")
        if 1 < size < _JUST_BEYOND:
            # 1.002 is no 1.00.
            return format(self.score, ".4g") if size >= _VISIBLE else ("<-1" if self.score < 0 else ">1")
        text = f"{self.score:.2f}"
        return "0.00" if text == "-0.00" else text


def en_score(first: Stated, second: Stated) -> EnScore:
    """The E_n score of two results of one quantity, in whatever units of one kind they are stated.

    Uncertainties stated with another coverage factor are brought to k = 2. Raises EnRefused where neither has an
    uncertainty, UnitMismatch, DecimalRefused.
    """
    x1, x2, u1, u2 = decimal_of(first.value), decimal_of(second.value), first.usual, second.usual
    one, other = as_unit(first.unit), as_unit(second.unit)
    if one is not other:
        x2, u2 = convert(x2, other, one), convert(u2, other, one, difference_kind(other))
    expanded = _ROOT.sqrt(_ROOT.add(_ROOT.multiply(u1, u1), _ROOT.multiply(u2, u2)))
    if not expanded:
        raise EnRefused(
            "两个结果都没有不确定度，E_n 无从计算，请改比较判定",
            "neither result has an uncertainty, so there is no E_n; compare the verdicts instead",
        )
    difference = _ROOT.subtract(x1, x2)
    return EnScore(_ROOT.divide(difference, expanded), difference, expanded)
