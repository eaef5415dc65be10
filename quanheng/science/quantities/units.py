"""Units of measurement: read from text, told by kind, converted exactly.

Source: SI Brochure (9th edition); GB 3100-1993; GB/T 3101-1993. All conversions are computed in exact
fractions, so equal quantities in different units give the same float in SI.

>>> parse_unit("Mpa").symbol, parse_unit("N/mm2").symbol
('MPa', 'N/mm²')
>>> to_si("0.07", "MPa") == to_si("70", "kPa") == 70000.0
True
>>> convert(Decimal("25.0"), "℃", "K")
Decimal('298.15')
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from quanheng.science.errors import ScienceError
from quanheng.science.quantities.atoms import PREFIXES
from quanheng.science.quantities.composition import Composition, Part, UnknownUnit, compose
from quanheng.science.quantities.decimals import EXACT, decimal_of, plain
from quanheng.science.quantities.kinds import KINDS, USUAL_KIND, Kind

Dimension = tuple[tuple[str, int], ...]
Number = Decimal | float | int | str
_INEXACT_DIGITS = 28


class UnitMismatch(ScienceError):
    """A unit that does not fit the kind of quantity, or the unit, it is put to."""


class UnknownKind(ScienceError):
    """A code that names no kind of quantity."""

    def __init__(self, code: str) -> None:
        super().__init__(
            f"不认识的量“{code}”，请从量的种类表中选取",
            f"unknown kind of quantity '{code}'; take one from the list of kinds",
        )


@dataclass(frozen=True, eq=False, slots=True)
class Unit:
    """A unit of measurement; there is one object per canonical symbol, so units compare by identity.

    ``factor`` and ``offset`` lead to the coherent SI unit: SI value = value × factor + offset. ``kinds`` are the
    codes of the kinds of quantity that the unit may carry, its usual one first.
    """

    symbol: str
    factor: Fraction
    offset: Fraction
    exact: bool
    dimension: Dimension
    kinds: tuple[str, ...]
    zh: str
    en: str
    scale: Decimal | None
    shift: Decimal | None

    def text(self, lang: str = "zh") -> str:
        """The symbol as printed: ℃ in Chinese text, °C in English."""
        return self.symbol.replace("℃", "°C").replace("℉", "°F") if lang.startswith("en") else self.symbol

    @property
    def spellings(self) -> tuple[str, ...]:
        """Other ways to write this unit that ``parse_unit`` reads, such as ASCII fallbacks and the Chinese name."""
        ascii_text = self.symbol.translate(_ASCII)
        for sign, fallback in (("℃", "degC"), ("℉", "degF"), ("Ω", "ohm"), ("μ", "u"), ("‰", "permil")):
            ascii_text = ascii_text.replace(sign, fallback)
        found = (ascii_text, self.text("en"), self.symbol.replace("μ", "µ"), self.zh)
        return tuple(text for text in dict.fromkeys(found) if text != self.symbol and _reads_as(text, self))

    def __str__(self) -> str:
        return self.symbol

    def __repr__(self) -> str:
        return f"Unit({self.symbol!r})"

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (parse_unit, (self.symbol,))


_ASCII = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻·₂", "0123456789-*2")
_KNOWN: dict[str, Unit] = {}


@lru_cache(maxsize=8192)
def parse_unit(text: str) -> Unit:
    """The unit that ``text`` names, in any accepted spelling; raises UnknownUnit with close spellings.

    >>> parse_unit("kΩ*m") is parse_unit("kΩ·m")
    True
    >>> parse_unit("μg／kg").kinds[0]
    'mass_fraction'
    """
    composition = compose(text)
    unit = _KNOWN.get(composition.symbol)
    if unit is None:
        unit = _KNOWN.setdefault(composition.symbol, _unit(composition))
    return unit


def as_unit(unit: Unit | str) -> Unit:
    """``unit`` itself, or what its text names."""
    return unit if isinstance(unit, Unit) else parse_unit(unit)


def kind(code: str) -> Kind:
    """The kind of quantity with this code; raises UnknownKind."""
    try:
        return KINDS[code]
    except KeyError:
        raise UnknownKind(code) from None


def units_of(code: str) -> tuple[Unit, ...]:
    """The units offered for a kind of quantity, the first being its coherent SI unit where there is one.

    >>> [unit.symbol for unit in units_of("pressure")][:3]
    ['Pa', 'hPa', 'kPa']
    """
    return tuple(parse_unit(symbol) for symbol in kind(code).units)


def kind_of(unit: Unit | str) -> str | None:
    """The code of the unit's usual kind of quantity, None if it is of no kind in the list.

    >>> kind_of("N·m"), kind_of("J"), kind_of("℃")
    ('torque', 'energy', 'temperature')
    """
    kinds = as_unit(unit).kinds
    return kinds[0] if kinds else None


def fits(unit: Unit | str, code: str) -> bool:
    """Whether values of the kind of quantity ``code`` may be given in ``unit``.

    >>> fits("MΩ", "insulation_resistance"), fits("J", "torque")
    (True, False)
    """
    kind(code)
    return code in as_unit(unit).kinds


def difference_kind(unit: Unit | str) -> str | None:
    """The kind under which a difference of two values in ``unit`` (an uncertainty, a tolerance) converts.

    >>> difference_kind("℃"), difference_kind("MPa")
    ('temperature_difference', None)
    """
    return "temperature_difference" if "temperature_difference" in as_unit(unit).kinds else None


def require_fit(unit: Unit | str, code: str) -> Unit:
    """The unit, if it fits the kind of quantity; else raises UnitMismatch naming both."""
    found, wanted = as_unit(unit), kind(code)
    if code in found.kinds:
        return found
    usual = "、".join(wanted.units[:4]), ", ".join(wanted.units[:4])
    raise UnitMismatch(
        f"单位 {found.symbol} 不能用于“{wanted.zh}”，请用 {usual[0]} 等",
        f"the unit {found.text('en')} does not fit {wanted.en}; use e.g. {usual[1]}",
    )


def to_si(value: Number, unit: Unit | str, kind: str | None = None) -> float:
    """``value`` in the coherent SI unit, as the nearest float.

    ``kind`` is the code of the kind of quantity (default: the unit's usual one); with
    ``temperature_difference`` a degree has no offset. Levels (dB) and ordinal hardness numbers come back
    unchanged. Raises UnknownUnit, UnitMismatch, DecimalRefused.

    >>> to_si("60", "MPa"), to_si(-20, "℃"), to_si("5", "℃", "temperature_difference")
    (60000000.0, 253.15, 5.0)
    """
    found = as_unit(unit)
    if kind is not None and kind not in found.kinds:
        require_fit(found, kind)
    number = value if isinstance(value, Decimal) else _number(value)
    if found.scale is None or found.shift is None:
        return float(Fraction(number) * found.factor + (0 if kind == "temperature_difference" else found.offset))
    scaled = EXACT.multiply(number, found.scale)
    if found.shift and kind != "temperature_difference":
        scaled = EXACT.add(scaled, found.shift)
    return float(scaled)


def convert(value: Decimal, from_: Unit | str, to: Unit | str, kind: str | None = None) -> Decimal:
    """``value`` expressed in another unit: exact wherever the factor is a finite decimal, else 28 digits.

    Raises UnitMismatch when the units are not of one kind (also for N·m and J, or dB(A) and dB(C)).

    >>> convert(Decimal("1.50"), "MPa", "kPa"), convert(Decimal("90"), "km/h", "m/s")
    (Decimal('1500'), Decimal('25'))
    """
    source, target = as_unit(from_), as_unit(to)
    if kind is not None:
        require_fit(source, kind)
        require_fit(target, kind)
    if source is target:
        return value
    _require_comparable(source, target)
    offsets = kind != "temperature_difference"
    if source.scale is not None and source.shift is not None and target.factor == 1 and target.shift is not None:
        scaled = EXACT.multiply(value, source.scale)
        if offsets:
            scaled = EXACT.subtract(EXACT.add(scaled, source.shift), target.shift)
        return plain(scaled)
    ratio = _ratio(source, target)
    if ratio is not None and not (offsets and (source.offset or target.offset)):
        return plain(EXACT.multiply(value, ratio))
    exact = Fraction(value) * source.factor + (source.offset - target.offset if offsets else 0)
    return _decimal(exact / target.factor)


def _require_comparable(source: Unit, target: Unit) -> None:
    if source.dimension == target.dimension and (not source.kinds or set(source.kinds) & set(target.kinds)):
        return
    raise UnitMismatch(
        f"{source.symbol} 与 {target.symbol} 不是同一种量的单位，不能换算",
        f"{source.text('en')} and {target.text('en')} are not units of one kind of quantity and cannot be converted",
    )


@lru_cache(maxsize=4096)
def _ratio(source: Unit, target: Unit) -> Decimal | None:
    return _finite(source.factor / target.factor)


def _number(value: float | int | str) -> Decimal:
    # The shortest text of a float is the number that its writer meant: 0.1, not 0.1000000000000000055.
    return decimal_of(repr(value) if isinstance(value, float) else value)


def _finite(fraction: Fraction) -> Decimal | None:
    """The fraction as an exact decimal, None if it has no finite one of reasonable length."""
    rest, twos, fives = fraction.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    digits = max(twos, fives)
    if rest != 1 or digits > 60:
        return None
    # Normalised (1E+3, not 1000), so that a product keeps the number of significant digits of the value.
    return Decimal(fraction.numerator * 10**digits // fraction.denominator).scaleb(-digits, EXACT).normalize(EXACT)


def _decimal(fraction: Fraction) -> Decimal:
    exact = _finite(fraction)
    if exact is not None and len(exact.as_tuple().digits) <= _INEXACT_DIGITS:
        return plain(exact)
    quotient = EXACT.divide(Decimal(fraction.numerator), Decimal(fraction.denominator))
    return plain(quotient.quantize(Decimal(1).scaleb(quotient.adjusted() - _INEXACT_DIGITS + 1), context=EXACT))


def _unit(composition: Composition) -> Unit:
    zh, en = _names(composition.parts)
    return Unit(
        composition.symbol, composition.factor, composition.offset, composition.exact, composition.dimension,
        _kinds(composition), zh, en, _finite(composition.factor), _finite(composition.offset),
    )  # fmt: skip


@lru_cache(maxsize=1)
def _kind_dimensions() -> dict[str, frozenset[Dimension]]:
    """The dimensions of each kind's units; at first use, as it would double the time to import."""
    return {code: frozenset(compose(symbol).dimension for symbol in entry.units) for code, entry in KINDS.items()}


def _kinds(composition: Composition) -> tuple[str, ...]:
    atoms = {"10ⁿ" if part.atom.symbol.startswith("10") else part.atom.symbol for part in composition.parts}
    found = [
        code
        for code, dimensions in _kind_dimensions().items()
        if composition.dimension in dimensions and (not KINDS[code].admits or atoms <= KINDS[code].admits)
    ]
    usual = USUAL_KIND.get(composition.symbol)
    return tuple(sorted(found, key=lambda code: code != usual))


def _names(parts: tuple[Part, ...]) -> tuple[str, str]:
    """Chinese and English names: 千米每小时, kilometre per hour."""
    if not parts:
        return "一", "one"
    above: list[tuple[str, str]] = []
    below: list[tuple[str, str]] = []
    for part in parts:
        tens = PREFIXES.get(part.prefix, (0, "", ""))
        count = str(part.multiple) if part.multiple > 1 else ""
        power = abs(part.power)
        zh = {1: "", 2: "平方", 3: "立方"}.get(power, f"{power}次方") + count + tens[1] + part.atom.zh
        en = _english_power((count and count + " ") + tens[2] + part.atom.en, power, part.atom.symbol)
        (above if part.power > 0 else below).append((zh, en))
    zh_text, en_text = "".join(zh for zh, _ in above), " ".join(en for _, en in above)
    for zh, en in below:
        zh_text, en_text = f"{zh_text}每{zh}", f"{en_text} per {en}".strip()
    return zh_text, en_text


def _english_power(name: str, power: int, symbol: str) -> str:
    if power == 1:
        return name
    if symbol == "m" and power in (2, 3):
        return {2: "square ", 3: "cubic "}[power] + name
    return name + {2: " squared", 3: " cubed"}.get(power, f" to the power {power}")


def _reads_as(text: str, unit: Unit) -> bool:
    try:
        return parse_unit(text) is unit
    except UnknownUnit:
        return False
