"""Risks, guard bands and capability against JCGM 106, RP-19's draft table and independent integrations."""

from __future__ import annotations

import doctest
import math
import random
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanheng.science import decisions
from quanheng.science.decisions import (
    acceptance_limits,
    capability,
    capability_of_sample,
    gamma_prior,
    lognormal_prior,
    normal_global_risks,
    normal_prior,
    posterior_nonconformity,
    prior_of,
    production_risks,
    tur_factor,
    uniform_prior,
)
from quanheng.science.decisions.priors import Prior
from quanheng.science.errors import ScienceError
from quanheng.science.tasks import calculate
from quanheng.science.uncertainty.conformity import global_risks, nonconformity_probability

INF = math.inf


@pytest.mark.parametrize("name", ["priors", "risks", "acceptance", "capability"])
def test_documented_examples_run(name: str) -> None:
    assert doctest.testmod(import_module(f"quanheng.science.decisions.{name}")).failed == 0
    assert doctest.testmod(decisions).failed == 0


# ---- global risks


def test_ball_bearings() -> None:
    """JCGM 106, 9.5.4: Gamma(4, 1/4) μm, limit 2 μm, u 0.25 μm; digits of suncal and of an integration with SciPy."""
    found = production_risks(gamma_prior(4, 0.25), 0.25, (-INF, 2), (-INF, 2))
    assert found.nonconforming == pytest.approx(0.042_380_11, abs=5e-9)
    assert found.consumer == pytest.approx(0.008_019_11, abs=5e-9)
    assert found.producer == pytest.approx(0.017_444_57, abs=5e-9)
    task = calculate(
        "decision",
        {"value": 1.9, "u": 0.25, "upper": 2, "prior": {"dist": "gamma", "shape": 4, "scale": 0.25}},
    )
    assert (task["consumer_risk"], task["producer_risk"]) == (found.consumer, found.producer)
    assert task["acceptance_lower"] is None


@pytest.mark.parametrize(
    ("itp", "tur", "consumer", "producer"),
    [
        (0.95, 4, 0.008_582_665, 0.015_536_513),
        (0.80, 2, 0.034_579_595, 0.056_876_517),
        (0.95, 2, 0.013_373_408, 0.041_775_296),
        (0.90, 1.5, 0.026_802_011, 0.076_022_470),
    ],
)
def test_false_accept_and_false_reject_of_centred_items(
    itp: float, tur: float, consumer: float, producer: float
) -> None:
    """suncal's figures, by both integrators."""
    prior = prior_of({"itp": itp}, -1, 1)
    by_measured = normal_global_risks(0, prior.sd, 1 / (2 * tur), (-1, 1), (-1, 1))
    by_true = global_risks(prior.density, prior.support, 1 / (2 * tur), (-1, 1), (-1, 1))
    for found in (by_measured, by_true):
        assert (found.consumer, found.producer) == (
            pytest.approx(consumer, abs=6e-10),
            pytest.approx(producer, abs=6e-10),
        )


@pytest.mark.parametrize(
    ("itp", "percent", "conditional"),
    [
        (0.60, 4.838_603, 8.260_082),
        (0.70, 3.922_341, 5.723_220),
        (0.80, 2.855_830, 3.632_271),
        (0.90, 1.599_953, 1.798_804),
        (0.95, 0.871_009, 0.923_897),
        (0.99, 0.199_917, 0.202_439),
    ],
)
def test_the_draft_table_of_rp19(itp: float, percent: float, conditional: float) -> None:
    """Test uncertainty a quarter of the process spread (secondary: suncal's tests)."""
    prior = prior_of({"itp": itp}, -1, 1)
    found = production_risks(prior, prior.sd / 4, (-1, 1), (-1, 1))
    assert 100 * found.consumer == pytest.approx(percent, abs=2e-6)
    assert 100 * found.consumer_if_accepted == pytest.approx(conditional, abs=2e-6)


