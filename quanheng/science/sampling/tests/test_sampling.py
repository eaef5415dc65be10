"""Sampling against published values, exact arithmetic, and what must always hold."""

from __future__ import annotations

import doctest
import hashlib
import json
import math
import tracemalloc
from collections import Counter
from decimal import Context, Decimal
from fractions import Fraction
from importlib import import_module
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanheng.science.arrays import DataRefused
from quanheng.science.sampling import curves
from quanheng.science.sampling.acceptance import AQLS, LETTERS, Lot, after, code_letter, double_plan, single_plan
from quanheng.science.sampling.draw import (
    beacon_randomness,
    beacon_round,
    commitment,
    draw,
    draw_strata,
    draw_weighted,
    recomputes,
    record,
    revealed,
    verify,
)
from quanheng.science.sampling.prepackages import net_content, sample_row, tolerable_deficiency
from quanheng.science.sampling.tables import rows, source
from quanheng.science.special import student_t_quantile

NOMCOM = [9319, [2, 5, 12, 8, 10], [9, 18, 26, 34, 41, 45]]


@pytest.mark.parametrize("name", ["acceptance", "curves", "draw", "prepackages", "tables"])
def test_documented_examples_run(name: str) -> None:
    assert doctest.testmod(import_module(f"quanheng.science.sampling.{name}")).failed == 0


# --- acceptance plans -----------------------------------------------------------------------------------------

#: The lot whose code letter at level II is the one named.
LOT = dict(zip("ABCDEFGHJKLMNPQ", (5, 12, 20, 40, 80, 140, 250, 400, 900, 3000, 9000, 30_000, 90_000, 400_000, 900_000),
               strict=True))  # fmt: skip


def row(letter: str, inspection: str) -> list[tuple[int, int]]:
    plans = [single_plan(LOT[letter], "II", aql, inspection) for aql in AQLS]  # type: ignore[arg-type]
    return [(one.n[0], one.ac[0]) for one in plans]


def test_rows_of_the_printed_tables() -> None:
    """ISO 2859-1, tables 2-A and 2-B, code letter K: arrows down, zero, up, down, numbers, and up again."""
    normal = [(1250, 0)] * 1 + [(800, 0), (500, 0), (315, 0), (200, 0), (125, 0), (80, 0), (200, 1)]
    normal += [(125, one) for one in (1, 2, 3, 5, 7, 10, 14, 21)]
    assert row("K", "normal")[:16] == normal
    assert set(row("K", "normal")[16:]) == {(80, 21), (50, 21), (32, 21), (20, 21), (13, 21), (13, 30), (13, 44),
                                            (8, 44), (5, 44), (3, 44)} & set(row("K", "normal")[16:])  # fmt: skip
    tightened = [(one, ac) for one, ac in row("K", "tightened") if one == 125]
    assert [ac for _n, ac in tightened] == [0, 1, 2, 3, 5, 8, 12, 18]


def test_the_plans_everybody_knows() -> None:
    known = [
        (1000, "II", 1.0, (80, 2)), (1000, "II", 2.5, (80, 5)), (1000, "II", 0.65, (80, 1)),
        (1000, "II", 0.15, (80, 0)), (1000, "II", 0.40, (125, 1)), (1000, "II", 0.25, (50, 0)),
        (5000, "II", 1.0, (200, 5)), (10, "II", 4.0, (3, 0)), (300, "S-2", 4.0, (3, 0)), (5, "II", 40, (2, 2)),
    ]  # fmt: skip
    for lot, level, aql, (n, ac) in known:
        found = single_plan(lot, level, aql)
        assert (found.n, found.ac, found.re) == ((n,), (ac,), (ac + 1,)), (lot, level, aql)


def test_the_cell_that_does_not_follow_the_rule() -> None:
    assert single_plan(5, "II", 10, "tightened").ac == (1,)


@pytest.mark.parametrize("inspection", ["normal", "tightened"])
def test_every_cell_has_a_plan_and_better_quality_asks_for_more(inspection: str) -> None:
    for letter in LOT:
        for aql in AQLS:
            plan = single_plan(LOT[letter], "II", aql, inspection)  # type: ignore[arg-type]
            assert plan.re[0] == plan.ac[0] + 1 and plan.n[0] <= LOT[letter]
            if aql <= 10 and not plan.everything:
                # Lots at the AQL are mostly accepted: what the standard promises the producer.
                assert curves.accepts(aql / 100, plan.n, plan.ac, plan.re) > (0.79 if inspection == "normal" else 0.6)


