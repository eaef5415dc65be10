"""Sampling plans for inspection by attributes, lot by lot.

Source: ISO 2859-1:1999 + Amd 1:2011 (GB/T 2828.1-2012): tables 1, 2-A, 2-B, 3-A, 3-B and 9.3 (switching). The master
tables follow a rule: sample sizes and AQLs are steps of one scale, and the acceptance number depends only on the sum
of both steps. Single plans equal the printed tables cell by cell. The acceptance numbers of double plans are
unconfirmed: they wait to be compared with the text. Reduced inspection differs between editions and waits for it too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from quanheng.science.arrays import DataRefused
from quanheng.science.sampling.tables import rows

Inspection = Literal["normal", "tightened"]
LETTERS: Final = "ABCDEFGHJKLMNPQR"
SIZES: Final = (2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250, 2000, 3150)
#: Percent nonconforming, or nonconformities per hundred items (the only sense of those above 10).
AQLS: Final = (
    0.010, 0.015, 0.025, 0.040, 0.065, 0.10, 0.15, 0.25, 0.40, 0.65, 1.0, 1.5, 2.5,
    4.0, 6.5, 10, 15, 25, 40, 65, 100, 150, 250, 400, 650, 1000,
)  # fmt: skip
_LETTER_ROWS: Final = rows("iso2859_letters")
_LOTS: Final = tuple(int(row["lot_up_to"]) for row in _LETTER_ROWS[:-1])
LEVELS: Final = {name: "".join(row[name] for row in _LETTER_ROWS) for name in list(_LETTER_ROWS[0])[1:]}


@dataclass(frozen=True)
class _Run:
    """Acceptance numbers along the sum of steps: 0 at ``zero``, the others from ``first`` on."""

    zero: int
    first: int
    numbers: tuple[int, ...]
    small: int  # the last of these stand only with samples up to this letter
    back: tuple[int, ...]  # sums from which the arrow points up, to the zero

    def number(self, letter: int, total: int) -> int | None:
        """The acceptance number in a cell; None where there is an arrow."""
        if total == self.zero:
            return 0
        at = total - self.first
        if not 0 <= at < len(self.numbers):
            return None
        return self.numbers[at] if at < len(self.numbers) - 2 or letter <= self.small else None


def _run(inspection: str, back: tuple[int, ...]) -> _Run:
    cells = [row for row in rows("iso2859_numbers") if row["inspection"] == inspection]
    zero, *others = cells
    small = LETTERS.index(cells[-1]["up_to_letter"])
    return _Run(int(zero["sum"]), int(others[0]["sum"]), tuple(int(one["ac"]) for one in others), small, back)


_RUNS: Final[dict[str, _Run]] = {"normal": _run("normal", (15,)), "tightened": _run("tightened", ())}
#: Acceptance and rejection numbers of the first and both samples, by the acceptance number of the single plan.
_DOUBLE: Final[dict[int, tuple[tuple[int, int], tuple[int, int]]]] = {
    int(row["single_ac"]): ((int(row["ac1"]), int(row["ac2"])), (int(row["re1"]), int(row["re2"])))
    for row in rows("iso2859_double")
}


@dataclass(frozen=True)
class Plan:
    """Sample sizes with acceptance and rejection numbers, cumulated over the samples; one of each for a single plan.

    ``letter`` is the sample size code letter of the lot, ``used`` the one whose plan the arrows lead to ("S" is the
    seventeenth size). ``everything`` says that the sample is as large as the lot, so that each item is inspected.
    """

    letter: str
    used: str
    n: tuple[int, ...]
    ac: tuple[int, ...]
    re: tuple[int, ...]
    everything: bool = False


def code_letter(lot: int, level: str = "II") -> str:
    """The sample size code letter of a lot, table 1. Raises DataRefused.

    >>> code_letter(1000), code_letter(1000, "S-2")
    ('J', 'C')
    """
    if level not in LEVELS:
        raise DataRefused(
            f"没有检验水平“{level}”，可选：{'、'.join(LEVELS)}",
            f"there is no inspection level '{level}'; there are {', '.join(LEVELS)}",
            "level",
        )
    if lot < 2:
        raise DataRefused("批量至少为 2，单件请逐件检验", "a lot has at least 2 items; inspect a single one", "lot")
    return LEVELS[level][sum(lot > most for most in _LOTS)]


def single_plan(lot: int, level: str, aql: float, inspection: Inspection = "normal") -> Plan:
    """The single sampling plan of a lot, tables 2-A and 2-B with their arrows. Raises DataRefused.

    >>> plan = single_plan(1000, "II", 1.0)
    >>> plan.letter, plan.n, plan.ac, plan.re
    ('J', (80,), (2,), (3,))
    """
    letter = code_letter(lot, level)
    at, number = _cell(LETTERS.index(letter), _step(aql), inspection)
    size = min(SIZES[at], lot)
    return Plan(letter, _name(at), (size,), (number,), (number + 1,), everything=size == lot)


def double_plan(lot: int, level: str, aql: float, inspection: Inspection = "normal") -> Plan:
    """The double sampling plan of a lot, tables 3-A and 3-B; the single one where no double plan exists.

    >>> plan = double_plan(1000, "II", 1.0)
    >>> plan.n, plan.ac, plan.re
    ((50, 50), (0, 3), (3, 4))
    """
    letter = code_letter(lot, level)
    at, number = _cell(LETTERS.index(letter), _step(aql), inspection)
    if number not in _DOUBLE or at == 0 or 2 * SIZES[at - 1] > lot:
        return single_plan(lot, level, aql, inspection)
    accept, reject = _DOUBLE[number]
    return Plan(letter, _name(at), (SIZES[at - 1],) * 2, accept, reject)


def _cell(letter: int, step: int, inspection: Inspection) -> tuple[int, int]:
    """Which size and acceptance number the cell or its arrow leads to."""
    if inspection not in _RUNS:
        raise DataRefused(
            "“inspection”只能是 normal（正常）或 tightened（加严）；放宽检验各版本标准不同，暂不提供",
            "'inspection' must be normal or tightened; reduced inspection differs between editions and is not offered",
            "inspection",
        )
    run = _RUNS[inspection]
    if inspection == "tightened" and (letter, AQLS[step]) == (0, 10):
        return 3, 1  # the one cell that does not follow the rule: no sample of 2 with acceptance number 0
    sizes = len(SIZES) if inspection == "tightened" else len(LETTERS)
    total = letter + step
    down = range(letter, sizes)
    up = range(letter, -1, -1)
    after = total >= run.first + len(run.numbers) or (total > run.zero and run.number(letter, total) is None)
    upwards = total in run.back or (after and total not in (run.zero + 1, run.zero + 2))
    for way in (up, down) if upwards else (down, up):
        for at in way:
            number = run.number(at, at + step)
            if number is not None:
                return at, number
    raise AssertionError("every column has a plan")


def _step(aql: float) -> int:
    for step, one in enumerate(AQLS):
        if abs(aql - one) <= 1e-9 * one:
            return step
    listed = ", ".join(f"{one:g}" for one in AQLS)
    raise DataRefused(f"AQL 只能取标准中的数值：{listed}", f"an AQL must be one of the standard's: {listed}", "aql")


def _name(at: int) -> str:
    return (LETTERS + "S")[at]


# --- switching ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lot:
    """The outcome of one lot on original inspection.

    ``tighter``: whether it would have been accepted at the AQL one step tighter (asked where ``ac`` is 2 or more); of a
    double plan: whether the first sample accepted it.
    """

    accepted: bool
    ac: int = 0
    tighter: bool = False


@dataclass(frozen=True)
class Standing:
    """What is to be done with the next lot: "normal", "tightened", "reduced" or "discontinued"."""

    inspection: str = "normal"
    score: int = 0
    recent: tuple[bool, ...] = ()
    rejected: int = 0


#: 9.3: reduced from this switching score on; tightened after two rejected of five; stopped after five on tightened.
ENOUGH_SCORE, FEW, TOO_MANY, STOP = 30, 5, 2, 5


def after(lots: Iterable[Lot], standing: Standing | None = None) -> Standing:
    """Apply the switching rules, 9.3.1 to 9.3.4 and 9.4, to one lot after the other.

    >>> after([Lot(True), Lot(False), Lot(True), Lot(False)]).inspection
    'tightened'
    >>> after([Lot(True)] * 15).inspection
    'reduced'
    """
    now = standing or Standing()
    for lot in lots:
        now = _switched(now, lot)
    return now


def _switched(now: Standing, lot: Lot) -> Standing:
    if now.inspection == "discontinued":
        return now
    recent = (*now.recent, lot.accepted)[-FEW:]
    if now.inspection == "reduced":
        return Standing("reduced") if lot.accepted else Standing("normal")
    if now.inspection == "tightened":
        if len(recent) == FEW and all(recent):
            return Standing()
        rejected = now.rejected + (not lot.accepted)
        return Standing("discontinued" if rejected >= STOP else "tightened", 0, recent, rejected)
    if recent.count(False) >= TOO_MANY:
        return Standing("tightened")
    earned = 0 if not lot.accepted else (3 if lot.tighter else 0) if lot.ac >= 2 else 2
    score = now.score + earned if earned else 0
    return Standing("reduced") if score >= ENOUGH_SCORE else Standing("normal", score, recent)