@given(
    st.floats(-0.8, 0.8), st.floats(0.02, 5), st.floats(0.02, 5), st.floats(0, 0.5),
    st.sampled_from([(-1.0, 1.0), (-INF, 1.0), (-1.0, INF)]),
)  # fmt: skip
def test_two_integrators_agree(mean: float, sd: float, u: float, w: float, tolerance: tuple[float, float]) -> None:
    acceptance = (tolerance[0] + w, tolerance[1] - w)
    prior = normal_prior(mean, sd)
    by_measured = normal_global_risks(mean, sd, u, tolerance, acceptance)
    by_true = global_risks(prior.density, prior.support, u, tolerance, acceptance, sd)
    assert by_measured == pytest.approx(by_true, abs=1e-10)
    assert 0 <= by_measured.consumer_if_accepted <= 1


@pytest.mark.parametrize("ratio", [1e-6, 1e-3, 1e3])
def test_integrators_agree_where_scales_are_far_apart(ratio: float) -> None:
    prior = normal_prior(0.1, 1.0)
    by_measured = normal_global_risks(0.1, 1.0, ratio, (-1, 1), (-1, 1))
    by_true = global_risks(prior.density, prior.support, ratio, (-1, 1), (-1, 1), 1.0)
    assert by_measured == pytest.approx(by_true, rel=1e-7, abs=1e-14)


@pytest.mark.parametrize("prior", [uniform_prior(-1.5, 1.5), gamma_prior(2.5, 0.3), lognormal_prior(0.8, 0.3)])
def test_other_priors_against_drawn_items(prior: Prior) -> None:
    dice = random.Random(5)
    draws: dict[str, Any] = {
        "uniform": lambda: dice.uniform(-1.5, 1.5),
        "gamma": lambda: dice.gammavariate(2.5, 0.3),
        "lognormal": lambda: dice.lognormvariate(math.log(0.8), 0.3),
    }
    items = [(true := draws[prior.kind](), dice.gauss(true, 0.2)) for _ in range(60_000)]
    found = production_risks(prior, 0.2, (-1, 1), (-0.9, 0.9))
    consumer = sum(abs(true) > 1 and abs(seen) <= 0.9 for true, seen in items) / len(items)
    producer = sum(abs(true) <= 1 and abs(seen) > 0.9 for true, seen in items) / len(items)
    assert (consumer, producer) == (pytest.approx(found.consumer, abs=0.0025), pytest.approx(found.producer, abs=0.005))
    assert found.nonconforming == pytest.approx(1 - prior.cdf(1) + prior.cdf(-1), abs=1e-9)
    near = [true for true, seen in items if abs(seen - 0.95) < 0.02]
    share = sum(true > 1 for true in near) / len(near)
    assert posterior_nonconformity(0.95, 0.2, prior, -1, 1) == pytest.approx(share, abs=0.06)


def test_perfect_and_useless_measurements_and_limits_that_accept_nothing() -> None:
    prior = normal_prior(0, 0.5)
    perfect = production_risks(prior, 0.0, (-1, 1), (-1, 1))
    assert (perfect.consumer, perfect.producer) == (0, 0)
    nearly = production_risks(prior, 1e-9, (-1, 1), (-1, 1))
    assert nearly == pytest.approx(perfect, abs=1e-8)
    nothing = production_risks(prior, 0.1, (-1, 1), None)
    assert (nothing.consumer, nothing.producer) == (0, pytest.approx(1 - nothing.nonconforming))
    assert nothing.consumer_if_accepted == 0


@given(st.floats(-3, 3), st.floats(0.01, 2), st.floats(0.01, 2), st.floats(-5, 5), st.floats(0.1, 10))
def test_a_posterior_does_not_depend_on_zero_and_unit(
    value: float, u: float, sd: float, shift: float, unit: float
) -> None:
    plain = posterior_nonconformity(value, u, normal_prior(0, sd), -1, 1)
    moved = posterior_nonconformity(
        value * unit + shift, u * unit, normal_prior(shift, sd * unit), shift - unit, shift + unit
    )
    assert moved == pytest.approx(plain, abs=1e-9)
    # With hardly any knowledge beforehand the measurement alone decides.
    vague = posterior_nonconformity(value, u, normal_prior(0, 1e7), -1, 1)
    assert vague == pytest.approx(nonconformity_probability(value, u, -1, 1), abs=1e-5)


# ---- guard bands

