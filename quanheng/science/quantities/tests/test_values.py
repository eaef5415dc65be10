"""Decimals, rounding, written values and ranges."""

import doctest
import importlib
import math
import pkgutil
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanheng.science import quantities
from quanheng.science.quantities import (
    NBSP,
    DecimalRefused,
    Range,
    RangeRefused,
    RoundingRefused,
    UnitMismatch,
    UnknownUnit,
    decimal_of,
    decimal_text,
    format_concise,
    format_value,
    parse_range,
    parse_unit,
    round_significant,
    round_to,
    round_to_uncertainty,
    with_unit,
)


def plain_spaces(text: str) -> str:
    return text.replace(NBSP, " ")


@pytest.mark.parametrize("name", [name for _, name, _ in pkgutil.iter_modules(quantities.__path__) if name != "tests"])
def test_documented_examples_run(name: str) -> None:
    module = importlib.import_module(f"quanheng.science.quantities.{name}")
    assert doctest.testmod(module).failed == 0


# ---- decimals


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.050", "10.050"),
        ("１０．０５０", "10.050"),
        ("−5", "-5"),
        ("－5", "-5"),
        ("–5", "-5"),
        ("+5", "5"),
        (" 5 ", "5"),
        ("1.2e-3", "0.0012"),
        ("1.2E3", "1200"),
        ("1.2×10^-3", "0.0012"),
        ("1.2×10⁻³", "0.0012"),
        ("5*10^3", "5000"),
        (".5", "0.5"),
        ("1e40", "1" + "0" * 40),
        (7, "7"),
        (Decimal("1.50"), "1.50"),
        ("0", "0"),
        ("-0.00", "0.00"),
    ],
)
def test_decimals_are_read_with_all_their_digits(text: str | int | Decimal, expected: str) -> None:
    assert decimal_text(decimal_of(text)) == expected


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("1,000", "grouping"),
        ("1,5", "grouping"),
        ("1 000", "grouping"),
        ("1，000", "grouping"),
        ("1'000.5", "grouping"),
        ("nan", "finite"),
        ("NaN", "finite"),
        ("-inf", "finite"),
        ("∞", "finite"),
        ("", "empty"),
        ("  ", "empty"),
        ("1.2.3", "like 10.05"),
        ("0x10", "like 10.05"),
        ("１２a", "like 10.05"),
        ("٣", "like 10.05"),
        ("1_0", "grouping"),
        ("1e46", "magnitude"),
        ("1" * 101, "100 characters"),
        ("0." + "1" * 35, "34 digits"),
        ("1e-46", "magnitude"),
        (Decimal("NaN"), "finite"),
        (Decimal("Infinity"), "finite"),
        (True, "as text"),
        (1.5, "as text"),
    ],
)
def test_what_is_not_one_number_is_refused_with_a_reason(text: object, hint: str) -> None:
    with pytest.raises(DecimalRefused) as caught:
        decimal_of(text)  # type: ignore[arg-type]
    assert hint in caught.value.en
    assert caught.value.zh != caught.value.en
    assert len(caught.value.zh) < 200


@given(st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**20), max_value=10**20))
def test_decimal_text_round_trips(value: Decimal) -> None:
    text = decimal_text(value)
    assert decimal_of(text) == value
    assert decimal_text(decimal_of(text)) == text


@given(st.integers(-(10**34) + 1, 10**34 - 1), st.integers(-50, 50))
def test_whatever_is_accepted_can_be_written_and_read_back(digits: int, exponent: int) -> None:
    try:
        value = decimal_of(f"{digits}e{exponent}")
    except DecimalRefused:
        assert exponent < -45 or len(str(abs(digits))) + exponent > 46
        return
    assert decimal_of(decimal_text(value)) == value


@given(st.text(max_size=70))
def test_any_text_is_a_finite_decimal_or_refused(text: str) -> None:
    try:
        assert decimal_of(text).is_finite()
    except DecimalRefused as error:
        assert error.en


# ---- rounding


@pytest.mark.parametrize(
    ("value", "place", "expected"),
    [  # GB/T 8170-2008, 3.2.1 to 3.2.4
        ("12.1498", 1, "12.1"),
        ("12.1498", 0, "12"),
        ("1268", -2, "1300"),
        ("10.502", 0, "11"),
        ("10.5002", 0, "11"),
        ("1.050", 1, "1.0"),
        ("0.35", 1, "0.4"),
        ("2500", -3, "2000"),
        ("3500", -3, "4000"),
        ("0.0325", 3, "0.032"),
        ("-355", -1, "-360"),
        ("-325", -1, "-320"),
        ("-365", -1, "-360"),
        ("-0.0365", 3, "-0.036"),
    ],
)
def test_rounding_follows_the_printed_examples(value: str, place: int, expected: str) -> None:
    assert decimal_text(round_to(value, place)) == expected


