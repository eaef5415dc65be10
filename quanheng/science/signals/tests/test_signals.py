"""Signals against the published run on CAERS, and against a second computation."""

from __future__ import annotations

import csv
import doctest
import math
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanheng.science.arrays import DataRefused
from quanheng.science.gammas import digamma, gamma_probability, gamma_quantile, log_gamma, trigamma
from quanheng.science.signals import areas, control, outbreak, risk
from quanheng.science.signals.counting import Counts, count
from quanheng.science.signals.disproportionality import bcpnn, ratios
from quanheng.science.signals.shrinkage import Prior, fit, shrink
from quanheng.science.special import gamma_cdf

CAERS = Path(__file__).resolve().parents[5] / "shared" / "data" / "caers" / "caers_2012_supplements.csv"
real = pytest.mark.skipif(not CAERS.is_file(), reason="CAERS (reference data) is not at hand")
#: openEBGM's hyperparameters on squashed data, vignette 4.
VIGNETTE_4 = Prior(3.25378642860, 0.39988836599, 2.02613053524, 1.90808259828, 0.06534570041, 4161.930153)


@pytest.mark.parametrize(
    "name",
    [
        "gammas",
        *(f"signals.{one}" for one in ("areas", "control", "counting", "disproportionality", "outbreak", "risk")),
    ],
)
def test_documented_examples_run(name: str) -> None:
    assert doctest.testmod(import_module(f"quanheng.science.{name}")).failed == 0


@given(st.floats(0.01, 1e4))
@settings(max_examples=200, deadline=None)
def test_relatives_of_the_gamma_function(x: float) -> None:
    at = np.array([x])
    assert float(log_gamma(at)[0]) == pytest.approx(math.lgamma(x), rel=1e-12, abs=1e-12)
    assert float((digamma(at + 1) - digamma(at))[0]) == pytest.approx(1 / x, rel=1e-7)
    assert float((trigamma(at) - trigamma(at + 1))[0]) == pytest.approx(1 / x**2, rel=1e-6, abs=1e-12)


@given(st.floats(0.05, 500), st.floats(0.001, 0.999))
@settings(max_examples=150, deadline=None)
def test_quantiles_lead_back_to_their_probability(shape: float, p: float) -> None:
    x = gamma_quantile(p, np.array([shape]))
    assert float(gamma_probability(x, np.array([shape]))[0]) == pytest.approx(p, abs=1e-11)
    assert gamma_cdf(float(x[0]), shape) == pytest.approx(p, abs=1e-11)


@pytest.fixture(scope="module")
def caers() -> Counts:
    with CAERS.open(encoding="utf-8", newline="") as file:
        return count([(row["id"], row["var1"], row["var2"]) for row in csv.DictReader(file)])


@real
def test_caers_is_counted_by_report(caers: Counts) -> None:
    assert (caers.total, len(caers.n), int(caers.n.max())) == (3356, 17_189, 54)
    assert [int((caers.n == one).sum()) for one in range(1, 6)] == [16_040, 710, 193, 80, 41]


@real
def test_the_exact_fit_of_caers(caers: Counts) -> None:
    found = fit(caers)
    assert found.minus_log_likelihood <= 4162.4557104
    expected = (3.255962, 0.3999897, 2.023754, 1.906135, 0.0653075)
    assert found[:5] == pytest.approx(expected, rel=1e-5)
    assert int((shrink(caers, found).eb05 >= 2).sum()) == 131
    marginal = fit(caers, "marginal")
    assert marginal.minus_log_likelihood == pytest.approx(4187.524971155, abs=1e-8)
    assert marginal[:5] == pytest.approx((45.135, 3.7989, 1.60748, 1.45801, 0.0072002), rel=1e-4)


@real
def test_the_likelihood_of_caers_has_a_higher_top_far_from_where_everybody_starts(caers: Counts) -> None:
    """The optimum that other programs report is one of two: said here, and not followed."""
    found = fit(caers, starts=[(20.0, 2.0, 1.5, 1.5, 0.02)])
    assert found.minus_log_likelihood == pytest.approx(4162.180837, abs=1e-5)
    assert found.alpha1 == pytest.approx(20.9578, rel=1e-4)


@real
def test_scores_of_caers_as_published(caers: Counts) -> None:
    shrunk, found = shrink(caers, VIGNETTE_4), ratios(caers)
    place = {pair: at for at, pair in enumerate(zip(caers.product, caers.event, strict=True))}
    at = place["REUMOFAN PLUS", "WEIGHT INCREASED"]
    told = (
        caers.e[at],
        shrunk.ebgm[at],
        shrunk.eb05[at],
        shrunk.eb95[at],
        found.prr[at],
        found.ic[at],
        found.ic025[at],
    )
    assert told == pytest.approx((0.406436, 23.261104, 15.685658, 33.477333, 80.290909, 4.186117, 3.393189), abs=1.5e-6)
    at = place["REUMOFAN PLUS", "IMMOBILE"]
    assert math.isinf(found.prr[at])
    assert (shrunk.ebgm[at], found.ic025[at]) == pytest.approx((18.276479, 2.113650), abs=6e-7)
    assert int((shrunk.ebgm.round(2) >= 2).sum()) == 12_932  # the peer shows two digits
    assert int(((found.prr >= 2) & (found.chi2 >= 4) & (caers.n >= 3)).sum()) == 319
    assert int(((found.ror_low > 1) & (caers.n >= 3)).sum()) == 312
    assert int((found.ic025 > 0).sum()) == 257


