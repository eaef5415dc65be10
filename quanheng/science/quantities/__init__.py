"""Quantities, units, ranges and the writing of measured values.

>>> parse_range("(0~60) MPa").contains("100", "kPa")
True
>>> format_value("10.00187", "MPa", "0.003", "2").replace(NBSP, " ")
'10.002 MPa ± 0.003 MPa, k = 2'
"""

from quanheng.science.quantities.composition import UnknownUnit
from quanheng.science.quantities.decimals import DecimalRefused, decimal_of, decimal_text
from quanheng.science.quantities.kinds import KINDS, Kind
from quanheng.science.quantities.ranges import Range, RangeRefused, parse_range
from quanheng.science.quantities.rounding import (
    Rounded,
    RoundingRefused,
    round_significant,
    round_to,
    round_to_uncertainty,
)
from quanheng.science.quantities.units import (
    Unit,
    UnitMismatch,
    UnknownKind,
    convert,
    difference_kind,
    fits,
    kind,
    kind_of,
    parse_unit,
    require_fit,
    to_si,
    units_of,
)
from quanheng.science.quantities.writing import NBSP, format_concise, format_number, format_value, with_unit

__all__ = [
    "KINDS",
    "NBSP",
    "DecimalRefused",
    "Kind",
    "Range",
    "RangeRefused",
    "Rounded",
    "RoundingRefused",
    "Unit",
    "UnitMismatch",
    "UnknownKind",
    "UnknownUnit",
    "convert",
    "decimal_of",
    "decimal_text",
    "difference_kind",
    "fits",
    "format_concise",
    "format_number",
    "format_value",
    "kind",
    "kind_of",
    "parse_range",
    "parse_unit",
    "require_fit",
    "round_significant",
    "round_to",
    "round_to_uncertainty",
    "to_si",
    "units_of",
    "with_unit",
]
