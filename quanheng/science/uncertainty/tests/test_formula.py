"""Best uncertainty as a formula: the notations of scopes, exact bounds, refusals."""

import doctest
import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanheng.science.quantities import Range, UnitMismatch, UnknownUnit, parse_range, parse_unit
from quanheng.science.uncertainty import formula as module
from quanheng.science.uncertainty.formula import Formula, FormulaRefused, Linear, parse_formula


def test_documented_examples_run() -> None:
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("text", "unit", "value", "expected"),
    [
        ("0.5%", "MPa", "10", 0.05),
        ("0.5 %", "MPa", "-10", 0.05),
        ("0.02 MPa", "MPa", "10", 0.02),
        ("20 kPa", "MPa", "10", 0.02),
        ("0.02", "MPa", "10", 0.02),
        ("0.01+0.0005x", "V", "20", 0.02),
        ("0.01 + 5e-4·X", "V", "20", 0.02),
        ("1.2e-3*x + 0.05 mV", "V", "0.1", 0.00017),
        ("Q[0.3, 0.004*x]", "μm", "100", 0.5),
        ("Q(0.3 μm; 4 μm/mm·L)", "mm", "0.1", 0.0005),
        ("0.5 μm + 2×10⁻⁶L", "mm", "100", 0.0007),
        ("0.5μm+2μm/m·L", "mm", "100", 0.0007),
        ("U=0.02 MPa (k=2)", "MPa", "1", 0.02),
        ("U95 = 0.02 MPa", "MPa", "1", 0.02),
        ("Urel=0.5%, k=2", "MPa", "10", 0.05),
        ("Urel = 1.5×10⁻³", "V", "10", 0.015),
        ("U_rel=3%", "mg/kg", "2", 0.06),
        ("3%", "mg/kg", "2", 0.06),
        ("10 μg/kg", "mg/kg", "2", 0.01),
        ("0.5%", "%", "20", 0.5),
        ("Urel=0.5%", "%", "20", 0.1),
        ("1.5%", "%RH", "60", 1.5),
        ("0.3 K", "℃", "100", 0.3),
        ("U = 0.3 ℃ (k = 2)", "℃", "-20", 0.3),
        ("0.7 dB", "dB(A)", "94", 0.7),
        ("(0.01+0.0005x) kPa", "Pa", "20000", 20.0),
        ("Q[0.3, 0.4] μm", "mm", "1", 0.0005),
        ("0.5 HRC", "HRC", "60", 0.5),
        ("0.1 L", "mL", "5", 100.0),
        ("0.5 - 0.01x", "V", "20", 0.3),
    ],
)
def test_notations_of_scopes(text: str, unit: str, value: str, expected: float) -> None:
    found = parse_formula(text, unit)
    assert found.at(value) == pytest.approx(expected, rel=1e-14)
    assert found.k == 2
    assert parse_formula(found.text("zh"), unit) == found
    assert parse_formula(found.text("en"), unit) == found


def test_coverage_factor_and_units_of_the_value() -> None:
    assert parse_formula("0.02 MPa, k=3", "MPa").k == 3
    found = parse_formula("0.01+0.0005x", "V")
    assert found.at("2000", "mV") == found.at("2")
    assert found.at_si("2000", "mV") == found.at("2")
    assert parse_formula("20 kPa", "MPa").at_si("1") == pytest.approx(20000, rel=1e-15)
    assert parse_formula("0.3 ℃", "℃").at_si("20") == pytest.approx(0.3, rel=1e-15)
    with pytest.raises(UnitMismatch):
        found.at("2", "A")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "1 to 8 terms"),
        ("__import__('os')", "each term"),
        ("x**2", "each term"),
        ("2x2", None),
        ("0.05%FS", "full scale"),
        ("0.5 MPa of x", None),
        ("0", "above 0"),
        ("0x", "above 0"),
        ("0.02 MPa, k=0", "above 0"),
        ("+".join(["1"] * 9), "1 to 8"),
        ("Q[" + ",".join(["1"] * 9) + "]", "8 terms"),
        ("1" * 201, "200 characters"),
        ("9" * 60, "digits"),
        ("Q[]", "1 to 8 terms"),
        ("Q[0.1, ]", "1 to 8 terms"),
    ],
)
def test_what_is_no_formula_is_refused(text: str, hint: str | None) -> None:
    with pytest.raises(FormulaRefused if hint else UnknownUnit) as caught:
        parse_formula(text, "MPa")
    assert hint is None or hint in caught.value.en


