"""Whole sets of published data: a course on ISO 13528, key comparisons of the BIPM, studies of methods and materials.

Data of the course: Eurachem, ISO 13528:2022, as kept with results of R in victoralmeida428/estatistica_robusta
(testdata/eurachem.json, q_replicates.json). Facts only were taken.
"""

from __future__ import annotations

import math
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest

from quanheng.science.arrays import DataRefused
from quanheng.science.interlab import consensus, robust
from quanheng.science.interlab.critical import cochran_limit, grubbs_limit, mandel_h_limit, mandel_k_limit
from quanheng.science.interlab.precision import precision
from quanheng.science.interlab.reference_material import characterise
from quanheng.science.interlab.tests.test_published import CREOSOTE_5, DATA, LEAD, TYPICAL, real, rows_of
from quanheng.science.interlab.youden import kernel_density, youden
from quanheng.science.special import normal_quantile

COMPARISONS = DATA.parent / "dcc" / "key-comparison"

NORMAL = [
    0.172, 0.181, 0.194, 0.201, 0.207, 0.213, 0.219, 0.224, 0.229, 0.233, 0.237, 0.241, 0.244, 0.247, 0.25, 0.253,
    0.256, 0.259, 0.262, 0.265, 0.268, 0.271, 0.275, 0.279, 0.283, 0.288, 0.293, 0.299, 0.305, 0.312, 0.321, 0.333,
    0.347, 0.365,
]  # fmt: skip
_FRONT = [0.2, 0.21, 0.22, 0.23, 0.235, 0.24, 0.245, 0.25, 0.255, 0.26, 0.265, 0.27, 0.275, 0.28, 0.285, 0.29]
OUTLIERS_25 = [
    *_FRONT, 0.295, 0.3, 0.305, 0.31, 0.315, 0.32, 0.325, 0.33, 0.335, 0.34, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9,
]  # fmt: skip
OUTLIERS_50 = [*_FRONT, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1, 1.1, 1.2, 1.3, 1.4, 1.5]
SKEWED = [
    0.014687, 0.026498, 0.050597, 0.054278, 0.059851, 0.071436, 0.073727, 0.092124, 0.101013, 0.127769, 0.131322,
    0.140219, 0.152077, 0.180326, 0.207713, 0.209218, 0.233292, 0.263836, 0.279623, 0.293954, 0.313394, 0.314573,
    0.374857, 0.377487, 0.380751, 0.387501, 0.396771, 0.403881, 0.414449, 0.436269, 0.475793, 0.476479, 0.498918,
    0.525854, 0.532951, 0.607998, 0.63244, 0.643479, 0.692103, 0.700761, 0.736669, 0.827701, 0.834227, 0.91349,
    0.937803, 0.955904, 1.024761, 1.203995, 1.268382, 1.357567,
]  # fmt: skip
SKEWED_OUTLIERS = [
    0, 0.01772065, 0.0618586, 0.06849186, 0.07592342, 0.08425772, 0.09361322, 0.10412408, 0.11594187, 0.12923722,
    0.14420129, 0.15848234, 0.16104678, 0.1800081, 0.20134009, 0.22531431, 0.25221162, 0.28230864, 0.31585507,
    0.35303676, 0.36238431, 0.39391736, 0.43834758, 0.48582633, 0.53167885, 0.53529145, 0.58481027, 0.63113452,
    0.63718698, 0.66909077, 0.68508055, 0.69082447, 0.8, 1, 1.1, 1.2, 1.5, 2,
]  # fmt: skip
BIMODAL = [
    0.04, 0.055, 0.178, 0.202, 0.206, 0.227, 0.228, 0.23, 0.23, 0.236, 0.244, 0.245, 0.267, 0.27, 0.274, 0.278, 0.287,
    0.288, 0.331, 0.5246, 0.535, 0.537, 0.543, 0.5555, 0.56, 0.564, 0.573, 0.574, 0.5811, 0.587, 0.589, 0.595, 0.596,
    0.611,
]  # fmt: skip
# made; nIQR; mean and s of algorithm A; Q and Hampel's mean with it, None where the file's value takes ties apart
COURSE = {
    "typical": (TYPICAL, 0.0385476, 0.040233506300963694, 0.25701103928138352, 0.03951990722658958,
                0.042566249478308567, 0.25998386152329966),
    "normal": (NORMAL, 0.0437367, 0.042068198665678236, 0.25857199918408341, 0.047058650892283248, None, None),
    "outliers_25": (OUTLIERS_25, 0.0630105, 0.061156412157153464, 0.33257587306923969, 0.12329034027329652,
                    0.078719651665, 0.285898180937),
    "outliers_50": (OUTLIERS_50, 0.266868, 0.45126019273535944, 0.56481894119746445, 0.40915505892154036, None, None),
    "skewed": (SKEWED, 0.3648834273, 0.35699036323202371, 0.42484204898719408, 0.33674379504848173,
               0.31467246613221778, 0.4198355091718195),
    "skewed_outliers": (SKEWED_OUTLIERS, 0.349266853089, 0.37264316345441068, 0.39346523862590699,
                        0.33517410595402336, 0.30284622918339593, 0.36550509820782945),
    "bimodal": (BIMODAL, 0.2535246, 0.24573758339510743, 0.37942226416622304, 0.2015625155602708,
                0.087063452053208507, 0.36077379451993513),
}  # fmt: skip


