"""Which products and events are reported together more often than chance explains."""

from __future__ import annotations

from typing import Any

from quanheng.science.task import (
    Schema,
    Task,
    TaskRefused,
    array,
    boolean,
    choice,
    integer,
    number,
    optional,
    record,
    text,
)

_CELL: Schema = {"type": ["string", "integer"], "maxLength": 300}
_TAKES = record(
    {
        "rows": array(
            array(_CELL, least=3, most=20),
            "Each row: report, product, event; what follows is not read, but for a stratum in the fourth place. "
            "On the command line also the path of a CSV file with these columns",
            most=200_000,
        ),
        "stratified": boolean("Expected counts are made within strata, named in the fourth place of each row"),
        "min_n": integer("Only pairs with so many reports are told; all are counted", minimum=1, default=1),
        "truncation": choice(
            "component", "marginal", about="How the likelihood allows for pairs never reported", default="component"
        ),
    },
    needs=("rows",),
)
_RATIO = optional(number("Null: infinite, or not defined"))
_GIVES = record(
    {
        "reports": integer("Distinct reports"),
        "hyperparameters": record(
            {"alpha1": number(), "beta1": number(), "alpha2": number(), "beta2": number(), "p": number()},
            about="The prior of n/e: two gamma distributions, the first with the share p",
        ),
        "loglik": number("ln of the likelihood at the hyperparameters"),
        "truncation": choice("component", "marginal"),
        "pairs": array(
            record(
                {
                    "product": text(longest=300),
                    "event": text(longest=300),
                    "n": integer("Reports"),
                    "e": number("Expected by chance"),
                    "prr": _RATIO,
                    "chi2": _RATIO,
                    "ror": _RATIO,
                    "ror_low": _RATIO,
                    "ic": number(),
                    "ic025": number(),
                    "ebgm": number("Geometric mean of the shrunk ratio"),
                    "eb05": number(),
                    "eb95": number(),
                }
            ),
            "The highest EB05 first",
            least=0,
            most=200_000,
        ),
    }
)


def _run(data: dict[str, Any]) -> dict[str, Any]:
    import numpy as np

    from quanheng.science.signals.counting import count
    from quanheng.science.signals.disproportionality import ratios
    from quanheng.science.signals.shrinkage import fit, shrink

    rows, strata = data["rows"], None
    if data.get("stratified"):
        short = next((at for at, row in enumerate(rows) if len(row) < 4), None)
        if short is not None:
            place = f"rows.{short}"
            raise TaskRefused(f"“{place}”没有第四项（分层）", f"'{place}' has no stratum in the fourth place", place)
        strata = [str(row[3]) for row in rows]
    truncation = data.get("truncation", "component")
    # Report 7 and report "7" are one: spreadsheets do not keep the difference.
    counts = count([(str(report), product, event) for report, product, event, *_more in rows], strata)
    prior = fit(counts, truncation)
    shrunk, found = shrink(counts, prior), ratios(counts)
    columns = {"e": counts.e, **found._asdict(), **vars(shrunk)}
    del columns["rrr"]
    kept = np.flatnonzero(counts.n >= data.get("min_n", 1))
    kept = kept[np.argsort(-shrunk.eb05[kept], kind="stable")]
    listed = {name: values[kept].tolist() for name, values in columns.items()}
    pairs = [
        {"product": counts.product[at], "event": counts.event[at], "n": int(counts.n[at]),
         **{name: values[place] for name, values in listed.items()}}
        for place, at in enumerate(kept.tolist())
    ]  # fmt: skip
    *hyperparameters, minus = prior
    names = ("alpha1", "beta1", "alpha2", "beta2", "p")
    return {
        "reports": counts.total,
        "hyperparameters": dict(zip(names, hyperparameters, strict=True)),
        "loglik": -minus,
        "truncation": truncation,
        "pairs": pairs,
    }


TASK = Task(
    "signals",
    "信号检测",
    "signals among reports",
    "DuMouchel 1999 (GPS); Evans 2001 (PRR); Rothman 2004 (ROR); Norén 2013 (IC)",
    _TAKES,
    _GIVES,
    {
        "rows": [
            [1, "充电器甲", "起火"], [2, "充电器甲", "起火"], [3, "充电器甲", "起火"], [4, "充电器甲", "触电"],
            [5, "充电器乙", "触电"], [6, "充电器乙", "外壳破损"], [7, "充电器丙", "外壳破损"], [8, "充电器丙", "触电"],
            [9, "插座丁", "外壳破损"], [10, "插座丁", "起火"], [11, "插座丁", "触电"], [12, "插座戊", "外壳破损"],
        ],
        "min_n": 1,
    },
    _run,
)  # fmt: skip