def test_tightened_inspection_is_never_easier() -> None:
    for letter in LOT:
        for aql in AQLS[:16]:
            normal, tight = (single_plan(LOT[letter], "II", aql, one) for one in ("normal", "tightened"))  # type: ignore[arg-type]
            for p in (0.001, 0.01, 0.05, 0.2):
                eased = curves.accepts(p, tight.n, tight.ac, tight.re) - curves.accepts(
                    p, normal.n, normal.ac, normal.re
                )
                assert eased < 0.02, (letter, aql, p)


def test_double_plans_protect_like_single_ones() -> None:
    for aql in (0.65, 1.0, 1.5, 2.5, 4.0, 6.5):
        single, double = single_plan(1000, "II", aql), double_plan(1000, "II", aql)
        assert len(double.n) == 2 and double.n[0] < single.n[0]
        for p in (0.01, 0.05, 0.1):
            gap = curves.accepts(p, double.n, double.ac, double.re) - curves.accepts(p, single.n, single.ac, single.re)
            assert abs(gap) < 0.08, (aql, p)


def test_small_lots_are_inspected_whole() -> None:
    plan = single_plan(3, "II", 0.65)
    assert plan.everything and plan.n == (3,)


def test_code_letters_at_the_edges_of_the_classes() -> None:
    assert [code_letter(lot) for lot in (2, 8, 9, 1200, 1201, 500_000, 500_001)] == list("AABJKPQ")
    assert {code_letter(lot, "III") for lot in range(2, 200)} < set(LETTERS)


def test_switching() -> None:
    bad, good = Lot(False, 2), Lot(True, 2, tighter=True)
    assert after([good] * 9).inspection == "normal" and after([good] * 10).inspection == "reduced"
    assert after([Lot(True, 2, tighter=False)] * 50).inspection == "normal"
    assert after([bad, good, good, good, good, bad]).inspection == "normal"
    tight = after([bad, good, good, good, bad])
    assert tight.inspection == "tightened"
    assert after([good] * 5, tight).inspection == "normal"
    assert after([bad, good] * 4, tight).inspection == "tightened"
    assert after([bad, good] * 5, tight).inspection == "discontinued"
    reduced = after([good] * 10)
    assert after([bad], reduced).inspection == "normal"


# --- curves and searches --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "ac", "quality", "pa"),
    [
        (50, 1, (0.7154, 3.3340, 7.5581), 0.910565),
        (80, 2, (1.0298, 3.3285, 6.5160), 0.953447),
        (125, 3, (1.1003, 2.9298, 5.2663), 0.962551),
    ],
)
def test_curves_of_single_plans(n: int, ac: int, quality: tuple[float, ...], pa: float) -> None:
    found = [100 * curves.quality_at(one, n, ac) for one in (0.95, 0.5, 0.1)]
    assert found == pytest.approx(quality, abs=6e-5)
    assert curves.accepts(0.01, [n], [ac], [ac + 1]) == pytest.approx(pa, abs=6e-7)


def test_curves_of_the_peer() -> None:
    """AcceptanceSampling's worked examples."""

    def double(p: float, n: list[int], ac: list[int], re: list[int]) -> float:
        return curves.accepts(p, n, ac, re)

    assert [double(p, [20], [0], [1]) for p in (0.05, 0.15)] == pytest.approx([0.358485922, 0.038759531], abs=6e-10)
    assert [double(p, [125, 125], [1, 4], [4, 5]) for p in (0.01, 0.02, 0.05)] == pytest.approx(
        [0.899955981, 0.485767999, 0.015075713], abs=6e-10
    )
    assert [double(p, [8, 8], [0, 1], [2, 2]) for p in (0.01, 0.05, 0.1)] == pytest.approx(
        [0.99154936, 0.84873692, 0.59518012], abs=6e-9
    )
    unknown = [curves.accepts_variables(p, 35, 1.89, known=False) for p in (0.01, 0.02, 0.05, 0.1)]
    assert unknown == pytest.approx([0.941672485, 0.736068046, 0.208920579, 0.016507325], abs=6e-10)
    known = [curves.accepts_variables(p, 14, 1.205, known=True) for p in (0.05, 0.1, 0.2)]
    assert known == pytest.approx([0.95009563, 0.61272550, 0.08697212], abs=6e-9)


