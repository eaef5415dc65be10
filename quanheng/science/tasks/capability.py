"""Capability of a process, from its mean and standard deviation or from measured items."""

from __future__ import annotations

import math
from typing import Any

from quanheng.science.decisions.capability import capability, capability_of_sample
from quanheng.science.task import Task, TaskRefused, array, integer, number, optional, record

_TAKES = record(
    {
        "values": array(number(), "Measured items; or give mean and sd", least=2, most=100_000),
        "mean": number("Mean of measured values"),
        "sd": number("Standard deviation of measured values", above=0),
        "lower": optional(number("Lower limit; null: none")),
        "upper": optional(number("Upper limit; null: none")),
        "target": optional(number("Target value, for Cpm")),
        "u": number("Standard uncertainty of the measurements, to be taken out (0)", minimum=0),
        "confidence": number("Of the intervals (0.95)", above=0, exclusiveMaximum=1),
    }
)
_INTERVAL = optional(array(number(), least=2, most=2))
_GIVES = record(
    {
        "mean": number(),
        "sd": number("Of the items, without what measuring adds"),
        "cp": optional(number()),
        "cpk": number(),
        "cpm": optional(number()),
        "nonconforming": number("Share out of tolerance, of a normal process"),
        "n": optional(integer()),
        "cp_interval": _INTERVAL,
        "cpk_interval": _INTERVAL,
    }
)


def _run(data: dict[str, Any]) -> dict[str, Any]:
    low = -math.inf if data.get("lower") is None else float(data["lower"])
    high = math.inf if data.get("upper") is None else float(data["upper"])
    more = {"target": data.get("target"), "u": data.get("u", 0.0)}
    if "values" in data:
        if "mean" in data or "sd" in data:
            raise TaskRefused("values 与 mean、sd 只能给一种", "give values, or mean and sd, not both", "values")
        sample = capability_of_sample(data["values"], low, high, confidence=data.get("confidence", 0.95), **more)
        return {
            **vars(sample.estimate),
            "n": sample.n,
            "cp_interval": sample.cp_interval,
            "cpk_interval": sample.cpk_interval,
        }
    for key in ("mean", "sd"):
        if key not in data:
            raise TaskRefused(
                f"缺少“{key}”，请给出 values，或 mean 与 sd", f"'{key}' is missing: give values, or mean and sd", key
            )
    found = capability(data["mean"], data["sd"], low, high, **more)
    return {**vars(found), "n": None, "cp_interval": None, "cpk_interval": None}


TASK = Task(
    "capability",
    "过程能力",
    "process capability",
    "ISO 22514-2:2017, 4",
    _TAKES,
    _GIVES,
    {"values": [9.98, 10.03, 10.01, 9.95, 10.06, 9.99, 10.02, 10.0], "lower": 9.8, "upper": 10.2, "target": 10.0},
    _run,
)