@pytest.mark.parametrize("name", COURSE)
def test_course_on_iso_13528(name: str) -> None:
    x, made, niqr, mean, s, q, centre = COURSE[name]
    assert robust.median_made(x).scale == pytest.approx(made, abs=1e-12)
    assert robust.median_niqr(x).scale == pytest.approx(niqr, abs=1e-12)
    assert robust.algorithm_a(x)[:2] == pytest.approx((mean, s), abs=2e-12)
    if q is not None:
        assert robust.q_scale(x) == pytest.approx(q, abs=2e-12)
        assert robust.hampel(x).location == pytest.approx(centre, abs=2e-12)


def q_in_whole_numbers(x: list[float], decimals: int) -> float:
    """The Q method by its definition over integers, where equal differences are equal."""
    whole = [round(one * 10**decimals) for one in x]
    differences = sorted(abs(a - b) for a, b in combinations(whole, 2))
    pairs = len(differences)
    heights = {d: (sum(one < d for one in differences) + sum(one <= d for one in differences)) / 2 / pairs
               for d in set(differences) if d}  # fmt: skip
    equal = differences.count(0) / pairs
    places, steps = [0, *sorted(heights)], [0.0, *(heights[d] for d in sorted(heights))]
    at = next(place for place, one in enumerate(steps) if one >= 0.25 + 0.75 * equal)
    share = (0.25 + 0.75 * equal - steps[at - 1]) / (steps[at] - steps[at - 1])
    point = places[at - 1] + share * (places[at] - places[at - 1])
    return point / (math.sqrt(2) * normal_quantile(0.625 + 0.375 * equal)) / 10**decimals


@pytest.mark.parametrize("name", ["normal", "outliers_25", "outliers_50", "bimodal"])
def test_ties_are_one_where_binary_fractions_would_take_them_apart(name: str) -> None:
    """The file has 0.077 670 for outliers_25 (1.3 % low), since R took equal differences for different ones."""
    x = COURSE[name][0]
    assert robust.q_scale(x) == pytest.approx(q_in_whole_numbers(x, 4), rel=1e-12)
    assert robust.q_scale(np.array(x) + 1000) == pytest.approx(q_in_whole_numbers(x, 4), rel=1e-9)


def test_one_result_off_by_a_factor_does_not_make_differences_equal() -> None:
    x = [0.101, 0.103, 0.106, 0.110, 0.112, 0.119, 0.124, 0.131]
    assert robust.q_scale([*x, 1e8]) == pytest.approx(robust.q_scale([*x, 1e4]), rel=1e-6)


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([TYPICAL[at : at + 2] for at in range(0, 34, 2)], None),
        ([[1, 1], [2, 2], [2, 3], [3, 3], [4, 4], [5, 5]], 2.0098861899993921),
        ([[10.1, 10.3], [9.8], [10, 10.2, 12.5], [9.9], [10.4, 10]], None),
        ([5, 5, 5, 5, 6, 6, 6, 7, 8, 12], 1.4656628068641802),
    ],
    ids=["17 × 2", "ties", "unbalanced", "single ties"],
)
def test_q_method_with_replicates(groups: list[list[float]], expected: float | None) -> None:
    if expected is not None:
        assert robust.q_scale(groups) == pytest.approx(expected, abs=1e-12)
    else:
        # The file's values (0.045 981 and 0.210 972) take ties apart; the data as whole numbers decide.
        whole = [[round(10_000 * one) for one in group] for group in groups]
        assert robust.q_scale(groups) == pytest.approx(robust.q_scale(whole) / 10_000, rel=1e-12)


