"""Ranges of a quantity: measuring ranges, scopes of competence, limits of a requirement.

Source for the written forms: GB/T 15835-2011, 5.1 ("～"), JJF 1001-2011, 7.7; SI Brochure (9th edition) 5.4.7.
"""

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache

from quanheng.science.errors import ScienceError
from quanheng.science.quantities.decimals import EXACT, DecimalRefused, decimal_of
from quanheng.science.quantities.units import (
    Number,
    Unit,
    as_unit,
    convert,
    difference_kind,
    parse_unit,
    require_fit,
    to_si,
)
from quanheng.science.quantities.writing import NBSP, format_number, with_unit
from quanheng.science.text import flatten

MAX_CHARACTERS = 120


class RangeRefused(ScienceError):
    """A text or a pair of numbers that is not a range."""


@dataclass(frozen=True)
class Range:
    """All values from ``lower`` to ``upper`` in ``unit``; None = unbounded on that side.

    ``lower_open``/``upper_open`` leave the end itself out (">5"). ``kind`` is the code of the kind of quantity
    (default: the unit's usual one); it decides whether degrees carry an offset. Raises RangeRefused when the
    ends are in the wrong order, UnitMismatch when the unit does not fit the kind.

    >>> Range(Decimal("0"), Decimal("60"), parse_unit("MPa")).si
    (0.0, 60000000.0)
    """

    lower: Decimal | None
    upper: Decimal | None
    unit: Unit
    kind: str | None = None
    lower_open: bool = False
    upper_open: bool = False

    def __post_init__(self) -> None:
        if self.kind is not None:
            require_fit(self.unit, self.kind)
        if self.lower is None or self.upper is None:
            return
        if self.lower > self.upper:
            raise RangeRefused(
                f"下限 {self.lower} 大于上限 {self.upper}，请对调",
                f"the lower end {self.lower} exceeds the upper end {self.upper}; exchange them",
            )
        if self.lower == self.upper and (self.lower_open or self.upper_open):
            raise RangeRefused("范围为空：两端相等且不含端点", "the range is empty: equal ends, one left out")

    @cached_property
    def si(self) -> tuple[float, float]:
        """Both ends in the coherent SI unit; ±inf where unbounded."""
        return (
            -math.inf if self.lower is None else to_si(self.lower, self.unit, self.kind),
            math.inf if self.upper is None else to_si(self.upper, self.unit, self.kind),
        )

    def contains(self, other: "Range | Number", unit: Unit | str | None = None) -> bool:
        """Whether a range lies wholly in this one, or a value (in ``unit``, default this range's) does.

        Compared in SI, where equal quantities are equal floats whatever their units. Raises UnitMismatch.

        >>> parse_range("0～60 MPa").contains(parse_range("100 kPa ~ 60000 kPa"))
        True
        >>> parse_range("≥5 %").contains("4.9"), parse_range(">5 kV").contains("5000", "V")
        (False, False)
        """
        if not isinstance(other, Range):
            number = decimal_of(repr(other) if isinstance(other, float) else other)
            other = Range(number, number, self.unit if unit is None else as_unit(unit), self.kind)
        if other.unit is not self.unit:
            convert(Decimal(1), other.unit, self.unit)  # refuses units of another kind
        (low, high), (other_low, other_high) = self.si, other.si
        above = other_low > low or (other_low == low and (not self.lower_open or other.lower_open))
        below = other_high < high or (other_high == high and (not self.upper_open or other.upper_open))
        return above and below

    def text(self, lang: str = "zh") -> str:
        """As printed: "(0～60) MPa" in Chinese, "0 MPa to 60 MPa" in English, "≥ 5 mg/kg" for one end.

        >>> parse_range("-20~150 ℃").text("en").replace(NBSP, " ")
        '−20 °C to 150 °C'
        """
        language = "en" if lang.startswith("en") else "zh"
        if language not in self._texts:
            self._texts[language] = self._written(language)
        return self._texts[language]

    @cached_property
    def _texts(self) -> dict[str, str]:
        return {}

    def _written(self, lang: str) -> str:
        if self.upper is None:
            if self.lower is None:
                return "unlimited" if lang == "en" else "不限"
            end = with_unit(format_number(self.lower), self.unit, lang)
            return f"{'>' if self.lower_open else '≥'}{NBSP}{end}"
        if self.lower is None:
            end = with_unit(format_number(self.upper), self.unit, lang)
            return f"{'<' if self.upper_open else '≤'}{NBSP}{end}"
        low, high = format_number(self.lower), format_number(self.upper)
        if self.lower == self.upper:
            return with_unit(low, self.unit, lang)
        if self.lower_open or self.upper_open:
            left, right = "(" if self.lower_open else "[", ")" if self.upper_open else "]"
            return with_unit(f"{left}{low},{NBSP}{high}{right}", self.unit, lang)
        if lang == "en":
            return f"{with_unit(low, self.unit, lang)} to {with_unit(high, self.unit, lang)}"
        return with_unit(f"({low}～{high})", self.unit, lang)

    def __str__(self) -> str:
        return self.text()


