"""Units: every spelling reads, factors agree with the SI Brochure and NIST SP 811, refusals say how to mend."""

import pickle
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanheng.science.quantities import (
    KINDS,
    UnitMismatch,
    UnknownKind,
    UnknownUnit,
    convert,
    fits,
    kind_of,
    parse_unit,
    require_fit,
    to_si,
    units_of,
)
from quanheng.science.quantities.atoms import ATOMS, PREFIXES, WORDS
from quanheng.science.text import flatten

SYMBOLS = sorted({symbol for kind in KINDS.values() for symbol in kind.units})
# SI Brochure tables 4 and 8; NIST SP 811, B.8; the printed factor, not one computed here.
PRINTED_FACTORS = [
    ("bar", "1e5"),
    ("mmHg", "133.322387415"),
    ("psi", "6894.757293168361336722673445346890694"),
    ("kgf/cm²", "98066.5"),
    ("kgf·m", "9.80665"),
    ("kW·h", "3.6e6"),
    ("kcal", "4186.8"),
    ("in", "0.0254"),
    ("A·h", "3600"),
    ("L", "1e-3"),
    ("t", "1e3"),
    ("ha", "1e4"),
    ("n mile", "1852"),
    ("N/mm²", "1e6"),
    ("g/cm³", "1000"),
    ("mg/kg", "1e-6"),
    ("μg/kg", "1e-9"),
    ("g/100g", "1e-2"),
    ("mg/100mL", "1e-2"),
    ("L/100km", "1e-8"),
    ("μS/cm", "1e-4"),
    ("mW/cm²", "10"),
    ("cSt", "1e-6"),
    ("cP", "1e-3"),
    ("eV", "1.602176634e-19"),
    ("dtex", "1e-7"),
    ("MΩ·km", "1e9"),
    ("kΩ·m", "1e3"),
    ("Ci", "3.7e10"),
    ("lb", "0.45359237"),
]


@pytest.mark.parametrize(("symbol", "factor"), PRINTED_FACTORS)
def test_factors_are_the_published_ones(symbol: str, factor: str) -> None:
    assert parse_unit(symbol).factor == Fraction(factor)


def test_degree_is_pi_over_180_to_37_digits() -> None:
    pi = Fraction("3.141592653589793238462643383279502884197169")
    exact = {"°": pi / 180, "′": pi / 10800, "″": pi / 648000, "Oe": Fraction(250) / pi}
    for symbol, factor in exact.items():
        assert abs(parse_unit(symbol).factor / factor - 1) < Fraction(1, 10**37), symbol
    assert not parse_unit("°").exact


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_every_offered_unit_is_canonical_and_has_names(symbol: str) -> None:
    unit = parse_unit(symbol)
    assert unit.symbol == symbol
    assert unit.zh
    assert unit.en.isprintable()
    for spelling in unit.spellings:
        assert parse_unit(spelling) is unit
    assert unit.symbol.isascii() or unit.symbol in {"1", "亩", "个", "次"} or unit.spellings


@pytest.mark.parametrize("code", sorted(KINDS))
def test_offered_units_fit_their_kind_and_the_first_is_coherent(code: str) -> None:
    units = units_of(code)
    assert all(fits(unit, code) for unit in units)
    assert KINDS[code].zh
    assert KINDS[code].en
    if code not in {"colony_count", "most_probable_number"}:  # their usual unit is per gram
        assert units[0].factor == 1
        assert units[0].offset == 0


def test_no_prefixed_unit_reads_as_another_unit() -> None:
    """Every prefix put before every unit that takes it gives the product of both, unless listed here."""
    exact_wins = {"Pa", "min", "cd", "pH", "PH"}  # picohenry and petahenry give way to acidity
    for atom, prefix in product(ATOMS.values(), PREFIXES):
        if prefix not in atom.prefixes or prefix + atom.symbol in exact_wins:
            continue
        factor = atom.factor * Fraction(10) ** PREFIXES[prefix][0]
        assert parse_unit(prefix + atom.symbol).factor == factor, prefix + atom.symbol


