"""Calibration curves against published fits, and against the profile of their own sum of squares."""

from __future__ import annotations

import doctest
import math
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanheng.science import calibration
from quanheng.science.calibration import fit
from quanheng.science.errors import ScienceError


@pytest.mark.parametrize("name", ["line", "buoyancy", "intervals", "drift", "reliability"])
def test_documented_examples_run(name: str) -> None:
    assert doctest.testmod(import_module(f"quanheng.science.calibration.{name}")).failed == 0
    assert doctest.testmod(calibration).failed == 0


def test_the_thermometer_of_h3() -> None:
    """JCGM 100, H.3; digits of GTC."""
    t = [21.521, 22.012, 22.512, 23.003, 23.507, 23.999, 24.513, 25.002, 25.503, 26.010, 26.511]
    b = [-0.171, -0.169, -0.166, -0.159, -0.164, -0.165, -0.156, -0.157, -0.159, -0.161, -0.160]
    line = fit([one - 20 for one in t], b)
    assert line.coefficients == pytest.approx((-0.171_203_790, 0.002_182_697_740), rel=1e-8)
    assert line.u == pytest.approx((0.002_877_598, 0.000_667_938_773), rel=1e-6)
    assert line.correlation[0, 1] == pytest.approx(-0.930_429_603, abs=1e-9)
    assert line.predict(10.0) == pytest.approx((-0.149_376_813, 0.004_138_596, 9), rel=1e-7)


def test_the_cadmium_of_citac_a5() -> None:
    """QUAM:2012, A5: intercept 0.0087(29), slope 0.2410(50), released cadmium 0.260(18) mg/L from two readings."""
    x = [0.1] * 3 + [0.3] * 3 + [0.5] * 3 + [0.7] * 3 + [0.9] * 3
    y = [0.028, 0.029, 0.029, 0.084, 0.083, 0.081, 0.135, 0.131, 0.133, 0.180, 0.181, 0.183, 0.215, 0.230, 0.216]
    line = fit(x, y)
    assert [round(one, 4) for one in line.coefficients] == [0.0087, 0.2410]
    assert [round(one, 4) for one in line.u] == [0.0029, 0.0050]
    assert line.scatter is not None
    found = line.inverse(0.0714, line.scatter / math.sqrt(2), line.dof)
    assert (round(found.value, 3), round(found.u, 3)) == (0.260, 0.018)


PEARSON = (
    [0.0, 0.9, 1.8, 2.6, 3.3, 4.4, 5.2, 6.1, 6.5, 7.4],
    [5.9, 5.4, 4.4, 4.6, 3.5, 3.7, 2.8, 2.8, 2.4, 1.5],
)
YORK = ([1000, 1000, 500, 800, 200, 80, 60, 20, 1.8, 1], [1, 1.8, 4, 8, 20, 20, 70, 70, 100, 500])


def test_errors_in_both_variables() -> None:
    """K. Pearson's data with D. York's weights (Can. J. Phys. 44 (1966) 1079): 5.479 91, −0.480 533, 11.866 35."""
    u_x, u_y = (np.array(weights, float) ** -0.5 for weights in YORK)
    line = fit(*PEARSON, u_x=u_x, u_y=u_y)
    assert line.coefficients == pytest.approx((5.479_910_22, -0.480_533_407), rel=1e-8)
    assert line.u == pytest.approx((0.294_971, 0.057_985), rel=1e-5)
    assert line.chi_square == pytest.approx(11.866_353_2, rel=1e-8)
    assert line.p_consistent == pytest.approx(0.157, abs=0.001)


def profile(line_: tuple[float, float], covariance: np.ndarray) -> float:
    """The least sum of squares for a given line, in closed form: x* is eliminated, as the line is linear in it."""
    m = len(PEARSON[0])
    combine = np.hstack([-line_[1] * np.eye(m), np.eye(m)])
    rest = np.array(PEARSON[1]) - line_[0] - line_[1] * np.array(PEARSON[0])
    return float(rest @ np.linalg.solve(combine @ covariance @ combine.T, rest))


@given(st.integers(0, 10**6))
def test_no_line_nearby_is_better_whatever_the_covariances(seed: int) -> None:
    """ISO/TS 28037, 10: every point correlated with every other, in x and y."""
    rng = np.random.default_rng(seed)
    m = len(PEARSON[0])
    root = rng.normal(0, 0.05, (2 * m, 2 * m))
    covariance = root @ root.T + np.diag(rng.uniform(0.01, 0.1, 2 * m))
    line = fit(*PEARSON, covariance=covariance)
    b0, b1 = line.coefficients
    least = profile((b0, b1), covariance)
    assert line.chi_square == pytest.approx(least, rel=1e-8)
    for step in rng.normal(0, 1, (20, 2)) * np.array(line.u) * 0.1:
        assert profile((b0 + step[0], b1 + step[1]), covariance) >= least