_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?:\s*[×x*]\s*10\^[+-]?\d+)?"
_UNIT = r"[^\d\s~≤≥<>=,+-][^~≤≥<>=]*?"
_TO = r"\s*(?:~|-|至|到|\bto\b|\.\.+|…)\s*"
# Kept as texts: re compiles and caches them at first use, which keeps the time to import low.
_BETWEEN = rf"(?P<low>{_NUMBER})\s*(?P<unit1>{_UNIT})?{_TO}(?P<high>{_NUMBER})\s*(?P<unit2>{_UNIT})?"
_INTERVAL = rf"(?P<left>[\[(])\s*(?P<low>{_NUMBER})\s*[,;]\s*(?P<high>{_NUMBER})\s*(?P<right>[\])])(?P<unit2>.*)"
_PLUS_MINUS = rf"(?P<middle>{_NUMBER})?\s*(?P<unit1>{_UNIT})?\s*(?:±|\+/-)\s*(?P<half>{_NUMBER})\s*(?P<unit2>{_UNIT})?"
_SINGLE = rf"(?P<low>{_NUMBER})\s*(?P<unit2>{_UNIT})?"
_BRACKETED = r"[\[(]\s*(?P<inside>[^()\[\]]*)\s*[\])]\s*(?P<unit>[^\d].*)?"
#: words and signs for one-sided ranges -> (which end is given, whether the end itself is left out)
_SIDES = {
    "≥": ("lower", False), ">=": ("lower", False), "=>": ("lower", False), "不小于": ("lower", False),
    "不低于": ("lower", False), "不少于": ("lower", False), "至少": ("lower", False), "大于等于": ("lower", False),
    "at least": ("lower", False), "from": ("lower", False), ">": ("lower", True), "大于": ("lower", True),
    "高于": ("lower", True), "超过": ("lower", True), "≤": ("upper", False), "<=": ("upper", False),
    "=<": ("upper", False), "不大于": ("upper", False), "不高于": ("upper", False), "不超过": ("upper", False),
    "至多": ("upper", False), "小于等于": ("upper", False), "up to": ("upper", False), "at most": ("upper", False),
    "<": ("upper", True), "小于": ("upper", True), "低于": ("upper", True),
}  # fmt: skip
_GROUPED = r"\d,\d{3}"
_TAILS = {
    "以上": ("lower", False),
    "及以上": ("lower", False),
    "以下": ("upper", False),
    "及以下": ("upper", False),
}
_ONE_SIDED = "(?i)" + f"({'|'.join(sorted(map(re.escape, _SIDES), key=len, reverse=True))})\\s*(.+)"
_TAILED = f"(.+?)\\s*({'|'.join(sorted(_TAILS, key=len, reverse=True))})"


