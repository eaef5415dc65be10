"""Composite indices: what theory says of each step, and small cases by hand."""

from __future__ import annotations

import doctest
import math
from importlib import import_module
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanheng.science.arrays import DataRefused
from quanheng.science.errors import ScienceError
from quanheng.science.indices import aggregating, firmness, preparing, weighting
from quanheng.science.indices.aggregating import Group, aggregate, benefit_of_the_doubt, flat, ranks, topsis
from quanheng.science.tasks import calculate, task

values = st.integers(2, 8).flatmap(
    lambda units: st.integers(2, 5).flatmap(
        lambda count: st.lists(
            st.lists(st.integers(1, 1000), min_size=count, max_size=count), min_size=units, max_size=units
        )
    )
).map(lambda rows: np.array(rows, dtype=float))  # fmt: skip


@pytest.mark.parametrize("name", ["aggregating", "firmness", "preparing", "weighting"])
def test_documented_examples_run(name: str) -> None:
    assert doctest.testmod(import_module(f"quanheng.science.indices.{name}")).failed == 0


@given(values, st.integers(1, 50), st.integers(-500, 500))
@settings(max_examples=60, deadline=None)
def test_scales_do_not_depend_on_units_of_measurement(x: np.ndarray, factor: int, shift: int) -> None:
    up = np.ones(x.shape[1])
    for scale in ("minmax", "zscore", "rank"):
        before = preparing.normalise(x, up, scale)
        assert preparing.normalise(x * factor + shift, up, scale) == pytest.approx(before, abs=1e-9)
    assert preparing.normalise(x, up, "minmax") + preparing.normalise(x, -up, "minmax") == pytest.approx(100)
    assert preparing.normalise(x * factor, up, "target") == pytest.approx(preparing.normalise(x, up, "target"))


def test_outliers_are_pulled_in_or_the_logarithm_is_taken() -> None:
    assert preparing.treat(np.arange(20.0)).treatment == ""
    one = preparing.treat(np.array([*range(1, 20), 500.0]))
    assert one.treatment == "winsorised 1" and one.values.max() == 19
    low = preparing.treat(-np.array([*range(1, 20), 500.0]))
    assert low.treatment == "winsorised 1" and low.values.min() == -19
    many = preparing.treat(np.exp(np.linspace(0, 60, 400)))
    assert many.treatment == "log" and (np.diff(many.values) >= 0).all()
    assert preparing.treat(np.full(9, 3.0)).values.tolist() == [3.0] * 9


def test_missing_values_are_filled_or_refused() -> None:
    gap = np.array([[1.0, 5.0], [np.nan, 7.0], [9.0, 6.0], [2.0, 1.0]])
    assert preparing.impute(gap, "median")[1, 0] == 2.0
    with pytest.raises(DataRefused):
        preparing.impute(gap, "none")
    with pytest.raises(DataRefused, match="indicator 1"):
        preparing.impute(np.array([[np.nan, 1.0], [np.nan, 2.0]]), "mean")


def test_pairwise_judgements() -> None:
    """A consistent matrix gives back its weights with ratio 0; Saaty's example of three."""
    truth = np.array([0.5, 0.3, 0.2])
    found = weighting.ahp(truth[:, None] / truth[None, :])
    assert found.weights == pytest.approx(truth) and found.ratio == pytest.approx(0, abs=1e-12)
    careless = weighting.ahp([[1, 9, 1 / 9], [1 / 9, 1, 9], [9, 1 / 9, 1]])
    assert careless.ratio > weighting.CONSISTENT
    with pytest.raises(DataRefused, match="row 1, column 2"):
        weighting.ahp([[1, 3], [3, 1]])
    with pytest.raises(DataRefused):
        weighting.ahp([[1, 0], [1, 1]])
    assert weighting.ahp([[1]]).weights.tolist() == [1.0]


@given(values)
@settings(max_examples=60, deadline=None)
def test_weights_read_from_data_add_up_and_ignore_what_tells_nothing(x: np.ndarray) -> None:
    scaled = preparing.normalise(x, np.ones(x.shape[1]))
    for rule in (weighting.entropy, weighting.critic):
        weights = rule(scaled)
        assert weights.sum() == pytest.approx(1) and (weights >= 0).all()
    level = np.column_stack([scaled, np.full(len(x), 50.0)])
    if (scaled.std(axis=0) > 0).any():
        assert weighting.entropy(level)[-1] == pytest.approx(0, abs=1e-12)
        assert weighting.critic(level)[-1] == 0


@given(values)
@settings(max_examples=60, deadline=None)
def test_means_compensate_less_and_less(x: np.ndarray) -> None:
    weights = list(range(1, x.shape[1] + 1))
    found = [aggregate(x, flat("i", weights, one)).total for one in ("arithmetic", "partial", "geometric", "harmonic")]
    for more, less in pairwise(found):
        assert (more >= less * (1 - 1e-12)).all()
    assert (found[0] <= x.max(axis=1) + 1e-9).all() and (found[-1] >= x.min(axis=1) - 1e-9).all()


def test_a_tree_of_groups_by_hand() -> None:
    tree = Group("top", (Group("a", (0, 1), (1, 3)), 2), (2, 1), "geometric")
    found = aggregate(np.array([[10.0, 20.0, 40.0]]), tree)
    assert found.groups["a"][0] == pytest.approx(17.5)
    assert found.total[0] == pytest.approx(17.5 ** (2 / 3) * 40 ** (1 / 3))
    assert aggregating.weights_of(tree) == [("top", "a"), ("a", "#0"), ("a", "#1"), ("top", "#2")]