def invented(seed: int = 3) -> list[tuple[int, str, str]]:
    random = np.random.default_rng(seed)
    return [
        (int(report), f"p{random.geometric(0.2)}", f"e{random.geometric(0.15)}")
        for report in range(400)
        for _ in range(random.integers(1, 4))
    ]


def test_counting_does_not_depend_on_order_or_repetition() -> None:
    rows = invented()
    once, twice = count(rows), count([*reversed(rows), *rows])
    assert (once.n == twice.n).all() and once.product == twice.product
    assert once.e == pytest.approx(twice.e)
    assert once.e == pytest.approx(once.products * once.events / once.total)


def test_strata_add_up() -> None:
    rows = invented()
    halves = [row[0] % 2 for row in rows]
    found = count(rows, halves)
    apart = [count([row for row, half in zip(rows, halves, strict=True) if half == one]) for one in (0, 1)]
    whole = dict.fromkeys(zip(found.product, found.event, strict=True), 0.0)
    margins = [
        ({product: int(n) for product, n in zip(one.product, one.products, strict=True)},
         {event: int(n) for event, n in zip(one.event, one.events, strict=True)}, one.total)
        for one in apart
    ]  # fmt: skip
    for product, event in whole:
        whole[product, event] = sum(p.get(product, 0) * e.get(event, 0) / total for p, e, total in margins)
    assert found.e == pytest.approx(list(whole.values()))


def mixed() -> Counts:
    """Pairs of whom a tenth are reported four times as often as chance would have it."""
    random = np.random.default_rng(9)
    e = random.uniform(0.1, 3, 4000)
    truth = np.where(random.random(4000) < 0.1, random.gamma(8, 0.5, 4000), random.gamma(4, 0.25, 4000))
    n = random.poisson(truth * e)
    e, n = e[n > 0], n[n > 0]
    names = tuple(map(str, range(len(n))))
    return Counts(names, names, n, e, n, n, int(n.sum()))


@pytest.mark.parametrize("truncation", ["component", "marginal"])
def test_no_other_prior_near_the_fit_is_more_likely(truncation: str) -> None:
    from quanheng.science.signals.shrinkage import _grouped, _Likelihood

    counts = mixed()
    found = fit(counts, truncation)  # type: ignore[arg-type]
    n, e, weights, _place = _grouped(counts)
    likelihood = _Likelihood(n, e, weights, truncation)  # type: ignore[arg-type]
    at = np.array([*np.log(found[:4]), math.log(found.p / (1 - found.p))])
    random = np.random.default_rng(1)
    for _ in range(50):
        step = random.normal(size=5) * 0.02
        assert likelihood(at + step)[0] >= found.minus_log_likelihood - 1e-9


def test_bcpnn_points_the_same_way_as_the_information_component() -> None:
    counts = count(invented())
    network, found = bcpnn(counts), ratios(counts)
    assert np.corrcoef(network.mean, found.ic)[0, 1] > 0.95
    assert (network.sd > 0).all() and (network.low < network.mean).all()


@pytest.mark.parametrize("rows", [[], [(1, "a")], [(1, "a", "x")] * 3])
def test_too_little_to_count_is_told(rows: list[tuple[object, ...]]) -> None:
    with pytest.raises(DataRefused) as refused:
        fit(count(rows))  # type: ignore[arg-type]
    assert refused.value.field.startswith("rows")


# --- early warning --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "lag"), [("c1", 0), ("c2", 2)])
def test_ears_by_hand(method: str, lag: int) -> None:
    counts = np.random.default_rng(5).poisson(4, 60).astype(float)
    found = outbreak.ears(counts, method)
    for at in range(7 + lag, 60):
        base = counts[at - 7 - lag : at - lag]
        assert found.upper[at] == pytest.approx(base.mean() + 3.090232306167813 * base.std(ddof=1))
    assert np.isnan(found.upper[: 7 + lag]).all()


def test_ears_c3_adds_what_the_last_two_exceeded() -> None:
    counts = np.random.default_rng(6).poisson(4, 40).astype(float)
    found = outbreak.ears(counts, "c3")

    def excess(at: int) -> float:
        base = counts[at - 9 : at - 2]
        return max(0.0, (counts[at] - base.mean()) / base.std(ddof=1) - 1)

    for at in range(11, 40):
        base = counts[at - 9 : at - 2]
        expected = base.mean() + base.std(ddof=1) * (1.959963984540054 - excess(at - 1) - excess(at - 2))
        assert found.upper[at] == pytest.approx(expected)