TABLE = {
    1.5: (0.759_882, 0.745_356, 0.333_333, 0.583_333, 0.838_473, 1.090_501),
    2: (0.859_177, 0.866_025, 0.5, 0.75, 0.907_913, 1.105_39),
    3: (0.948_227, 0.942_809, 0.666_667, 0.916_667, 0.971_812, 1.115_789),
    4: (0.986_72, 0.968_246, 0.75, 1, None, 1.117_878),
    10: (1.035_792, 0.994_987, 1, 1, None, 1.112_157),
}
RULES = ("dobbert", "rss", "test_95", "rp10", "same_as_4_to_1", "pfa_at_itp")


@pytest.mark.parametrize("tur", TABLE)
def test_factors_of_the_tur_rules(tur: float) -> None:
    """suncal's guardband_tur; unclamped, as printed there, and clamped, as here by default."""
    for rule, expected in zip(RULES, TABLE[tur], strict=True):
        if expected is not None:
            assert tur_factor(rule, tur, clamp=False) == pytest.approx(expected, abs=6e-7), rule
            assert tur_factor(rule, tur) == pytest.approx(min(expected, 1), abs=6e-7), rule
    asked = acceptance_limits("dobbert", 0.05, 9, 11, clamp=False)
    kept = acceptance_limits("dobbert", 0.05, 9, 11)
    assert asked.upper > 11 and not asked.clamped
    assert (kept.lower, kept.upper, kept.clamped) == (9, 11, True)


def test_a_limit_by_specific_risk_leaves_just_that_risk() -> None:
    for lower, upper in ((-INF, 1.0), (-1.0, INF), (-1.0, 1.0), (-0.25, 0.25)):
        found = acceptance_limits("specific_risk", 0.1, lower, upper, risk=0.03)
        limit = found.upper if math.isfinite(found.upper) else found.lower
        assert nonconformity_probability(limit, 0.1, lower, upper) == pytest.approx(0.03, rel=1e-9)
    hopeless = acceptance_limits("specific_risk", 1.0, -1, 1, risk=0.05)
    assert hopeless.interval is None
    assert acceptance_limits("specific_risk", 0.1, upper=1.0, risk=0.7).clamped
    assert acceptance_limits("specific_risk", 0.1, upper=1.0, risk=0.7, clamp=False).upper > 1


def test_a_limit_by_global_risk_and_one_by_cost() -> None:
    prior = gamma_prior(4, 0.25)
    found = acceptance_limits("global_risk", 0.25, upper=2, prior=prior, risk=0.004)
    assert production_risks(prior, 0.25, (-INF, 2), (-INF, found.upper)).consumer == pytest.approx(0.004, rel=1e-8)
    dear = acceptance_limits("cost", 0.1, -1, 1, prior=normal_prior(0, 0.5), costs=(10, 1))
    alike = acceptance_limits("cost", 0.1, -1, 1, prior=normal_prior(0, 0.5), costs=(1, 1))
    assert dear.guard_band > alike.guard_band >= 0
    # At the optimum a wrong acceptance at the limit costs what a wrong rejection there costs.
    at_limit = posterior_nonconformity(dear.upper, 0.1, normal_prior(0, 0.5), -1, 1)
    assert 10 * at_limit == pytest.approx(1 - at_limit, rel=1e-4)


@pytest.mark.parametrize(
    ("rule", "value", "decision"),
    [
        ("simple", 10.0, "pass"),
        ("simple", 10.0001, "fail"),
        ("guarded", 9.9, "pass"),
        ("guarded", 9.9001, "fail"),
        ("guarded_rejection", 10.1, "pass"),
        ("nonbinary", 9.95, "conditional_pass"),
        ("nonbinary", 10.1, "conditional_fail"),
        ("nonbinary", 10.1001, "fail"),
    ],
)
def test_the_menu_at_its_edges(rule: str, value: float, decision: str) -> None:
    """U = 0.1 exactly: limits are compared in decimals."""
    found = calculate("decision", {"value": value, "u": 0.05, "upper": 10, "rule": rule})
    assert found["decision"] == decision
    assert found["acceptance_lower"] is None
    assert found["specific_consumer_risk"] * found["specific_producer_risk"] == 0


