"""Correlated inputs: the matrix of correlations, proved possible by its Cholesky factor.

Source: JCGM 100:2008, 5.2; JCGM 101:2008, 6.4.8 and C.5.

>>> found = correlated(("a", "b", "c"), [("a", "b", 0.5)])
>>> found.groups
((0, 1),)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from quanheng.science.errors import ScienceError

#: Pivots below this are rounding: the matrix is as good as singular.
SINGULAR = 1e-12


class CorrelationRefused(ScienceError):
    """Correlations that no quantities can have, or that say that one quantity is another."""


@dataclass(frozen=True)
class Correlations:
    """Correlations of inputs; ``groups`` are the inputs (by place) that hang together, each with its ``factors``:
    the lower Cholesky factor of its correlation matrix, row by row."""

    matrix: tuple[tuple[float, ...], ...]
    groups: tuple[tuple[int, ...], ...]
    factors: tuple[tuple[tuple[float, ...], ...], ...]


NONE = Correlations((), (), ())


def correlated(names: Sequence[str], given: Sequence[tuple[str, str, float]]) -> Correlations:
    """The correlations r(a, b) of named inputs; those not given are 0.

    Raises CorrelationRefused for an unknown name, a pair given twice or with itself, |r| > 1, a matrix that is not
    positive definite: impossible, or singular.
    """
    if not given:
        return NONE
    place = {name: at for at, name in enumerate(names)}
    matrix = [[1.0 if i == j else 0.0 for j in range(len(names))] for i in range(len(names))]
    seen = set()
    for row, (first, second, r) in enumerate(given):
        where = f"correlations.{row}"
        for name in (first, second):
            if name not in place:
                raise CorrelationRefused(
                    f"没有输入量“{name}”，请核对名称", f"there is no input '{name}'; check the name", where
                )
        i, j = place[first], place[second]
        if i == j or (i, j) in seen:
            raise CorrelationRefused(
                f"“{first}”与“{second}”：每两个不同的输入量只能给一个相关系数",
                f"'{first}' and '{second}': give one coefficient for each two different inputs", where,
            )  # fmt: skip
        if not -1 <= r <= 1:
            raise CorrelationRefused(
                "相关系数须在 −1 与 1 之间", "a correlation coefficient must lie between -1 and 1", where
            )
        seen |= {(i, j), (j, i)}
        matrix[i][j] = matrix[j][i] = float(r)
    groups = _groups(matrix)
    factors = tuple(
        _cholesky([[matrix[i][j] for j in group] for i in group], [names[i] for i in group]) for group in groups
    )
    return Correlations(tuple(map(tuple, matrix)), groups, factors)


def _groups(matrix: list[list[float]]) -> tuple[tuple[int, ...], ...]:
    """Inputs that hang together by correlations that are not 0; single ones are left out."""
    left, found = set(range(len(matrix))), []
    while left:
        group, new = set(), {min(left)}
        while new:
            group |= new
            new = {j for i in new for j, r in enumerate(matrix[i]) if r} - group
        left -= group
        if len(group) > 1:
            found.append(tuple(sorted(group)))
    return tuple(found)


def _cholesky(matrix: list[list[float]], names: Sequence[str]) -> tuple[tuple[float, ...], ...]:
    rows: list[list[float]] = []
    for i, line in enumerate(matrix):
        row: list[float] = []
        for j in range(i):
            row.append((line[j] - math.fsum(row[k] * rows[j][k] for k in range(j))) / rows[j][j])
        pivot = line[i] - math.fsum(one * one for one in row)
        if pivot < SINGULAR:
            raise _impossible(pivot, names, i)
        row.append(math.sqrt(pivot))
        rows.append(row)
    return tuple(map(tuple, rows))


def _impossible(pivot: float, names: Sequence[str], at: int) -> CorrelationRefused:
    shown = ", ".join(names[: at + 1][:8])
    if pivot < -SINGULAR:
        return CorrelationRefused(
            f"{shown} 的相关系数互相矛盾（矩阵不正定），没有这样的量；请核对，特别是“{names[at]}”的系数",
            f"the correlations of {shown} contradict each other (the matrix is not positive definite); check them, "
            f"those of '{names[at]}' first",
            "correlations",
        )
    return CorrelationRefused(
        f"{shown} 的相关矩阵是奇异的：“{names[at]}”完全由其他量决定；请在模型中用其他量表示它",
        f"the correlation matrix of {shown} is singular: '{names[at]}' is determined by the others; write it in the "
        "model as a function of them",
        "correlations",
    )


def correlations_of_means(readings: Any) -> Any:
    """Correlation matrix (n, n) of the means of n quantities that were read together m times.

    ``readings`` has shape (n, m): JCGM 100, 5.2.3 and H.2. A quantity that did not scatter correlates with none.

    >>> float(correlations_of_means([[1, 2, 3], [2, 4, 6.6]])[0, 1].round(6))
    0.997176
    """
    import numpy as np

    values = np.asarray(readings, float)
    if values.ndim != 2 or values.shape[1] < 2 or not np.isfinite(values).all():
        raise CorrelationRefused(
            "请给出 n 个量各 m ≥ 2 个有限读数", "give m ≥ 2 finite readings of each of n quantities", "readings"
        )
    away = values - values.mean(1, keepdims=True)
    size = np.sqrt((away**2).sum(1))
    size[size == 0] = np.inf
    found = (away @ away.T) / np.outer(size, size)
    np.fill_diagonal(found, 1.0)
    return found
