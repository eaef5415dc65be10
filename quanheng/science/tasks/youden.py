"""Two similar items measured by the same laboratories: what is bias of a laboratory, what is chance."""

from __future__ import annotations

from typing import Any

from quanheng.science.task import Task, array, integer, number, record

_TAKES = record(
    {
        "first": array(number(), "Results of the first item, one for each laboratory", least=3, most=10_000),
        "second": array(number(), "Results of the second item, in the same order", least=3, most=10_000),
        "confidence": number("Of the ellipse (0.95)", above=0, exclusiveMaximum=1),
    },
    needs=("first", "second"),
)
_GIVES = record(
    {
        "centre": array(number(), "Robust means of the two items", least=2, most=2),
        "axes": array(number(), "Half-axes of the ellipse", least=2, most=2),
        "tilt": number("Of the long axis, in radians"),
        "correlation": number("Between the items, far results held back"),
        "outside": array(integer(), "Laboratories beyond the ellipse, counted from 0", least=0),
    }
)


def _run(data: dict[str, Any]) -> dict[str, Any]:
    from quanheng.science.interlab.youden import youden

    return vars(youden(data["first"], data["second"], data.get("confidence", 0.95)))


TASK = Task(
    "youden",
    "尧敦图",
    "Youden plot",
    "ISO 13528:2022, 10.6",
    _TAKES,
    _GIVES,
    {
        "first": [10.1, 9.8, 10.4, 9.9, 10.0, 11.6, 9.6, 10.2, 10.1, 9.7],
        "second": [20.2, 19.7, 20.7, 19.9, 20.1, 22.9, 19.3, 20.4, 20.0, 19.6],
    },
    _run,
)
