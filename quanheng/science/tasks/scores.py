"""Performance scores of one result or of all results of a round."""

from __future__ import annotations

from typing import Any

from quanheng.science.task import Schema, Task, TaskRefused, array, number, record

_SCORE: Schema = {
    "type": ["number", "null", "array"],
    "items": {"type": ["number", "null"]},
    "description": "Null where the score divides by zero; a list where x is one",
}


def _one_or_many(about: str, **limits: Any) -> Schema:
    many = array(number(**limits))
    return {**number(about, **limits), **many, "type": ["number", "array"], "description": about}


_TAKES = record(
    {
        "x": _one_or_many("The result, or a list of results"),
        "u": _one_or_many("Standard uncertainty of each result; 0: none stated", minimum=0),
        "assigned": number("Assigned value"),
        "u_assigned": number("Its standard uncertainty", minimum=0),
        "sigma_pt": number("Standard deviation for proficiency assessment", above=0),
    },
    needs=("x", "assigned", "sigma_pt"),
)
_GIVES = record({"z": _SCORE, "z_prime": _SCORE, "zeta": _SCORE, "en": _SCORE})


def _run(data: dict[str, Any]) -> dict[str, Any]:
    from quanheng.science.interlab.scores import scores

    x, u = data["x"], data.get("u", 0)
    single = not isinstance(x, list)
    results = [x] if single else x
    uncertainties = u if isinstance(u, list) else [u] * len(results)
    if single and isinstance(u, list):
        raise TaskRefused("“x”是一个数时“u”也须是一个数", "where 'x' is one number, 'u' must be one too", "u")
    found = scores(results, uncertainties, data["assigned"], data.get("u_assigned", 0), data["sigma_pt"])
    return {name: float(one[0]) if single else one for name, one in found._asdict().items()}


TASK = Task(
    "scores",
    "能力验证评分",
    "performance scores",
    "ISO 13528:2022, 9.4 to 9.7",
    _TAKES,
    _GIVES,
    {"x": 10.12, "u": 0.04, "assigned": 10.0, "u_assigned": 0.03, "sigma_pt": 0.05},
    _run,
)
