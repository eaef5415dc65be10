"""A statement of conformity for one measured value, with the risks that it carries."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from quanheng.science.task import Task, TaskRefused, choice, number, optional, record
from quanheng.science.uncertainty.conformity import nonconformity_probability
from quanheng.science.uncertainty.decision import RULES

_TAKES = record(
    {
        "value": number("The measured value"),
        "u": number("Its standard uncertainty", minimum=0),
        "lower": optional(number("Lower tolerance limit; null: none")),
        "upper": optional(number("Upper tolerance limit; null: none")),
        "rule": choice(*RULES, about="Decision rule (ILAC-G8:09/2019)", default="simple"),
        "k": number("Coverage factor of the U in guard bands", above=0, maximum=10),
    },
    needs=("value", "u"),
)
_GIVES = record(
    {
        "p_conform": number("Probability of conformity"),
        "acceptance_lower": optional(number("Lower acceptance limit; null: none")),
        "acceptance_upper": optional(number("Upper acceptance limit; null: none")),
        "decision": choice("pass", "conditional_pass", "conditional_fail", "fail"),
        "consumer_risk": number("Probability that the decision accepts what does not conform"),
        "producer_risk": number("Probability that the decision rejects what conforms"),
    }
)


def _run(data: dict[str, Any]) -> dict[str, Any]:
    value, u = float(data["value"]), float(data["u"])
    lower, upper = data.get("lower"), data.get("upper")
    if lower is None and upper is None:
        raise TaskRefused("没有限值，请给出 lower 或 upper", "there is no limit; give lower or upper", "upper")
    rule = RULES[data.get("rule", "simple")]
    band = float(rule.r * Decimal(repr(u)) * Decimal(repr(data.get("k", 2))))
    low = -math.inf if lower is None else float(lower)
    high = math.inf if upper is None else float(upper)
    if low > high:
        raise TaskRefused("下限大于上限，请核对", "the lower limit exceeds the upper one; check them", "lower")

    def within(w: float) -> bool:
        return low + w <= value <= high - w

    if within(band):
        decision = "pass"
    elif rule.binary:
        decision = "fail"
    else:
        decision = "conditional_pass" if within(0) else "conditional_fail" if within(-band) else "fail"
    outside = nonconformity_probability(value, u, low, high)
    accepted = decision in ("pass", "conditional_pass")
    return {
        "p_conform": 1 - outside,
        "acceptance_lower": low + band,
        "acceptance_upper": high - band,
        "decision": decision,
        "consumer_risk": outside if accepted else 0.0,
        "producer_risk": 0.0 if accepted else 1 - outside,
    }


TASK = Task(
    "decision",
    "符合性判定",
    "statement of conformity",
    "JCGM 106:2012, 7 to 9; ILAC-G8:09/2019, 4.2",
    _TAKES,
    _GIVES,
    {"value": 13.6, "u": 1.8, "lower": 12.5, "upper": 16.3, "rule": "simple"},
    _run,
)
