"""The level of a product's risk from its severity and probability, and whether it would survive another look.

Source: Commission Implementing Decision (EU) 2019/417 (Safety Gate guidelines), part III: a matrix of severity and
probability and a sensitivity step. The matrix is data: another rule (GB/T 22760-2020) is another one. Of the one that
stands here one cell was compared with a published example; the others are unconfirmed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from quanheng.science.arrays import DataRefused


@dataclass(frozen=True)
class Matrix:
    """Levels by probability class (rows, the likeliest first, each with the bound above which it lies) and severity."""

    name: str
    source: str
    confidence: str
    bounds: tuple[float, ...]
    rows: tuple[str, ...]
    levels: dict[str, str]

    def row(self, probability: float) -> int:
        """The class of a probability."""
        return next((at for at, bound in enumerate(self.bounds) if probability > bound), len(self.bounds))


SAFETY_GATE: Final = Matrix(
    "safety-gate",
    "Commission Implementing Decision (EU) 2019/417, annex, part III, table 4",
    "unconfirmed",
    (0.5, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6),
    ("HSSS", "MSSS", "MSSS", "LHSS", "LMHS", "LLMH", "LLLM", "LLLL"),
    {"S": "serious", "H": "high", "M": "medium", "L": "low"},
)


@dataclass(frozen=True)
class Risk:
    """The level of a scenario, and the levels that one step up or down of probability or severity would give."""

    level: str
    probability: float
    class_of_probability: int
    neighbours: tuple[str, ...]

    @property
    def robust(self) -> bool:
        """Whether no single step changes the level."""
        return set(self.neighbours) == {self.level}


def assess(steps: Sequence[float], severity: int, matrix: Matrix = SAFETY_GATE) -> Risk:
    """The risk of an injury scenario whose steps have these probabilities, with severity 1 to 4. Raises DataRefused.

    >>> assess([1, 1 / 50, 1 / 10], 1).level
    'low'
    """
    if not steps or any(not 0 <= one <= 1 for one in steps):
        raise DataRefused("各步概率须在 0 与 1 之间", "the steps' probabilities must lie between 0 and 1", "steps")
    if not 1 <= severity <= len(matrix.rows[0]):
        raise DataRefused("严重程度须为 1 到 4", "the severity must be 1 to 4", "severity")
    probability = 1.0
    for one in steps:
        probability *= one
    row, at = matrix.row(probability), severity - 1

    def level(of_row: int, of_column: int) -> str | None:
        inside = 0 <= of_row < len(matrix.rows) and 0 <= of_column < len(matrix.rows[0])
        return matrix.levels[matrix.rows[of_row][of_column]] if inside else None

    around = (level(row - 1, at), level(row + 1, at), level(row, at - 1), level(row, at + 1))
    own = level(row, at)
    assert own is not None
    return Risk(own, probability, row, tuple(one for one in around if one is not None))