def test_cases_that_are_given_as_vectors_or_as_a_matrix_agree() -> None:
    u_x, u_y = (np.array(weights, float) ** -0.5 for weights in YORK)
    for degree in (1, 2, 3):
        by_vectors = fit(*PEARSON, u_x=u_x, u_y=u_y, degree=degree)
        by_matrix = fit(*PEARSON, covariance=np.diag(np.concatenate([u_x, u_y]) ** 2), degree=degree)
        assert by_matrix.coefficients == pytest.approx(by_vectors.coefficients, rel=1e-9)
        assert by_matrix.u == pytest.approx(by_vectors.u, rel=1e-9)


def test_shift_and_scale_of_both_axes() -> None:
    u_x, u_y = (np.array(weights, float) ** -0.5 for weights in YORK)
    plain = fit(*PEARSON, u_x=u_x, u_y=u_y, degree=2)
    x, y = np.array(PEARSON[0]), np.array(PEARSON[1])
    moved = fit(1e4 + 3 * x, 7 - 2 * y, u_x=3 * u_x, u_y=2 * u_y, degree=2)
    value, u, _dof = plain.predict(3.0)
    assert moved.predict(1e4 + 9.0)[:2] == pytest.approx((7 - 2 * value, 2 * u), rel=1e-8)
    assert moved.chi_square == pytest.approx(plain.chi_square, rel=1e-8)


def test_a_reading_of_a_polynomial_leads_back() -> None:
    curve = fit([0, 1, 2, 3, 4], [0, 1.1, 2.4, 3.9, 5.6], u_y=0.01, degree=2)
    reading = curve.predict(2.5)
    back = curve.inverse(reading.value, 0.02)
    assert back.value == pytest.approx(2.5)
    slope = (curve.predict(2.501).value - curve.predict(2.499).value) / 0.002
    assert back.u == pytest.approx(math.hypot(0.02, reading.u) / slope, rel=1e-6)
    with pytest.raises(ScienceError, match="no x in the calibrated range"):
        curve.inverse(100.0)
    with pytest.raises(ScienceError, match="2 values of x"):
        fit([-2, -1, 0, 1, 2], [4, 1, 0, 1, 4], u_y=0.1, degree=2).inverse(2.0)
    with pytest.raises(ScienceError, match="slope is zero"):
        fit([0, 1, 2], [1, 1, 1], u_y=0.1).inverse(1.0)


def test_some_points_may_be_exact_in_one_variable() -> None:
    line = fit([0, 1, 2, 3], [0, 1, 2.1, 3], u_x=[0, 0.1, 0.1, 0], u_y=[0.1, 0, 0.1, 0.1])
    assert line.coefficients[1] == pytest.approx(1, abs=0.05)
    with pytest.raises(ScienceError, match="without any uncertainty"):
        fit([0, 1, 2, 3], [0, 1, 2.1, 3], u_x=[0, 0, 0.1, 0], u_y=[0.1, 0, 0.1, 0.1])


@pytest.mark.parametrize(
    ("x", "y", "more", "field"),
    [
        ([1, 2], [1, 2, 3], {"u_y": 1}, "y"),
        ([1, 1, 1], [1, 2, 3], {"u_y": 1}, "x"),
        ([1, math.nan, 3], [1, 2, 3], {"u_y": 1}, "x"),
        ([1, 2, 3], [1, 2, 3], {"u_y": -1}, "u_y"),
        ([1, 2, 3], [1, 2, 3], {"u_y": [1, 2]}, "u_y"),
        ([1, 2, 3], [1, 2, 3], {"u_x": 1}, "u_y"),
        ([1, 2, 3], [1, 2, 3], {"covariance": np.ones((6, 6))}, "u_y"),
        ([1, 2, 3], [1, 2, 3], {"covariance": np.eye(3)}, "covariance"),
        ([1, 2, 3], [1, 2, 3], {"u_y": 1, "degree": 9}, "degree"),
    ],
)
def test_bad_points_are_refused(x: list[float], y: list[float], more: dict[str, object], field: str) -> None:
    with pytest.raises(ScienceError) as refused:
        fit(x, y, **more)  # type: ignore[arg-type]
    assert refused.value.field == field
