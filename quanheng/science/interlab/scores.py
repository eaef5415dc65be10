"""Performance scores of proficiency testing, and what the assigned value is worth.

Source: ISO 13528:2022 (GB/T 28043), 9.4 z, 9.5 z′, 9.6 zeta, 9.7 E_n; 7.7 and 9.2 uncertainty of a consensus value;
ISO/IEC 17043:2023, B.4: |score| ≤ 2 satisfactory, ≥ 3 unsatisfactory, between them questionable.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from quanheng.science.arrays import DataRefused, column, positive

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from quanheng.science.arrays import Floats

#: Coverage factor of the expanded uncertainties in E_n.
K: Final = 2.0
WARNING, ACTION = 2.0, 3.0
#: 7.7.3: a consensus of p robust results has the standard uncertainty 1.25 s*/√p.
CONSENSUS_FACTOR: Final = 1.25
#: 9.2.1: the assigned value is uncertain enough to be reckoned with when u exceeds this share of σ_pt.
NEGLIGIBLE: Final = 0.3


class Scores(NamedTuple):
    """One score per result; NaN where what it divides by is zero (E_n and zeta without any uncertainty)."""

    z: Floats
    z_prime: Floats
    zeta: Floats
    en: Floats


def scores(x: ArrayLike, u: ArrayLike, assigned: float, u_assigned: float, sigma_pt: float) -> Scores:
    """All four scores of results ``x`` with standard uncertainties ``u`` (zero: none stated).

    ``sigma_pt`` is the standard deviation for proficiency assessment, in the unit of the results.
    Raises DataRefused.

    >>> found = scores([10.12], [0.04], 10.00, 0.03, 0.05)
    >>> [round(float(one[0]), 6) for one in found]
    [2.4, 2.057983, 2.4, 1.2]
    """
    results, uncertainties = column(x, "x"), positive(u, "u", zero=True)
    if len(results) != len(uncertainties):
        raise DataRefused(
            f"“u”有 {len(uncertainties)} 个数，“x”有 {len(results)} 个，须一一对应",
            f"'u' has {len(uncertainties)} numbers and 'x' {len(results)}; there must be one for each result",
            "u",
        )
    (sigma,), (u_x,) = positive([sigma_pt], "sigma_pt"), positive([u_assigned], "u_assigned", zero=True)
    difference = results - column([assigned], "assigned")[0]
    both = np.hypot(uncertainties, u_x)
    with np.errstate(invalid="ignore", divide="ignore"):
        zeta = np.where(both > 0, difference / both, np.nan)
    return Scores(difference / sigma, difference / math.hypot(sigma, u_x), zeta, zeta / K)


def verdict(score: float) -> str:
    """The word for a z, z′ or zeta score: "satisfactory", "questionable" or "unsatisfactory".

    >>> verdict(-2.4)
    'questionable'
    """
    size = abs(score)
    return "satisfactory" if size <= WARNING else "questionable" if size < ACTION else "unsatisfactory"


def consensus_uncertainty(scale: float, laboratories: int) -> float:
    """Standard uncertainty of a robust consensus value of so many laboratories, 7.7.3.

    >>> round(consensus_uncertainty(0.0395, 34), 6)
    0.008468
    """
    if laboratories < 1:
        raise DataRefused("实验室数须大于 0", "the number of laboratories must be above 0", "laboratories")
    return CONSENSUS_FACTOR * scale / math.sqrt(laboratories)


def expert_uncertainty(u: ArrayLike) -> float:
    """Standard uncertainty of the robust mean of expert laboratories that state their own ``u``, 7.6: 1.25 √Σu² / p.

    Raises DataRefused.

    >>> round(expert_uncertainty([0.03, 0.04, 0.05, 0.05]), 6)
    0.027063
    """
    stated = positive(u, "u", zero=True)
    return CONSENSUS_FACTOR * math.sqrt(float((stated * stated).sum())) / len(stated)


def assigned_uncertainty(u_char: float, u_hom: float = 0.0, u_trans: float = 0.0, u_stab: float = 0.0) -> float:
    """Standard uncertainty of an assigned value, 7.2: of characterisation, differences between items, transport, time.

    Raises DataRefused.

    >>> assigned_uncertainty(0.03, u_hom=0.04)
    0.05
    """
    for name, one in (("u_char", u_char), ("u_hom", u_hom), ("u_trans", u_trans), ("u_stab", u_stab)):
        positive([one], name, zero=True)
    return math.hypot(u_char, u_hom, u_trans, u_stab)


def negligible(u_assigned: float, sigma_pt: float) -> bool:
    """Whether the uncertainty of the assigned value may be left out of the scores: u ≤ 0.3 σ_pt, 9.2.1."""
    return u_assigned <= NEGLIGIBLE * sigma_pt
