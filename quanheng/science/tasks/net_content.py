"""Net content of a lot of prepackaged goods."""

from __future__ import annotations

from typing import Any

from quanheng.science.task import Task, array, choice, integer, number, optional, record, text

_TAKES = record(
    {
        "nominal": number("Nominal quantity", above=0),
        "unit": choice("g", "kg", "mL", "L", "m", "m²", "m2", "件", "1", about="Its unit; 件 or 1: a count"),
        "lot": integer("Packages in the lot", minimum=1),
        "x": array(number(minimum=0), "Actual contents of the sample, in the same unit", most=10_000),
        "rule": choice("jjf1070", "oimlr87", default="jjf1070"),
    },
    needs=("nominal", "unit", "lot", "x"),
)
_GIVES = record(
    {
        "n": integer("Sample size"),
        "mean": number(),
        "s": number("Standard deviation (n − 1)"),
        "factor": optional(number("λ as printed; null: no test of the mean")),
        "exact_factor": optional(number("t₀.₉₉₅ (n − 1)/√n")),
        "limit": optional(number("The least mean")),
        "t": number("Tolerable deficiency T"),
        "t1_count": integer("Short by more than T, at most 2T"),
        "t2_count": integer("Short by more than 2T"),
        "allowed": integer("How many may be short by T to 2T"),
        "verdict": choice("accepted", "rejected"),
        "reasons": array(text("mean, t1 or t2"), "What the lot was rejected for", least=0),
    }
)


def _run(data: dict[str, Any]) -> dict[str, Any]:
    from quanheng.science.sampling.prepackages import net_content

    return vars(net_content(data["nominal"], data["unit"], data["lot"], data["x"], data.get("rule", "jjf1070")))


TASK = Task(
    "net_content",
    "定量包装商品净含量",
    "net content of prepackages",
    "JJF 1070-2023; SAMR Order 70 (2023), annexes 3 and 4; OIML R 87:2016",
    _TAKES,
    _GIVES,
    {
        "nominal": 500,
        "unit": "g",
        "lot": 50,
        "x": [498.2, 501.0, 499.5, 497.8, 500.4, 496.9, 499.9, 500.8, 498.7, 499.1],
    },
    _run,
)
