"""A draw that anybody can repeat."""

from __future__ import annotations

from typing import Any

from quanheng.science.task import Schema, Task, array, choice, integer, record, text

_SOURCE: Schema = {
    "type": ["integer", "array", "string"], "minimum": 0, "items": {"type": "integer", "minimum": 0},
    "minItems": 1, "maxItems": 1000, "minLength": 1, "maxLength": 2000,
}  # fmt: skip
_TAKES = record(
    {
        "sources": array(_SOURCE, "Public numbers (lottery, beacon): one number, several, or a text each", most=100),
        "pool": integer("Length of the published list", minimum=1, maximum=10_000_000),
        "picks": integer("How many to draw", minimum=0, maximum=100_000),
        "method": choice("rfc3797", "sha256", default="rfc3797"),
        "weights": array(integer(), "Chances of each place of the list (sha256); 0: never"),
    },
    needs=("sources", "pool", "picks"),
)
_GIVES = record(
    {
        "method": text(),
        "key": text("The key string that the sources give", longest=100_000),
        "pool": integer(),
        "picks": array(integer(minimum=1), "Places of the list, from 1, in the order drawn", least=0),
        "hashes": array(text("Hexadecimal"), "The hash behind each pick", least=0),
    }
)


def _run(data: dict[str, Any]) -> dict[str, Any]:
    from quanheng.science.arrays import DataRefused
    from quanheng.science.sampling.draw import draw, draw_weighted

    sources, pool, picks = data["sources"], data["pool"], data["picks"]
    if "weights" not in data:
        return vars(draw(sources, pool, picks, data.get("method", "rfc3797")))
    if data.get("method", "sha256") != "sha256" or len(data["weights"]) != pool:
        raise DataRefused(
            "加权抽取用 sha256，且每个位置须有一个权重",
            "a weighted draw takes sha256 and a weight for each place of the list",
            "weights",
        )
    return vars(draw_weighted(sources, data["weights"], picks))


TASK = Task(
    "draw",
    "可验证随机抽取",
    "verifiable random draw",
    "RFC 3797",
    _TAKES,
    _GIVES,
    {
        "sources": [9319, [2, 5, 12, 8, 10], [9, 18, 26, 34, 41, 45]],
        "pool": 25,
        "picks": 10,
        "method": "rfc3797",
    },
    _run,
)
