"""What a sampling plan accepts, and how often."""

from __future__ import annotations

from typing import Any

from quanheng.science.task import Schema, Task, TaskRefused, array, choice, integer, number, record

_NUMBERS: Schema = {
    "type": ["integer", "array"], "items": {"type": "integer", "minimum": 0, "maximum": 100_000},
    "minItems": 1, "maxItems": 7, "minimum": 0, "maximum": 100_000,
}  # fmt: skip
_TAKES = record(
    {
        "plan": record(
            {
                "n": {**_NUMBERS, "description": "Sample size, or one for each sample"},
                "ac": {**_NUMBERS, "description": "Acceptance number, cumulated over samples"},
                "re": {**_NUMBERS, "description": "Rejection number; ac + 1 for a single plan"},
                "distribution": choice("binomial", "poisson", "hypergeometric", default="binomial"),
                "lot": integer("Lot size (hypergeometric)", minimum=1, maximum=1_000_000),
                "k": number("Acceptability constant: a plan by variables instead of ac and re"),
                "sigma": choice("known", "unknown", default="unknown"),
            },
            needs=("n",),
        ),
        "p": {
            **array(number(minimum=0), most=1000),
            "type": ["number", "array"], "minimum": 0,
            "description": "Share nonconforming, or a list",
        },
    },
    needs=("plan", "p"),
)  # fmt: skip
_GIVES = record(
    {
        "pa": {
            "type": ["number", "array"],
            "items": {"type": "number"},
            "description": "Probability of acceptance; a list where p is one",
        }
    }
)


def _run(data: dict[str, Any]) -> dict[str, Any]:
    from quanheng.science.sampling.curves import MOST_TERMS, accepts, accepts_variables, terms

    plan, p = data["plan"], data["p"]
    shares = p if isinstance(p, list) else [p]
    if "k" in plan:
        if isinstance(plan["n"], list):
            raise TaskRefused("计量方案只有一个样本", "a plan by variables has one sample", "plan.n")
        known = plan.get("sigma") == "known"
        found = [accepts_variables(one, plan["n"], plan["k"], known=known) for one in shares]
    else:
        if "ac" not in plan:
            raise TaskRefused("缺少“plan.ac”，请补上", "'plan.ac' is missing; add it", "plan.ac")
        n, ac = _listed(plan["n"]), _listed(plan["ac"])
        if "re" not in plan and len(n) > 1:
            raise TaskRefused("多次抽样须给出“plan.re”", "several samples need 'plan.re'", "plan.re")
        re = _listed(plan.get("re", ac[-1] + 1))
        distribution = plan.get("distribution", "binomial")
        if len(shares) * terms(ac, re, distribution) > MOST_TERMS:
            raise TaskRefused(
                "方案太大，点数太多；请减少“p”的个数或减小接收数",
                "too large a plan for so many points; give fewer 'p' or smaller acceptance numbers",
                "p",
            )
        found = [accepts(one, n, ac, re, distribution, plan.get("lot")) for one in shares]
    return {"pa": found if isinstance(p, list) else found[0]}


def _listed(value: int | list[int]) -> list[int]:
    return value if isinstance(value, list) else [value]


TASK = Task(
    "oc",
    "抽样特性曲线",
    "operating characteristic of a sampling plan",
    "ISO 2859-1:1999, 12; ISO 3951-1",
    _TAKES,
    _GIVES,
    {"plan": {"n": 80, "ac": 2, "re": 3}, "p": [0.01, 0.03, 0.065]},
    _run,
)