def test_plans_by_two_risks() -> None:
    producer, consumer = (0.05, 0.95), (0.15, 0.075)
    assert curves.find_plan(producer, consumer) == (80, 7)
    assert curves.find_plan(producer, consumer, "poisson") == (91, 8)
    assert curves.find_plan(producer, consumer, "hypergeometric", 100) == (47, 4)
    assert curves.find_plan((0.01, 0.95), (0.02, 0.05)) == (1567, 22)
    assert curves.find_plan((0.01, 0.95), (0.02, 0.05), "hypergeometric", 10_000) == (1359, 19)
    known = curves.find_variables_plan(producer, consumer, known=True)
    assert (known.n, known.k) == (26, pytest.approx(1.3222713, abs=6e-8))
    unknown = curves.find_variables_plan(producer, consumer, known=False)
    # The peer's 1.3265617 accepts 0.94999 at the producer's quality; ours keeps the 0.95.
    assert (unknown.n, unknown.k) == (49, pytest.approx(1.3265617, abs=5e-5))
    assert curves.accepts_variables(0.05, 49, unknown.k, known=False) == pytest.approx(0.95, abs=1e-12)


@given(st.integers(1, 60), st.integers(0, 8), st.floats(0.001, 0.6))
@settings(max_examples=100, deadline=None)
def test_binomial_curve_against_whole_numbers(n: int, ac: int, p: float) -> None:
    share = Fraction(p)
    exact = sum(math.comb(n, one) * share**one * (1 - share) ** (n - one) for one in range(min(ac, n) + 1))
    assert curves.accepts(p, [n], [ac], [ac + 1]) == pytest.approx(float(exact), rel=1e-11)


@given(st.integers(2, 80), st.data())
@settings(max_examples=80, deadline=None)
def test_hypergeometric_curve_against_whole_numbers(lot: int, data: st.DataObject) -> None:
    n, bad = data.draw(st.integers(1, lot)), data.draw(st.integers(0, lot))
    ac = data.draw(st.integers(0, 5))
    ways = sum(math.comb(bad, one) * math.comb(lot - bad, n - one) for one in range(min(ac, n) + 1))
    found = curves.accepts(bad / lot, [n], [ac], [ac + 1], "hypergeometric", lot)
    assert found == pytest.approx(float(Fraction(ways, math.comb(lot, n))), rel=1e-11, abs=1e-15)


@given(st.floats(0.005, 0.1), st.floats(2.0, 6.0))
@settings(max_examples=40, deadline=None)
def test_a_found_plan_keeps_both_promises_and_no_smaller_one_does(p: float, ratio: float) -> None:
    producer, consumer = (p, 0.95), (min(0.9, p * ratio), 0.10)
    n, ac = curves.find_plan(producer, consumer)

    def keeps(size: int, number: int) -> bool:
        good = curves.accepts(producer[0], [size], [number], [number + 1])
        return good >= 0.95 - 1e-9 and curves.accepts(consumer[0], [size], [number], [number + 1]) <= 0.10 + 1e-9

    assert keeps(n, ac)
    assert n == 1 or not any(keeps(n - 1, number) for number in range(ac + 1))


def test_risks_of_audits_and_isolated_lots() -> None:
    found = [curves.wrong_failure(*one) for one in ((50, 3, 8, 1), (100, 5, 10, 1), (200, 10, 13, 2))]
    assert found == pytest.approx([0.06286, 0.07686, 0.01989], abs=6e-6)
    plan = curves.limiting_quality_plan(1000, 0.05, ac=1)

    def pa(n: int) -> float:
        return curves.accepts(0.05, [n], [1], [2], "hypergeometric", 1000)

    assert pa(plan.n) <= 0.10 < pa(plan.n - 1)


