"""Best uncertainty as a formula of the value, as scopes of calibration and measurement capability print it.

Sources: ILAC-P14:09/2020, 4.3 (a CMC may be a single value, an explicit function of the value, or a range with
interpolation); KCDB notation Q[a, b·x] = √(a² + (b·x)²) of the CIPM MRA; JCGM 100:2008, 6.2 (expanded
uncertainty). The value enters by its magnitude |x|.

Every accepted form is a linear function of |x| or the root sum square of several, hence convex in |x|: its
greatest value over a range lies at an end, and its least at an end or at one vertex, so bounds are exact.

>>> formula = parse_formula("Q[0.1 μm, 2e-6*x]", "mm")
>>> round(formula.at("100"), 7), formula.unit.symbol
(0.0002236, 'mm')
>>> parse_formula("U = 0.5% (k = 2)", "MPa").at("10")
0.05
"""

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache

from quanheng.science.errors import ScienceError
from quanheng.science.quantities import (
    DecimalRefused,
    Range,
    Unit,
    UnknownUnit,
    convert,
    decimal_of,
    decimal_text,
    parse_unit,
    to_si,
    with_unit,
)
from quanheng.science.quantities.decimals import EXACT
from quanheng.science.quantities.units import Number, as_unit, difference_kind
from quanheng.science.text import flatten

MAX_CHARACTERS = 200
MAX_TERMS = 8


class FormulaRefused(ScienceError):
    """A text that is no formula of uncertainty, or one that gives no positive uncertainty where asked."""


@dataclass(frozen=True)
class Linear:
    """constant + slope × |x|; ``constant`` in the formula's unit, ``slope`` a pure number."""

    constant: Decimal
    slope: Decimal

    def text(self, unit: Unit, lang: str) -> str:
        """As printed, e.g. ``0.05 mV + 0.0012 x``."""
        parts = []
        if self.constant or not self.slope:
            parts.append(with_unit(decimal_text(self.constant), unit, lang))
        if self.slope:
            parts.append(f"{decimal_text(self.slope)}\u00a0x")
        return " + ".join(parts).replace("+ -", "− ").replace("-", "−")


@dataclass(frozen=True)
class Formula:
    """The expanded uncertainty U(x), in ``unit``, of a value x in ``unit``; ``k`` is its coverage factor.

    One part is a sum; several are combined by root sum square.
    """

    parts: tuple[Linear, ...]
    unit: Unit
    k: Decimal

    def at(self, value: Number, unit: Unit | str | None = None) -> float:
        """U at ``value`` (in ``unit``, default the formula's), in the formula's unit.

        Raises FormulaRefused where the formula is not positive, UnitMismatch.

        >>> parse_formula("0.01+0.0005x", "V").at("2000", "mV")
        0.011
        """
        x = decimal_of(repr(value) if isinstance(value, float) else value)
        if unit is not None:
            x = convert(x, unit, self.unit)
        return self._positive(self._magnitude(abs(float(x))))

    def at_si(self, value: Number, unit: Unit | str | None = None) -> float:
        """U at ``value``, in the coherent SI unit (as a difference: degrees without offset)."""
        return self.at(value, unit) * self._si_scale

    def bounds(self, over: Range) -> tuple[float, float]:
        """The least and the greatest U for values in the range, in the formula's unit; inf if unbounded.

        Raises FormulaRefused where the formula is not positive somewhere in the range, UnitMismatch.

        >>> from quanheng.science.quantities import parse_range
        >>> parse_formula("0.5% x + 0.02 MPa", "MPa").bounds(parse_range("(-1~60) MPa"))
        (0.02, 0.32)
        """
        near, far = self._magnitudes(over)
        places = [near, far, *(place for place in (self._vertex(),) if near < place < far)]
        found = [self._magnitude(place) for place in places]
        return self._positive(min(found)), max(found)

    def bounds_si(self, over: Range) -> tuple[float, float]:
        """``bounds`` in the coherent SI unit."""
        low, high = self.bounds(over)
        return low * self._si_scale, high * self._si_scale

    def text(self, lang: str = "zh") -> str:
        """The formula in one canonical notation, which ``parse_formula`` reads back.

        >>> parse_formula("Q[0.1um, 2e-6*x]", "μm").text("en").replace("\\u00a0", " ")
        'Q[0.1 μm, 0.000002 x]'
        """
        texts = [part.text(self.unit, lang) for part in self.parts]
        return texts[0] if len(texts) == 1 else f"Q[{', '.join(texts)}]"

    def __str__(self) -> str:
        return self.text()

    @cached_property
    def _si_scale(self) -> float:
        return to_si(1, self.unit, difference_kind(self.unit))

    def _magnitude(self, x: float) -> float:
        if math.isinf(x):
            slope = self.parts[0].slope if len(self.parts) == 1 else sum(abs(part.slope) for part in self.parts)
            return math.copysign(math.inf, slope) if slope else self._magnitude(0.0)
        terms = [float(part.constant) + float(part.slope) * x for part in self.parts]
        return terms[0] if len(terms) == 1 else math.hypot(*terms)

    def _vertex(self) -> float:
        """Where the root sum square is least: d/dx Σ(a + b·x)² = 0; nan for a plain sum, which has none."""
        squares = sum(part.slope**2 for part in self.parts)
        if len(self.parts) == 1 or not squares:
            return math.nan
        return float(-sum(part.constant * part.slope for part in self.parts) / squares)

    def _magnitudes(self, over: Range) -> tuple[float, float]:
        """Least and greatest |x| in the range."""
        low, high = (
            infinite if end is None else float(convert(end, over.unit, self.unit))
            for end, infinite in ((over.lower, -math.inf), (over.upper, math.inf))
        )
        if over.unit is not self.unit:
            convert(Decimal(1), over.unit, self.unit)  # refuses units of another kind also without ends
        far = max(abs(low), abs(high))
        return (0.0 if low <= 0 <= high else min(abs(low), abs(high))), far

    def _positive(self, uncertainty: float) -> float:
        if uncertainty > 0:
            return uncertainty
        raise FormulaRefused(
            f"公式 {self.text()} 在此处得不到大于 0 的不确定度，请核对符号或范围",
            f"the formula {self.text('en')} gives no uncertainty above 0 here; check its signs or the range",
        )