@pytest.mark.parametrize(
    ("value", "uncertainty", "digits", "expected"),
    [
        ("10.05762", "0.027", 2, ("10.058", "0.027")),  # JCGM 100, 7.2.6: 10.057 62 Ω, 27 mΩ
        ("5", "28.05", 2, ("5", "28")),  # JCGM 100, 7.2.6: 28.05 kHz to 28 kHz
        ("5", "0.0996", 2, ("5.00", "0.10")),
        ("1234.5", "312", 2, ("1230", "310")),
        ("7.123", "3", 2, ("7", "3")),
        ("1", "99.6", 2, ("0", "100")),
        ("12.3456", "0.0030", 2, ("12.3456", "0.0030")),
        ("10.0455", "0.0096", 1, ("10.05", "0.01")),
    ],
)
def test_value_and_uncertainty_end_at_one_place(value: str, uncertainty: str, digits: int, expected: tuple) -> None:
    assert tuple(decimal_text(number) for number in round_to_uncertainty(value, uncertainty, digits)) == expected


@pytest.mark.parametrize(("uncertainty", "digits"), [("0", 2), ("-1", 2), ("1", 3), ("1", 0)])
def test_rounding_refuses_what_has_no_meaning(uncertainty: str, digits: int) -> None:
    with pytest.raises(RoundingRefused):
        round_to_uncertainty("1", uncertainty, digits)
    with pytest.raises(RoundingRefused):
        round_significant("1", 0)


measured = st.decimals(min_value=-(10**7), max_value=10**7, places=8)
uncertainties = st.decimals(min_value=Decimal("1e-7"), max_value=10**6, places=8)


@given(measured, uncertainties, st.sampled_from([1, 2]))
def test_rounding_moves_little_and_is_stable(value: Decimal, uncertainty: Decimal, digits: int) -> None:
    rounded = round_to_uncertainty(value, uncertainty, digits)
    assert abs(rounded.uncertainty - uncertainty) <= uncertainty / 2 * Decimal(10) ** (1 - digits)
    assert abs(rounded.value - value) <= uncertainty
    assert round_to_uncertainty(rounded.value, rounded.uncertainty, digits) == rounded


# ---- written values


def test_values_are_written_one_way() -> None:
    assert plain_spaces(format_value("10.00187", "MPa", "0.003", "2")) == "10.002 MPa ± 0.003 MPa, k = 2"
    assert plain_spaces(format_value("10.0", "MPa")) == "10.0 MPa"
    assert plain_spaces(format_value("10", "MPa", "0.003")) == "10.000 MPa ± 0.003 MPa"
    assert plain_spaces(format_value("-5.25", "℃", "0.1", "2", "en")) == "−5.2 °C ± 0.1 °C, k = 2"
    assert plain_spaces(format_value("5.25", "%", "0.12", "2")) == "5.25% ± 0.12%, k = 2"
    assert plain_spaces(format_value("5.25", "%", lang="en")) == "5.25 %"
    assert with_unit("30", "°") == "30°"
    assert " " not in format_value("10.00187", "MPa", "0.003", "2")[:-6]


def test_concise_form_holds_the_standard_uncertainty_unless_k_is_written() -> None:
    assert plain_spaces(format_concise("10.002", "MPa", "0.003", "2")) == "10.0020(15) MPa"
    assert plain_spaces(format_concise("10.002", "MPa", "0.003", "2", bracket="expanded")) == "10.002(3) MPa, k = 2"
    assert plain_spaces(format_concise("100.02147", "g", "0.00035", "1")) == "100.02147(35) g"  # JCGM 100, 7.2.2
    assert plain_spaces(format_concise("120.4", "kPa", "3.6", "3")) == "120.4(1.2) kPa"
    assert plain_spaces(format_concise("1", "V", "0.01", "3")) == "1.0000(33) V"
    with pytest.raises(RoundingRefused):
        format_concise("1", "V", "0.01", "0")


