"""Statements of conformity against the worked examples of JCGM 106 and the table of ILAC-G8."""

import doctest
import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanheng.science.quantities import Range, UnitMismatch, parse_range, parse_unit
from quanheng.science.uncertainty import conformity, decision
from quanheng.science.uncertainty.conformity import (
    RiskRefused,
    capability_index,
    conformity_probability,
    global_risks,
    guard_factor,
    nonconformity_probability,
    standard_normal,
    standard_normal_quantile,
)
from quanheng.science.uncertainty.decision import (
    RULES,
    VERDICTS,
    DecisionRefused,
    DecisionRule,
    decide,
    decide_bounded,
    decide_qualitative,
)


@pytest.mark.parametrize("module", [conformity, decision])
def test_documented_examples_run(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


# ---- JCGM 106:2012, worked examples


def test_conformity_probability_of_single_limits() -> None:
    """Zener diode: breakdown voltage at most −5.40 V; container: burst strength at least 490 kPa."""
    assert round(conformity_probability(-5.47, 0.05, upper=-5.40), 2) == 0.92
    assert round(conformity_probability(509.7, 8.6, lower=490), 2) == 0.99


def test_conformity_probability_between_two_limits() -> None:
    """Motor oil SAE 40: kinematic viscosity 12.5 mm²/s to 16.3 mm²/s, measured 13.6 mm²/s with u = 1.8 mm²/s."""
    assert round(conformity_probability(13.6, 1.8, 12.5, 16.3), 2) == 0.66
    found = decide("13.6", "3.6", parse_range("12.5~16.3 mm²/s"))
    assert found.verdict == "pass"
    assert found.p_conformity is not None
    assert found.risk is not None
    assert round(found.p_conformity, 2) == 0.66
    assert found.risk + found.p_conformity == pytest.approx(1)


def test_guard_band_of_a_speed_limit() -> None:
    """A ticket at 100 km/h with 99.9 % probability, u = 2 % of the speed: from 107 km/h, guard band 7 km/h."""
    threshold = 100 / (1 - 0.02 * standard_normal_quantile(0.999))
    assert round(threshold) == 107
    assert conformity_probability(threshold, 0.02 * threshold, lower=100) == pytest.approx(0.999, abs=1e-12)


def test_guard_band_that_leaves_at_most_5_percent() -> None:
    assert round(2 * guard_factor(0.95), 2) == 1.64
    assert standard_normal_quantile(0.95) == pytest.approx(1.6448536269514722, rel=1e-14)
    assert standard_normal_quantile(0.999) == pytest.approx(3.0902323061678132, rel=1e-14)


def test_global_risks_of_inspected_resistors() -> None:
    """Resistors 1500.0 Ω ± 0.2 Ω, production N(1500.0, 0.12), inspected with u = 0.04 Ω and guard band 0.02 Ω.

    Printed: C_m = 2.5, consumer's risk 1 %, producer's risk 7 %.
    """
    assert capability_index(0.4, 0.04) == pytest.approx(2.5, rel=1e-14)
    found = global_risks(normal(1500.0, 0.12), (1499.0, 1501.0), 0.04, (1499.8, 1500.2), (1499.82, 1500.18))
    assert round(100 * found.consumer) == 1
    assert round(100 * found.producer) == 7


def test_global_risks_of_ball_bearings() -> None:
    """JCGM 106, 9.5.4: radial error motion Gamma(4, 1/4) μm, limit 2 μm, u = 0.25 μm; ten digits from two peers."""

    def gamma(y: float) -> float:
        return 4**4 / math.gamma(4) * y**3 * math.exp(-4 * y)

    open_end = (-math.inf, 2.0)
    found = global_risks(gamma, (0.0, 15.0), 0.25, open_end, open_end)
    assert 100 * found.nonconforming == pytest.approx(4.238011, abs=5e-7)
    assert 100 * found.consumer == pytest.approx(0.801911, abs=5e-7)
    assert 100 * found.producer == pytest.approx(1.744457, abs=5e-7)


@pytest.mark.parametrize(
    ("in_tolerance", "ratio", "false_accept", "false_reject"),
    [
        (0.95, 4, 0.008582665, 0.015536513),
        (0.80, 2, 0.034579595, 0.056876517),
        (0.95, 2, 0.013373408, 0.041775296),
        (0.90, 1.5, 0.026802011, 0.076022470),
    ],
)
def test_global_risks_of_centred_productions(
    in_tolerance: float, ratio: float, false_accept: float, false_reject: float
) -> None:
    """Limits ±1; test uncertainty ratio = 1/(2u); nine printed digits of an independent program."""
    spread = 1 / standard_normal_quantile((1 + in_tolerance) / 2)
    found = global_risks(normal(0, spread), (-9 * spread, 9 * spread), 1 / (2 * ratio), (-1, 1), (-1, 1))
    assert found.consumer == pytest.approx(false_accept, abs=5e-10)
    assert found.producer == pytest.approx(false_reject, abs=5e-10)
    assert found.nonconforming == pytest.approx(1 - in_tolerance, abs=1e-10)


def normal(mean: float, spread: float):  # type: ignore[no-untyped-def]  # a plain density
    scale = 1 / (spread * math.sqrt(2 * math.pi))
    return lambda y: scale * math.exp(-0.5 * ((y - mean) / spread) ** 2)


# ---- ILAC-G8:09/2019


@pytest.mark.parametrize(
    ("r", "most"),
    [("3", 1e-6), ("1.5", 0.0016), ("1", 0.025), ("0.83", 0.05), ("0", 0.5)],
)
def test_specific_risk_at_the_acceptance_limit_is_that_of_table_1(r: str, most: float) -> None:
    """A value on the acceptance limit is the worst that passes; its risk must stay under the table's figure."""
    rule = DecisionRule("own", "自定", "own", "table 1", Decimal(r))
    limits = parse_range("≤100 V")
    edge = Decimal(100) - Decimal(r) * 2
    found = decide(edge, "2", limits, rule)
    assert found.verdict == "pass"
    assert found.risk is not None
    assert found.risk <= most
    assert decide(edge + Decimal("0.0001"), "2", limits, rule).verdict == "fail"


def test_guarded_rejection_rejects_only_beyond_doubt() -> None:
    limits = parse_range("≤100 V")
    assert decide("101.9", "2", limits, "guarded_rejection").verdict == "pass"
    found = decide("102.1", "2", limits, "guarded_rejection")
    assert found.verdict == "fail"
    assert found.risk is not None
    assert found.risk < 0.025


@pytest.mark.parametrize(
    ("value", "simple", "guarded", "nonbinary"),
    [
        ("9.39", "pass", "pass", "pass"),
        ("9.4", "pass", "pass", "pass"),
        ("9.41", "pass", "fail", "conditional_pass"),
        ("10.0", "pass", "fail", "conditional_pass"),
        ("10.01", "fail", "fail", "conditional_fail"),
        ("10.6", "fail", "fail", "conditional_fail"),
        ("10.61", "fail", "fail", "fail"),
        ("5.0", "pass", "fail", "conditional_pass"),
        ("4.4", "fail", "fail", "conditional_fail"),
        ("4.39", "fail", "fail", "fail"),
        ("5.6", "pass", "pass", "pass"),
    ],
)
def test_the_zones_of_each_rule(value: str, simple: str, guarded: str, nonbinary: str) -> None:
    limits = parse_range("(5~10) V")
    assert decide(value, "0.6", limits, "simple").verdict == simple
    assert decide(value, "0.6", limits, "guarded").verdict == guarded
    assert decide(value, "0.6", limits, "nonbinary").verdict == nonbinary


def test_open_limits_units_and_temperatures() -> None:
    assert decide("5", "0.1", parse_range("<5 V")).verdict == "fail"
    assert decide("5", "0.1", parse_range("≤5 V")).verdict == "pass"
    assert decide("5000", "100", parse_range("≤5 V"), unit="mV").verdict == "pass"
    found = decide("373.0", "0.5", parse_range("≤100 ℃"), "guarded", unit="K")
    assert found.guard_band == Decimal("0.5")
    assert found.verdict == "fail"
    assert found.acceptance == parse_range("≤99.5 ℃")
    with pytest.raises(UnitMismatch):
        decide("5", "1", parse_range("≤5 V"), unit="A")


def test_decimals_decide_where_floats_would_err() -> None:
    # 0.1 + 0.2 > 0.3 in binary floats, so 0.3 would fail against a limit of 0.1 + guard band
    found = decide("0.3", "0.1", parse_range("≤0.4 V"), "guarded")
    assert found.verdict == "pass"


def test_without_uncertainty_only_simple_acceptance() -> None:
    found = decide("5", None, parse_range("≤5 V"))
    assert (found.verdict, found.p_conformity, found.risk, found.Cm) == ("pass", None, None, None)
    with pytest.raises(DecisionRefused) as caught:
        decide("5", None, parse_range("≤5 V"), "guarded")
    assert "U" in caught.value.zh


def test_no_room_between_the_guard_bands_never_passes() -> None:
    limits = parse_range("(5~10) V")
    for value in ("5", "7.5", "10"):
        found = decide(value, "3", limits, "guarded")
        assert found.verdict == "fail"
        assert found.acceptance is None
    found = decide("7.5", "3", limits, "nonbinary")
    assert found.verdict == "conditional_pass"
    assert found.Cm == pytest.approx(5 / 6)


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ({"U": "-1"}, "negative"),
        ({"k": "0"}, "coverage factor"),
        ({"rule": "generous"}, "unknown decision rule"),
        ({"limits": Range(None, None, parse_unit("V"))}, "without a limit"),
    ],
)
def test_refusals(arguments: dict, hint: str) -> None:
    given_ = {"value": "5", "U": "1", "limits": parse_range("≤5 V"), **arguments}
    with pytest.raises(DecisionRefused) as caught:
        decide(**given_)
    assert hint in caught.value.en