_PREFIX = re.compile(r"(?P<relative>U_?(?:rel|r)|Urel)\s*=|U(?:95|_95)?\s*=", re.I)
_COVERAGE = re.compile(r"[,;(\s]+k\s*=\s*(?P<k>\d+(?:\.\d+)?)\s*\)?$", re.I)
_ROOT = re.compile(r"Q\s*[\[(](?P<inside>.*)[\])](?P<unit>.*)", re.I)
_WHOLE_BRACKET = re.compile(r"\((?P<inside>[^()]*)\)\s*(?P<unit>\D.*)?")
_SPLIT = re.compile(r"(?<![eE^(*·×+\-,])\s*(?=[+-])")
_TERM = re.compile(r"(?P<sign>[+-]?)\s*(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?(?:\s*[×*]\s*10\^[+-]?\d+)?)?(?P<rest>.*)")


@lru_cache(maxsize=8192)
def parse_formula(text: str, unit: Unit | str) -> Formula:
    """Read a formula of uncertainty for values in ``unit``.

    Terms: a constant ("0.02", taken in ``unit``; "0.02 MPa"), a multiple of the value ("0.0005x", "1.2e-3*x",
    "2 μm/m·x"), a relative part ("0.5%"); added, or in Q[…, …] combined by root sum square. ``U =``/``Urel =``
    in front and ``k = 2`` behind are read (k = 2 if absent). x may be written X, for lengths also L or l.
    A constant of dimension one (%, ‰, 10⁻⁶, μm/m) is a fraction of the value; where values themselves are of
    dimension one it is absolute if it is written like them ("0.5%" of values in %, "10 μg/kg" of mg/kg) and
    ``Urel`` does not say otherwise. Raises FormulaRefused, UnknownUnit, UnitMismatch.

    >>> parse_formula("1.2e-3*x + 0.05 mV", "V").parts
    (Linear(constant=Decimal('0.00005'), slope=Decimal('0.0012')),)
    """
    if len(text) > MAX_CHARACTERS:
        raise _refused(text, f"超过 {MAX_CHARACTERS} 个字符", f"longer than {MAX_CHARACTERS} characters")
    value_unit = as_unit(unit)
    flat = flatten(text)
    prefix = _PREFIX.match(flat)
    relative = bool(prefix and prefix["relative"])
    flat = flat[prefix.end() :].strip() if prefix else flat
    coverage = _COVERAGE.search(flat)
    k = decimal_of(coverage["k"]) if coverage else Decimal(2)
    flat = flat[: coverage.start()].strip() if coverage else flat
    if k <= 0:
        raise _refused(text, "包含因子 k 须大于 0", "the coverage factor k must be above 0")
    try:
        parts = _parts(flat, value_unit, relative)
    except DecimalRefused as error:
        raise _refused(text, error.zh, error.en) from error
    except UnknownUnit as error:
        if re.search(r"F\.?S|满量程|量程", flat, re.I):
            raise _refused(
                text, "引用误差（%FS）请换算成单位为量值的常数", "turn %FS of full scale into a constant with a unit"
            ) from error
        raise
    if not parts or all(not part.constant and not part.slope for part in parts):
        raise _refused(text, "没有大于 0 的项", "it has no term above 0")
    return Formula(parts, value_unit, k)


