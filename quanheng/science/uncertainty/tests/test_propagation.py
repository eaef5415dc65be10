"""The GUM framework against the examples of its annex H and JCGM 101; values agree among four independent programs."""

from __future__ import annotations

import doctest
import math
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanheng.science import special
from quanheng.science.errors import ScienceError
from quanheng.science.uncertainty import (
    CorrelationRefused,
    Input,
    arcsine,
    constant,
    correlations_of_means,
    effective_dof,
    higher_order_uncertainty,
    input_of,
    normal,
    observed,
    parse_model,
    propagate,
    propagate_many,
    rectangular,
    simulate_many,
    student,
    to_coherent,
)
from quanheng.science.uncertainty.correlation import correlated
from quanheng.science.uncertainty.taylor import series

MODULES = ("expression", "taylor", "inputs", "correlation", "gum", "montecarlo", "multivariate", "dimensions")


@pytest.mark.parametrize("name", MODULES)
def test_documented_examples_run(name: str) -> None:
    module = import_module(f"quanheng.science.uncertainty.{name}")
    assert doctest.testmod(module, optionflags=doctest.IGNORE_EXCEPTION_DETAIL).failed == 0


def test_documented_examples_of_quantiles_run() -> None:
    assert doctest.testmod(special).failed == 0
    assert doctest.testmod(import_module("quanheng.science.uncertainty")).failed == 0


END_GAUGE = "l_s + d + d1 + d2 - l_s*(da*(theta + Delta) + alpha*dt)"


def end_gauge() -> dict[str, Input]:
    """GUM H.1; lengths in nm, temperatures in K."""
    return {
        "l_s": normal(50_000_623, 25, 18),
        "d": normal(215, 5.8, 24),
        "d1": normal(0, 3.9, 5),
        "d2": normal(0, 6.7, 8),
        "alpha": rectangular(11.5e-6, half_width=2e-6),
        "theta": normal(-0.1, 0.2),
        "Delta": arcsine(0, half_width=0.5),
        "da": rectangular(0, half_width=1e-6, dof=50),
        "dt": rectangular(0, half_width=0.05, dof=2),
    }


def test_the_end_gauge_of_h1() -> None:
    """GTC, uncertainties, metrolopy and suncal agree to 13 digits; the GUM prints 32 nm, 16, 93 nm, and 34 nm."""
    found = propagate(END_GAUGE, end_gauge(), coverage=0.99)
    assert found.value == 50_000_838
    assert found.u == pytest.approx(31.663_879_111_0, rel=1e-12)
    assert found.dof == pytest.approx(16.751_855_737_6, rel=1e-11)
    assert found.k == pytest.approx(2.903_547_63, rel=1e-9)
    assert pytest.approx(91.937_581, rel=1e-8) == found.U
    parts = sorted((row.contribution for row in found.budget), reverse=True)
    assert parts == pytest.approx([25, 16.599_027_06, 6.7, 5.8, 3.9, 2.886_787_31, 0, 0, 0], rel=3e-9)
    assert math.fsum(row.share for row in found.budget) == pytest.approx(1)
    whole = propagate(END_GAUGE, end_gauge(), coverage=0.99, truncate_dof=True)
    assert pytest.approx(92.483_276, rel=1e-8) == whole.U
    model = parse_model(END_GAUGE)
    given = [end_gauge()[name] for name in model.inputs]
    higher = higher_order_uncertainty(model, np.array([one.value for one in given]), np.array([one.u for one in given]))
    assert round(higher) == 34


def test_degrees_of_freedom_that_are_left_out_are_infinite() -> None:
    """Without ν of its rectangles H.1 comes to 45.6 (metrolopy); k for ν 16.644 591 is 2.113 252 577 (metRology)."""
    sure = {name: one._replace(dof=math.inf) if name in ("da", "dt") else one for name, one in end_gauge().items()}
    assert propagate(END_GAUGE, sure).dof == pytest.approx(45.6, abs=0.05)
    assert special.student_t_quantile(0.975, 16.644_591) == pytest.approx(2.113_252_577, abs=1e-8)