def test_no_spelling_is_claimed_twice() -> None:
    claimed: dict[str, str] = {}
    for atom in ATOMS.values():
        for spelling in {flatten(text) for text in (atom.symbol, atom.zh, *atom.spellings)}:
            assert claimed.setdefault(spelling, atom.symbol) == atom.symbol, spelling


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("ＭＰａ", "MPa"),
        ("Mpa", "MPa"),
        ("KPa", "kPa"),
        ("Kg", "kg"),
        ("KV", "kV"),
        ("兆帕", "MPa"),
        ("毫米", "mm"),
        ("千瓦时", "kW·h"),
        ("kWh", "kW·h"),
        ("mAh", "mA·h"),
        ("公斤", "kg"),
        ("摄氏度", "℃"),
        ("°C", "℃"),
        ("degC", "℃"),
        ("um", "μm"),
        ("µm", "μm"),
        ("μm", "μm"),
        ("㎜", "mm"),
        ("㎡", "m²"),
        ("m3/h", "m³/h"),
        ("m^3/h", "m³/h"),
        ("m/s**2", "m/s²"),
        ("N.m", "N·m"),
        ("N-m", "N·m"),
        ("N*m", "N·m"),
        ("N m", "N·m"),
        ("N⋅m", "N·m"),
        ("kΩ.m", "kΩ·m"),
        ("Mohm", "MΩ"),
        ("M\u2126", "MΩ"),
        ("㏁", "MΩ"),
        ("dBA", "dB(A)"),
        ("dB(A)", "dB(A)"),
        ("dB（A）", "dB(A)"),
        ("mg／kg", "mg/kg"),
        ("毫克每千克", "mg/kg"),
        ("千米每小时", "km/h"),
        ("s-1", "s⁻¹"),
        ("1/s", "s⁻¹"),
        ("s⁻¹", "s⁻¹"),
        ("rpm", "r/min"),
        ("W/(m2·K)", "W/(m²·K)"),
        ("W·m-2·K-1", "W/(m²·K)"),
        ("CFU/100 mL", "CFU/100mL"),
        ("cfu/g", "CFU/g"),
        ("×10⁻⁶", "10⁻⁶"),
        ("10^-6/℃", "10⁻⁶/℃"),
        ("％", "%"),
        ("1", "1"),
        ("", "1"),
        ("分贝", "dB"),
        ("分米", "dm"),
        ("L/100km", "L/100km"),
        ("kWh/100km", "kW·h/100km"),
        ("dBμV/m", "dB(μV/m)"),
        ("mmHg", "mmHg"),
        ("n mile", "n mile"),
        ("mmH2O", "mmH₂O"),
        ("%RH", "%RH"),
    ],
)
def test_spellings(text: str, symbol: str) -> None:
    assert parse_unit(text).symbol == symbol
    assert parse_unit(text) is parse_unit(symbol)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("mpa", "MPa"),
        ("MPAA", "MPa"),
        ("mg/k", "mg/kg"),
        ("W/m2·K", "W/(m2·K)"),
        ("mg/kg/d", "mg/(kg·d)"),
        ("KHz2x", ""),
    ],
)
def test_unknown_units_are_refused_with_a_hint(text: str, hint: str) -> None:
    with pytest.raises(UnknownUnit) as caught:
        parse_unit(text)
    assert hint in caught.value.en
    assert hint in caught.value.zh


def test_lower_case_mpa_could_be_two_units_and_offers_both() -> None:
    with pytest.raises(UnknownUnit) as caught:
        parse_unit("mpa")
    assert set(caught.value.suggestions) == {"MPa", "mPa"}
    assert "mpa" not in WORDS


@pytest.mark.parametrize(
    "text", ["x" * 41, "((m)", "m)", "/", "m/", "m^99", "0m", "/m", "·", "m··m", "IP65", "𝒎𝒎𝒎", "--", "度"]
)
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(UnknownUnit):
        parse_unit(text)


@given(st.text(max_size=45))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        unit = parse_unit(text)
    except UnknownUnit as error:
        assert error.zh
        assert error.en
    else:
        assert parse_unit(unit.symbol) is unit


@given(
    st.lists(st.sampled_from(["kg", "m", "s", "A", "mm", "MPa", "W·h", "L", "100mL"]), min_size=1, max_size=4),
    st.lists(st.integers(-3, 3).filter(bool), min_size=4, max_size=4),
)
def test_composed_units_keep_their_factor_through_their_symbol(atoms: list[str], powers: list[int]) -> None:
    used = list(zip(atoms, powers, strict=False))
    text = "·".join(f"{atom}^{power}" for atom, power in used if "·" not in atom) or "m"
    unit = parse_unit(text)
    assert parse_unit(unit.symbol).factor == unit.factor
    expected = Fraction(1)
    for atom, power in used:
        if "·" not in atom:
            expected *= parse_unit(atom).factor ** power
    assert unit.factor == expected


def test_kinds_tell_units_of_one_dimension_apart() -> None:
    assert kind_of("N·m") == "torque"
    assert kind_of("J") == "energy"
    assert not fits("J", "torque")
    assert not fits("N·m", "energy")
    assert not fits("lx", "luminance")
    assert not fits("Bq", "frequency")
    assert not fits("mL/L", "mass_fraction")
    assert fits("%", "mass_fraction")
    assert fits("%", "volume_fraction")
    assert fits("%", "ratio")
    assert kind_of("mg/L") == "mass_concentration"
    assert kind_of("kg/m³") == "density"
    assert kind_of("m⁵") is None
    assert KINDS["hardness"].ordinal
    assert not KINDS["pressure"].ordinal


