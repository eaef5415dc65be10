"""Monte Carlo against the examples of JCGM 101, clause 9, and against closed forms.

Ends of a shortest interval wander, for its width is flat around its least: they are held loosely, width, mean and u
tightly. Where an exact value is known it is taken.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from quanheng.science.errors import ScienceError
from quanheng.science.uncertainty import (
    Input,
    arcsine,
    constant,
    counted,
    curvilinear_trapezoid,
    exponential,
    gamma,
    normal,
    numerical_tolerance,
    propagate,
    rectangular,
    simulate,
    student,
    trapezoidal,
    triangular,
    validate,
)
from quanheng.science.uncertainty.inputs import draw
from quanheng.science.uncertainty.tests.test_propagation import END_GAUGE, MASS, end_gauge, mass

FOUR = "a + b + c + d"
ROOT3 = math.sqrt(3)


def test_sum_of_four_normals_and_of_four_rectangles() -> None:
    """9.2.2 and 9.2.3: for rectangles exactly ±2√3(2 − (3/5)^¼), where the GUM framework says ±3.92."""
    normals = {name: normal(0, 1) for name in "abcd"}
    found = simulate(FOUR, normals, seed=1)
    assert found.u == pytest.approx(2, abs=0.006)
    assert found.symmetric == pytest.approx((-3.92, 3.92), abs=0.02)
    assert validate(propagate(FOUR, normals), found).validated
    rectangles = {name: rectangular(0, half_width=ROOT3) for name in "abcd"}
    found = simulate(FOUR, rectangles, seed=1)
    exact = 2 * ROOT3 * (2 - (3 / 5) ** 0.25)
    assert exact == pytest.approx(3.879_406_74)
    assert found.symmetric == pytest.approx((-exact, exact), abs=0.013)
    assert found.shortest[1] - found.shortest[0] == pytest.approx(2 * exact, abs=0.01)


def test_a_dominant_rectangle_is_not_validated() -> None:
    """9.2.4: 10.1 and ±17.0, where the GUM framework says ±19.9."""
    inputs = {name: rectangular(0, half_width=ROOT3) for name in "abc"} | {"d": rectangular(0, half_width=10 * ROOT3)}
    found, gum = simulate(FOUR, inputs, seed=1), propagate(FOUR, inputs)
    assert found.u == pytest.approx(math.sqrt(103), rel=0.002)
    assert found.symmetric == pytest.approx((-17.01, 17.01), abs=0.04)
    assert pytest.approx(19.89, abs=0.01) == gum.U
    assert not validate(gum, found).validated


def test_mass_calibration() -> None:
    """9.3: GUM [1.1285, 1.3395], Monte Carlo 1.2340, 0.0755, [1.084, 1.384] (recomputed with 10⁷ trials)."""
    found = simulate(MASS, mass(), seed=1)
    assert found.mean == pytest.approx(1.2340, abs=3e-4)
    assert found.u == pytest.approx(0.075_49, abs=1.5e-4)
    assert found.symmetric == pytest.approx((1.0844, 1.3836), abs=8e-4)
    assert found.shortest[1] - found.shortest[0] == pytest.approx(0.2992, abs=8e-4)
    assert found.shortest == pytest.approx((1.0846, 1.3838), abs=3e-3)
    assert not validate(propagate(MASS, mass()), found, 1).validated


@pytest.mark.parametrize(
    ("x1", "mean", "u", "shortest", "loosely"),
    [
        (0.0, 50, 50, (0.0, 149.786_614), 1.5),
        (0.010, 150, 111.803_399, (0.0, 366.005_290), 4),
        (0.050, 2550, 502.493_781, (1593.569_671, 3548.569_816), 30),
    ],
)
def test_comparison_loss_without_correlation(
    x1: float, mean: float, u: float, shortest: tuple[float, float], loosely: float
) -> None:
    """9.4 in units of 10⁻⁶: exact by the noncentral chi-square distribution."""
    inputs = {"x": normal(x1, 0.005), "y": normal(0, 0.005)}
    found = simulate("1e6*(x^2 + y^2)", inputs, seed=1)
    assert found.mean == pytest.approx(mean, rel=0.004)
    assert found.u == pytest.approx(u, rel=0.004)
    assert found.shortest[1] - found.shortest[0] == pytest.approx(shortest[1] - shortest[0], rel=0.006)
    assert found.shortest == pytest.approx(shortest, abs=loosely)
    if x1 == 0:
        assert found.symmetric == pytest.approx((1.265_890, 184.443_973), abs=1.2)


@pytest.mark.parametrize(
    ("x1", "mean", "u", "shortest"),
    [(0.0, 50.0, 67.3, (0, 185)), (0.010, 150, 120.5, (13, 397)), (0.050, 2550, 504.8, (1624, 3555))],
)
def test_comparison_loss_with_correlation(x1: float, mean: float, u: float, shortest: tuple[float, float]) -> None:
    """9.4 with r = 0.9, recomputed with 4·10⁶ trials."""
    inputs = {"x": normal(x1, 0.005), "y": normal(0, 0.005)}
    found = simulate("1e6*(x^2 + y^2)", inputs, [("x", "y", 0.9)], seed=1)
    assert (found.mean, found.u) == (pytest.approx(mean, rel=0.006), pytest.approx(u, rel=0.006))
    assert found.shortest[1] - found.shortest[0] == pytest.approx(shortest[1] - shortest[0], rel=0.02)


def test_gauge_block() -> None:
    """9.5: 838 nm, 36 nm, 99 % [745, 932]; recomputed 837.993, 35.80, symmetric [744.4, 931.6]."""
    inputs = {
        "L_S": student(50_000_623, 25, 18),
        "D": student(215, 6, 24),
        "d1": student(0, 4, 5),
        "d2": student(0, 7, 8),
        "alpha": rectangular(lower=9.5e-6, upper=13.5e-6),
        "theta": normal(-0.1, 0.2),
        "Delta": arcsine(0, half_width=0.5),
        "da": curvilinear_trapezoid(0, half_width=1e-6, d=0.1e-6),
        "dt": curvilinear_trapezoid(0, half_width=0.050, d=0.025),
    }
    model = "L_S + D + d1 + d2 - L_S*(da*(theta + Delta) + alpha*dt) - 50000000"
    found = simulate(model, inputs, coverage=0.99, seed=1)
    assert found.mean == pytest.approx(837.993, abs=0.15)
    assert found.u == pytest.approx(35.80, abs=0.12)
    assert found.symmetric == pytest.approx((744.4, 931.6), abs=1.0)


def test_the_end_gauge_shows_its_second_order_term() -> None:
    """H.1 by Monte Carlo: 33.79 and 99 % [50 000 751.3, 50 000 923.7] (suncal), where first order says 31.66."""
    found = simulate(END_GAUGE, end_gauge(), coverage=0.99, seed=1)
    assert found.u == pytest.approx(33.79, abs=0.1)
    assert found.symmetric == pytest.approx((50_000_751.3, 50_000_923.7), abs=1.0)


@pytest.mark.parametrize(
    ("one", "u"),
    [
        (normal(3, 2), 2),
        (student(3, 2, 9), 2 * math.sqrt(9 / 7)),
        (rectangular(lower=1, upper=5), 4 / math.sqrt(12)),
        (triangular(lower=1, upper=5), 4 / math.sqrt(24)),
        (trapezoidal(lower=1, upper=5, beta=0.5), 4 * math.sqrt(1.25 / 24)),
        (curvilinear_trapezoid(lower=1, upper=5, d=0.5), math.sqrt(16 / 12 + 0.25 / 9)),
        (arcsine(lower=1, upper=5), 4 / math.sqrt(8)),
        (exponential(3), 3),
        (counted(2), ROOT3),
        (gamma(1.5, 2), 2 * math.sqrt(1.5)),
    ],
)
def test_draws_have_the_mean_and_spread_of_their_distribution(one: Input, u: float) -> None:
    drawn = draw(one, np.random.default_rng(7), 400_000)
    assert drawn.mean() == pytest.approx(one.value, abs=6 * u / math.sqrt(len(drawn)))
    assert drawn.std() == pytest.approx(u, rel=0.01)
    if one.dist != "t":
        assert one.u == pytest.approx(u)
    if len(one.parameters) == 2 and one.dist in ("rectangular", "triangular", "arcsine"):
        assert one.parameters[0] <= drawn.min() and drawn.max() <= one.parameters[1]


def test_adaptive_runs_stop_when_stable_and_one_seed_gives_one_answer() -> None:
    found = simulate(MASS, mass(), trials="adaptive", seed=5)
    assert found.stable
    assert found.tolerance == 0.0005
    assert 100_000 < found.trials < 3_000_000
    assert found.u == pytest.approx(0.0755, abs=0.0005)
    again = simulate(MASS, mass(), trials="adaptive", seed=5)
    assert (again.mean, again.symmetric, again.trials) == (found.mean, found.symmetric, found.trials)
    hurried = simulate(MASS, mass(), trials="adaptive", seed=5, digits=4, most=50_000)
    assert (hurried.stable, hurried.trials) == (False, 50_000)


def test_correlated_t_are_drawn_jointly_and_others_are_refused() -> None:
    both = {"a": student(0, 1, 9), "b": student(0, 2, 9)}
    found = simulate("a - b", both, [("a", "b", 0.5)], trials=400_000, seed=2)
    assert found.u == pytest.approx(math.sqrt((1 + 4 - 2) * 9 / 7), rel=0.02)
    for other in (rectangular(0, half_width=1), student(0, 1, 5), normal(0, 1)):
        with pytest.raises(ScienceError, match="correlated inputs must all be normal"):
            simulate("a - b", {"a": student(0, 1, 9), "b": other}, [("a", "b", 0.5)], trials=10_000)


def test_draws_without_a_value_are_counted_and_refused() -> None:
    with pytest.raises(ScienceError, match=r"in \d+ trials .* no finite value"):
        simulate("sqrt(a)", {"a": normal(1, 1)}, trials=10_000)
    assert simulate("a", {"a": constant(2)}, trials=1_000).u == 0


@pytest.mark.parametrize("trials", [10, 20_000_000])
def test_trials_are_bounded(trials: int) -> None:
    with pytest.raises(ScienceError, match="the trials must be from"):
        simulate("a", {"a": normal(0, 1)}, trials=trials)


def test_the_costlier_a_model_the_fewer_trials_it_gets() -> None:
    model = "+".join(f"sin(a^{n}.5)" for n in range(1, 50))
    with pytest.raises(ScienceError, match="the trials must be from 1000 to"):
        simulate(model, {"a": rectangular(lower=1, upper=2)}, trials=5_000_000)


@pytest.mark.parametrize(("u", "digits", "tolerance"), [(32, 2, 0.5), (32, 1, 5), (0.0754, 2, 5e-4), (9.96, 1, 5)])
def test_numerical_tolerance(u: float, digits: int, tolerance: float) -> None:
    """JCGM 101, 7.9.2; 9.96 is 1·10¹ to one digit."""
    assert numerical_tolerance(u, digits) == pytest.approx(tolerance)
