"""Measured values as text, typeset the same way everywhere.

Sources: JCGM 100:2008, 7.2.2 and 7.2.4 (ways to state a result with its uncertainty); SI Brochure (9th edition)
5.4.3 (a space before the unit, none before °, ′, ″); GB/T 15835-2011 (no space before % in Chinese text).
All spaces inside a value are no-break spaces, U+00A0.
"""

from decimal import Context, Decimal
from typing import Literal

from quanheng.science.quantities.decimals import EXACT, decimal_of, decimal_text
from quanheng.science.quantities.rounding import RoundingRefused, round_to_uncertainty
from quanheng.science.quantities.units import Unit, as_unit

NBSP = "\u00a0"
MINUS = "\u2212"
_QUOTIENT = Context(prec=20)
_TIGHT = frozenset({"°", "′", "″"})
_TIGHT_ZH = frozenset({"%", "‰"})


def format_number(value: Decimal | str) -> str:
    """``value`` in plain notation with a true minus sign; all digits are kept.

    >>> format_number("-0.50")
    '−0.50'
    """
    return decimal_text(decimal_of(value)).replace("-", MINUS)


def with_unit(number: str, unit: Unit | str, lang: str = "zh") -> str:
    """A number already in text followed by its unit, bound together.

    >>> with_unit("25", "℃", "en"), with_unit("5", "%", "zh"), with_unit("3", "1")
    ('25\\xa0°C', '5%', '3')
    """
    found = as_unit(unit)
    if found.symbol == "1":
        return number
    tight = found.symbol in _TIGHT or (found.symbol in _TIGHT_ZH and not lang.startswith("en"))
    return f"{number}{'' if tight else NBSP}{found.text(lang)}"


def format_value(
    value: Decimal | str,
    unit: Unit | str,
    U: Decimal | str | None = None,
    k: Decimal | str | None = None,
    lang: str = "zh",
) -> str:
    """A measured value with, where given, its expanded uncertainty ``U`` (same unit) and coverage factor ``k``.

    With ``U`` both numbers are rounded by JCGM 100, 7.2.6; without it the value keeps all its digits. Form of
    JCGM 100, 7.2.4. Raises RoundingRefused (U not positive), DecimalRefused, UnknownUnit.

    >>> format_value("10.00187", "MPa", "0.003", "2").replace(NBSP, " ")
    '10.002 MPa ± 0.003 MPa, k = 2'
    >>> format_value("-20.0", "℃", lang="en").replace(NBSP, " ")
    '−20.0 °C'
    """
    if U is None:
        return with_unit(format_number(value), unit, lang)
    rounded = round_to_uncertainty(value, U)
    text = NBSP.join(
        (
            with_unit(format_number(rounded.value), unit, lang),
            "±",
            with_unit(format_number(rounded.uncertainty), unit, lang),
        )
    )
    return text + _coverage(k)


def format_concise(
    value: Decimal | str,
    unit: Unit | str,
    U: Decimal | str,
    k: Decimal | str = "2",
    lang: str = "zh",
    bracket: Literal["standard", "expanded"] = "standard",
) -> str:
    """A measured value with its uncertainty in brackets, in units of the last digits shown.

    By the convention of JCGM 100, 7.2.2, case 2, the brackets hold the *standard* uncertainty u = U/k. Where the
    *expanded* uncertainty is wanted there, ask for ``bracket="expanded"``: the coverage factor is then always
    written, so that the two cannot be confused.

    >>> format_concise("10.002", "MPa", "0.006", "2").replace(NBSP, " ")
    '10.002(3) MPa'
    >>> format_concise("10.002", "MPa", "0.006", "2", bracket="expanded").replace(NBSP, " ")
    '10.002(6) MPa, k = 2'
    """
    factor = decimal_of(k)
    if factor <= 0:
        raise RoundingRefused("包含因子 k 须大于 0", "the coverage factor k must be greater than 0")
    expanded = decimal_of(U)
    uncertainty = expanded if bracket == "expanded" else _QUOTIENT.divide(expanded, factor)
    rounded = round_to_uncertainty(value, uncertainty)
    number = with_unit(f"{format_number(rounded.value)}({_last_digits(rounded.uncertainty)})", unit, lang)
    return number + (_coverage(factor) if bracket == "expanded" else "")


def _coverage(k: Decimal | str | None) -> str:
    return "" if k is None else f", k{NBSP}={NBSP}{format_number(k)}"


def _last_digits(uncertainty: Decimal) -> str:
    """0.0015 → 15, but 1.2 → 1.2: from one upwards the decimal sign stays, lest 10.5(12) be misread."""
    if uncertainty >= 1:
        return decimal_text(uncertainty)
    return str(int(uncertainty.scaleb(-int(uncertainty.as_tuple().exponent), EXACT)))