def test_rules_out_of_bounds_are_refused() -> None:
    for r, binary in ((Decimal(4), True), (Decimal("-1.1"), True), (Decimal(0), False)):
        with pytest.raises(DecisionRefused):
            DecisionRule("own", "自定", "own", "", r, binary)
    with pytest.raises(RiskRefused):
        standard_normal_quantile(1.0)
    with pytest.raises(RiskRefused):
        nonconformity_probability(1.0, -1.0)
    with pytest.raises(RiskRefused):
        nonconformity_probability(1.0, 1.0, 2.0, 1.0)
    with pytest.raises(RiskRefused):
        capability_index(0.0, 1.0)


def test_statements_name_their_rule_in_both_languages() -> None:
    for code in RULES:
        found = decide("1", "0.1", parse_range("≤5 V"), code)
        assert found.text("zh").startswith("符合（判定规则：" + RULES[code].zh)
        assert RULES[code].source in found.text("en")
    assert set(VERDICTS) == {"pass", "conditional_pass", "conditional_fail", "fail"}


# ---- results without a measured value


def test_results_below_a_limit_of_detection() -> None:
    limit = parse_range("≤0.1 mg/kg")
    assert decide_bounded(parse_range("<0.01 mg/kg"), limit).verdict == "pass"
    assert decide_bounded(parse_range("<10 μg/kg"), limit).verdict == "pass"
    assert decide_bounded(parse_range(">0.1 mg/kg"), limit).verdict == "fail"
    assert decide_bounded(parse_range("<5 V"), parse_range("5~10 V")).verdict == "fail"
    with pytest.raises(DecisionRefused):
        decide_bounded(parse_range("<0.2 mg/kg"), limit)
    with pytest.raises(DecisionRefused):
        decide_bounded(parse_range("≥0.1 mg/kg"), limit)
    with pytest.raises(UnitMismatch):
        decide_bounded(parse_range("<0.2 V"), limit)