def test_a_constant_of_another_kind_is_refused() -> None:
    with pytest.raises(UnitMismatch):
        parse_formula("0.02 kg", "MPa")
    with pytest.raises(UnitMismatch):
        parse_formula("2 μm/V·x", "V")


@given(st.text(alphabet="0123456789.eExXQ[](),+-*% kMPaUrel=·×^", max_size=40))
def test_any_text_is_a_formula_or_refused_by_name(text: str) -> None:
    try:
        found = parse_formula(text, "MPa")
    except (FormulaRefused, UnknownUnit, UnitMismatch) as error:
        assert error.zh
    else:
        assert parse_formula(found.text(), "MPa").parts == found.parts


def test_bounds_at_ends_zero_and_vertex() -> None:
    assert parse_formula("0.5% x + 0.02 MPa", "MPa").bounds(parse_range("(-1~60) MPa")) == (0.02, 0.32)
    assert parse_formula("0.5%", "MPa").bounds(parse_range("(1000~60000) kPa")) == pytest.approx((0.005, 0.3))
    assert parse_formula("0.02", "V").bounds(parse_range("≥5 V")) == (0.02, 0.02)
    assert parse_formula("0.02+0.1x", "V").bounds(parse_range("≥5 V")) == (0.52, math.inf)
    assert parse_formula("Q[0.02, 0.1x]", "V").bounds(parse_range("≤5 V")) == (0.02, math.inf)
    # √((0.5 − 0.1x)² + (0.1x)²) is least at x = 2.5, between the ends
    low, high = parse_formula("Q[0.5-0.1x, 0.1x]", "V").bounds(parse_range("0~10 V"))
    assert low == pytest.approx(math.hypot(0.25, 0.25))
    assert high == pytest.approx(math.hypot(0.5, 1.0))
    assert parse_formula("0.5 - 0.01x", "V").bounds(parse_range("0~20 V")) == pytest.approx((0.3, 0.5))
    assert parse_formula("20 kPa", "MPa").bounds_si(parse_range("0~60 MPa")) == pytest.approx((2e4, 2e4))


def test_a_formula_that_reaches_zero_is_refused_where_it_does() -> None:
    with pytest.raises(FormulaRefused):
        parse_formula("0.5 - 0.01x", "V").bounds(parse_range("0~50 V"))
    with pytest.raises(FormulaRefused):
        parse_formula("0.5%", "V").at("0")
    with pytest.raises(FormulaRefused):
        parse_formula("0.5 - 0.01x", "V").bounds(parse_range("≥0 V"))
    with pytest.raises(UnitMismatch):
        parse_formula("0.5%", "V").bounds(parse_range("0~5 A"))


coefficients = st.decimals(min_value=-10, max_value=10, places=4)
linears = st.builds(Linear, coefficients, coefficients)
ends = st.decimals(min_value=-1000, max_value=1000, places=3)


@given(st.lists(linears, min_size=1, max_size=4), ends, ends, st.floats(0, 1))
def test_no_value_in_the_range_lies_outside_the_bounds(parts: list, a: Decimal, b: Decimal, share: float) -> None:
    volt = parse_unit("V")
    formula = Formula(tuple(parts), volt, Decimal(2))
    over = Range(min(a, b), max(a, b), volt)
    x = float(min(a, b)) + share * float(abs(b - a))
    try:
        low, high = formula.bounds(over)
    except FormulaRefused:
        return
    uncertainty = formula.at(x)
    assert low * (1 - 1e-9) - 1e-12 <= uncertainty <= high * (1 + 1e-9) + 1e-12
    corners = [over.lower, over.upper, *([Decimal(0)] if over.contains("0") else [])]
    reached = [formula.at(corner) for corner in corners if corner is not None]
    assert max(reached) == pytest.approx(high, rel=1e-12)