# ---- ranges


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("(0~60) MPa", "(0～60) MPa", "0 MPa to 60 MPa"),
        ("（0～60）ＭＰａ", "(0～60) MPa", "0 MPa to 60 MPa"),
        ("0-60MPa", "(0～60) MPa", "0 MPa to 60 MPa"),
        ("0 MPa至60MPa", "(0～60) MPa", "0 MPa to 60 MPa"),
        ("−5——60 kPa", "(−5～60) kPa", "−5 kPa to 60 kPa"),
        ("0—60 kPa", "(0～60) kPa", "0 kPa to 60 kPa"),
        ("0.1 mg/kg", "0.1 mg/kg", "0.1 mg/kg"),
        ("≥5", "≥ 5", "≥ 5"),
        (">5 kV", "> 5 kV", "> 5 kV"),
        ("−20℃～150℃", "(−20～150) ℃", "−20 °C to 150 °C"),
        ("-20--5 ℃", "(−20～−5) ℃", "−20 °C to −5 °C"),
        ("10 A to 100 A", "(10～100) A", "10 A to 100 A"),
        ("0.5 kPa ~ 2 MPa", "(0.0005～2) MPa", "0.0005 MPa to 2 MPa"),
        ("50 mm 以下", "≤ 50 mm", "≤ 50 mm"),
        ("不大于 0.5 mg/kg", "≤ 0.5 mg/kg", "≤ 0.5 mg/kg"),
        ("10%以上", "≥ 10%", "≥ 10 %"),
        ("±10 V", "(−10～10) V", "−10 V to 10 V"),
        ("(20±2) ℃", "(18～22) ℃", "18 °C to 22 °C"),
        ("20℃±2℃", "(18～22) ℃", "18 °C to 22 °C"),
        ("[0, 60) MPa", "[0, 60) MPa", "[0, 60) MPa"),
        ("1×10⁻³～1×10³ Ω", "(0.001～1000) Ω", "0.001 Ω to 1000 Ω"),
        ("at least 3 mm", "≥ 3 mm", "≥ 3 mm"),
        ("(30~130) dB(A)", "(30～130) dB(A)", "30 dB(A) to 130 dB(A)"),
        ("10kΩ·m-20kΩ·m", "(10～20) kΩ·m", "10 kΩ·m to 20 kΩ·m"),
        ("0.1%~5%", "(0.1～5)%", "0.1 % to 5 %"),
    ],
)
def test_ranges_are_read_as_reports_write_them(text: str, zh: str, en: str) -> None:
    found = parse_range(text)
    assert plain_spaces(found.text("zh")) == zh
    assert plain_spaces(found.text("en")) == en
    assert str(found) == found.text()
    assert parse_range(found.text("zh")) == found
    assert parse_range(found.text("en")) == found


def test_a_range_takes_the_unit_of_its_column() -> None:
    assert parse_range("0~60", "MPa") == parse_range("(0~60) MPa")
    assert parse_range("≥5", "kV").si == (5000.0, math.inf)
    assert parse_range("1~5 kPa", "MPa").unit.symbol == "kPa"
    with pytest.raises(UnitMismatch):
        parse_range("0~60 kg", kind="pressure")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "cannot read"),
        ("abc", "cannot read"),
        ("1~2~3", "cannot read"),
        ("1,000~2,000 V", "grouping"),
        ("≥", "cannot read"),
        ("6~5 kPa", "exchange"),
        ("(5, 5] V", "empty"),
        ("1" * 121, "cannot read"),
        ("≥5~6 V", "cannot read"),
    ],
)
def test_what_is_no_range_is_refused(text: str, hint: str) -> None:
    with pytest.raises(RangeRefused) as caught:
        parse_range(text)
    assert hint in caught.value.en


def test_ranges_refuse_unknown_units_and_long_numbers() -> None:
    with pytest.raises(UnknownUnit):
        parse_range("0~60 qqq")
    with pytest.raises(RangeRefused):
        parse_range("0~" + "1" * 50 + ".5 V")


@given(st.text(max_size=60))
def test_any_text_is_a_range_or_refused_by_name(text: str) -> None:
    try:
        found = parse_range(text)
    except (RangeRefused, UnknownUnit, UnitMismatch) as error:
        assert error.zh
    else:
        assert found.si[0] <= found.si[1]


def test_containing_respects_units_ends_and_kinds() -> None:
    scope = parse_range("(0~60) MPa")
    assert scope.contains(parse_range("100 kPa ~ 60000 kPa"))
    assert scope.contains("600", "bar")
    assert scope.contains(60.0)
    assert not scope.contains(parse_range("0~60.0001 MPa"))
    assert not scope.contains(parse_range("≥5 MPa"))
    assert Range(None, None, parse_unit("MPa")).contains(parse_range("≥5 MPa"))
    assert not parse_range("[0, 60) MPa").contains(parse_range("0~60 MPa"))
    assert parse_range("[0, 60) MPa").contains(parse_range("[0, 60) MPa"))
    assert parse_range(">5 V").contains(parse_range(">5 V"))
    assert not parse_range(">5 V").contains("5")
    with pytest.raises(UnitMismatch):
        scope.contains("5", "kg")
    room = parse_range("0~5 ℃", kind="temperature_difference")
    assert room.si == (0.0, 5.0)
    assert room.contains("5", "K")


ends = st.decimals(min_value=-(10**6), max_value=10**6, places=4)
pressures = st.sampled_from(["Pa", "kPa", "MPa", "bar", "hPa"])


@given(ends, ends, ends, ends, pressures, pressures)
def test_containing_agrees_with_exact_fractions(
    a: Decimal, b: Decimal, c: Decimal, d: Decimal, one: str, two: str
) -> None:
    outer = Range(min(a, b), max(a, b), parse_unit(one))
    inner = Range(min(c, d), max(c, d), parse_unit(two))
    scale = parse_unit(two).factor / parse_unit(one).factor
    expected = Fraction(min(a, b)) <= Fraction(min(c, d)) * scale and Fraction(max(c, d)) * scale <= Fraction(max(a, b))
    assert outer.contains(inner) == expected
    assert outer.contains(outer)
    assert parse_range(outer.text("zh")) == outer
    assert parse_range(outer.text("en")) == outer