def test_ranks_share_the_better_place() -> None:
    assert ranks(np.array([1.0, 3.0, 3.0, 2.0])).tolist() == [4, 1, 1, 3]
    assert ranks(np.array([[1.0, 5.0], [2.0, 4.0]])).tolist() == [[2, 1], [1, 2]]


def test_topsis_by_hand() -> None:
    """Three units, equal weights, the second indicator a cost."""
    x = np.array([[3.0, 4.0], [4.0, 3.0], [0.0, 5.0]])
    found = topsis(x, np.array([1.0, 1.0]), np.array([1.0, -1.0]))
    scaled = x / np.array([5.0, math.sqrt(50)]) / 2 * np.array([1, -1])
    best, worst = scaled.max(axis=0), scaled.min(axis=0)
    for one, row in zip(found, scaled, strict=True):
        far, near = math.dist(row, worst), math.dist(row, best)
        assert one == pytest.approx(far / (far + near))
    assert found[1] == 1.0 and found[2] == 0.0


def test_benefit_of_the_doubt_against_a_search_of_all_weights() -> None:
    x = np.array([[2.0, 9.0], [7.0, 7.0], [9.0, 1.0], [3.0, 4.0]])
    found = benefit_of_the_doubt(x)
    grid = np.array(list(product(np.linspace(0, 1, 401), repeat=2)))[1:]
    reach = (grid @ x.T) / (grid @ x.T).max(axis=1, keepdims=True)
    assert found == pytest.approx(reach.max(axis=0), abs=2e-3)
    assert (benefit_of_the_doubt(x, least=0.3) <= found + 1e-9).all()


def test_nothing_is_printed_beside_the_answer(capfd: pytest.CaptureFixture[str]) -> None:
    benefit_of_the_doubt(np.eye(2))
    assert capfd.readouterr().out == ""


def test_varied_weights_keep_who_leads_in_everything() -> None:
    x = np.array([[90.0, 80.0, 99.0], [50.0, 40.0, 60.0], [60.0, 30.0, 50.0]])
    nominal = ranks(aggregate(x, flat("i", [1, 1, 1])).total)
    found = firmness.vary_weights(x, flat("i", [1, 1, 1]), nominal, 500)
    assert found.kept[0] == 1 and found.low[0] == found.high[0] == 1
    again = firmness.vary_weights(x, flat("i", [1, 1, 1]), nominal, 500)
    assert (found.kept == again.kept).all()
    still = firmness.vary_weights(x, flat("i", [1, 1, 1]), nominal, 50, spread=0)
    assert (still.kept == 1).all()


def test_sobol_indices_of_a_function_that_is_known() -> None:
    """Ishigami's function: S1 = 0.3139, S2 = 0.4424, S3 = 0; ST = 0.5576, 0.4424, 0.2437."""

    def ishigami(x: np.ndarray) -> np.ndarray:
        a, b, c = (2 * math.pi * x - math.pi).T
        return np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)

    found = firmness.sobol(ishigami, 3, 20_000)
    assert found.first == pytest.approx([0.3139, 0.4424, 0.0], abs=0.03)
    assert found.total == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.03)
    assert firmness.sobol(lambda x: np.ones(len(x)), 2).total.tolist() == [0, 0]


def test_the_task_gives_what_its_steps_say() -> None:
    example = task("index").example
    found = calculate("index", example)
    assert found["ranks"] == [2, 1, 4, 3]
    assert found["scores"] == pytest.approx(
        [(2 * quality + one) / 3 for quality, one in zip(found["groups"]["质量"], [
            100 * (x - 20) / 41 for x in (40, 61, 33, 20)], strict=True)])  # fmt: skip
    for method in ("geometric", "harmonic", "partial"):
        varied = calculate("index", {**example, "steps": {"aggregate": method, "trials": 10, "sobol": 8}})
        assert len(varied["sensitivity"]) == 4 and varied["stability"]
    for method in ("topsis", "benefit_of_the_doubt"):
        bare = {name: one for name, one in example.items() if name != "tree"}
        assert len(calculate("index", {**bare, "steps": {"aggregate": method}})["scores"]) == 4


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"units": ["a", "a", "b", "c"]}, "units"),
        ({"units": ["a", "b"]}, "indicators.0.values"),
        ({"tree": [{"name": "x", "parts": ["抽查合格率", "不存在"]}]}, "tree"),
        ({"tree": [{"name": "x", "parts": ["抽查合格率"]}]}, "tree"),
        ({"tree": [{"name": "x", "parts": ["x", "抽查合格率", "检测机构数", "投诉率"]}]}, "tree"),
        ({"steps": {"impute": "none"}}, "steps.impute"),
        ({"steps": {"range": [5, 5]}}, "steps.range"),
        ({"steps": {"aggregate": "geometric", "range": [0, 1]}}, "steps.range"),
        ({"steps": {"aggregate": "topsis"}}, "tree"),
    ],
)
def test_what_makes_no_index_is_told_with_its_place(change: dict[str, Any], field: str) -> None:
    with pytest.raises(ScienceError) as refused:
        calculate("index", {**task("index").example, **change})
    assert refused.value.field == field and refused.value.zh