def test_an_audit_is_as_large_as_its_risk_allows() -> None:
    for population, declared, limit in ((50, 3, 1), (100, 5, 1), (200, 10, 2), (240, 6, 0), (30, 0, 0)):
        try:
            plan = curves.audit_plan(population, declared, limit)
        except DataRefused as refused:
            assert limit == 0 and refused.field == "limit"
            assert curves.wrong_failure(population, declared, 1, limit) > 0.05 or population == 240
            continue
        assert plan.wrong_failure <= 0.05
        if plan.n < population:
            assert curves.wrong_failure(population, declared, plan.n + 1, limit) > 0.05
        assert 0 <= plan.missed <= 1


def test_lots_judged_by_measured_values() -> None:
    x = [9.9, 10.0, 10.1, 10.0, 10.2]
    assert curves.judge_variables(x, 1.5, upper=10.4).accepted
    assert not curves.judge_variables(x, 1.5, lower=9.9, upper=10.4).accepted
    assert curves.judge_variables(x, 1.5, lower=9.9, upper=10.4, sigma=0.05).accepted
    still = curves.judge_variables([10, 10], 1.5, upper=10.4)
    assert still.accepted and still.q_upper == math.inf and math.isnan(still.q_lower)
    assert not curves.judge_variables([10.5, 10.5], 1.5, upper=10.4).accepted
    for bad in ({}, {"lower": 2, "upper": 1}, {"upper": 1, "sigma": 0}):
        with pytest.raises(DataRefused):
            curves.judge_variables(x, 1.5, **bad)


def test_curves_of_huge_plans_are_bounded() -> None:
    """Beyond a thousand terms by continued fractions, in large lots by logarithms: both agree with the plain sums."""
    whole = math.fsum(curves._binomial(20_000, 0.06, 1200))
    assert curves.accepts(0.06, [20_000], [1200], [1201]) == pytest.approx(whole, rel=1e-9)
    exact = curves.accepts(0.03, [200], [6], [7], "hypergeometric", 2000)
    ways = sum(math.comb(60, one) * math.comb(1940, 200 - one) for one in range(7))
    assert exact == pytest.approx(float(Fraction(ways, math.comb(2000, 200))), rel=1e-12)
    bad, lot, n = 3000, 100_000, 500
    ways = sum(math.comb(bad, one) * math.comb(lot - bad, n - one) for one in range(16))
    large = curves.accepts(0.03, [n], [15], [16], "hypergeometric", lot)
    assert large == pytest.approx(float(Fraction(ways, math.comb(lot, n))), rel=1e-8)
    with pytest.raises(DataRefused, match="too large"):
        curves.accepts(0.5, [50_000] * 3, [20_000, 40_000, 60_000], [30_000, 50_000, 60_001])


def test_sampling_by_simulation() -> None:
    """A second way to the same numbers: lots drawn item by item."""
    import numpy as np

    random = np.random.default_rng(11)
    first, second = random.binomial(50, 0.04, (2, 200_000))
    accepted = (first <= 0) | ((first < 3) & (first + second <= 3))
    found = curves.accepts(0.04, [50, 50], [0, 3], [3, 4])
    assert found == pytest.approx(accepted.mean(), abs=4 * math.sqrt(found * (1 - found) / 200_000))
    x = random.normal(0, 1, (200_000, 20))
    quality = (1.6449 - x.mean(axis=1)) / x.std(axis=1, ddof=1)  # 5 % beyond the limit
    found = curves.accepts_variables(0.05, 20, 1.4, known=False)
    assert found == pytest.approx((quality >= 1.4).mean(), abs=0.005)


# --- prepackages ----------------------------------------------------------------------------------------------


def test_tolerable_deficiencies_at_the_edges() -> None:
    grams = {50: 4.5, 50.1: 4.5, 100: 4.5, 200: 9.0, 200.1: 9.0, 300: 9.0, 400: 12.0, 500: 15.0, 1000: 15.0, 2000: 30.0,
             10_000: 150.0, 15_000: 150.0, 20_000: 200.0, 50_000: 500.0, 35: 3.2, 1250: 19.0}  # fmt: skip
    for nominal, expected in grams.items():
        assert tolerable_deficiency(nominal, "g") == expected, nominal
    assert tolerable_deficiency(1.5, "L") == 0.022 and tolerable_deficiency(5, "m") == 0
    assert tolerable_deficiency(10, "m") == 0.2 and tolerable_deficiency(10, "m²") == 0.3
    assert [tolerable_deficiency(one, "件") for one in (50, 51, 100, 101)] == [0, 1, 1, 2]


