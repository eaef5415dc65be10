"""What theory says of every estimator: shift, scale, order, ties, one result, and nothing that is no number."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanheng.science.arrays import DataRefused
from quanheng.science.interlab import consensus, robust
from quanheng.science.interlab.homogeneity import homogeneity, stability
from quanheng.science.interlab.scores import negligible, scores, verdict

ROBUST = sorted(robust.METHODS)
CONSENSUS = sorted(set(consensus.METHODS) - {"largest_consistent_subset"})
hundredths = st.lists(st.integers(-5000, 5000), min_size=3, max_size=25)
results = st.lists(st.tuples(st.integers(-500, 500), st.integers(1, 100)), min_size=2, max_size=12).map(
    lambda pairs: (np.array([x / 100 for x, _ in pairs]), np.array([u / 100 for _, u in pairs]))
)


@pytest.mark.parametrize("method", ROBUST)
@given(hundredths, st.integers(-1000, 1000), st.integers(1, 50), st.randoms())
@settings(max_examples=60, deadline=None)
def test_robust_estimators_follow_shift_scale_and_order(
    method: str, x: list[int], shift: int, factor: int, order: object
) -> None:
    estimate = robust.METHODS[method]
    values = np.array(x) / 100
    before = estimate(values)
    moved = values * factor + shift / 10
    order.shuffle(moved)  # type: ignore[attr-defined]
    after = estimate(moved)
    near = 1e-7 * factor * (1 + float(abs(values).max()) + abs(shift))
    assert after.scale == pytest.approx(before.scale * factor, abs=near)
    # Of two centres as near to the median Hampel's estimator takes one: which one rounding decides.
    if method != "q_hampel":
        assert after.location == pytest.approx(before.location * factor + shift / 10, abs=near)


@pytest.mark.parametrize("method", ROBUST)
def test_one_result_and_all_equal(method: str) -> None:
    for x in ([5], [5, 5], [5] * 9):
        found = robust.METHODS[method](x)
        assert (found.location, found.scale) == (5.0, 0.0)


def test_algorithm_a_is_not_held_fast_by_ties() -> None:
    found = robust.algorithm_a([10, 10, 10, 10, 10, 10.4, 9.7])
    assert found.scale > 0 and 9.9 < found.location < 10.1


@given(st.lists(st.integers(0, 40), min_size=2, max_size=14))
@settings(max_examples=150, deadline=None)
def test_q_method_against_whole_numbers(x: list[int]) -> None:
    """The definition in exact arithmetic: differences that are equal in decimals are one (data in tenths)."""
    pairs = [abs(a - b) for a, b in combinations(x, 2)]
    heights = {d: Fraction(sum(one <= d for one in pairs), len(pairs)) for d in sorted(set(pairs))}
    zero = heights.get(0, Fraction(0))
    curve, before = [(Fraction(0), Fraction(0))], Fraction(0)
    for d, height in heights.items():
        if d:
            curve.append((Fraction(d), (height + before) / 2))
        before = height
    wanted = Fraction(1, 4) + Fraction(3, 4) * zero
    expected = 0.0
    if zero < 1:
        at = next(i for i, (_d, g) in enumerate(curve) if g >= wanted)
        (d0, g0), (d1, g1) = curve[at - 1], curve[at]
        quantile = robust.normal_quantile(0.625 + 0.375 * float(zero))
        expected = float(d0 + (d1 - d0) * (wanted - g0) / (g1 - g0)) / (math.sqrt(2) * quantile)
    assert robust.q_scale([one / 10 for one in x]) == pytest.approx(expected / 10, rel=1e-9, abs=1e-12)


def test_many_rounds_give_what_each_gives_alone() -> None:
    rounds = np.random.default_rng(7).normal(10, 1, (40, 12)).round(1)
    rounds[::5, 0] += 30
    rounds[3] = 4.0
    together = robust.algorithm_a_rounds(rounds)
    scales = robust.q_scale_rounds(rounds)
    means = robust.hampel_rounds(rounds)
    for at, one in enumerate(rounds):
        alone = robust.algorithm_a(one)
        assert (together.location[at], together.scale[at]) == pytest.approx(alone[:2], rel=1e-9, abs=1e-9)
        assert scales[at] == pytest.approx(robust.q_scale(one), rel=1e-12)
        assert means[at] == pytest.approx(robust.hampel(one).location, rel=1e-12)


def test_replicates_count_by_laboratory() -> None:
    """A laboratory that measures ten times has no more say than one that measures twice."""
    twice = robust.q_scale([[1.0, 1.2], [2.0, 2.2], [3.0, 3.3]])
    often = robust.q_scale([[1.0, 1.2] * 5, [2.0, 2.2], [3.0, 3.3]])
    assert often == pytest.approx(twice, rel=1e-12)


@pytest.mark.parametrize("method", CONSENSUS)
@given(results, st.integers(-100, 100), st.integers(1, 20), st.randoms())
@settings(max_examples=40, deadline=None)
def test_consensus_follows_shift_scale_and_order(
    method: str, data: tuple[np.ndarray, np.ndarray], shift: int, factor: int, order: object
) -> None:
    x, u = data
    places = list(range(len(x)))
    order.shuffle(places)  # type: ignore[attr-defined]
    before = consensus.METHODS[method](x, u)
    after = consensus.METHODS[method](x[places] * factor + shift, u[places] * factor)
    near = 1e-5 * factor
    assert after.value == pytest.approx(before.value * factor + shift, abs=near, rel=1e-6)
    assert after.tau == pytest.approx(before.tau * factor, abs=near, rel=1e-4)
    assert after.u == pytest.approx(before.u * factor, abs=near, rel=1e-4)
    assert min(x) - 1e-9 <= before.value <= max(x) + 1e-9
    assert sum(before.weights) == pytest.approx(1)


@given(results)
@settings(max_examples=60, deadline=None)
def test_mandel_paule_makes_the_scatter_what_the_uncertainties_say(data: tuple[np.ndarray, np.ndarray]) -> None:
    x, u = data
    found = consensus.mandel_paule(x, u)
    scatter = float(((x - found.value) ** 2 / (u**2 + found.tau**2)).sum())
    if found.tau:
        assert scatter == pytest.approx(len(x) - 1, rel=1e-8)
    else:
        assert scatter <= len(x) - 1 + 1e-9


def test_equal_results_are_their_own_reference() -> None:
    for method in CONSENSUS:
        found = consensus.METHODS[method]([3, 3, 3], [0.1, 0.2, 0.3])
        assert found.value == pytest.approx(3) and found.tau == 0 and found.p == 1
        alone = consensus.METHODS[method]([3], [0.1])
        assert alone.value == 3 and alone.used == (0,)


def test_too_many_disagreeing_results_are_refused_in_bounded_time() -> None:
    x = np.arange(40) * 10.0
    with pytest.raises(DataRefused, match="subsets"):
        consensus.largest_consistent_subset(x, np.ones(40))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), "ten", None])
def test_what_is_no_number_is_refused_with_its_place(bad: object) -> None:
    with pytest.raises(DataRefused) as refused:
        robust.algorithm_a([1.0, bad, 2.0])  # type: ignore[list-item]
    assert refused.value.field.startswith("x") and refused.value.zh
    with pytest.raises(DataRefused):
        consensus.weighted_mean([1.0, 2.0], [0.1, bad])  # type: ignore[list-item]


def test_uncertainties_must_be_positive_and_belong_to_results() -> None:
    for u in ([0.1, 0], [0.1, -1], [0.1]):
        with pytest.raises(DataRefused) as refused:
            consensus.weighted_mean([1, 2], u)
        assert refused.value.field.startswith("u")
    with pytest.raises(DataRefused, match="0 numbers"):
        robust.algorithm_a([])


def test_scores_without_uncertainty_are_not_numbers_and_whole_numbers_are_taken() -> None:
    found = scores([12], [0], 10, 0, 1)
    assert (found.z[0], found.z_prime[0]) == (2.0, 2.0)
    assert math.isnan(found.zeta[0]) and math.isnan(found.en[0])
    assert [verdict(one) for one in (2, -2.01, 3, -2.99)] == [
        "satisfactory", "questionable", "unsatisfactory", "questionable"
    ]  # fmt: skip
    assert negligible(0.3, 1) and not negligible(0.31, 1)


def test_items_without_any_spread_are_adequate() -> None:
    found = homogeneity([[1, 1], [1, 1]], 1)
    assert (found.s_w, found.s_s, found.cochran) == (0, 0, 0) and found.adequate
    assert stability([1, 1], [1.3, 1.3], 1).adequate
    assert not stability([1, 1], [1.31, 1.31], 1).adequate
