"""A reference value from the results of several laboratories, and each one's degree of equivalence."""

from __future__ import annotations

from typing import Any

from quanheng.science.task import Task, TaskRefused, array, choice, integer, number, optional, record

_METHODS = (
    "weighted_mean", "dersimonian_laird", "hartung_knapp", "mandel_paule", "reml", "vangel_rukhin",
    "power_moderated_mean", "largest_consistent_subset", "median", "mean",
)  # fmt: skip
_TAKES = record(
    {
        "x": array(number(), "Results, one for each laboratory", most=10_000),
        "u": array(number(above=0), "Their standard uncertainties", most=10_000),
        "k": number("Coverage factor of the U of the degrees of equivalence", above=0, maximum=100, default=2),
        "method": choice(*_METHODS, default="weighted_mean"),
        "exclude": array(integer(), "Results that the reference value leaves out, counted from 0", least=0),
        "replicates": array(integer(minimum=2), "Replicates behind each u (vangel_rukhin)"),
        "alpha": number("Power of the uncertainties (power_moderated_mean)", minimum=0, maximum=2),
    },
    needs=("x", "u"),
)
_GIVES = record(
    {
        "value": number("Reference value"),
        "u": number("Its standard uncertainty"),
        "tau": number("Standard deviation between laboratories that the estimator adds"),
        "chi2": number("Observed chi-square of the used results about their weighted mean"),
        "p": number("Probability of a larger one by chance"),
        "used": array(integer(), "The results that the value rests on, counted from 0"),
        "weights": array(number(), "Their weights"),
        "interval": optional(array(optional(number()), "95 % interval, where the estimator has one of its own")),
        "doe": array(record({"d": number(), "U": number()}), "Degrees of equivalence of all results"),
    }
)


def _run(data: dict[str, Any]) -> dict[str, Any]:
    import numpy as np

    from quanheng.science.interlab import consensus

    x, u = (np.array(data[name], dtype=float) for name in ("x", "u"))
    for name in ("u", "replicates"):
        if name in data and len(data[name]) != len(x):
            raise TaskRefused(f"“{name}”须与“x”一一对应", f"'{name}' must have a number for each x", name)
    excluded = set(data.get("exclude", ()))
    if wrong := [one for one in excluded if one >= len(x)]:
        raise TaskRefused(f"没有第 {wrong[0]} 个结果（从 0 起数）", f"there is no result {wrong[0]}", "exclude")
    kept = np.array([one for one in range(len(x)) if one not in excluded], dtype=int)
    if not len(kept):
        raise TaskRefused("全部结果都被排除，请至少保留一个", "all results are excluded; keep at least one", "exclude")
    method = data.get("method", "weighted_mean")
    if method == "vangel_rukhin":
        if "replicates" not in data:
            raise TaskRefused("此方法需要“replicates”", "this method needs 'replicates'", "replicates")
        counts = np.array(data["replicates"], dtype=float)
        found = consensus.vangel_rukhin(x[kept], u[kept], counts[kept])
    elif method == "power_moderated_mean":
        found = consensus.power_moderated_mean(x[kept], u[kept], data.get("alpha"))
    else:
        found = consensus.METHODS[method](x[kept], u[kept])
    used = tuple(int(kept[one]) for one in found.used)
    told = {**vars(found), "used": used}
    return {**told, "doe": consensus.equivalence(consensus.Consensus(**told), x, u, data.get("k", 2))}


TASK = Task(
    "consensus",
    "共识值与等效度",
    "reference value and degrees of equivalence",
    "Cox 2002, 2007; DerSimonian-Laird; Mandel-Paule; REML; HKSJ; Vangel-Rukhin; CCRI(II) power-moderated mean",
    _TAKES,
    _GIVES,
    {
        "x": [10.21, 10.9, 10.94, 10.58, 10.81, 9.62, 10.8],
        "u": [0.381, 0.250, 0.130, 0.410, 0.445, 0.196, 0.093],
        "method": "mandel_paule",
    },
    _run,
)