@pytest.mark.parametrize("rule", decisions.ACCEPTANCE_RULES)
def test_every_rule_as_a_task_mirrored_and_two_sided(rule: str) -> None:
    data = {"value": 9.8, "u": 0.1, "lower": 9, "upper": 10, "rule": rule, "prior": {"itp": 0.9}}
    found = calculate("decision", data)
    mirrored = calculate("decision", {**data, "value": -9.8, "lower": -10, "upper": -9})
    assert found["acceptance_upper"] == pytest.approx(-mirrored["acceptance_lower"])
    for key in ("p_conform", "consumer_risk", "producer_risk", "decision"):
        assert found[key] == (pytest.approx(mirrored[key]) if key != "decision" else mirrored[key])
    assert found["tur"] == pytest.approx(2.5)


def test_one_sided_limits_are_far_two_sided_ones() -> None:
    one = calculate("decision", {"value": 9.8, "u": 0.1, "upper": 10, "prior": {"mean": 9, "sd": 0.5}})
    far = calculate("decision", {"value": 9.8, "u": 0.1, "lower": -900, "upper": 10, "prior": {"mean": 9, "sd": 0.5}})
    for key in ("p_conform", "consumer_risk", "producer_risk"):
        assert one[key] == pytest.approx(far[key], abs=1e-12)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"upper": None}, "upper"),
        ({"lower": 3}, "lower"),
        ({"u": -1}, "u"),
        ({"rule": "guess"}, "rule"),
        ({"rule": "rss"}, "rule"),
        ({"rule": "global_risk"}, "prior"),
        ({"prior": {"mean": 0}}, "prior.sd"),
        ({"prior": {"mean": 0, "sd": 1, "shape": 2}}, "prior.shape"),
        ({"prior": {"itp": 0.9}}, "prior.mean"),
        ({"prior": {"cpk": 1.3, "itp": 0.9, "mean": 0}}, "prior"),
        ({"prior": {"dist": "uniform", "lower": 5, "upper": 6}}, "prior"),
        ({"rule": "cost", "prior": {"mean": 0, "sd": 1}, "costs": [0, 0]}, "costs"),
    ],
)
def test_what_cannot_be_decided_is_refused(change: dict[str, Any], field: str) -> None:
    with pytest.raises(ScienceError) as refused:
        calculate("decision", {"value": 1, "u": 0.1, "upper": 2, **change})
    assert refused.value.field == field, refused.value.en


# ---- capability


def test_capability_and_the_scatter_that_measuring_adds() -> None:
    found = capability(10.1, 0.13, 9.6, 10.4, u=0.05, target=10.0)
    assert found.sd == pytest.approx(0.12)
    assert found.cp == pytest.approx(0.8 / 0.72)
    assert found.cpk == pytest.approx(0.3 / 0.36)
    assert found.cpm == pytest.approx(0.8 / (6 * math.hypot(0.12, 0.1)))
    assert found.nonconforming == pytest.approx(nonconformity_probability(10.1, 0.12, 9.6, 10.4))
    single = capability(10, 0.1, upper=10.3)
    assert (single.cp, single.cpk) == (None, pytest.approx(1))
    assert prior_of({"cpk": single.cpk, "mean": 10}, -INF, 10.3).sd == pytest.approx(0.1)
    with pytest.raises(ScienceError, match="above the standard uncertainty"):
        capability(10, 0.1, 9, 11, u=0.2)


def test_capability_of_a_sample_covers_the_truth_as_often_as_it_says() -> None:
    dice = random.Random(3)
    hits, n = [0, 0], 1500
    for _ in range(n):
        found = capability_of_sample([dice.gauss(0.2, 0.25) for _ in range(25)], -1, 1, confidence=0.9)
        assert found.cp_interval is not None
        hits[0] += found.cp_interval[0] <= 2 / 1.5 <= found.cp_interval[1]
        hits[1] += found.cpk_interval[0] <= 0.8 / 0.75 <= found.cpk_interval[1]
    assert hits[0] / n == pytest.approx(0.9, abs=0.03)
    assert hits[1] / n == pytest.approx(0.9, abs=0.04)
    with pytest.raises(ScienceError, match="no scatter"):
        capability_of_sample([1, 1, 1], 0, 2)
