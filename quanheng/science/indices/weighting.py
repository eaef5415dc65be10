"""Weights of indicators: agreed, judged, or read from the data.

Sources: T. L. Saaty, J. Math. Psychol. 15 (1977) 234 (AHP); D. Diakoulaki et al., Comput. Oper. Res. 22 (1995) 763
(CRITIC); C. E. Shannon's entropy as weight: M. Zeleny, Multiple Criteria Decision Making (1982); OECD/JRC handbook,
step 6 (budget allocation).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from quanheng.science.arrays import DataRefused, table

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from quanheng.science.arrays import Floats

#: Saaty's random index by the size of the matrix: what careless judgements score on average.
RANDOM_INDEX: Final = (0.0, 0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
#: Judgements with a consistency ratio beyond this should be revised.
CONSISTENT: Final = 0.1


class Judged(NamedTuple):
    """Weights from pairwise judgements, the largest eigenvalue, and the consistency ratio (NaN beyond the table)."""

    weights: Floats
    eigenvalue: float
    ratio: float


def equal(count: int) -> Floats:
    """The same for all."""
    return np.full(count, 1 / count)


def entropy(values: Floats) -> Floats:
    """More for indicators that tell units apart more; ``values`` not negative, units × indicators. Raises DataRefused.

    >>> entropy(np.array([[1.0, 5.0], [9.0, 5.0]])).tolist()
    [1.0, 0.0]
    """
    if (values < 0).any():
        raise DataRefused(
            "熵权法要求值不为负，请先标准化", "entropy weights need values that are not negative", "steps"
        )
    total = values.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(total > 0, values / total, 1 / len(values))
        terms = np.where(share > 0, share * np.log(share), 0.0)
    apart = 1 + terms.sum(axis=0) / np.log(len(values)) if len(values) > 1 else np.zeros(values.shape[1])
    return _shares(np.maximum(apart, 0.0))


def critic(values: Floats) -> Floats:
    """More for indicators that vary and that say what the others do not (contrast × conflict).

    >>> critic(np.array([[0.0, 0.0, 1.0], [1.0, 1.0, 0.0], [0.5, 0.5, 1.0]])).round(3).tolist()
    [0.232, 0.232, 0.536]
    """
    spread = values.std(axis=0, ddof=1) if len(values) > 1 else np.zeros(values.shape[1])
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation: Floats = np.nan_to_num(np.atleast_2d(np.corrcoef(values, rowvar=False)))
    np.fill_diagonal(correlation, 1.0)
    conflict = (1 - correlation).sum(axis=0) if values.shape[1] > 1 else np.ones(1)
    return _shares(spread * conflict)


def ahp(judgements: ArrayLike) -> Judged:
    """Weights from how many times more important each is than each other one, by the principal eigenvector.

    Raises DataRefused where the matrix is not reciprocal.

    >>> found = ahp([[1, 3, 5], [1 / 3, 1, 3], [1 / 5, 1 / 3, 1]])
    >>> found.weights.round(3).tolist(), round(found.ratio, 3)
    ([0.637, 0.258, 0.105], 0.033)
    """
    a = table(judgements, "judgements")
    n = len(a)
    if a.shape != (n, n) or (a <= 0).any():
        raise DataRefused("判断矩阵须为方阵且各值大于 0", "judgements must be a square of values above 0", "judgements")
    if not np.allclose(a * a.T, 1, rtol=0.02):
        place = np.unravel_index(int(abs(np.log(a * a.T)).argmax()), a.shape)
        raise DataRefused(
            f"判断矩阵第 {place[0] + 1} 行第 {place[1] + 1} 列与其倒数不符",
            f"row {place[0] + 1}, column {place[1] + 1} is not the reciprocal of its counterpart",
            "judgements",
        )
    values, vectors = np.linalg.eig(a)
    first = int(values.real.argmax())
    largest = float(values[first].real)
    weights = abs(vectors[:, first].real)
    index = (largest - n) / (n - 1) if n > 1 else 0.0
    random = RANDOM_INDEX[n] if n < len(RANDOM_INDEX) else float("nan")
    return Judged(weights / weights.sum(), largest, index / random if random else 0.0)


def budget(points: ArrayLike) -> Floats:
    """The mean share of each indicator in the points that experts (rows) dealt out. Raises DataRefused.

    >>> budget([[60, 40], [50, 50]]).tolist()
    [0.55, 0.45]
    """
    dealt = table(points, "points")
    if (dealt < 0).any() or (dealt.sum(axis=1) <= 0).any():
        raise DataRefused("每位专家的分数不能为负且合计大于 0", "points must not be negative, nor all zero", "points")
    shares: Floats = (dealt / dealt.sum(axis=1, keepdims=True)).mean(axis=0)
    return shares


def _shares(raw: Floats) -> Floats:
    total = float(raw.sum())
    return raw / total if total > 0 else equal(len(raw))