def _parts(flat: str, unit: Unit, relative: bool) -> tuple[Linear, ...]:
    root = _ROOT.fullmatch(flat)
    bracket = _WHOLE_BRACKET.fullmatch(flat)
    outer = (root or bracket)["unit"] if root or bracket else None  # type: ignore[index]
    constants = parse_unit(outer.strip()) if outer and outer.strip() else None
    if root:
        sums = re.split(r"[,;]", root["inside"])
        if not 1 <= len(sums) <= MAX_TERMS:
            raise _refused(flat, f"Q[…] 中至多 {MAX_TERMS} 项", f"at most {MAX_TERMS} terms in Q[…]")
        return tuple(_sum(each, unit, constants, relative) for each in sums)
    return (_sum(bracket["inside"] if bracket else flat, unit, constants, relative),)


def _sum(text: str, unit: Unit, constants: Unit | None, relative: bool) -> Linear:
    terms = [term for term in _SPLIT.split(text.strip()) if term.strip()]
    if not terms or len(terms) > MAX_TERMS:
        raise _refused(text, f"须有 1 至 {MAX_TERMS} 项", f"it must have 1 to {MAX_TERMS} terms")
    constant, slope = Decimal(0), Decimal(0)
    for term in terms:
        linear = _term(term.strip(), unit, constants, relative)
        constant, slope = EXACT.add(constant, linear.constant), EXACT.add(slope, linear.slope)
    return Linear(constant, slope)


def _term(text: str, unit: Unit, constants: Unit | None, relative: bool) -> Linear:
    found = _TERM.fullmatch(text)
    letters = "xXLl" if "length" in unit.kinds else "xX"
    rest = (found["rest"] if found else "").strip()
    multiple = bool(rest) and rest[-1] in letters and (len(rest) == 1 or not rest[-2].isalpha())
    its_unit = rest[:-1].rstrip("*·×| ").lstrip("*·×| ") if multiple else rest
    if not found or (found["number"] is None and not (multiple and not its_unit)):
        raise _refused(
            text,
            "每项须写成 0.02 MPa、0.5% 或 0.0005x",
            "write each term like 0.02 MPa, 0.5% or 0.0005x",
        )
    number = decimal_of(found["number"] or "1").copy_sign(Decimal(-1 if found["sign"] == "-" else 1))
    named = parse_unit(its_unit) if its_unit else None
    if multiple:
        return Linear(Decimal(0), number if named is None else convert(number, named, "1", _pure(named)))
    if named is None:
        named = constants or (parse_unit("1") if relative else unit)
    if relative or _is_fraction(named, unit):
        return Linear(Decimal(0), convert(number, named, "1", _pure(named)))
    if named.symbol == "dB" and unit.symbol.startswith("dB"):
        named = unit  # the difference of two levels of one scale is in plain decibels
    return Linear(convert(number, named, unit, difference_kind(named)), Decimal(0))


_FRACTIONS = frozenset({"%", "‰", "ppm", "ppb", "1"})


def _is_fraction(named: Unit, unit: Unit) -> bool:
    """Whether a constant in ``named`` is a fraction of values in ``unit`` and not one of their own size."""
    if named.dimension:
        return False
    if unit.dimension:
        return True
    return (named.symbol in _FRACTIONS or named.symbol.startswith("10")) and named.factor != unit.factor


def _pure(unit: Unit) -> str | None:
    """The kind under which a unit of dimension one converts to 1, whatever its fraction is of."""
    return None if unit.dimension else unit.kinds[0] if unit.kinds else None


def _refused(text: str, zh: str, en: str) -> FormulaRefused:
    shown = text if len(text) <= 60 else text[:60] + "…"
    return FormulaRefused(f"读不懂不确定度公式“{shown}”：{zh}", f"cannot read the uncertainty formula '{shown}': {en}")