@pytest.mark.parametrize("dof", [0.5, 1, 2, 3.9, 4, 16.75, 1e3, 1e6])
@pytest.mark.parametrize("p", [0.6, 0.9, 0.975, 0.9999])
def test_quantiles_lead_back_to_their_probability(p: float, dof: float) -> None:
    assert special.student_t_tail(special.student_t_quantile(p, dof), dof) == pytest.approx(1 - p, rel=1e-11)
    assert special.chi_square_cdf(special.chi_square_quantile(p, dof), dof) == pytest.approx(
        p, rel=1e-14 * max(dof, 100)
    )
    assert special.beta_cdf(special.beta_quantile(p, dof, 2.5), dof, 2.5) == pytest.approx(p, rel=1e-14 * max(dof, 100))
    assert special.normal_cdf(special.normal_quantile(p)) == pytest.approx(p, rel=1e-14)


IMPEDANCE = {
    "V": [5.007, 4.994, 5.005, 4.990, 4.999],
    "I": [19.663e-3, 19.639e-3, 19.640e-3, 19.685e-3, 19.678e-3],
    "phi": [1.0456, 1.0438, 1.0468, 1.0428, 1.0433],
}


def impedance() -> tuple[dict[str, Input], list[tuple[str, str, float]]]:
    r = correlations_of_means(list(IMPEDANCE.values()))
    inputs = {name: observed(readings) for name, readings in IMPEDANCE.items()}
    return inputs, [("V", "I", r[0, 1]), ("V", "phi", r[0, 2]), ("I", "phi", r[1, 2])]


@pytest.mark.parametrize("models", [{"R": "V/I*cos(phi)", "X": "V/I*sin(phi)", "Z": "V/I"}, {"Z": "V/I*exp(1j*phi)"}])
def test_simultaneous_resistance_and_reactance_of_h2(models: dict[str, str]) -> None:
    """GTC's example; as three real outputs and as one complex one."""
    inputs, correlations = impedance()
    assert [inputs[name].u for name in IMPEDANCE] == pytest.approx(
        [0.003_209_361_307, 9.471_008_394e-6, 0.000_752_063_829], rel=1e-8
    )
    assert [r for _a, _b, r in correlations] == pytest.approx([-0.355_311_22, 0.857_624_21, -0.645_111_22], abs=6e-9)
    found = propagate_many(models, inputs, correlations)
    assert found.values[:2] == pytest.approx((127.732_169_928, 219.846_511_913), rel=1e-11)
    assert found.u[:2] == pytest.approx((0.071_071_407, 0.295_581_677), rel=1e-7)
    assert found.correlation[0][1] == pytest.approx(-0.588_429_78, abs=1e-8)
    # They were read together five times.
    assert found.dof == pytest.approx((4.0,) * len(found.names))
    if len(found.names) == 3:
        assert found.u[2] == pytest.approx(0.236_336_130, rel=1e-8)
        assert found.correlation[0][2] == pytest.approx(-0.485_259_22, abs=1e-8)
        assert found.correlation[1][2] == pytest.approx(0.992_511_65, abs=1e-8)


@pytest.mark.parametrize(
    ("by_complex", "by_real"),
    [
        ("abs(a + 1j*b)", "hypot(a, b)"),
        ("arg(a + 1j*b)", "atan2(b, a)"),
        ("re((a + 1j*b)^3)", "a^3 - 3*a*b^2"),
        ("im(conj(a + 1j*b))", "0*a - b"),
        ("re(exp(1j*a)*b)", "cos(a)*b"),
        ("re(log(a + 1j*b))", "log(hypot(a, b))"),
        ("hypot(re(a + 1j*b), im(a + 1j*b))", "hypot(a, b)"),
        ("re(1/(a + 1j*b))", "a/(a^2 + b^2)"),
    ],
)
def test_complex_models_agree_with_real_ones(by_complex: str, by_real: str) -> None:
    inputs = {"a": normal(0.7, 0.1), "b": normal(0.4, 0.2)}
    first = propagate_many({"Y": by_complex}, inputs, [("a", "b", 0.3)])
    second = propagate_many({"Y": by_real}, inputs, [("a", "b", 0.3)])
    assert (first.values[0], first.u[0]) == (pytest.approx(second.values[0]), pytest.approx(second.u[0]))
    assert first.u[1] == pytest.approx(0, abs=1e-12)
    drawn = simulate_many({"Y": by_complex}, inputs, trials=2_000).values[0]
    assert drawn == pytest.approx(simulate_many({"Y": by_real}, inputs, trials=2_000).values[0])