@pytest.mark.parametrize("decimals", [1, 3, 12])
def test_many_results_are_counted_as_they_would_be_listed(decimals: int) -> None:
    x = np.random.default_rng(5).normal(10, 1, 400).round(decimals)
    assert robust._q_of_many(np.sort(x)) == pytest.approx(robust.q_scale(x), rel=1e-12)


def test_a_hundred_thousand_results_in_bounded_memory() -> None:
    x = np.random.default_rng(6).normal(10, 1, 100_000).round(2)
    x[::20] = 100  # 5 % gross errors
    found = robust.hampel(x)
    assert found.location == pytest.approx(10, abs=0.02) and found.scale == pytest.approx(1.0, abs=0.15)
    a = robust.algorithm_a(np.tile(x, 10))
    assert a.location == pytest.approx(robust.algorithm_a(x).location, abs=1e-3)
    places, heights = kernel_density(x, 0.75)
    assert float((heights[1:] * np.diff(places)).sum()) == pytest.approx(1, abs=1e-2)


def test_steps_of_algorithm_a_as_traced_by_a_peer() -> None:
    """metRology's trace with the exact factor: 20.300 first, then 20.387 222, 20.406 605, …"""
    location, scale = 20.300, 1.483 * 0.64
    traced = [(0.948864, 20.387222), (0.984891, 20.406605), (1.008644, 20.410912), (1.025393, 20.411869)]
    values = np.array(CREOSOTE_5)
    for s, after in traced:
        assert scale == pytest.approx(s, abs=3e-4)
        held = np.clip(values, location - 1.5 * scale, location + 1.5 * scale)
        location, scale = float(held.mean()), 1.13340 * float(held.std(ddof=1))
        assert location == pytest.approx(after, abs=3e-4)
    assert robust.algorithm_a(CREOSOTE_5, factor=1.13340).location == pytest.approx(20.412142857, abs=1e-8)


def test_critical_values() -> None:
    assert [mandel_h_limit(29, one) for one in (0.05, 0.01)] == pytest.approx([1.909649, 2.446398], abs=6e-7)
    assert [mandel_k_limit(29, 5, one) for one in (0.05, 0.01)] == pytest.approx([1.528304, 1.793077], abs=6e-7)
    assert [cochran_limit(9, 2, one) for one in (0.05, 0.01)] == pytest.approx([0.6385, 0.7544], abs=6e-5)
    grubbs = [grubbs_limit(p, alpha) for p in (9, 8) for alpha in (0.05, 0.01)]
    assert grubbs == pytest.approx([2.2150, 2.3868, 2.1266, 2.2744], abs=6e-5)


def test_pairwise_chi_square() -> None:
    expected = [444.47761, 74.377247, 86.972857, 82.952607, 62.429449, 17.952608, 46.238442, 31.99461, 26.324994,
                47.938633, 24.170383]  # fmt: skip
    assert consensus.pairwise_chi_square(*LEAD) == pytest.approx(expected, abs=6e-6)


def test_characterisation_by_several_laboratories() -> None:
    """CCQM-K30: the plain mean of the nine results is 2.990, the certified one 2.99 ± 0.06 (k = 2)."""
    x, u = LEAD[0][1:10], LEAD[1][1:10]
    found = characterise(x)
    assert (round(found.value, 3), found.laboratories, found.p) == (2.990, 9, None)
    assert found.u_char == pytest.approx(np.std(x, ddof=1) / 3)
    explained = characterise(x, u, "mandel_paule")
    assert (explained.value, explained.u_char) == pytest.approx((2.96847712, 0.02274736), abs=6e-9)
    assert explained.p == pytest.approx(0.008902, abs=5e-7)
    for bad in ((x[:2],), (x, None, "reml"), (x, u, "guess")):
        with pytest.raises(DataRefused):
            characterise(*bad)


def test_a_search_through_too_many_results_is_refused_at_once() -> None:
    x = np.random.default_rng(1).normal(0, 10, 5000)
    with pytest.raises(DataRefused, match="subsets"):
        consensus.largest_consistent_subset(x, np.ones(5000))


