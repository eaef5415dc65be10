"""Whether results look measured: last digits, rounding, rows that occur twice."""

from __future__ import annotations

from typing import Any

from quanheng.science.task import Task, TaskRefused, array, integer, number, optional, record, text

_TAKES = record(
    {
        "values": array(text(longest=40), "Results as they were written (1.20 ends in 0)", most=100_000),
        "rows": array(array(text(longest=60), most=200), "Rows of results as written, to find copies", most=20_000),
        "least": integer("How many results a row needs to count as a copy (3)", minimum=2, maximum=200),
    }
)
_GIVES = record(
    {
        "digits": array(integer(), "How often 0 … 9 is the last digit", least=0),
        "chi2": optional(number("Of the last digits about equal shares")),
        "p_digits": optional(number("Chance of a larger one")),
        "rounded": optional(integer("Results that end in 0 or 5")),
        "share_rounded": optional(number("Their share; a fifth is expected")),
        "p_rounding": optional(number("Chance of so many or more")),
        "findings": array(text("digits or rounding"), "What remains at a false discovery rate of 1 %", least=0),
        "copies": array(array(integer(minimum=1)), "Rows that are the same, counted from 1", least=0),
    }
)
#: The rate of false findings among findings that is accepted over the tests of one answer.
_RATE = 0.01


def _run(data: dict[str, Any]) -> dict[str, Any]:
    from quanheng.science.forensics.copies import duplicated_rows
    from quanheng.science.forensics.digits import last_digits, rounding
    from quanheng.science.forensics.many import adjusted

    if "values" not in data and "rows" not in data:
        raise TaskRefused("请给出 values 或 rows", "give values or rows", "values")
    told: dict[str, Any] = {
        **dict.fromkeys(("chi2", "p_digits", "rounded", "share_rounded", "p_rounding")),
        "digits": (),
        "findings": [],
        "copies": [],
    }
    if "values" in data:
        digits, rounded = last_digits(data["values"]), rounding(data["values"])
        # Both look at the same digits: the bound that holds for tests that depend on each other.
        both = adjusted([digits.p, rounded.p], dependent=True)
        told |= {
            "digits": digits.counts,
            "chi2": digits.chi2,
            "p_digits": digits.p,
            "rounded": rounded.rounded,
            "share_rounded": rounded.rounded / rounded.total,
            "p_rounding": rounded.p,
            "findings": [name for name, q in zip(("digits", "rounding"), both, strict=True) if q <= _RATE],
        }
    if "rows" in data:
        groups = duplicated_rows(data["rows"], data.get("least", 3))
        told["copies"] = [[place + 1 for place in group] for group in groups]
    return told


TASK = Task(
    "forensics",
    "结果真实性筛查",
    "whether results look measured",
    "Mosimann 2002 (last digits); Benjamini and Yekutieli 2001 (false discovery rate)",
    _TAKES,
    _GIVES,
    {
        "values": [f"{3 + place % 7}.{place * 37 % 100 // 10}{'05'[place % 2]}" for place in range(60)],
        "rows": [["1.02", "3.41", "0.70"], ["0.98", "3.45", "0.72"], ["1.02", "3.41", "0.70"]],
    },
    _run,
)
