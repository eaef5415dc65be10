"""The interval until the next calibration, by one of six methods."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from quanheng.science.calibration.intervals import adjust_by_reliability, by_use, staircase
from quanheng.science.task import Task, TaskRefused, array, choice, integer, number, optional, record

#: What each method cannot do without.
NEEDS = {
    "a3": ("in_tolerance", "tested", "interval", "target"),
    "s2": ("times", "tested", "in_tolerance", "target"),
    "variables": ("times", "changes", "u0"),
    "staircase": ("interval", "errors", "mpe"),
    "control_chart": ("times", "values"),
    "in_use": ("limit", "log"),
}
_COUNT = {"type": ["integer", "array"], "minimum": 0, "maximum": 10**6, "maxItems": 60}
_TAKES = record(
    {
        "method": choice(
            *NEEDS,
            "A3",
            "S2",
            about="a3, s2, variables: NCSLI RP-1; staircase, control_chart, in_use: ILAC-G24 / OIML D 10. "
            + "; ".join(f"{name} needs {', '.join(keys)}" for name, keys in NEEDS.items()),
        ),
        "interval": number("The interval so far", above=0),
        "target": number("Reliability to be kept: the share in tolerance", above=0, exclusiveMaximum=1, maximum=1),
        "tested": {
            **_COUNT,
            "items": integer(minimum=1, maximum=10**6),
            "description": "Calibrations; s2: at each time",
        },
        "in_tolerance": {
            **_COUNT,
            "items": integer(maximum=10**6),
            "description": "Those found in tolerance; s2: at each time",
        },
        "significance": number("a3: confidence from which the interval is changed (0.5)", minimum=0, maximum=1),
        "most_change": number("a3: the greatest factor of change (2)", above=1, maximum=100),
        "times": array(number(minimum=0), "Times since calibration; control_chart: of the calibrations", most=10_000),
        "changes": array(number(), "variables: changes since calibration, at each time", most=10_000),
        "values": array(number(), "control_chart: values found, at each time", most=10_000),
        "u0": number("variables: standard uncertainty just after calibration", minimum=0),
        "y0": number("variables: value just after calibration (0)"),
        "degree": integer("variables: degree of the drift", minimum=1, maximum=3, default=1),
        "u": number("control_chart: standard uncertainty that the scatter does not show (0)", minimum=0),
        "u_target": number("variables: greatest standard uncertainty", above=0),
        "lower": optional(number("variables, control_chart: lower limit; null: none")),
        "upper": optional(number("variables, control_chart: upper limit; null: none")),
        "coverage": number("variables, control_chart: of the predicted value (0.9)", above=0, exclusiveMaximum=1),
        "errors": array(number(), "staircase: errors as found", most=10_000),
        "mpe": number("staircase: maximum permissible error", above=0),
        "within": number("staircase: share of it up to which the interval grows (0.8)", above=0, maximum=1),
        "longer": number("staircase: factor when it grows (1.5)", minimum=1, maximum=10),
        "shorter": number("staircase: factor when it shrinks (0.5)", above=0, maximum=1),
        "limit": number("in_use: use that is allowed, in the unit of the counter", above=0),
        "log": array(array(number(), least=2, most=2), "in_use: [time, reading of the counter]", least=2, most=10_000),
        "longest": optional(number("The longest interval; null: none", above=0)),
    },
    needs=("method",),
)
_GIVES = record(
    {
        "interval": number("In the unit of the times given"),
        "confidence": optional(
            number("a3: with which the target is rejected; s2: of the bounds; variables, control_chart: coverage")
        ),
        "low": optional(number("a3: lower bound of the reliability; s2: of the interval")),
        "high": optional(number("a3: upper bound of the reliability; s2: of the interval; null: none")),
        "details": {"type": "object", "description": "What the method found besides"},
    }
)


def _run(data: dict[str, Any]) -> dict[str, Any]:
    method = data["method"].lower()
    for key in NEEDS[method]:
        if key not in data:
            raise TaskRefused(f"方法 {method} 缺少“{key}”，请补上", f"the method {method} needs '{key}'; add it", key)
    for key in ("tested", "in_tolerance"):
        if key in data and isinstance(data[key], list) != (method == "s2"):
            raise TaskRefused(
                f"“{key}”在方法 s2 中是列表，在 a3 中是一个整数",
                f"'{key}' is a list for the method s2 and one whole number for a3",
                key,
            )
    return _METHODS[method](data)


def _given(data: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: data[key] for key in keys if data.get(key) is not None}


def _a3(data: dict[str, Any]) -> dict[str, Any]:
    found = adjust_by_reliability(
        data["in_tolerance"], data["tested"], data["interval"], data["target"],
        **_given(data, "significance", "most_change", "longest"),
    )  # fmt: skip
    details = {"observed": found.observed, "range_confidence": found.range_confidence, "changed": found.changed}
    return _answer(found.interval, found.confidence, found.low, found.high, details)


def _s2(data: dict[str, Any]) -> dict[str, Any]:
    from quanheng.science.calibration.reliability import by_reliability

    found = by_reliability(
        data["times"], data["tested"], data["in_tolerance"], data["target"], **_given(data, "longest")
    )
    details = {"model": found.model, "fits": found.fits}
    return _answer(found.interval, found.confidence, found.low, found.high, details)


def _variables(data: dict[str, Any]) -> dict[str, Any]:
    from quanheng.science.calibration.drift import by_drift

    found = by_drift(
        data["times"], data["changes"], data["u0"],
        **_given(data, "y0", "degree", "u_target", "lower", "upper", "coverage", "longest"),
    )  # fmt: skip
    return _answer(found.interval, None if "u_target" in data else data.get("coverage", 0.9), None, None, vars(found))


def _control_chart(data: dict[str, Any]) -> dict[str, Any]:
    from quanheng.science.calibration.drift import by_control_chart

    found = by_control_chart(
        data["times"], data["values"], **_given(data, "lower", "upper", "coverage", "u", "longest")
    )
    return _answer(found.interval, data.get("coverage", 0.9), None, None, vars(found))


def _staircase(data: dict[str, Any]) -> dict[str, Any]:
    found = staircase(
        data["interval"], data["errors"], data["mpe"], **_given(data, "within", "longer", "shorter", "longest")
    )
    return _answer(found, None, None, None, {"worst": max(map(abs, data["errors"])) / data["mpe"]})


def _in_use(data: dict[str, Any]) -> dict[str, Any]:
    found = by_use(data["limit"], [(time, reading) for time, reading in data["log"]])
    return _answer(min(found, data.get("longest") or math.inf), None, None, None, {})


def _answer(
    interval: float, confidence: float | None, low: float | None, high: float | None, details: dict[str, Any]
) -> dict[str, Any]:
    return {"interval": interval, "confidence": confidence, "low": low, "high": high, "details": details}


_METHODS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "a3": _a3,
    "s2": _s2,
    "variables": _variables,
    "staircase": _staircase,
    "control_chart": _control_chart,
    "in_use": _in_use,
}

TASK = Task(
    "interval",
    "校准间隔",
    "interval between calibrations",
    "NCSLI RP-1 (2010), A3, S2, variables; ILAC-G24:2022 / OIML D 10:2022, 7",
    _TAKES,
    _GIVES,
    {"method": "a3", "in_tolerance": 15, "tested": 20, "interval": 365, "target": 0.95},
    _run,
)
