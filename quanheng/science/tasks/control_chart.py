"""Whether a series stays as it was: Shewhart's chart with the tests for assignable causes, CUSUM, EWMA."""

from __future__ import annotations

from typing import Any

from quanheng.science.task import Task, TaskRefused, array, choice, integer, number, optional, record, text

_RULES = (
    "one_beyond_3s", "two_of_three_beyond_2s", "four_of_five_beyond_1s", "nine_on_one_side", "six_rising_or_falling",
    "fourteen_alternating", "fifteen_within_1s", "eight_outside_1s", "cusum", "ewma",
)  # fmt: skip
#: d2 of moving ranges of two (ISO 7870-2:2013, table 2).
_D2 = 1.128
_TAKES = record(
    {
        "values": array(number(), "Individual values in their order", least=2, most=10_000),
        "method": choice("shewhart", "cusum", "ewma", default="shewhart"),
        "centre": optional(number("Centre line; without it the mean of the values")),
        "sigma": optional(number("Standard deviation; without it the mean moving range by 1.128", above=0)),
        "reference": number("cusum: half the shift to find, in sigma (0.5)", minimum=0, maximum=10),
        "decision_interval": number("cusum: in sigma (5)", above=0, maximum=100),
        "weight": number("ewma: of the newest value (0.2)", above=0, maximum=1),
        "reach": number("ewma: limits in sigma (3)", above=0, maximum=100),
    },
    needs=("values",),
)
_GIVES = record(
    {
        "centre": number(),
        "sigma": number(),
        "breaks": array(
            record({"place": integer(minimum=1), "rule": choice(*_RULES)}),
            "Places from 1, and what was broken",
            least=0,
        ),
        "line": array(number(), "ewma: the average; cusum: the sum upwards, in sigma", least=0),
        "below": array(number(), "cusum: the sum downwards, in sigma; ewma: the lower limit", least=0),
        "above": array(number(), "ewma: the upper limit", least=0),
        "note": optional(text("estimated: centre or sigma come from the values themselves")),
    }
)


def _run(data: dict[str, Any]) -> dict[str, Any]:
    import numpy as np

    from quanheng.science.signals.control import cusum, ewma, shewhart

    x = np.array(data["values"], dtype=float)
    centre, sigma = data.get("centre"), data.get("sigma")
    note = "estimated" if centre is None or sigma is None else None
    centre = float(x.mean()) if centre is None else centre
    sigma = float(np.abs(np.diff(x)).mean() / _D2) if sigma is None else sigma
    if not sigma > 0:
        raise TaskRefused("各值相同，估不出标准差，请给出 sigma", "the values are all equal; give sigma", "sigma")
    told: dict[str, Any] = {"centre": centre, "sigma": sigma, "line": (), "below": (), "above": (), "note": note}
    method = data.get("method", "shewhart")
    if method == "cusum":
        more = {"reference": data.get("reference", 0.5), "interval": data.get("decision_interval", 5.0)}
        sums = cusum(x, centre, sigma, **more)
        return {**told, "line": sums.high, "below": sums.low, "breaks": _alarms(sums.alarms, method)}
    if method == "ewma":
        found = ewma(x, centre, sigma, weight=data.get("weight", 0.2), reach=data.get("reach", 3.0))
        breaks = _alarms(found.alarms, method)
        return {**told, "line": found.average, "below": found.lower, "above": found.upper, "breaks": breaks}
    return {**told, "breaks": [{"place": one.place + 1, "rule": one.rule} for one in shewhart(x, centre, sigma)]}


def _alarms(places: Any, rule: str) -> list[dict[str, Any]]:
    return [{"place": int(one) + 1, "rule": rule} for one in places]


TASK = Task(
    "control_chart",
    "控制图",
    "control chart",
    "ISO 7870-2:2013 (GB/T 17989.2); ISO 7870-4 (CUSUM); ISO 7870-6 (EWMA)",
    _TAKES,
    _GIVES,
    {
        "values": [
            10.0, 10.2, 9.9, 10.1, 9.8, 10.0, 10.1, 9.9, 10.2, 10.0, 10.3, 10.4, 10.3, 10.5, 10.4, 10.6, 10.5, 10.9,
        ],
        "centre": 10.0,
        "sigma": 0.15,
    },
    _run,
)  # fmt: skip