def test_a_lot_is_judged_by_its_mean_and_by_who_falls_short() -> None:
    x = [498.2, 501.0, 499.5, 497.8, 500.4, 496.9, 499.9, 500.8, 498.7, 499.1]
    found = net_content(500, "g", 50, x)
    assert (found.mean, found.s, found.limit) == pytest.approx((499.230, 1.34664, 498.61565), abs=6e-6)
    assert (found.verdict, found.t, found.t1_count) == ("accepted", 15.0, 0)
    assert found.exact_factor == pytest.approx(1.0277, abs=6e-5)
    assert net_content(500, "g", 50, [485.0, *[501.7] * 9]).verdict == "accepted"
    short = net_content(500, "g", 50, [484.9, *[510.0] * 9])
    assert (short.verdict, short.reasons, short.t1_count) == ("rejected", ("t1",), 1)
    far = net_content(500, "g", 9, [469.9, *[520.0] * 8])
    assert (far.reasons, far.factor, far.limit) == (("t2",), None, None)
    low = net_content(500, "g", 50, [499.0] * 10)
    assert low.reasons == ("mean",)


def test_exact_factors_stand_beside_the_printed_ones() -> None:
    for lot, n, exact in (
        (30, 10, 1.0277),
        (60, 13, 0.8472),
        (300, 50, 0.3790),
        (900, 80, 0.2951),
        (9000, 125, 0.2340),
    ):
        assert net_content(100, "mL", lot, [100.0] * n).exact_factor == pytest.approx(exact, abs=6e-5)


def test_factors_and_risks_of_the_rules() -> None:
    """UK SI 2006/659, schedule 2 (30, 50 and 20 packages) and the producer's risk of the count rule of JJF 1070."""
    factors = [student_t_quantile(0.995, n - 1) / math.sqrt(n) for n in (30, 50, 20)]
    assert factors == pytest.approx([0.5032, 0.3790, 0.6397], abs=6e-5)
    for share, expected in ((0.025, (0.02401, 0.01394, 0.01304)), (0.09, (0.68273, 0.73990, 0.88531))):
        for lot, risk in zip((500, 3200, 10_000), expected, strict=True):
            row = sample_row(lot)
            assert row.n
            kept = curves.accepts(share, [row.n], [row.allowed], [row.allowed + 1], "hypergeometric", lot)
            assert 1 - kept == pytest.approx(risk, abs=6e-6)


def test_the_international_recommendation_starts_at_a_hundred() -> None:
    assert sample_row(500, "oimlr87").n == sample_row(500).n == 50
    for lot, rule, field in ((99, "oimlr87", "lot"), (99, "eu", "rule"), (0, "jjf1070", "lot")):
        with pytest.raises(DataRefused) as refused:
            sample_row(lot, rule)
        assert refused.value.field == field


def test_tables_say_where_they_are_from_and_have_no_holes() -> None:
    for name in ("iso2859_letters", "iso2859_numbers", "iso2859_double", "prepackage_samples", "prepackage_deficiency"):
        assert source(name)
    deficiency = rows("prepackage_deficiency")
    for before, after_it in pairwise(deficiency):
        assert before["qn_up_to"] == after_it["qn_over"]
    for lot in range(1, 4000):
        assert sample_row(lot)


def test_a_sample_of_the_wrong_size_is_refused_with_the_right_one() -> None:
    with pytest.raises(DataRefused, match="a sample of 50"):
        net_content(500, "g", 300, [500.0] * 49)
    with pytest.raises(DataRefused, match="50 kg"):
        net_content(60, "kg", 5, [60.0] * 5)


# --- draws ----------------------------------------------------------------------------------------------------


