"""Rounding of measured values: GB/T 8170-2008 (round half to even) and JCGM 100:2008, 7.2.6."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from quanheng.science.errors import ScienceError
from quanheng.science.quantities.decimals import EXACT, decimal_of, plain


class RoundingRefused(ScienceError):
    """A number that cannot be rounded as asked."""


class Rounded(NamedTuple):
    """A value and its uncertainty, written to the same decimal place."""

    value: Decimal
    uncertainty: Decimal


def round_to(value: Decimal | str, place: int) -> Decimal:
    """``value`` to ``place`` decimals (negative: tens, hundreds …), halves to the even digit.

    Source: GB/T 8170-2008, 3.2.

    >>> [str(round_to(text, 1)) for text in ("12.1498", "10.502", "0.350", "1.050")]
    ['12.1', '10.5', '0.4', '1.0']
    """
    step = Decimal(1).scaleb(-place, EXACT)
    return plain(decimal_of(value).quantize(step, rounding=ROUND_HALF_EVEN, context=EXACT))


def round_significant(value: Decimal | str, digits: int) -> Decimal:
    """``value`` to ``digits`` significant digits, halves to the even digit (GB/T 8170-2008, 3.2).

    >>> str(round_significant("0.09962", 2)), str(round_significant("28.05", 2))
    ('0.10', '28')
    """
    if digits < 1:
        raise RoundingRefused("有效位数至少为 1", "at least one significant digit is needed")
    number = decimal_of(value)
    if number.is_zero():
        return number
    return round_to(number, _place(number, digits))


def round_to_uncertainty(value: Decimal | str, uncertainty: Decimal | str, digits: int = 2) -> Rounded:
    """Round ``uncertainty`` to at most ``digits`` significant digits and ``value`` to the same decimal place.

    Digits are not invented: an uncertainty given with fewer digits keeps them. Value and uncertainty are in the
    same unit; the uncertainty may be standard or expanded. Source: JCGM 100:2008, 7.2.6 (at most two digits;
    estimates to agree with their uncertainties), GB/T 8170-2008 for the halves. Raises RoundingRefused unless
    the uncertainty is positive and ``digits`` is 1 or 2.

    >>> [str(number) for number in round_to_uncertainty("10.05762", "0.027")]
    ['10.058', '0.027']
    >>> [str(number) for number in round_to_uncertainty("1234.5", "312")]
    ['1230', '310']
    """
    if digits not in (1, 2):
        raise RoundingRefused(
            "不确定度只取 1 位或 2 位有效数字（JCGM 100，7.2.6）",
            "an uncertainty has one or two significant digits (JCGM 100, 7.2.6)",
        )
    number = decimal_of(uncertainty)
    if number <= 0:
        raise RoundingRefused("不确定度须大于 0，请核对", "the uncertainty must be greater than 0; check it")
    rounded = round_significant(number, digits) if len(number.as_tuple().digits) > digits else number
    # The place is that of the last digit asked for, also where rounding carried (0.0996 → 0.10).
    last = rounded.as_tuple().exponent
    place = -last if isinstance(last, int) and last < 0 else min(0, _place(rounded, digits))
    return Rounded(round_to(value, place), rounded)


def _place(number: Decimal, digits: int) -> int:
    """Decimals that leave ``digits`` significant digits, allowing for a carry into one digit more."""
    place = digits - 1 - number.adjusted()
    carried = number.quantize(Decimal(1).scaleb(-place, EXACT), rounding=ROUND_HALF_EVEN, context=EXACT)
    return place if carried.adjusted() == number.adjusted() else place - 1
