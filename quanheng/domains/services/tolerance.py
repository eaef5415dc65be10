"""How well an instrument has to be calibrated, by its maximum permissible error."""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, Context, Decimal

from quanheng.science.quantities import UnknownUnit, fits, parse_unit

# JJF 1094-2002, 5.3.1.4: the expanded uncertainty (k = 2) with which an instrument is judged against its maximum
# permissible error is at most a third of it.
SHARE = 3
_ERROR = re.compile(r"±(?P<size>\d+(?:\.\d+)?) ?(?P<unit>.*)")
_DIGITS = Context(prec=3, rounding=ROUND_DOWN)


def greatest_uncertainty(max_error: str, upper: str, unit: str, quantity: str) -> str:
    """The greatest acceptable expanded uncertainty with its unit, "" where the error gives none.

    ``max_error`` as in instruments.csv: "±0.02 mm", "±1.6 %FS" and "±4 %" (both of the upper end of the range). What
    depends on the value besides ("±(0.3 mm + 0.2 mm/m)"), on the day or on a scale interval is left to the institute.

    >>> greatest_uncertainty("±1.6 %FS", "1.6", "MPa", "pressure")
    '0.00853 MPa'
    """
    found = _ERROR.fullmatch(max_error)
    if found is None:
        return ""
    size, of = Decimal(found["size"]), found["unit"]
    if of == "%FS" or (of == "%" and unit != "%"):
        size, of = size * Decimal(upper) / 100, unit
    if of == "dB" and unit.startswith("dB("):
        of = unit  # a difference of two levels
    try:
        parse_unit(of)
    except UnknownUnit:
        return ""
    if not of or not fits(of, quantity):
        return ""
    return f"{_DIGITS.divide(size, Decimal(SHARE)):f} {of}"
