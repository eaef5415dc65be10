"""Interlaboratory statistics against published and independently recomputed values, to the digits that are known."""

from __future__ import annotations

import csv
import doctest
import math
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from quanheng.science.interlab import consensus
from quanheng.science.interlab.homogeneity import homogeneity
from quanheng.science.interlab.precision import Level, precision
from quanheng.science.interlab.robust import algorithm_a, hampel, median_made, median_niqr, q_scale
from quanheng.science.interlab.scores import scores

DATA = Path(__file__).resolve().parents[5] / "shared" / "data" / "interlaboratory"
real = pytest.mark.skipif(not DATA.is_dir(), reason="the interlaboratory data (reference data) are not at hand")

CREOSOTE_5 = [24.140, 20.155, 19.500, 20.300, 20.705, 17.570, 20.100, 20.940, 21.185]
#: Data of the Eurachem course on ISO 13528:2022.
TYPICAL = [
    0.04, 0.055, 0.178, 0.202, 0.206, 0.227, 0.228, 0.23, 0.23, 0.235, 0.236, 0.237, 0.243, 0.244, 0.245, 0.2555, 0.26,
    0.264, 0.267, 0.27, 0.273, 0.274, 0.274, 0.278, 0.2811, 0.287, 0.287, 0.288, 0.289, 0.295, 0.296, 0.311, 0.331,
    0.4246,
]  # fmt: skip
#: ISO 5725-2, B.3: nine laboratories, five levels, in duplicate.
CREOSOTE = """
4.44 4.39 | 9.34 9.34 | 17.40 16.90 | 19.23 19.23 | 24.28 24.00
4.03 4.23 | 8.42 8.33 | 14.42 14.50 | 16.06 16.22 | 20.40 19.91
3.70 3.70 | 7.60 7.40 | 13.60 13.60 | 14.50 15.10 | 19.30 19.70
4.10 4.10 | 8.93 8.80 | 14.60 14.20 | 15.60 15.50 | 20.30 20.30
3.97 4.04 | 7.89 8.12 | 13.73 13.92 | 15.54 15.78 | 20.53 20.88
3.75 4.03 | 8.76 9.24 | 13.90 14.06 | 16.42 16.58 | 18.56 16.58
3.70 3.80 | 8.00 8.30 | 14.10 14.20 | 14.90 16.00 | 19.70 20.50
3.91 3.90 | 8.04 8.07 | 14.84 14.84 | 15.41 15.22 | 21.10 20.78
4.02 4.07 | 8.44 8.17 | 14.24 14.10 | 15.14 15.44 | 20.71 21.66
"""
CADMIUM = [27.044, 26.022, 26.340, 26.787, 26.796], [math.sqrt(v) for v in (0.003, 0.076, 0.464, 0.003, 0.014)]
PCB105 = [10.21, 10.9, 10.94, 10.58, 10.81, 9.62, 10.8], [0.381, 0.250, 0.130, 0.410, 0.445, 0.196, 0.093]
TWO = [201.533, 216.55], [0.154 / math.sqrt(6), 0.25 / math.sqrt(2)]
_LEAD = [
    (1.620, 0.088, 2), (2.893, 0.044, 2.13), (2.936, 0.025, 2), (2.940, 0.033, 2), (2.960, 0.080, 2.40),
    (2.980, 0.200, 1.99), (3.000, 0.100, 2), (3.001, 0.136, 2), (3.070, 0.170, 2), (3.130, 0.120, 2), (7.710, 1.98, 2),
]  # fmt: skip
LEAD = [x for x, _u, _k in _LEAD], [u / k for _x, u, k in _LEAD]
LEAD_USED = LEAD[0][1:10], LEAD[1][1:10]


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".consensus",
        ".critical",
        ".homogeneity",
        ".precision",
        ".reference_material",
        ".robust",
        ".scores",
        ".youden",
    ],
)
def test_documented_examples_run(name: str) -> None:
    assert doctest.testmod(import_module(f"quanheng.science.interlab{name}")).failed == 0


