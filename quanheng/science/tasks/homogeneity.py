"""Whether the items of a proficiency test are alike enough."""

from __future__ import annotations

from typing import Any

from quanheng.science.task import Task, array, boolean, integer, number, record

_TAKES = record(
    {
        "data": array(array(number(), least=2, most=100), "Items × replicates", least=2, most=10_000),
        "sigma_pt": number("Standard deviation for proficiency assessment", above=0),
    },
    needs=("data", "sigma_pt"),
)
_GIVES = record(
    {
        "mean": number(),
        "s_x": number("Standard deviation of the items' means"),
        "s_w": number("Within-item standard deviation"),
        "s_s": number("Between-item standard deviation"),
        "criterion": number("0.3 σ_pt"),
        "expanded": number("The limit that allows for few items and rough repeatability"),
        "adequate": boolean("s_s does not exceed the criterion"),
        "adequate_expanded": boolean("s_s does not exceed the expanded limit"),
        "cochran": number("Largest share of one item's variance"),
        "cochran_limit": number("What chance explains of it at 5 %"),
        "cochran_item": integer("The item that has it, counted from 0"),
    }
)


def _run(data: dict[str, Any]) -> dict[str, Any]:
    from quanheng.science.interlab.homogeneity import homogeneity

    return homogeneity(data["data"], data["sigma_pt"])._asdict()


TASK = Task(
    "homogeneity",
    "均匀性检验",
    "homogeneity of proficiency test items",
    "ISO 13528:2022, B.2 and B.3",
    _TAKES,
    _GIVES,
    {
        "data": [
            [10.5, 10.4], [9.6, 9.5], [10.4, 9.9], [9.5, 9.9], [10.0, 9.7], [9.6, 10.1],
            [9.8, 10.4], [9.8, 10.2], [10.8, 10.7], [10.2, 10.0], [9.8, 9.5], [10.2, 10.0],
        ],
        "sigma_pt": 1.14,
    },
    _run,
)  # fmt: skip