def test_coverage_regions_of_two_normal_quantities() -> None:
    """JCGM 102: k = 2.45 for the ellipse, 2.24 for the rectangle; Monte Carlo of a linear model gives the ellipse."""
    inputs = {"a": normal(0, 1), "b": normal(0, 2)}
    models = {"x": "a + b", "y": "a - b"}
    gum = propagate_many(models, inputs, [("a", "b", 0.3)])
    assert gum.k_ellipse == pytest.approx(math.sqrt(-2 * math.log(0.05)), rel=1e-12)
    assert gum.k_rectangle == pytest.approx(2.2414, abs=1e-4)
    drawn = simulate_many(models, inputs, [("a", "b", 0.3)], trials=200_000, seed=3)
    assert drawn.k_ellipse == pytest.approx(gum.k_ellipse, rel=0.01)
    assert drawn.k_rectangle <= gum.k_rectangle + 0.02
    assert np.allclose(drawn.covariance, gum.covariance, rtol=0.02, atol=0.02)


MASS = "(m_R + dm) * (1 + (rho_a - 1.2) * (1/rho_W - 1/rho_R)) - 100000"


def mass() -> dict[str, Input]:
    """JCGM 101, 9.3; masses in mg, densities in kg/m³."""
    return {
        "m_R": normal(100_000, 0.050),
        "dm": normal(1.234, 0.020),
        "rho_a": rectangular(lower=1.10, upper=1.30),
        "rho_W": rectangular(lower=7_000, upper=9_000),
        "rho_R": rectangular(lower=7_950, upper=8_050),
    }


def test_terms_of_higher_order_of_the_mass_calibration() -> None:
    found = propagate(MASS, mass())
    assert found.u == pytest.approx(0.053_851_648_071, rel=1e-11)
    assert found.interval == pytest.approx((1.128_453, 1.339_547), abs=5e-7)
    model = parse_model(MASS)
    given = [mass()[name] for name in model.inputs]
    higher = higher_order_uncertainty(model, np.array([one.value for one in given]), np.array([one.u for one in given]))
    assert higher == pytest.approx(0.074_963_473_850, rel=1e-10)


# ---- derivatives: the pass on floats, the series, and differences of values are three ways to one number

SMOOTH = (
    "x^3*y", "tan(x)*y^0.5", "atan2(y, x)", "hypot(x, y)", "x^y", "asin(x)*acos(y) + atan(x)", "y^-2 + x",
    "exp(x)*sinh(y)/tanh(x)", "log10(x) + abs(-x)*cosh(y)", "cos(x)*sqrt(y) - ln(x)", "re(x)*y + im(y) + arg(x)",
)  # fmt: skip


@pytest.mark.parametrize("text", SMOOTH)
@given(x=st.floats(0.1, 0.9), y=st.floats(0.1, 0.9))
def test_derivatives_agree_with_series_and_with_differences(text: str, x: float, y: float) -> None:
    model = parse_model(text)
    at = np.array([{"x": x, "y": y}[name] for name in model.inputs])
    value, slopes = model.gradient(at.tolist())
    expanded = series(model, at, np.eye(len(at)))
    assert expanded[0] == pytest.approx(value, rel=1e-12, abs=1e-12)
    assert expanded[1] == pytest.approx(slopes, rel=1e-9, abs=1e-9)
    for place in range(len(at)):
        step = np.eye(len(at))[place] * 1e-5
        difference = (model.value((at + step).tolist()) - model.value((at - step).tolist())) / 2e-5
        assert slopes[place] == pytest.approx(difference, rel=1e-4, abs=1e-5)
    assert float(np.asarray(model.arrays(at))) == pytest.approx(value, rel=1e-12, abs=1e-12)


# ---- what theory says of any linear model


@given(
    st.lists(st.tuples(st.floats(-9, 9), st.floats(0.01, 5), st.floats(1, 60)), min_size=2, max_size=5),
    st.floats(-50, 50),
    st.floats(0.1, 9),
    st.randoms(use_true_random=False),
)
def test_shift_scale_and_order(terms: list[tuple[float, float, float]], shift: float, scale: float, dice: Any) -> None:
    inputs = {f"x{at}": normal(value, u, dof) for at, (value, u, dof) in enumerate(terms)}
    plain = propagate(" + ".join(inputs), inputs)
    moved = propagate(f"{scale!r}*({' + '.join(inputs)}) + ({shift!r})", inputs)
    assert moved.u == pytest.approx(scale * plain.u)
    assert moved.value == pytest.approx(scale * plain.value + shift, abs=1e-9)
    assert moved.dof == pytest.approx(plain.dof)
    names = list(inputs)
    dice.shuffle(names)
    mixed = propagate(" + ".join(names), {name: inputs[name] for name in names})
    assert (mixed.u, mixed.dof) == (pytest.approx(plain.u), pytest.approx(plain.dof))