def test_rfc_3797_bit_by_bit() -> None:
    found = draw(NOMCOM, 25, 16)
    assert found.key == "9319./2.5.8.10.12./9.18.26.34.41.45./"
    assert found.picks == (17, 7, 2, 16, 25, 23, 8, 24, 19, 13, 22, 5, 18, 9, 1, 4)
    assert found.hashes == (
        "990DD0A5692A029A98B5E01AA28F3459", "3691E55CB63FCC37914430B2F70B5EC6", "FE814EDF564C190AC1D25753979990FA",
        "1863CCACEB568C31D7DDBDF1D4E91387", "F4AB33DF4889F0AF29C513905BE1D758", "13EAEB529F61ACFB9A29D0BA3A60DE4A",
        "992DB77C382CA2BDB9727001F3CDCCD9", "63AB4258ECA922976811C7F55C383CE7", "DFBC5AC97CED01B3A6E348E3CC63F40D",
        "31CB111C4A4EBE9287CEAE16FE51B909", "07FA46C122F164C215BBC72793B189A3", "AC52F8D75CCBE2E61AFEB3387637D501",
        "53306F73E14FC0B2FBF434218D25948E", "B5D1403501A81F9A47318BE7893B347C", "85B10B356AA06663EF1B1B407765100A",
        "3269E6CE559ABD57E2BA6AAB495EB9BD",
    )  # fmt: skip


def test_the_nominating_committee_of_2022() -> None:
    """A real draw of the IETF, 267 people and four lotteries: richsalz/ietf-rfc3797-code, seeds.2022, 2022.results."""
    lotteries = [
        [7, 18, 28, 40, 48, 8, 11], [15, 21, 31, 36, 65, 16], [17, 21, 12, 26, 8, 42, 35, 13],
        [1, 10, 13, 14, 16, 25, 27, 5, 21],
    ]  # fmt: skip
    found = draw(lotteries, 267, 10)
    assert found.key == "7.8.11.18.28.40.48./15.16.21.31.36.65./8.12.13.17.21.26.35.42./1.5.10.13.14.16.21.25.27./"
    assert found.picks == (171, 245, 68, 190, 70, 126, 110, 128, 138, 173)
    assert found.hashes[0] == "D0BD0C1947856D9EC8892BFD7B8F537A"
    assert found.hashes[9] == "4937ABAC4E80B067F4297150F1E30B97"


@given(st.integers(1, 60), st.data())
@settings(max_examples=60)
def test_what_is_left_of_the_list_is_counted_without_keeping_it(pool: int, data: st.DataObject) -> None:
    """The RFC's words, literally: a list from which the selected one is taken out."""
    picks = data.draw(st.integers(0, pool))
    left, expected = list(range(1, pool + 1)), []
    for index in range(picks):
        around = index.to_bytes(2, "big")
        number = int.from_bytes(hashlib.md5(around + b"5.6./" + around).digest(), "big")
        expected.append(left.pop(number % len(left)))
    assert draw([[6, 5]], pool, picks).picks == tuple(expected)


def test_whoever_drops_out_is_replaced_without_touching_the_others() -> None:
    for method in ("rfc3797", "sha256"):
        assert draw([7], 500, 21, method).picks[:20] == draw([7], 500, 20, method).picks  # type: ignore[arg-type]
    weights = list(range(1, 200))
    assert draw_weighted([7], weights, 21).picks[:20] == draw_weighted([7], weights, 20).picks


def test_ten_million_places_take_no_memory() -> None:
    tracemalloc.start()
    found = draw([7], 10_000_000, 1000, "sha256")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(set(found.picks)) == 1000 and max(found.picks) > 9_000_000 and peak < 1_000_000


def test_weighted_keys_by_forty_digits_alone() -> None:
    """Floating point only spares the digits that no order depends on."""
    context = Context(prec=40)
    for seed in range(30):
        weights = [one % 4 * 10 ** (one % 3) for one in range(seed, seed + 40)]
        keys = {}
        for place, weight in enumerate(weights, 1):
            if weight:
                number = int.from_bytes(hashlib.sha256(f"{seed}./".encode() + place.to_bytes(8, "big")).digest(), "big")
                share = context.divide(Decimal(number + 1), Decimal(2**256 + 1))
                keys[place] = context.divide(-context.ln(share), Decimal(weight))
        assert draw_weighted([seed], weights, 10).picks == tuple(sorted(keys, key=keys.__getitem__)[:10])


