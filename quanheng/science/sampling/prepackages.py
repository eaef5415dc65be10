"""Net content of prepackaged goods: one inspection lot judged by its sample.

Sources: JJF 1070-2023 and 定量包装商品计量监督管理办法 (SAMR Order 70, in force since 2023-06-01): annex 3 tolerable
deficiency, annex 4 sampling; OIML R 87:2016. What the rule prints decides; the exact factor stands beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Final

from quanheng.science.arrays import DataRefused, column
from quanheng.science.sampling.tables import rows
from quanheng.science.special import student_t_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Row:
    """Lots above ``over`` and up to ``most``: sample size, printed factor, how many may fall short by T to 2T."""

    over: int
    most: float
    n: int | None  # None: the whole lot
    factor: float | None  # None: no test of the mean
    allowed: int


_CONFIDENCE: Final = 0.995


def _number(text: str) -> float:
    return float(text) if text else math.inf


#: The rules by name, each with its rows in the order of lots.
RULES: Final = {
    rule: tuple(
        Row(int(row["lot_over"]), _number(row["lot_up_to"]), int(row["n"]) if row["n"] else None,
            float(row["factor"]) if row["factor"] else None, int(row["allowed"]))
        for row in rows("prepackage_samples")
        if row["rule"] == rule
    )
    for rule in ("jjf1070", "oimlr87")
}  # fmt: skip
_UNITS: Final = {"g": (1, "mass"), "kg": (1000, "mass"), "mL": (1, "volume"), "L": (1000, "volume")}
_OTHERS: Final = {"m": "length", "m²": "area", "m2": "area", "件": "count", "1": "count"}
UNITS: Final = (*_UNITS, *_OTHERS)


@dataclass(frozen=True)
class NetContent:
    """The verdict on a lot, in the unit of the nominal quantity.

    ``limit`` is the least mean, ``t`` the tolerable deficiency T; ``t1_count`` items fall short by more than T and at
    most 2T, ``t2_count`` by more than 2T. ``factor`` is the printed λ (None: no test of the mean), ``exact_factor`` the
    one that t₀.₉₉₅ (n − 1)/√n gives. ``reasons``: "mean", "t1", "t2" for what the lot was rejected for.
    """

    n: int
    mean: float
    s: float
    factor: float | None
    exact_factor: float | None
    limit: float | None
    t: float
    t1_count: int
    t2_count: int
    allowed: int
    verdict: str
    reasons: tuple[str, ...]


def sample_row(lot: int, rule: str = "jjf1070") -> Row:
    """The row of a rule's table for a lot of so many packages. Raises DataRefused.

    >>> sample_row(1000).n, sample_row(1000, "oimlr87").factor
    (80, 0.295)
    """
    if lot < 1:
        raise DataRefused("批量须大于 0", "a lot has at least one package", "lot")
    if rule not in RULES:
        raise DataRefused(f"规则只能是 {'、'.join(RULES)}", f"the rule must be one of {', '.join(RULES)}", "rule")
    for row in RULES[rule]:
        if row.over < lot <= row.most:
            return row
    least = RULES[rule][0].over + 1
    raise DataRefused(
        f"该规则自批量 {least} 起适用；更小的批请用 jjf1070",
        f"this rule is for lots of {least} packages and more; take jjf1070 for smaller ones",
        "lot",
    )


def tolerable_deficiency(nominal: float, unit: str) -> float:
    """T of annex 3 for a nominal quantity, in its own unit; 0 where none is allowed. Raises DataRefused.

    Mass and volume: rounded to 0.1 g or mL up to 1 kg or L, to 1 above. Length 2 % above 5 m, area 3 %, count 1 % above
    50, rounded up.

    >>> tolerable_deficiency(500, "g"), tolerable_deficiency(0.75, "kg"), tolerable_deficiency(51, "件")
    (15.0, 0.015, 1.0)
    """
    if not nominal > 0 or not math.isfinite(nominal):
        raise DataRefused("标注净含量须大于 0", "the nominal quantity must be above 0", "nominal")
    amount = Decimal(repr(float(nominal)))
    if unit in _OTHERS:
        kind = _OTHERS[unit]
        if kind == "length":
            return float(amount * 2 / 100) if amount > 5 else 0.0
        if kind == "area":
            return float(amount * 3 / 100)
        return float((amount / 100).to_integral_value(ROUND_CEILING)) if amount > 50 else 0.0
    if unit not in _UNITS:
        raise DataRefused(f"单位只能是 {'、'.join(UNITS)}", f"the unit must be one of {', '.join(UNITS)}", "unit")
    scale = _UNITS[unit][0]
    small = amount * scale
    for row in rows("prepackage_deficiency"):
        if small <= Decimal(row["qn_up_to"]):
            t = Decimal(row["value"]) if row["kind"] == "amount" else small * Decimal(row["value"]) / 100
            rounded = t.quantize(Decimal("0.1") if small <= 1000 else Decimal(1), ROUND_HALF_EVEN)
            return float(rounded / scale)
    raise DataRefused(
        "标注净含量超过 50 kg（L），不适用允许短缺量表",
        "a nominal quantity above 50 kg or L is beyond the table of tolerable deficiencies",
        "nominal",
    )


def net_content(nominal: float, unit: str, lot: int, x: ArrayLike, rule: str = "jjf1070") -> NetContent:
    """Judge a lot of ``lot`` packages by the contents ``x`` of its sample, in the unit of ``nominal``.

    Accepted where the mean is at least Q − λ s and no more fall short than annex 4 allows. Raises DataRefused, also
    where the sample is not as large as the rule asks; ``rule`` is "jjf1070" or "oimlr87".

    >>> x = [498.2, 501.0, 499.5, 497.8, 500.4, 496.9, 499.9, 500.8, 498.7, 499.1]
    >>> found = net_content(500, "g", 50, x)
    >>> round(found.mean, 3), round(found.s, 5), round(found.limit, 5), found.verdict
    (499.23, 1.34664, 498.61565, 'accepted')
    """
    contents, row = column(x, "x"), sample_row(lot, rule)
    wanted = lot if row.n is None else row.n
    if len(contents) != wanted:
        raise DataRefused(
            f"批量 {lot} 应抽 {wanted} 件，现有 {len(contents)} 件的结果",
            f"a lot of {lot} needs a sample of {wanted}; there are {len(contents)} results",
            "x",
        )
    t = tolerable_deficiency(nominal, unit)
    mean = float(contents.mean())
    s = float(contents.std(ddof=1)) if wanted > 1 else 0.0
    exact = student_t_quantile(_CONFIDENCE, wanted - 1) / math.sqrt(wanted) if row.factor is not None else None
    limit = nominal - row.factor * s if row.factor is not None else None
    # In decimals, as the scale showed them: 485.0 is short of 500 by 15 and not by more.
    short = [Decimal(repr(float(nominal))) - Decimal(repr(float(one))) for one in contents]
    bound = Decimal(repr(t))
    t2_count = sum(one > 2 * bound for one in short)
    t1_count = sum(one > bound for one in short) - t2_count
    slack = 1e-12 * abs(nominal)
    reasons = (
        *(("mean",) if limit is not None and mean < limit - slack else ()),
        *(("t1",) if t1_count > row.allowed else ()),
        *(("t2",) if t2_count else ()),
    )
    return NetContent(
        wanted, mean, s, row.factor, exact, limit, t, t1_count, t2_count, row.allowed,
        "rejected" if reasons else "accepted", reasons,
    )  # fmt: skip