def test_a_unit_that_does_not_fit_is_refused_naming_both() -> None:
    with pytest.raises(UnitMismatch) as caught:
        require_fit("kg", "pressure")
    assert "kg" in caught.value.zh
    assert "压力" in caught.value.zh
    assert "pressure" in caught.value.en
    with pytest.raises(UnitMismatch):
        to_si("5", "kg", "pressure")
    with pytest.raises(UnknownKind):
        fits("kg", "weightiness")


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        ("1.50", "MPa", "kPa", "1500"),
        ("100", "kPa", "MPa", "0.100"),
        ("90", "km/h", "m/s", "25"),
        ("25.0", "℃", "K", "298.15"),
        ("212", "℉", "℃", "100"),
        ("-40", "℃", "℉", "-40"),
        ("1", "in", "mm", "25.4"),
        ("760", "mmHg", "kPa", "101.325014435400"),
        ("1", "kW·h", "MJ", "3.6"),
        ("0.1", "mg/kg", "μg/kg", "100"),
        ("1", "%", "mg/kg", "10000"),
        ("1", "°", "′", "60"),
        ("3600", "r/h", "r/min", "60"),
    ],
)
def test_conversion_is_exact(value: str, source: str, target: str, expected: str) -> None:
    assert convert(Decimal(value), source, target) == Decimal(expected)


def test_conversion_keeps_significant_digits() -> None:
    assert str(convert(Decimal("1.50"), "MPa", "kPa")) == "1500"
    assert str(convert(Decimal("2.50"), "m", "mm")) == "2500"
    assert str(convert(Decimal("2500.0"), "mm", "m")) == "2.5000"


def test_temperature_differences_have_no_offset() -> None:
    assert convert(Decimal("0.5"), "℃", "K", "temperature_difference") == Decimal("0.5")
    assert convert(Decimal("9"), "℉", "K", "temperature_difference") == 5
    assert to_si("9", "℉", "temperature_difference") == 5.0
    assert to_si("32", "℉") == 273.15
    assert to_si("1", "J/(kg·℃)") == to_si("1", "J/(kg·K)")


@pytest.mark.parametrize(
    ("source", "target"), [("N·m", "J"), ("dB(A)", "dB(C)"), ("HRC", "HV"), ("kg", "m"), ("CFU/g", "MPN/g")]
)
def test_units_of_different_kinds_do_not_convert(source: str, target: str) -> None:
    with pytest.raises(UnitMismatch) as caught:
        convert(Decimal(1), source, target)
    assert source in caught.value.en
    assert target in caught.value.en


numbers = st.decimals(min_value=-(10**9), max_value=10**9, places=6)
same_kind = (
    st.sampled_from([code for code in KINDS if not KINDS[code].ordinal])
    .flatmap(lambda code: st.tuples(st.just(code), st.sampled_from(units_of(code)), st.sampled_from(units_of(code))))
    .filter(lambda found: found[1].dimension == found[2].dimension)
)


@given(numbers, same_kind)
def test_equal_quantities_are_equal_floats_in_si(value: Decimal, case: tuple) -> None:
    code, source, target = case
    converted = convert(value, source, target, code)
    back = convert(converted, target, source, code)
    assert abs(back - value) <= abs(value) * Decimal("1e-20") + Decimal("1e-18")
    if back == value and source.exact and target.exact:
        assert to_si(converted, target, code) == pytest.approx(to_si(value, source, code), rel=1e-15, abs=1e-300)
    if (
        source.scale is not None
        and target.scale is not None
        and back == value
        and len(converted.as_tuple().digits) < 25
    ):
        assert to_si(converted, target, code) == to_si(value, source, code)


@given(st.floats(1e-25, 1e25), st.sampled_from(["kPa", "MPa", "mm", "km/h"]))
def test_si_is_the_nearest_float_of_the_exact_product(value: float, symbol: str) -> None:
    exact = Fraction(repr(value)) * parse_unit(symbol).factor
    assert to_si(value, symbol) == float(exact)


def test_units_are_one_object_and_survive_pickling() -> None:
    unit = parse_unit("kPa")
    assert pickle.loads(pickle.dumps(unit)) is unit
    assert {unit: 1}[parse_unit("KPa")] == 1
    assert str(unit) == "kPa"
    with pytest.raises(UnknownUnit) as caught:
        parse_unit("qqq")
    assert pickle.loads(pickle.dumps(caught.value)).zh == caught.value.zh