def test_scores_of_one_result() -> None:
    """x 10.12 (U 0.08), X 10.00 (U 0.06), σ_pt 0.05: z 2.4, z′ 2.057 983, zeta 2.4, E_n 1.2."""
    found = scores([10.12], [0.04], 10.00, 0.03, 0.05)
    assert [float(one[0]) for one in found] == pytest.approx([2.4, 2.057983, 2.4, 1.2], abs=6e-7)


def test_algorithm_a() -> None:
    printed = algorithm_a(CREOSOTE_5)
    assert printed.location == pytest.approx(20.412142857, abs=1e-9)
    assert printed.scale == pytest.approx(1.069839703, abs=1e-9)
    # The peer that takes the exact factor instead of the printed one: 1.067 772 898.
    assert algorithm_a(CREOSOTE_5, factor=1.133399).scale == pytest.approx(1.067773, abs=3e-5)
    found = algorithm_a(TYPICAL)
    assert (found.location, found.scale) == pytest.approx((0.257011039281, 0.039519907227), abs=1e-12)


def test_median_and_its_companions() -> None:
    assert median_made(TYPICAL)[:2] == pytest.approx((0.262, 0.0385476), abs=1e-12)
    assert median_niqr(TYPICAL)[:2] == pytest.approx((0.262, 0.040233506), abs=1e-9)


def test_q_method_and_hampel() -> None:
    assert q_scale(TYPICAL) == pytest.approx(0.042566249478, abs=1e-12)
    assert hampel(TYPICAL).location == pytest.approx(0.259983861523, abs=1e-12)


def test_homogeneity_of_the_harmonised_protocol() -> None:
    first = [10.5, 9.6, 10.4, 9.5, 10.0, 9.6, 9.8, 9.8, 10.8, 10.2, 9.8, 10.2]
    second = [10.4, 9.5, 9.9, 9.9, 9.7, 10.1, 10.4, 10.2, 10.7, 10.0, 9.5, 10.0]
    found = homogeneity(list(zip(first, second, strict=True)), 1.14)
    assert found.mean == pytest.approx(10.020833, abs=5e-7)
    assert (found.s_w, found.s_x, found.s_s) == pytest.approx((0.247487, 0.340092, 0.291613), abs=5e-7)
    assert (found.criterion, found.expanded) == pytest.approx((0.342, 0.511665), abs=5e-7)
    assert (found.cochran, found.cochran_limit) == pytest.approx((0.244898, 0.540963), abs=5e-7)
    assert found.adequate and found.adequate_expanded


def creosote(without: dict[str, set[str]] | None = None) -> list[Level]:
    rows = []
    for lab, line in enumerate(CREOSOTE.strip().splitlines(), 1):
        for level, cell in enumerate(line.split("|"), 1):
            if str(lab) not in (without or {}).get(str(level), set()):
                rows += [(str(lab), str(level), float(value)) for value in cell.split()]
    return list(precision(sorted(rows, key=lambda row: row[1])))


def test_precision_of_all_data() -> None:
    expected = [
        (3.9933, 0.0877, 0.2250, 0.5665, 1.9492),
        (8.3994, 0.1687, 0.5843, 0.4499, 1.6445),
        (14.5083, 0.1679, 1.0624, 0.4924, 2.5022),
        (15.9928, 0.3175, 1.3294, 0.6667, 2.4705),
        (20.5106, 0.5853, 1.7758, 0.6358, 2.1017),
    ]
    for level, values in zip(creosote(), expected, strict=True):
        assert level.cochran and level.grubbs
        found = (level.mean, level.s_r, level.s_R, level.cochran.statistic, level.grubbs.high)
        assert found == pytest.approx(values, abs=6e-5), level.level
        assert level.grubbs.high_lab == "1"


def test_precision_without_the_laboratories_that_the_standard_rejects() -> None:
    without = {**{str(level): {"1"} for level in range(1, 5)}, "5": {"1", "6"}}
    expected = [
        (3.9406, 0.0922, 0.1708), (8.2819, 0.1789, 0.4977), (14.1781, 0.1269, 0.4004),
        (15.5881, 0.3368, 0.5786), (20.4121, 0.3935, 0.6370),
    ]  # fmt: skip
    for level, values in zip(creosote(without), expected, strict=True):
        assert (level.mean, level.s_r, level.s_R) == pytest.approx(values, abs=6e-5), level.level