# --- real data ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nuclide", "year"),
    [("Ag-110m", "2020"), ("Ge-68", "2023"), ("Ra-223", "2022")],
    ids=["Ag-110m", "Ge-68", "Ra-223"],
)
def test_reference_values_of_the_bipm_from_its_files(nuclide: str, year: str) -> None:
    file = COMPARISONS / f"{nuclide}_database_FAIR.xml"
    if not file.is_file():
        pytest.skip("the key comparisons of the BIPM (reference data) are not at hand")
    names = {"kc": "KC_Schema", "si": "https://ptb.de/si"}
    root = ElementTree.parse(file).getroot()

    def pair(node: ElementTree.Element | None) -> tuple[str, str]:
        assert node is not None
        return (
            node.findtext("si:value", namespaces=names) or "",
            node.findtext("si:expandedUnc/si:uncertainty", namespaces=names) or "",
        )

    releases = root.iterfind(".//kc:release", names)
    value, u_value = pair(
        next(one for one in releases if one.findtext("kc:year", namespaces=names) == year).find("kc:kcrv", names)
    )
    results = [
        pair(one.find(".//kc:sirResult", names))
        for one in root.iterfind(".//kc:submission", names)
        if one.findtext("kc:inKCRV", namespaces=names) == "true"
    ]
    found = consensus.power_moderated_mean([float(x) for x, _u in results], [float(u) for _x, u in results])

    def printed(number: float, like: str) -> float:
        """Rounded to the digits that are printed; zeros at the end of a whole number are no digits."""
        decimals = len(like.partition(".")[2]) or -(len(like) - len(like.rstrip("0")))
        return round(number, decimals)

    assert printed(found.value, value) == float(value)
    assert printed(found.u, u_value) == float(u_value)


@real
def test_glucose_further_figures() -> None:
    """Materials B and C are computed like the others, but their table is another one (typing slips in the package)."""
    cells = [(row["Laboratory"], row["Material"], float(row["Glucose"])) for row in rows_of("astm_e691_glucose.csv")]
    found = {one.level: one for one in precision(cells)}
    spread = {"A": 0.6061, "B": 0.8627, "C": 2.6567, "D": 2.5950, "E": 2.6931}
    for name, expected in spread.items():
        one = found[name]
        means = [np.mean([value for lab, level, value in cells if (lab, level) == (m.lab, name)]) for m in one.mandel]
        assert np.std(means, ddof=1) == pytest.approx(expected, abs=6e-5)
    assert found["B"].s_r == pytest.approx(1.4961, abs=6e-5) and found["C"].s_R == pytest.approx(3.4789, abs=6e-5)
    assert found["C"].cochran and found["C"].cochran.statistic == pytest.approx(0.724, abs=5e-4)


@real
def test_oxidation_temperature_by_analysis_of_variance_by_hand() -> None:
    rows = rows_of("irmm440_idt.csv")
    labs = sorted({row["Laboratory"] for row in rows})
    table = np.array([[float(row["IDT"]) for row in rows if row["Laboratory"] == lab] for lab in labs])
    (found,) = precision((row["Laboratory"], "IDT", float(row["IDT"])) for row in rows)
    within = table.var(axis=1, ddof=1).mean()
    between = table.mean(axis=1).var(ddof=1) - within / table.shape[1]
    assert (found.labs, found.results) == (7, 105)
    assert (found.s_r, found.s_L) == pytest.approx((math.sqrt(within), math.sqrt(between)), rel=1e-9)
    assert found.s_R**2 == pytest.approx(within + between, rel=1e-9)
    # Seven laboratories, two of them restless, one far off: all three are told, and nothing is left out.
    assert found.cochran and found.cochran.limit1 and found.cochran.statistic > found.cochran.limit1
    assert found.grubbs and found.grubbs.high_lab == "Lab 7" and found.grubbs.high > (found.grubbs.limit1 or 9)


@real
@pytest.mark.parametrize(("name", "laboratories"), [("chromium", 28), ("potassium", 25)])
def test_youden_plots_of_trace_elements(name: str, laboratories: int) -> None:
    rows = rows_of(f"{name}.csv")
    first, second = ([float(row[item]) for row in rows] for item in ("QC", "RM"))
    assert len(rows) == laboratories
    found = youden(first, second)
    assert found.centre == pytest.approx((robust.algorithm_a(first).location, robust.algorithm_a(second).location))
    assert 0 < found.correlation < 1 and len(found.outside) <= laboratories // 5
    # The same seen in other units and with the items exchanged: the same laboratories lie outside.
    assert youden(np.array(second) * 1000, np.array(first) + 5).outside == found.outside


@real
def test_fibre_in_apricots_by_every_estimator() -> None:
    x = [float(row["fibre"]) for row in rows_of("apricot.csv")]
    found = [one(x) for one in robust.METHODS.values()]
    assert len(x) == 18
    assert max(one.location for one in found) - min(one.location for one in found) < 0.5
    assert all(0.9 < one.scale < 2.2 for one in found)
