"""The sampling plan of a lot, inspected by attributes."""

from __future__ import annotations

from typing import Any

from quanheng.science.task import Task, array, boolean, choice, integer, number, record, text

_MANY = {"type": ["integer", "array"], "items": {"type": "integer"}}
_TAKES = record(
    {
        "lot": integer("Lot size", minimum=2),
        "level": choice("S-1", "S-2", "S-3", "S-4", "I", "II", "III", about="Inspection level", default="II"),
        "aql": number("Acceptance quality limit in percent, one of the standard's", above=0),
        "inspection": choice("normal", "tightened", default="normal"),
        "plan": choice("single", "double", default="single"),
    },
    needs=("lot", "aql"),
)
_GIVES = record(
    {
        "letter": text("Sample size code letter of the lot"),
        "used": text("Code letter of the plan that the arrows lead to"),
        "n": {**_MANY, "description": "Sample size; two for a double plan"},
        "ac": {**_MANY, "description": "Acceptance number"},
        "re": {**_MANY, "description": "Rejection number"},
        "everything": boolean("The sample is the whole lot: inspect each item"),
        "oc": array(record({"p": number(), "pa": number()}), "Probability of acceptance by share nonconforming"),
    }
)


def _run(data: dict[str, Any]) -> dict[str, Any]:
    from quanheng.science.sampling.acceptance import double_plan, single_plan
    from quanheng.science.sampling.curves import accepts

    of = double_plan if data.get("plan") == "double" else single_plan
    found = of(data["lot"], data.get("level", "II"), data["aql"], data.get("inspection", "normal"))
    told = dict(vars(found))
    if len(found.n) == 1:
        told |= {name: told[name][0] for name in ("n", "ac", "re")}
    middle = (found.ac[0] + 0.7) / found.n[0]
    # An AQL above 10 counts nonconformities per hundred items, of which one item may have several.
    by_item = data["aql"] <= 10
    shares = [middle * step / 8 for step in range(33)]
    told["oc"] = [
        {"p": p, "pa": accepts(p, found.n, found.ac, found.re, "binomial" if by_item else "poisson")}
        for p in ([min(1.0, one) for one in shares] if by_item else shares)
    ]
    return told


TASK = Task(
    "acceptance_plan",
    "计数抽样方案",
    "acceptance sampling plan",
    "ISO 2859-1:1999 (GB/T 2828.1-2012), tables 1 to 3",
    _TAKES,
    _GIVES,
    {"lot": 1000, "level": "II", "aql": 1.0, "inspection": "normal"},
    _run,
)