# value and u of the weighted mean with chi2; value, u and tau² of the others
CONSENSUS = [
    (CADMIUM, (26.88691975, 0.03643215, 22.631075), (26.76748233, 0.11642326, 0.04126991),
     (26.71212875, 0.17113696, 0.10521939), (26.71527475, 0.16720456, 0.09958784),
     (0.15236757, 26.344442, 27.190523)),
    (PCB105, (10.68856458, 0.06527305, 37.336936), (10.55708330, 0.19707321, 0.19783664),
     (10.55773560, 0.19162458, 0.18385694), (10.55645229, 0.20310420, 0.21385692),
     (0.19126279, 10.089080, 11.025087)),
    (TWO, (203.219156, 0.059236, 6406.057), (209.04059112, 7.50849994, 112.737543),
     (209.04059112, 7.50849994, 112.737543), (209.04059112, 7.50849994, 112.737543),
     (None, 113.636, 304.445)),
    (LEAD, (2.89437717, 0.00817436, 912.474), (2.88907816, 0.09243302, 0.08304530),
     (3.13223996, 0.37978433, 1.52721064), (2.99767504, 0.20553063, 0.43227949), (None, 2.465, 3.313)),
    (LEAD_USED, (2.93959727, 0.00831948, 20.406712), (2.95881583, 0.01741387, 0.00121380),
     (2.96847712, 0.02274736, 0.00270524), (2.96773724, 0.02226058, 0.00254323), (0.02098067, None, None)),
]  # fmt: skip


@pytest.mark.parametrize("case", CONSENSUS, ids=["Cd", "PCB 105", "two methods", "Pb", "Pb, used"])
def test_consensus_estimators(case: tuple) -> None:  # type: ignore[type-arg]
    data, plain, moments, paule, likelihood, knapp = case
    found = consensus.weighted_mean(*data)
    assert (found.value, found.u) == pytest.approx(plain[:2], abs=6e-7)
    assert found.chi2 == pytest.approx(plain[2], rel=1e-6)
    for method, expected in (("dersimonian_laird", moments), ("mandel_paule", paule), ("reml", likelihood)):
        found = consensus.METHODS[method](*data)
        assert (found.value, found.u) == pytest.approx(expected[:2], abs=6e-9), method
        assert found.tau**2 == pytest.approx(expected[2], abs=6e-7 if expected[2] > 100 else 6e-9), method
    found = consensus.hartung_knapp(*data)
    assert found.interval
    for value, expected in zip((found.u, *found.interval), knapp, strict=True):
        assert expected is None or value == pytest.approx(expected, abs=6e-4)


def test_probability_far_out_in_the_tail() -> None:
    assert consensus.weighted_mean(*CADMIUM).p == pytest.approx(1.5e-4, rel=0.01)
    assert consensus.weighted_mean(*PCB105).p == pytest.approx(1.514e-6, rel=1e-3)
    assert consensus.weighted_mean(*LEAD).p == pytest.approx(1.3e-189, rel=0.02)
    assert consensus.weighted_mean(*LEAD_USED).p == pytest.approx(0.008902, abs=5e-7)


def test_largest_consistent_subset() -> None:
    found = consensus.largest_consistent_subset(*PCB105)
    assert found.used == (0, 1, 2, 3, 4, 6)
    assert (found.value, found.u, found.chi2) == pytest.approx((10.821858039, 0.069224543, 3.906518), abs=6e-7)
    found = consensus.largest_consistent_subset(*LEAD)
    assert found.used == tuple(range(1, 9))
    assert (found.value, found.u) == pytest.approx((2.935864813, 0.008400630), abs=6e-10)
    assert (found.chi2, found.p) == pytest.approx((10.138971, 0.180834), abs=6e-7)