def test_inputs_without_uncertainty_are_legal() -> None:
    """GTC once failed here; integers are numbers too."""
    found = propagate("a*b", {"a": constant(3), "b": normal(2, 0)})
    assert (found.value, found.u, found.dof, found.U) == (6.0, 0.0, math.inf, 0.0)
    assert [row.share for row in found.budget] == [0.0, 0.0]
    assert propagate("a/2", {"a": normal(3, 1)}).u == 0.5


@pytest.mark.parametrize("size", [1e-250, 1e-170, 1e90])
def test_tiny_and_huge_numbers_keep_their_uncertainty(size: float) -> None:
    found = propagate("a + b", {"a": normal(0, 3 * size, 5), "b": normal(size, 4 * size, 7)})
    assert found.u == pytest.approx(5 * size, rel=1e-12)
    assert found.dof == pytest.approx(625 / (81 / 5 + 256 / 7))
    assert [row.share for row in found.budget] == pytest.approx([0.36, 0.64])


def test_correlation_changes_a_difference_and_finite_dof_stay_with_their_ensemble() -> None:
    inputs = {"a": student(1, 0.3, 9), "b": student(2, 0.4, 9), "c": normal(0, 0.5, 20)}
    found = propagate("a - b + c", inputs, [("a", "b", 0.5)])
    joint = 0.09 + 0.16 - 2 * 0.5 * 0.12
    assert found.u == pytest.approx(math.sqrt(joint + 0.25))
    assert found.dof == pytest.approx((joint + 0.25) ** 2 / (joint**2 / 9 + 0.25**2 / 20))
    assert math.fsum(row.share for row in found.budget) == pytest.approx(1)
    # Of different dof: twice the variance of u² that follows from each u being estimated by itself, by simulation.
    rng = np.random.default_rng(1)
    dofs, r = (8.0, 15.0), 0.6
    s = [np.sqrt(rng.chisquare(dof, 400_000) / dof) for dof in dofs]
    square = s[0] ** 2 + 4 * s[1] ** 2 + 2 * r * 2 * s[0] * s[1]
    simulated = 2 * square.mean() ** 2 / square.var()
    expected = effective_dof([1.0, 2.0], dofs, correlated(("a", "b"), [("a", "b", r)]))
    assert expected == pytest.approx(simulated, rel=0.05)


# ---- refused, with place and mend


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("__import__('os')", "at character 12"),
        ("a.__class__", "at character 2"),
        ("eval(a)", "no function 'eval'"),
        ("lambda: a", "at character 7"),
        ("a[0]", "no function 'a'"),
        ("9^9^9^9", "exponent"),
        ("a^1000000000", "exponent"),
        ("a^" * 60 + "a", "nested more than 40"),
        ("(" * 900 + "a" + ")" * 900, "nested more than 40"),
        ("sin(" * 200 + "a" + ")" * 200, "nested more than 40"),
        ("+".join(f"a*{n}" for n in range(400)), "characters"),
        ("a+" * 999 + "a", "600 steps"),
        ("a" * 3000, "characters"),
        ("1e999*a", "too large"),
        ("a b", "out of place"),
        ("sin a", "needs brackets"),
        ("hypot(a)", "2 argument"),
        ("atan2(1j*a, 2)", "for real numbers"),
        ("(a", "ends too early"),
        ("", "ends too early"),
        ("a = b = 3", "at character"),
        ("a; b", "';'"),
    ],
)
def test_a_text_that_is_no_model_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ScienceError) as refused:
        parse_model(text)
    assert said in refused.value.en
    assert refused.value.field == "model"
    assert len(refused.value.zh) < 400


def test_a_long_sum_is_read_and_a_model_may_be_named() -> None:
    model = parse_model("Y = " + "+".join(f"a*{n}" for n in range(150)))
    assert model.value([1.0]) == 150 * 149 / 2
    assert parse_model("ｘ² × ρₐ ÷ 2").value([2.0, 3.0]) == 6.0
    assert parse_model("-2^2 + 2**-1 - --a").value([1.0]) == -4.5


