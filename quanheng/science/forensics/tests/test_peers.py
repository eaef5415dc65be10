"""One place against all the others: published examples, enumeration, and what no order of things may change."""

from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanheng.science.arrays import DataRefused
from quanheng.science.forensics.peers import Share, less_than_others, more_than_others
from quanheng.science.special import normal_cdf


def _pmf(share: Share) -> dict[int, float]:
    """Every possible count with its chance, by binomial coefficients in whole numbers."""
    ways, others = math.comb(share.all_looked, share.looked), share.all_looked - share.all_found
    return {
        count: math.comb(share.all_found, count) * math.comb(others, share.looked - count) / ways
        for count in range(share.looked + 1)
        if count <= share.all_found and share.looked - count <= others
    }


@st.composite
def shares(draw: st.DrawFn, most: int = 25) -> Share:
    looked, others = draw(st.integers(0, most)), draw(st.integers(0, most))
    found, others_found = draw(st.integers(0, looked)), draw(st.integers(0, others))
    return Share(found, looked, found + others_found, looked + others)


@pytest.mark.parametrize(("right", "p"), [(4, 1 / 70), (3, 17 / 70), (2, 53 / 70), (0, 1.0)])
def test_the_lady_tasting_tea(right: int, p: float) -> None:
    """Fisher 1935: of eight cups the four with milk first are to be named."""
    assert more_than_others(Share(right, 4, 4, 8)).p == pytest.approx(p, rel=1e-12)


def test_mantel_and_haenszel_over_the_departments_of_berkeley() -> None:
    """Bickel et al., Science 187 (1975) 398: women admitted; R's manual (mantelhaen.test) gives 1.4269 for the six
    departments together and for the men the same distance on the other side."""
    admitted = [(89, 19, 512, 313), (17, 8, 353, 207), (202, 391, 120, 205)]
    admitted += [(131, 244, 138, 279), (94, 299, 53, 138), (24, 317, 22, 351)]
    strata = [Share(men, men + no, men + women, men + no + women + out) for women, out, men, no in admitted]
    found = less_than_others(strata)
    corrected = (abs(found.observed - found.expected) - 0.5) ** 2 / found.variance
    assert round(corrected, 4) == 1.4269
    assert found.p == pytest.approx(0.2323 / 2, abs=5e-5)


def test_mantel_and_haenszel_over_the_doses_of_penicillin() -> None:
    """Agresti 1990, p. 231, as in R's manual (Rabbits): 3.9286, too few strata for the normal distribution."""
    doses = [(0, 6, 0, 5), (3, 3, 0, 6), (6, 0, 2, 4), (5, 1, 6, 0), (2, 0, 5, 0)]
    late = [Share(b, b + d, a + b, a + b + c + d) for a, c, b, d in doses]
    found = less_than_others(late)
    assert round((abs(found.observed - found.expected) - 0.5) ** 2 / found.variance, 4) == 3.9286
    assert found.p == pytest.approx(_enumerated(late), rel=1e-12)


def _enumerated(strata: list[Share]) -> float:
    observed = sum(one.found for one in strata)
    return math.fsum(
        math.prod(chance for _count, chance in together)
        for together in product(*(_pmf(one).items() for one in strata))
        if sum(count for count, _chance in together) <= observed
    )


@given(shares())
def test_more_is_what_counting_all_ways_gives(share: Share) -> None:
    counted = math.fsum(chance for count, chance in _pmf(share).items() if count >= share.found)
    found = more_than_others(share)
    assert found.p == pytest.approx(counted, rel=1e-9, abs=1e-12)
    assert found.expected == pytest.approx(math.fsum(count * chance for count, chance in _pmf(share).items()), abs=1e-9)


@given(st.lists(shares(6), min_size=1, max_size=4))
def test_less_is_what_counting_all_ways_gives_in_any_order(strata: list[Share]) -> None:
    found = less_than_others(strata)
    assert found.p == pytest.approx(_enumerated(strata), rel=1e-9, abs=1e-12)
    assert less_than_others(strata[::-1]).p == pytest.approx(found.p, rel=1e-9)


def test_the_normal_distribution_takes_over_close_to_the_exact_sums() -> None:
    """Three standard deviations out it is a fifth too large: nobody is suspected for the approximation."""
    exact = less_than_others([Share(4, 20, 50, 200)] * 29)  # variance 98
    normal = normal_cdf((exact.observed - exact.expected + 0.5) / math.sqrt(exact.variance))
    assert exact.p < normal < 1.25 * exact.p
    beyond = less_than_others([Share(4, 20, 50, 200)] * 30)  # 102
    assert beyond.p == pytest.approx(normal, rel=0.2)


def test_small_chances_keep_their_digits() -> None:
    """All of 60 reports where the others have 60 of 6,000: 1 way of very many."""
    found = more_than_others(Share(60, 60, 60, 6060))
    assert math.log10(found.p) == pytest.approx(-math.log10(math.comb(6060, 60)), rel=1e-9)


@pytest.mark.parametrize(
    "share", [Share(3, 2, 3, 9), Share(-1, 2, 3, 9), Share(2, 4, 1, 9), Share(2, 9, 3, 4), Share(0, 4, 6, 9)]
)
def test_what_cannot_be_is_refused(share: Share) -> None:
    with pytest.raises(DataRefused):
        more_than_others(share)


def test_nothing_looked_at_says_nothing() -> None:
    assert more_than_others(Share(0, 0, 3, 9)).p == 1
    assert less_than_others([]).p == 1
    assert less_than_others([Share(0, 0, 0, 0)]).p == 1