@lru_cache(maxsize=8192)
def parse_range(text: str, unit: Unit | str | None = None, kind: str | None = None) -> Range:
    """The range that ``text`` writes; ``unit`` holds where the text names none, ``kind`` is checked.

    Reads "(0~60) MPa", "−20℃～150℃", "0.5 kPa ~ 2 MPa", "10 A to 100 A", "≥5", "50 mm 以下", "±10 V",
    "(20±2) ℃", "[0, 60) MPa" and a single value "0.1 mg/kg". Raises RangeRefused, UnknownUnit, UnitMismatch.

    >>> found = parse_range("−20℃～150℃")
    >>> found.lower, found.upper, found.unit
    (Decimal('-20'), Decimal('150'), Unit('℃'))
    """
    if len(text) > MAX_CHARACTERS:
        raise _refused(text)
    # A Chinese dash between numbers says "to"; left alone it would fold into a minus sign.
    flat = (
        flatten(text.replace("——", "~").replace("—", "~"))
        .replace("⩾", "≥")
        .replace("⩽", "≤")
        .replace("≧", "≥")
        .replace("≦", "≤")
    )
    flat = flat.replace("〜", "~").replace("∼", "~").replace("∽", "~").rstrip("。;")
    try:
        return _one_sided(flat, unit, kind) or _two_sided(flat, unit, kind)
    except DecimalRefused as error:
        raise RangeRefused(f"范围“{text}”：{error.zh}", f"range '{text}': {error.en}") from error


def _one_sided(flat: str, unit: Unit | str | None, kind: str | None) -> Range | None:
    found = re.fullmatch(_ONE_SIDED, flat)
    if found:
        (side, left_out), rest = _SIDES[found[1].lower()], found[2]
    else:
        tailed = re.fullmatch(_TAILED, flat)
        if not tailed:
            return None
        (side, left_out), rest = _TAILS[tailed[2]], tailed[1]
    single = re.fullmatch(_SINGLE, rest.strip())
    if not single:
        raise _refused(flat)
    end, its_unit = decimal_of(single["low"]), _unit(single["unit2"], unit)
    if side == "lower":
        return Range(end, None, its_unit, kind, lower_open=left_out)
    return Range(None, end, its_unit, kind, upper_open=left_out)


def _two_sided(flat: str, unit: Unit | str | None, kind: str | None) -> Range:
    interval = re.fullmatch(_INTERVAL, flat)
    if interval:
        low, high = decimal_of(interval["low"]), decimal_of(interval["high"])
        left_out, right_out = interval["left"] == "(", interval["right"] == ")"
        return Range(low, high, _unit(interval["unit2"], unit), kind, left_out, right_out)
    bracketed = re.fullmatch(_BRACKETED, flat)
    if bracketed:  # "(0~60) MPa": the Chinese way to write one unit for both ends
        return parse_range(bracketed["inside"], _unit(bracketed["unit"], unit), kind)
    for pattern in (_PLUS_MINUS, _BETWEEN, _SINGLE):
        found = re.fullmatch(pattern, flat)
        if not found:
            continue
        last = found["unit2"]
        its_unit = _unit(last, unit)
        if pattern == _SINGLE:
            return Range(decimal_of(found["low"]), decimal_of(found["low"]), its_unit, kind)
        first = _unit(found["unit1"], its_unit) if found["unit1"] else its_unit
        if pattern == _PLUS_MINUS:
            half = convert(decimal_of(found["half"]), its_unit, first, difference_kind(first))
            middle = decimal_of(found["middle"] or "0")
            return Range(EXACT.subtract(middle, half), EXACT.add(middle, half), first, kind)
        its_unit = its_unit if last else first
        low = convert(decimal_of(found["low"]), first, its_unit, kind)
        return Range(low, decimal_of(found["high"]), its_unit, kind)
    raise _refused(flat)


def _unit(text: str | None, default: Unit | str | None) -> Unit:
    if text and text.strip():
        return parse_unit(text.strip())
    return as_unit("1" if default is None else default)


def _refused(text: str) -> RangeRefused:
    shown = text if len(text) <= 40 else text[:40] + "…"
    if re.search(_GROUPED, text):
        return RangeRefused(
            f"范围“{shown}”中的数不要用逗号分组，如 1000~2000 V",
            f"write the numbers of the range '{shown}' without grouping commas, e.g. 1000 to 2000 V",
        )
    return RangeRefused(
        f"读不懂范围“{shown}”，请写成 (0~60) MPa、≥5 mg/kg 或 10 A to 100 A",
        f"cannot read the range '{shown}'; write it like (0~60) MPa, ≥5 mg/kg or 10 A to 100 A",
    )
