"""Decimal numbers as people write them: strings in, exact decimals out.

Source: GB/T 15835-2011 (digits in publications) and ISO 80000-1:2022, 7.3 (decimal sign, grouping).
"""

import re
from decimal import Context, Decimal, InvalidOperation, Overflow
from functools import lru_cache

from quanheng.science.errors import ScienceError
from quanheng.science.text import flatten

MAX_DIGITS = 34  # IEEE 754 decimal128 carries as many
MAX_EXPONENT = 45  # the Planck constant with ten digits ends at 10⁻⁴³
MAX_CHARACTERS = 100  # sign, 46 digits, decimal sign, 45 digits: whatever is accepted can be written and read back

#: One wide context for all exact arithmetic, so that a caller's own context cannot change a result.
EXACT = Context(prec=120, Emax=999_999, Emin=-999_999, traps=[InvalidOperation, Overflow])

_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_POWER = re.compile(r"(.+?)\s*[×xX*·]\s*10\s*\^\s*\(?([+-]?[0-9]{1,4})\)?")
_GROUPED = re.compile(r"[+-]?[0-9]+(?:[,'\u2019\s\u00a0\u2009\u202f_][0-9]+)+(?:\.[0-9]+)?")


class DecimalRefused(ScienceError):
    """A text that is not one plain decimal number."""

    def __init__(self, text: str, zh: str, en: str) -> None:
        shown = text if len(text) <= MAX_CHARACTERS else text[:20] + "…"
        super().__init__(f"“{shown}”不是可接受的数：{zh}", f"'{shown}' is not an acceptable number: {en}")


def decimal_of(text: str | Decimal | int) -> Decimal:
    """The exact decimal that ``text`` writes; digits, also trailing zeros, are kept.

    Accepts full-width digits, U+2212 and other minus signs, ``1.2e-3`` and ``1.2×10⁻³``. Refuses thousands
    separators, NaN, infinities, more than 34 digits, digits beyond 10^±45 and texts beyond 100 characters.
    Raises DecimalRefused.

    >>> decimal_of("−１０．０50")
    Decimal('-10.050')
    >>> decimal_of("1.2×10⁻³")
    Decimal('0.0012')
    """
    if isinstance(text, str):
        return _read(text)
    if isinstance(text, Decimal):
        return _bounded(text, text)
    if isinstance(text, int) and not isinstance(text, bool):
        return _bounded(Decimal(text), text)
    raise DecimalRefused(repr(text), "请以文本给出", "give it as text")


@lru_cache(maxsize=8192)
def _read(text: str) -> Decimal:
    """What a text writes; a report has the same limits, units and uncertainties in line after line."""
    if len(text) > MAX_CHARACTERS:
        raise DecimalRefused(
            text,
            f"超过 {MAX_CHARACTERS} 个字符，请缩短",
            f"longer than {MAX_CHARACTERS} characters, shorten it",
        )
    flat = flatten(text)
    if _PLAIN.fullmatch(flat):
        return _bounded(Decimal(flat), text)
    power = _POWER.fullmatch(flat)
    if power and _PLAIN.fullmatch(power[1]):
        return _bounded(Decimal(power[1]).scaleb(int(power[2]), EXACT), text)
    if not flat:
        raise DecimalRefused(text, "内容为空，请填写一个数", "it is empty, write a number")
    if _GROUPED.fullmatch(flat):
        raise DecimalRefused(
            text,
            "不要用逗号、空格等分组，小数点写“.”，如 12345.6",
            "write no grouping by comma, space or apostrophe, and the decimal sign as '.', e.g. 12345.6",
        )
    if flat.lstrip("+-").lower() in {"nan", "inf", "infinity", "snan", "∞"}:
        raise DecimalRefused(text, "须为有限的数", "it must be a finite number")
    raise DecimalRefused(text, "请写成如 10.05 或 1.2e-3 的数", "write it like 10.05 or 1.2e-3")


def decimal_text(value: Decimal) -> str:
    """``value`` in plain notation, trailing zeros kept, never an exponent, no negative zero.

    >>> decimal_text(Decimal("1.50E+3")), decimal_text(Decimal("-0.00"))
    ('1500', '0.00')
    """
    if value.is_zero():
        value = value.copy_abs()
    return format(value, "f")


def plain(value: Decimal) -> Decimal:
    """``value`` without a positive exponent, so that its text shows all its digits."""
    exponent = value.as_tuple().exponent
    return Decimal(format(value, "f")) if isinstance(exponent, int) and exponent > 0 else value


def _bounded(value: Decimal, given: str | Decimal | int) -> Decimal:
    if not value.is_finite():
        raise DecimalRefused(_shown(given), "须为有限的数", "it must be a finite number")
    parts = value.as_tuple()
    if len(parts.digits) > MAX_DIGITS and len(value.normalize(EXACT).as_tuple().digits) > MAX_DIGITS:
        raise DecimalRefused(_shown(given), f"超过 {MAX_DIGITS} 位数字", f"it has more than {MAX_DIGITS} digits")
    low, high = int(parts.exponent), value.adjusted()
    if low < -MAX_EXPONENT or max(low, high) > MAX_EXPONENT:
        raise DecimalRefused(
            _shown(given), f"数量级超出 10^±{MAX_EXPONENT}", f"its order of magnitude is beyond 10^±{MAX_EXPONENT}"
        )
    return plain(value) if low > 0 else value


def _shown(given: str | Decimal | int) -> str:
    return str(given) if not isinstance(given, int) else str(given)[:MAX_CHARACTERS]
