"""A composite index: scores, ranks, and how firm they are."""

from __future__ import annotations

from typing import Any

from quanheng.science.task import Schema, Task, TaskRefused, array, choice, integer, number, optional, record, text

_NAMES: Schema = array(text(), most=500)
_TAKES = record(
    {
        "units": array(text(), "What is compared: cities, firms", least=2, most=5000),
        "indicators": array(
            record(
                {
                    "name": text(),
                    "values": array(optional(number()), "One for each unit; null: not known", most=5000),
                    "direction": choice("more", "less", about="Which is better", default="more"),
                    "weight": number("Weight within its group", minimum=0),
                },
                needs=("name", "values"),
            ),
            most=500,
        ),
        "tree": array(
            record(
                {
                    "name": text(),
                    "parts": _NAMES,
                    "weights": array(number(minimum=0), most=500),
                    "aggregate": choice("arithmetic", "partial", "geometric", "harmonic"),
                },
                needs=("name", "parts"),
            ),
            "Groups of indicators or of other groups; the one that is part of no other is the index",
            least=0,
            most=200,
        ),
        "steps": record(
            {
                "impute": choice("none", "mean", "median", default="median"),
                "outliers": choice("none", "treat", default="none"),
                "normalise": choice("minmax", "zscore", "rank", "target", "none", default="minmax"),
                "range": array(number(), "Lowest and highest of minmax and rank; 0 and 100", least=2, most=2),
                "weights": choice("given", "equal", "entropy", "critic", default="given"),
                "aggregate": choice(
                    "arithmetic", "partial", "geometric", "harmonic", "topsis", "benefit_of_the_doubt",
                    default="arithmetic",
                ),
                "trials": integer("Random weightings; 0: none", maximum=20_000, default=1000),
                "spread": number("How far each weight varies, as a share", minimum=0, exclusiveMaximum=1, default=0.25),
                "sobol": integer("Trials of the sensitivity analysis; 0: none", maximum=5000, default=0),
                "seed": integer(default=1),
            }
        ),
    },
    needs=("units", "indicators"),
)  # fmt: skip
_GIVES = record(
    {
        "scores": array(number(), "One for each unit"),
        "ranks": array(integer(minimum=1), "1 is the best"),
        "groups": {"type": "object", "description": "Scores of each group by name"},
        "weights": {"type": "object", "description": "Weight of each indicator within its group"},
        "treated": {"type": "object", "description": "What was done about outliers, by indicator"},
        "stability": optional(
            record(
                {
                    "median": array(number()), "low": array(number("5 %")), "high": array(number("95 %")),
                    "kept": array(number("Share of weightings that kept the rank")),
                }
            )
        ),
        "sensitivity": {"type": "object", "description": "Sobol indices of the mean shift of rank: first, total"},
    }
)  # fmt: skip


def _run(data: dict[str, Any]) -> dict[str, Any]:
    import numpy as np

    from quanheng.science.indices import aggregating, firmness, preparing, weighting

    units, indicators, steps = data["units"], data["indicators"], data.get("steps", {})
    names = [one["name"] for one in indicators]
    _distinct(units, "units")
    _distinct(names, "indicators")
    for at, one in enumerate(indicators):
        if len(one["values"]) != len(units):
            place = f"indicators.{at}.values"
            raise TaskRefused(f"“{place}”须与单位一一对应", f"'{place}' must have a value for each unit", place)
    raw = preparing.matrix([[np.nan if one is None else one for one in each["values"]] for each in indicators]).T
    values = preparing.impute(raw, steps.get("impute", "median"))
    treated = {}
    if steps.get("outliers") == "treat":
        columns = [preparing.treat(column) for column in values.T]
        values = np.stack([one.values for one in columns], axis=1)
        treated = {name: one.treatment for name, one in zip(names, columns, strict=True) if one.treatment}
    directions = np.array([-1.0 if one.get("direction") == "less" else 1.0 for one in indicators])
    method = steps.get("aggregate", "arithmetic")
    lowest = 1.0 if method in ("geometric", "harmonic") or _of_products(data) else 0.0
    low, high = steps.get("range", (lowest, 100.0))
    scaled = preparing.normalise(values, directions, steps.get("normalise", "minmax"), (low, high))
    rule = steps.get("weights", "given")
    given = [float(one.get("weight", 1)) for one in indicators]
    if rule == "given":
        weights = given
    elif rule == "equal":
        weights = [1.0] * len(names)
    else:
        weights = list((weighting.entropy if rule == "entropy" else weighting.critic)(scaled))
    told: dict[str, Any] = {
        "treated": treated, "weights": dict(zip(names, weights, strict=True)), "groups": {}, "stability": None,
        "sensitivity": {},
    }  # fmt: skip
    if method in ("topsis", "benefit_of_the_doubt"):
        if data.get("tree"):
            raise TaskRefused("此合成方法不用分组", "this method has no groups", "tree")
        if method == "topsis":
            scores = aggregating.topsis(values, np.array(weights), directions)
        else:
            scores = aggregating.benefit_of_the_doubt(scaled)
        return {"scores": scores, "ranks": aggregating.ranks(scores), **told}
    tree = _tree(data.get("tree", ()), names, weights, method)
    found = aggregating.aggregate(scaled, tree)
    ranked = aggregating.ranks(found.total)
    told["groups"] = found.groups
    spread, seed = steps.get("spread", 0.25), steps.get("seed", 1)
    if trials := steps.get("trials", 1000):
        _affordable(len(units) * len(aggregating.weights_of(tree)) * trials, "steps.trials")
        told["stability"] = firmness.vary_weights(scaled, tree, ranked, trials, spread, seed)._asdict()
    if trials := steps.get("sobol", 0):
        count = len(aggregating.weights_of(tree))
        _affordable(len(units) * count * trials * (count + 2), "steps.sobol")
        shown = {f"#{at}": name for at, name in enumerate(names)}
        found_shares = firmness.rank_shift_sensitivity(scaled, tree, ranked, spread, trials, seed)
        told["sensitivity"] = {
            f"{group}/{shown.get(part, part)}": shares
            for (group, part), shares in zip(aggregating.weights_of(tree), found_shares.values(), strict=True)
        }
    return {"scores": found.total, "ranks": ranked, **told}


