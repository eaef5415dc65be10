"""Robust location and scale of the results of a round."""

from __future__ import annotations

from typing import Any

from quanheng.science.task import Task, array, choice, integer, number, record

_METHODS = ("algorithm_a", "q_hampel", "median_made", "median_niqr")
_TAKES = record(
    {
        "x": array(number(), "Results, one for each laboratory"),
        "method": choice(*_METHODS, about="Estimator (ISO 13528, Annex C)", default="algorithm_a"),
    },
    needs=("x",),
)
_GIVES = record(
    {
        "location": number("Robust mean, in the unit of the results"),
        "scale": number("Robust standard deviation, in the unit of the results"),
        "iterations": integer("Steps until nothing moved any more; 0 where the estimator has none"),
    }
)


def _run(data: dict[str, Any]) -> dict[str, Any]:
    from quanheng.science.interlab.robust import METHODS

    return METHODS[data.get("method", "algorithm_a")](data["x"])._asdict()


TASK = Task(
    "robust",
    "稳健统计",
    "robust mean and standard deviation",
    "ISO 13528:2022, Annex C",
    _TAKES,
    _GIVES,
    {"x": [24.14, 20.155, 19.5, 20.3, 20.705, 17.57, 20.1, 20.94, 21.185], "method": "algorithm_a"},
    _run,
)
