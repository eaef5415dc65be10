"""Repeatability and reproducibility of a method."""

from __future__ import annotations

from typing import Any

from quanheng.science.task import Schema, Task, array, number, optional, record, text

_NAME: Schema = {"type": ["string", "number"], "maxLength": 60}
_TAKES = record(
    {
        "data": array(
            record({"lab": _NAME, "level": _NAME, "value": number()}, needs=("lab", "value")),
            "One record for each measurement",
            least=4,
        ),
    },
    needs=("data",),
)
_LIMITS = {"limit5": optional(number("5 %")), "limit1": optional(number("1 %"))}
_GIVES = record(
    {
        "levels": array(
            record(
                {
                    "level": text(),
                    "labs": number(),
                    "results": number(),
                    "mean": number(),
                    "s_r": number("Repeatability standard deviation"),
                    "s_L": number("Between-laboratory standard deviation"),
                    "s_R": number("Reproducibility standard deviation"),
                    "cochran": optional(record({"statistic": number(), "lab": text(), **_LIMITS})),
                    "grubbs": optional(
                        record({"low": number(), "low_lab": text(), "high": number(), "high_lab": text(), **_LIMITS})
                    ),
                    "h": {"type": "object", "description": "Mandel's h by laboratory"},
                    "k": {"type": "object", "description": "Mandel's k by laboratory"},
                    "h_limit5": optional(number()),
                    "k_limit5": optional(number()),
                }
            )
        )
    }
)


def _run(data: dict[str, Any]) -> dict[str, Any]:
    from quanheng.science.interlab.precision import precision

    rows = ((str(row["lab"]), str(row.get("level", "1")), row["value"]) for row in data["data"])
    levels = []
    for found in precision(rows):
        told = dict(vars(found))
        mandel = told.pop("mandel")
        levels.append({**told, "h": {one.lab: one.h for one in mandel}, "k": {one.lab: one.k for one in mandel}})
    return {"levels": levels}


TASK = Task(
    "precision",
    "方法精密度",
    "repeatability and reproducibility",
    "ISO 5725-2:2019",
    _TAKES,
    _GIVES,
    {
        "data": [
            {"lab": lab, "level": "1", "value": value}
            for lab, values in {
                "1": (4.44, 4.39), "2": (4.03, 4.23), "3": (3.70, 3.70), "4": (4.10, 4.10), "5": (3.97, 4.04),
                "6": (3.75, 4.03), "7": (3.70, 3.80), "8": (3.91, 3.90), "9": (4.02, 4.07),
            }.items()
            for value in values
        ]
    },
    _run,
)  # fmt: skip
