"""Honest data are left alone, and what people do to data is seen."""

from __future__ import annotations

import doctest
import math
from importlib import import_module

import numpy as np
import pytest

from quanheng.science.arrays import DataRefused
from quanheng.science.forensics.capacity import Visit, Work, impossible_travel, overloads, throughput
from quanheng.science.forensics.copies import copied_curves, duplicated_rows, near_duplicates
from quanheng.science.forensics.digits import last_digits, rounding
from quanheng.science.forensics.many import adjusted, findings
from quanheng.science.forensics.scatter import too_little


@pytest.mark.parametrize("name", ["capacity", "copies", "digits", "many", "scatter"])
def test_documented_examples_run(name: str) -> None:
    assert doctest.testmod(import_module(f"quanheng.science.forensics.{name}")).failed == 0


def honest(seed: int, count: int = 200) -> list[str]:
    return [f"{one:.2f}" for one in np.random.default_rng(seed).normal(50, 3, count)]


def invented(seed: int, count: int = 200) -> list[str]:
    """People like 3 and 7, and avoid 0 and 5."""
    random = np.random.default_rng(seed)
    last = random.choice(10, count, p=[0.03, 0.08, 0.12, 0.19, 0.1, 0.03, 0.1, 0.19, 0.11, 0.05])
    return [f"{one:.1f}{digit}" for one, digit in zip(random.normal(50, 3, count), last, strict=True)]


def test_few_of_many_honest_laboratories_are_suspected_and_the_others_are_found() -> None:
    p = [last_digits(honest(seed)).p for seed in range(300)] + [last_digits(invented(seed)).p for seed in range(30)]
    found = findings(p, 0.05)
    assert sum(one < 300 for one in found) <= 6
    assert sum(one >= 300 for one in found) >= 27


def test_rounded_results_are_seen_with_their_chance() -> None:
    assert rounding(honest(1)).p > 0.001
    lazy = [f"{round(float(one) * 2) / 2:.1f}" for one in honest(2)]
    assert rounding(lazy).p < 1e-50
    assert rounding(["1.1"] * 60).p == 1.0


def test_digits_are_those_that_were_written() -> None:
    assert last_digits(["1.20"] * 50).counts[0] == 50
    assert last_digits(["12E2"] * 50).counts[2] == 50
    for bad in (["x"] * 60, ["NaN"] * 60, ["1"] * 49):
        with pytest.raises(DataRefused) as refused:
            last_digits(bad)
        assert refused.value.field.startswith("values") and refused.value.zh


def test_rows_as_written_twice() -> None:
    rows = [["1.0", "2.0", "3.0"], ["1.0", "2.0"], ["1.0", "2.0", "3.0"], ["1.00", "2.0", "3.0"], ["5", "5", "5"]] * 2
    assert duplicated_rows(rows) == ((0, 2, 5, 7), (3, 8))


def test_a_row_changed_a_little_is_found_among_honest_ones() -> None:
    random = np.random.default_rng(4)
    rows = random.normal(100, 1, (800, 6))
    assert near_duplicates(rows, [0.5] * 6) == ()
    rows[700] = rows[31] + random.normal(0, 0.01, 6)
    (pair,) = near_duplicates(rows, [0.5] * 6)
    assert (pair.first, pair.second) == (31, 700)


def test_false_alarms_of_near_duplicates_stay_below_the_limit() -> None:
    """Repeated measurement of one thing by many: 200 rounds of 40 rows with a shared limit of 5 %."""
    random = np.random.default_rng(11)
    alarms = sum(bool(near_duplicates(random.normal(0, 1, (40, 4)), [1.0] * 4, limit=0.05)) for _ in range(200))
    assert alarms <= 22  # 10 expected at most; 22 by chance once in a thousand


def test_a_curve_is_known_again_shifted_scaled_and_sampled_anew() -> None:
    random = np.random.default_rng(5)
    time = np.linspace(0, 1, 200)
    curves = [np.sin(5 * time + phase) + random.normal(0, 0.02, 200) for phase in np.linspace(0, 0.05, 12)]
    assert copied_curves(curves) == ()
    curves.append(3 * curves[4] + 7)
    (pair,) = copied_curves(curves)
    assert (pair.first, pair.second) == (4, 12)
    smooth = [time**2, np.interp(np.linspace(0, 1, 400), time, 2 * time**2)]
    assert len(copied_curves(smooth)) == 1
    assert copied_curves([[1, 1, 1], [2, 2, 2], [1, 2]]) == ()


def test_too_little_scatter_is_a_probability() -> None:
    random = np.random.default_rng(6)
    p = np.array([too_little(random.normal(10, 0.2, 6), 0.2).p for _ in range(1000)])
    assert np.quantile(p, [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=0.05)
    assert too_little([10.01] * 6, 0.2).p == 0
    # Where the display is coarser than the repeatability, equal results are what honest people get.
    assert too_little([10.0] * 6, 0.02, resolution=0.1).p == 1
    rounded = random.normal(10, 0.2, (500, 6)).round(1)
    low = np.mean([too_little(one, 0.2, resolution=0.1).p < 0.05 for one in rounded])
    assert low < 0.09


def test_a_day_and_a_person_hold_so_much() -> None:
    works = [Work("a", 8, 9), Work("a", 9, 10), Work("a", 8.5, 9.5), Work("b", 1, 5), Work("b", 2, 3), Work("b", 2, 4)]
    found = overloads(works)
    assert [(one.resource, one.most, one.at) for one in found] == [("b", 3, 2), ("a", 2, 8.5)]
    assert overloads(works, can=3) == ()
    assert throughput([1.0] * 24, 1) == 1.0
    with pytest.raises(DataRefused):
        overloads([Work("a", 2, 1)])


def test_nobody_flies_between_two_sites_in_a_quarter_of_an_hour() -> None:
    tianjin, binhai, shenyang = (39.13, 117.20), (39.00, 117.71), (41.80, 123.43)
    fine = [Visit("a", 8, 9, *tianjin), Visit("a", 10, 11, *binhai), Visit("b", 9, 10, *shenyang)]
    assert impossible_travel(fine) == ()
    found = impossible_travel([*fine, Visit("a", 11.25, 12, *shenyang)])
    assert [(one.first, one.second) for one in found] == [(1, 3)] and found[0].km > 500
    at_once = impossible_travel([Visit("a", 8, 12, *tianjin), Visit("a", 9, 10, *shenyang)])
    assert math.isinf(at_once[0].kmh)
    with pytest.raises(DataRefused):
        impossible_travel([Visit("a", 8, 9, 95, 0)])


def test_adjusted_probabilities_keep_their_order_and_grow() -> None:
    p = np.random.default_rng(7).random(50)
    found = adjusted(p)
    assert (found >= p).all() and (np.diff(found[np.argsort(p)]) >= 0).all()
    assert (adjusted(p, dependent=True) >= found).all()
    assert adjusted([0.04]).tolist() == [0.04]
    with pytest.raises(DataRefused):
        adjusted([1.5])