@pytest.mark.parametrize(("text", "value"), [("1/a", 0.0), ("sqrt(a)", -1.0), ("log(a)", 0.0), ("a^0.5", -2.0)])
def test_a_model_without_value_at_the_estimates_is_refused(text: str, value: float) -> None:
    with pytest.raises(ScienceError, match="no finite value"):
        propagate(text, {"a": normal(value, 1)})


@pytest.mark.parametrize(("text", "value"), [("sqrt(a)", 0.0), ("abs(a)", 0.0), ("asin(a)", 1.0)])
def test_a_model_without_derivative_points_to_monte_carlo(text: str, value: float) -> None:
    with pytest.raises(ScienceError, match="Monte Carlo"):
        propagate(text, {"a": normal(value, 1)})


@pytest.mark.parametrize(
    ("correlations", "said"),
    [
        ([("a", "b", 0.9), ("b", "c", 0.9), ("a", "c", -0.9)], "contradict"),
        ([("a", "b", 1.0)], "singular"),
        ([("a", "b", 1.5)], "between -1 and 1"),
        ([("a", "a", 1.0)], "different inputs"),
        ([("a", "b", 0.1), ("b", "a", 0.2)], "one coefficient"),
        ([("a", "z", 0.1)], "no input 'z'"),
        ([("a", "b", math.nan)], "between -1 and 1"),
    ],
)
def test_impossible_correlations_are_refused(correlations: list[tuple[str, str, float]], said: str) -> None:
    with pytest.raises(CorrelationRefused) as refused:
        propagate("a + b + c", {name: normal(0, 1) for name in "abc"}, correlations)
    assert said in refused.value.en
    assert refused.value.field.startswith("correlations")


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"value": 1, "u": -1}, "u"),
        ({"value": math.nan, "u": 1}, "value"),
        ({"value": 1, "u": math.inf}, "u"),
        ({"value": 1, "u": 1, "dof": 0}, "dof"),
        ({"u": 1}, "value"),
        ({"value": 1, "dist": "rectangular"}, "half_width"),
        ({"lower": 2, "upper": 1}, "lower"),
        ({"value": 1, "half_width": 1, "dist": "ctrap"}, "d"),
        ({"value": 1, "half_width": 1, "d": 2, "dist": "ctrap"}, "d"),
        ({"value": 1, "u": 1, "dist": "cauchy"}, "dist"),
        ({"value": 1, "u": 1, "beta": 1}, "beta"),
        ({"readings": [1.0]}, "readings"),
        ({"value": 1, "u": 1, "half_width": 1, "dist": "arcsine"}, "u"),
    ],
)
def test_facts_from_which_no_distribution_follows_are_refused_by_key(facts: dict[str, Any], field: str) -> None:
    with pytest.raises(ScienceError) as refused:
        input_of(facts)
    assert refused.value.field == field


# ---- units


@pytest.mark.parametrize(
    ("model", "units", "unit", "said"),
    [
        ("x + y", {"x": "m", "y": "s"}, None, "in '(x + y)', m and s"),
        ("x + 1", {"x": "m", "y": "s"}, None, "(x + 1)"),
        ("exp(x)*y", {"x": "m", "y": "s"}, None, "exp(x)"),
        ("x*y", {"x": "m", "y": "s"}, "m", "result is in m·s"),
        ("x*y", {"x": "furlongs", "y": "s"}, None, "unknown unit"),
    ],
)
def test_units_that_do_not_match_are_refused(model: str, units: dict[str, str], unit: str | None, said: str) -> None:
    found = parse_model(model)
    with pytest.raises(ScienceError) as refused:
        to_coherent(found, {name: normal(1, 0.1) for name in found.inputs}, units, unit)
    assert said in refused.value.en


def test_temperatures_and_their_differences_keep_apart() -> None:
    given = {"a": normal(20, 0.1), "b": normal(30, 0.1)}
    units = {"a": "℃", "b": "℃"}

    def in_degrees(model: str) -> float:
        parsed = parse_model(model)
        scaled = to_coherent(parsed, given, units, "℃")
        return (propagate(parsed, scaled.inputs).value - scaled.offset) / scaled.factor

    assert in_degrees("(a + b)/2") == pytest.approx(25)
    assert in_degrees("b - a") == pytest.approx(10)
    with pytest.raises(ScienceError, match="use K"):
        in_degrees("a*b/b")