def test_degrees_of_equivalence() -> None:
    expected = [(-0.4786, 0.7507), (0.2114, 0.4827), (0.2514, 0.2249), (-0.1086, 0.8095), (0.1214, 0.8804),
                (-1.0686, 0.3696), (0.1114, 0.1325)]  # fmt: skip
    found = consensus.equivalence(consensus.weighted_mean(*PCB105), *PCB105)
    for one, (d, expanded) in zip(found, expected, strict=True):
        assert (one.d, one.U) == pytest.approx((d, expanded), abs=6e-5)


def test_median_scaled_differences() -> None:
    expected = [20.507109, 1.879384, 1.400739, 1.320470, 0.939473, 0.559101, 1.190668, 0.905946, 1.353087, 2.765048,
                4.774305]  # fmt: skip
    assert consensus.median_scaled_difference(*LEAD) == pytest.approx(expected, abs=6e-7)


@pytest.mark.parametrize(
    ("x", "u", "value", "u_value", "digits"),
    [
        ([5973, 5985, 5971, 6005, 5974], [17, 7, 22, 48, 19], 5980.76, 6.44, 0.005),
        ([8110, 8065, 8175, 8130, 8170], [110, 51, 60, 130, 34], 8138.29, 25.51, 0.005),
        ([54400, 54740, 55055, 54590], [120, 300, 210, 150], 54669.1, 141.9, 0.05),
    ],
    ids=["Ag-110m", "Cd-109", "Ra-223"],
)
def test_power_moderated_mean_of_key_comparisons(
    x: list[float], u: list[float], value: float, u_value: float, digits: float
) -> None:
    """Reference values of the BIPM: 5980.8 ± 6.4, 8138 ± 26, 54 670 ± 140."""
    found = consensus.power_moderated_mean(x, u)
    assert (found.value, found.u) == pytest.approx((value, u_value), abs=digits)


def test_vangel_and_rukhin_reach_the_top_of_their_likelihood() -> None:
    """No published example is at hand: the maximum is checked from all sides."""
    x, u, n = np.array(CADMIUM[0]), np.array(CADMIUM[1]), np.array([5, 4, 3, 6, 5])

    def likelihood(mean: float, tau2: float, within: np.ndarray) -> float:
        both = tau2 + within
        return float(-0.5 * (np.log(both) + (x - mean) ** 2 / both + (n - 1) * (np.log(within) + u**2 / within)).sum())

    found = consensus.vangel_rukhin(x, u, n)
    tau2 = found.tau**2
    within = found.u**2 / np.array(found.weights) - tau2
    top = likelihood(found.value, tau2, within)
    for step in (1e-3, -1e-3):
        assert likelihood(found.value + step, tau2, within) < top
        assert likelihood(found.value, tau2 * (1 + step), within) <= top + 1e-12
        for one in range(len(x)):
            moved = within.copy()
            moved[one] *= 1 + 10 * step
            assert likelihood(found.value, tau2, moved) < top


# --- real data ------------------------------------------------------------------------------------------------


def rows_of(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@real
def test_lead_in_wine_as_published() -> None:
    """CCQM-K30: reference value 2.99 mg/kg; the plain mean of the results that were included."""
    used = [row for row in rows_of("ccqm_k30_lead_in_wine.csv") if row["include"] == "True"]
    x, u = ([float(row[name]) for row in used] for name in ("value", "u"))
    assert len(used) == 9
    assert round(consensus.mean(x, u).value, 2) == 2.99


@real
def test_glucose_as_published() -> None:
    """ASTM E691, materials A, D and E; B and C of the file do not fit the standard's table and are no reference."""
    rows = rows_of("astm_e691_glucose.csv")
    cells = ((row["Laboratory"], row["Material"], float(row["Glucose"])) for row in rows)
    found = {one.level: one for one in precision(cells)}
    expected = {"A": (41.5183, 1.0632, 1.0632), "D": (194.7171, 2.6251, 3.3657), "E": (294.4921, 3.9350, 4.1923)}
    for name, values in expected.items():
        assert (found[name].mean, found[name].s_r, found[name].s_R) == pytest.approx(values, abs=6e-5)