def _of_products(data: dict[str, Any]) -> bool:
    return any(one.get("aggregate") in ("geometric", "harmonic") for one in data.get("tree", ()))


def _affordable(work: int, place: str) -> None:
    if work > 200_000_000:
        raise TaskRefused("计算量过大，请减少次数", "this would take too long; take fewer trials", place)


def _distinct(names: list[str], place: str) -> None:
    if len(set(names)) != len(names):
        twice = next(one for one in names if names.count(one) > 1)
        raise TaskRefused(f"“{twice}”出现两次", f"'{twice}' stands there twice", place)


def _tree(groups: list[dict[str, Any]], names: list[str], weights: list[float], method: str) -> Any:
    """The groups as a tree with each indicator once. Raises TaskRefused."""
    from quanheng.science.indices.aggregating import Group, flat

    if not groups:
        return flat("index", weights, method)
    known = {one["name"]: one for one in groups}
    column = {name: at for at, name in enumerate(names)}
    _distinct([*known, *names] if len(known) == len(groups) else [one["name"] for one in groups], "tree")
    parts = [part for one in groups for part in one["parts"]]
    for part in parts:
        if part not in known and part not in column:
            raise TaskRefused(f"没有“{part}”这个指标或分组", f"there is no indicator or group '{part}'", "tree")
    _distinct(parts, "tree")
    tops = [name for name in known if name not in set(parts)]
    if len(tops) != 1 or set(column) - set(parts):
        raise TaskRefused(
            "分组须合成一个指数，且包含全部指标",
            "the groups must come together in one index and hold all indicators",
            "tree",
        )

    def grown(name: str) -> Group:
        one = known[name]
        own = [weights[column[part]] if part in column else 1.0 for part in one["parts"]]
        given = one.get("weights", own)
        if len(given) != len(own):
            raise TaskRefused(f"“{name}”的权重须与各部分一一对应", f"'{name}' needs a weight for each part", "tree")
        inner = tuple(column[part] if part in column else grown(part) for part in one["parts"])
        return Group(name, inner, tuple(given), one.get("aggregate", method))

    try:
        return grown(tops[0])
    except RecursionError as error:
        raise TaskRefused("分组层次过深", "the groups are nested too deeply", "tree") from error


TASK = Task(
    "index",
    "综合指数",
    "composite index",
    "OECD/JRC, Handbook on Constructing Composite Indicators (2008)",
    _TAKES,
    _GIVES,
    {
        "units": ["甲市", "乙市", "丙市", "丁市"],
        "indicators": [
            {"name": "抽查合格率", "values": [92.1, 95.0, 90.3, None]},
            {"name": "检测机构数", "values": [40, 61, 33, 20]},
            {"name": "投诉率", "values": [3.1, 2.2, 4.0, 2.9], "direction": "less"},
        ],
        "tree": [
            {"name": "质量", "parts": ["抽查合格率", "投诉率"]},
            {"name": "指数", "parts": ["质量", "检测机构数"], "weights": [2, 1]},
        ],
        "steps": {"aggregate": "arithmetic", "trials": 200},
    },
    _run,
)