def test_farrington_of_a_flat_past_is_the_quantile_of_its_mean() -> None:
    """Equal counts: mean 4, dispersion 1 at least, covariance 1/(35·4); the bound by hand."""
    setting = outbreak.Farrington(years=2)  # too few years for a trend
    found = outbreak.farrington([4.0] * 260, setting=setting)
    tau = 1 + 4 * 1 / (14 * 4)
    expected = (4 ** (2 / 3) + 2.5758293035489 * math.sqrt(4 / 9 * 4 ** (1 / 3) * tau)) ** 1.5
    assert found.upper[-1] == pytest.approx(expected, rel=1e-9)


def test_farrington_follows_a_trend_and_holds_back_past_outbreaks() -> None:
    weeks = np.arange(52 * 7)
    rising = np.random.default_rng(2).poisson(np.exp(1.5 + 0.25 * weeks / 52)).astype(float)
    with_trend = outbreak.farrington(rising).upper
    without = outbreak.farrington(rising, setting=outbreak.Farrington(trend_p=1e-12)).upper
    assert np.nanmean(with_trend[-52:]) > np.nanmean(without[-52:])
    burst = np.full(52 * 7, 5.0)
    burst[52 * 4 : 52 * 4 + 5] = 60
    held = outbreak.farrington(burst, setting=outbreak.Farrington(threshold=1.0)).upper
    believed = outbreak.farrington(burst, setting=outbreak.Farrington(threshold=1e9)).upper
    near = slice(52 * 6, 52 * 6 + 5)
    assert held[near].mean() < believed[near].mean()


def test_farrington_sees_an_outbreak_and_not_much_else() -> None:
    counts = np.random.default_rng(8).poisson(6, 52 * 8).astype(float)
    quiet = outbreak.farrington(counts, setting=outbreak.FLEXIBLE)
    watched = int(np.isfinite(quiet.upper).sum())
    assert len(quiet.alarms) < 0.1 * watched
    counts[-1] = 40
    assert len(counts) - 1 in outbreak.farrington(counts, setting=outbreak.FLEXIBLE).alarms
    assert outbreak.farrington(np.zeros(52 * 6)).alarms == ()


def test_a_single_case_after_years_of_none_is_no_outbreak() -> None:
    counts = np.zeros(52 * 6)
    counts[-1] = 4
    assert outbreak.farrington(counts).alarms == ()
    counts[-1] = 5
    assert outbreak.farrington(counts).alarms == (len(counts) - 1,)


@pytest.mark.parametrize("counts", [[1, 2], [1, -1, 2] * 5, [1, float("nan")] * 8])
def test_counts_that_cannot_be_watched_are_told(counts: list[float]) -> None:
    with pytest.raises(DataRefused) as refused:
        outbreak.ears(counts)
    assert refused.value.field.startswith("counts")


def test_control_charts_keep_quiet_in_control_and_speak_of_what_changed() -> None:
    rules = {one.rule for one in control.shewhart([0.5] * 9, 0, 1)}
    assert rules == {"nine_on_one_side"}
    assert {one.rule for one in control.shewhart([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], 0, 1)} == {"six_rising_or_falling"}
    assert {one.rule for one in control.shewhart([2.1, 0, 2.2], 0, 1)} == {"two_of_three_beyond_2s"}
    assert {one.rule for one in control.shewhart([1.5, -1.5] * 4, 0, 1)} == {"eight_outside_1s"}
    steady = np.random.default_rng(4).normal(0, 1, 300)
    assert len(control.cusum(steady, 0, 1).alarms) < 6
    shifted = np.concatenate([steady, steady[:60] + 1.5])
    assert control.cusum(shifted, 0, 1).alarms[-1] >= 300
    assert any(one >= 300 for one in control.ewma(shifted, 0, 1).alarms)


def test_rates_of_small_areas_are_drawn_in_and_sums_stay_sensible() -> None:
    events, exposure = [0, 2, 30, 400], [20, 100, 1000, 10_000]
    found = areas.empirical_bayes(events, exposure)
    assert (np.diff(found.weight) > 0).all()  # who has more numbers is drawn less
    assert ((found.shrunk - found.raw) * (found.overall - found.raw) >= 0).all()
    alike = areas.empirical_bayes([1, 10, 100], [10, 100, 1000])
    assert alike.between == 0 and alike.shrunk == pytest.approx([0.1] * 3)
    none = areas.empirical_bayes([0, 0], [5, 6])
    assert (none.shrunk == 0).all()


def test_risk_of_a_folding_chair_and_whether_it_is_sure() -> None:
    """The guidelines' own example: 1 × 1/50 × 1/10 with severity 1 is low."""
    found = risk.assess([1, 1 / 50, 1 / 10], 1)
    assert (found.level, found.probability) == ("low", pytest.approx(1 / 500))
    assert not found.robust and "high" in found.neighbours
    assert risk.assess([1e-9], 1).robust
    order = ["low", "medium", "high", "serious"]
    for row in risk.SAFETY_GATE.rows:
        assert [order.index(risk.SAFETY_GATE.levels[one]) for one in row] == sorted(
            order.index(risk.SAFETY_GATE.levels[one]) for one in row
        )