def test_a_record_recomputes_and_nothing_in_it_can_be_changed() -> None:
    names = [f"企业{one}" for one in range(50)]
    for told in (
        record(["a" * 64, [3, 1]], names, 5), record([7], names, 5, "rfc3797"),
        record([7], names, 5, weights=[1, 2] * 25),
    ):  # fmt: skip
        kept = json.loads(json.dumps(told))
        assert recomputes(kept, names)
        assert not recomputes(kept, [*names[1:], names[0]])
        for field, other in (
            ("picks", kept["picks"][::-1]), ("sources", [8]), ("weights", [1] * 50), ("names", names[:5]), ("pool", 49),
            ("hashes", []), ("edition", 2), ("key", "8./"), ("list_sha256", "0" * 64), ("method", "dice"),
        ):  # fmt: skip
            assert not recomputes({**kept, field: other}, names), field
        assert not recomputes({name: one for name, one in kept.items() if name != "key"}, names)


def test_secrets_are_sources_only_as_committed() -> None:
    published = [commitment(b"one"), commitment(b"two")]
    assert revealed(published, [b"one", b"two"]) == (b"one".hex(), b"two".hex())
    with pytest.raises(DataRefused) as refused:
        revealed(published, [b"one", b"too"])
    assert refused.value.field == "secrets.1"


def test_the_round_of_a_beacon_is_named_before_it_exists() -> None:
    """Default chain of drand: genesis 1595431050, a round each 30 seconds, the first one at genesis."""
    rounds = [beacon_round(1595431050 + one, 1595431050, 30) for one in (-5, 0, 29, 30, 60)]
    assert rounds == [1, 2, 2, 3, 4]


@given(st.integers(1, 300), st.data(), st.sampled_from(["rfc3797", "sha256"]))
@settings(max_examples=60, deadline=None)
def test_a_draw_takes_each_place_once_and_recomputes(pool: int, data: st.DataObject, method: str) -> None:
    picks = data.draw(st.integers(0, pool))
    found = draw([7, [3, 1, 2]], pool, picks, method)  # type: ignore[arg-type]
    assert len(set(found.picks)) == picks and all(1 <= one <= pool for one in found.picks)
    assert verify(found, [7, [2, 3, 1]])
    assert not picks or not verify(found, [8, [2, 3, 1]]) or pool == 1 or found.hashes == ()


def test_every_place_is_as_likely() -> None:
    counts = Counter(pick for seed in range(3000) for pick in draw([seed], 6, 2, "sha256").picks)
    assert sum((one - 1000) ** 2 / 1000 for one in counts.values()) < 30  # chi-square of 5: by chance once in 70,000


def test_weights_are_chances() -> None:
    first = Counter(draw_weighted([seed], [1, 3, 0, 6], 1).picks[0] for seed in range(2000))
    assert first[3] == 0
    for place, share in ((1, 0.1), (2, 0.3), (4, 0.6)):
        assert first[place] / 2000 == pytest.approx(share, abs=0.045)


def test_strata_are_drawn_apart() -> None:
    found = draw_strata([7], {"甲": (30, 5), "乙": (30, 5)})
    assert found["甲"].picks != found["乙"].picks
    assert draw_strata([7], {"乙": (30, 5)})["乙"] == found["乙"]


def test_beacon_randomness_is_the_hash_of_its_signature() -> None:
    """Rounds 3311596 of drand's default chain and 657413 of quicknet, from the documentation of drand-verify 0.2.1."""
    default = (
        "a696b9409ababce45749c3a4ec369074453dd4a79967734e1390d969c8ad8d98897d217b9121e92c8ddebbddda8d92f9"
        "00e3bd6bf9deb166863b1a19390d743f82774001487594c5c09e581db7365f02b70a2c8cc41ce32446ef08e4890c4754"
    )
    quick = "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b"
    assert beacon_randomness(default) == "647c07b2abbf7ff2afb4d670214f565e5cd9f9c91bfdcecb59a21f3c78d73920"
    assert beacon_randomness(quick) == "fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587"
    with pytest.raises(DataRefused):
        beacon_randomness("no")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (([], 5, 1), "sources"), (([[]], 5, 1), "sources.0"), (([-1], 5, 1), "sources.0"),
        (([True], 5, 1), "sources.0"), (([[1, "two"]], 5, 1), "sources.0"),
        (([1], 0, 0), "pool"), (([1], 65_536, 1), "pool"), (([1], 5, 6), "picks"), ((["a/b"], 5, 1), "sources.0"),
        (([1], 5, 1, "dice"), "method"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_told(given: tuple, field: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(DataRefused) as refused:
        draw(*given)
    assert refused.value.field == field and refused.value.zh