@pytest.mark.parametrize(
    ("observed", "accepted", "rejected", "verdict"),
    [
        ("未检出", ["不得检出"], [], "pass"),
        (" N.D. ", ["不得检出"], [], "pass"),
        ("检出", ["不得检出"], [], "fail"),
        ("合格", ["符合"], [], "pass"),
        ("不合格", ["符合"], [], "fail"),
        ("Pass", ["符合"], [], "pass"),
        ("V-0", ["V-0"], ["V-1", "V-2"], "pass"),
        ("v-1", ["V-0"], ["V-1", "V-2"], "fail"),
        ("Not Detected", ["未检出"], [], "pass"),
        ("检出", ["检出", "未检出"], [], "pass"),
    ],
)
def test_nominal_properties(observed: str, accepted: list, rejected: list, verdict: str) -> None:
    assert decide_qualitative(observed, accepted, rejected).verdict == verdict


@pytest.mark.parametrize("observed", ["", "大概可以", "V-0", "符合"])
def test_a_property_that_is_not_listed_is_not_judged(observed: str) -> None:
    with pytest.raises(DecisionRefused):
        decide_qualitative(observed, ["不得检出"])


# ---- properties

values = st.decimals(min_value=-100, max_value=100, places=3)
uncertainties = st.decimals(min_value=Decimal("0.001"), max_value=20, places=3)


@given(values, uncertainties, values, values)
def test_stricter_rules_never_pass_more(value: Decimal, U: Decimal, a: Decimal, b: Decimal) -> None:
    limits = Range(min(a, b), max(a, b), parse_unit("V"))
    order = ["guarded", "guarded_5", "simple", "guarded_rejection"]
    passed = [decide(value, U, limits, rule).verdict == "pass" for rule in order]
    assert passed == sorted(passed)
    nonbinary = decide(value, U, limits, "nonbinary").verdict
    assert (nonbinary == "pass") == passed[0]
    assert (nonbinary in ("pass", "conditional_pass")) == passed[2]
    simple = decide(value, U, limits, "simple")
    assert simple.risk is not None
    assert simple.p_conformity is not None
    assert 0 <= simple.p_conformity <= 1


@given(values, uncertainties, values, values, values)
def test_probability_and_verdict_do_not_depend_on_the_zero_point(
    value: Decimal, U: Decimal, a: Decimal, b: Decimal, shift: Decimal
) -> None:
    volt = parse_unit("V")
    one = decide(value, U, Range(min(a, b), max(a, b), volt), "nonbinary")
    two = decide(value + shift, U, Range(min(a, b) + shift, max(a, b) + shift, volt), "nonbinary")
    assert one.verdict == two.verdict
    assert one.p_conformity == pytest.approx(two.p_conformity, abs=1e-9)
    mirrored = decide(-value, U, Range(-max(a, b), -min(a, b), volt), "nonbinary")
    assert mirrored.verdict == one.verdict
    assert mirrored.p_conformity == pytest.approx(one.p_conformity, abs=1e-12)


@given(st.floats(-8, 8))
def test_quantile_inverts_the_distribution(z: float) -> None:
    p = standard_normal(z)
    if 0 < p < 1 - 1e-10:
        assert standard_normal_quantile(p) == pytest.approx(z, abs=1e-5)
    assert standard_normal(z) + standard_normal(-z) == pytest.approx(1, abs=1e-15)
