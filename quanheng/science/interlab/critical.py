"""Critical values of interlaboratory statistics, computed from the distributions, not read from tables.

Source: ISO 5725-2:2019 (GB/T 6379.2), 8.3: Cochran's and Grubbs' tests, Mandel's h and k.
"""

from __future__ import annotations

import math

from quanheng.science.errors import ScienceError
from quanheng.science.special import beta_quantile, chi_square_quantile, student_t_quantile


def f_quantile(p: float, dof1: float, dof2: float) -> float:
    """The F with probability ``p`` below it.

    >>> round(f_quantile(0.95, 11, 12), 4)
    2.7173
    """
    x = beta_quantile(p, dof1 / 2, dof2 / 2)
    return math.inf if x >= 1 else dof2 * x / (dof1 * (1 - x))


def cochran_limit(laboratories: int, replicates: int, alpha: float = 0.05) -> float:
    """The largest share of one variance in the sum of all that chance explains.

    >>> round(cochran_limit(9, 2), 4), round(cochran_limit(9, 2, 0.01), 4)
    (0.6385, 0.7544)
    """
    _at_least(laboratories, 2)
    _at_least(replicates, 2)
    dof = replicates - 1
    f = f_quantile(1 - alpha / laboratories, dof, (laboratories - 1) * dof)
    return 1 / (1 + (laboratories - 1) / f)


def grubbs_limit(laboratories: int, alpha: float = 0.05) -> float:
    """The largest distance of one mean from the mean of all, in their standard deviations, that chance explains.

    ``alpha`` is for both sides together, as in the standard's table.

    >>> round(grubbs_limit(9), 4), round(grubbs_limit(8, 0.01), 4)
    (2.215, 2.2744)
    """
    _at_least(laboratories, 3)
    t = student_t_quantile(1 - alpha / (2 * laboratories), laboratories - 2)
    return (laboratories - 1) / math.sqrt(laboratories) * math.sqrt(t * t / (laboratories - 2 + t * t))


def mandel_h_limit(laboratories: int, alpha: float = 0.05) -> float:
    """The limit of Mandel's h (between laboratories).

    >>> round(mandel_h_limit(29), 6)
    1.909649
    """
    _at_least(laboratories, 3)
    t = student_t_quantile(1 - alpha / 2, laboratories - 2)
    return (laboratories - 1) * t / math.sqrt(laboratories * (t * t + laboratories - 2))


def mandel_k_limit(laboratories: int, replicates: int, alpha: float = 0.05) -> float:
    """The limit of Mandel's k (within laboratories).

    >>> round(mandel_k_limit(29, 5), 6)
    1.528304
    """
    _at_least(laboratories, 2)
    _at_least(replicates, 2)
    dof = replicates - 1
    f = f_quantile(1 - alpha, dof, (laboratories - 1) * dof)
    return math.sqrt(laboratories / (1 + (laboratories - 1) / f))


def homogeneity_factors(items: int, replicates: int = 2) -> tuple[float, float]:
    """F1 and F2 of the expanded criterion, ISO 13528:2022, B.2.4: c = F1 (0.3 σ_pt)² + F2 s_w².

    >>> [round(one, 6) for one in homogeneity_factors(12)]
    [1.788649, 0.858666]
    """
    _at_least(items, 2)
    _at_least(replicates, 2)
    f1 = chi_square_quantile(0.95, items - 1) / (items - 1)
    f2 = (f_quantile(0.95, items - 1, items * (replicates - 1)) - 1) / replicates
    return f1, f2


def _at_least(number: int, least: int) -> None:
    if number < least:
        raise ScienceError(f"至少要有 {least} 个，现有 {number} 个", f"at least {least} are needed, there are {number}")
