"""The toolbox: a measurement from its budget to the statement that rests on it, and a draw that anybody repeats."""

from __future__ import annotations

from quanheng.cli.client import Client
from quanheng.cli.tour import Guide, tour
from quanheng.cli.tours.one_stop import need_true, refused
from quanheng.science.tasks import calculate

BALANCE = {
    "model": "reading + resolution + drift",
    "inputs": {
        "reading": {"readings": [100.012, 100.011, 100.013, 100.012, 100.012], "unit": "g"},
        "resolution": {"value": 0, "half_width": 0.0005, "dist": "rectangular", "unit": "g"},
        "drift": {"value": 0, "u": 0.0004, "unit": "g"},
    },
    "unit": "g",
    "trials": 200_000,
}


@tour("toolbox", zh="工具箱：不懂统计也能算对", en="Toolbox: right without statistics")
def toolbox(guide: Guide) -> None:
    """The whole walk, by a visitor."""
    visitor = guide.client()
    with guide.step(
        zh="不登录：有哪些计算，各依据什么", en="Without an account: what there is, and by which clause"
    ) as facts:
        there = visitor.get("/calc")
        facts[guide.words("计算", "calculations")] = len(there)
        need_true(all(one["source"] and one["example"] for one in there), "a calculation has no source or example")
    value, u = _uncertainty(guide, visitor)
    _decision(guide, visitor, value, u)
    with guide.step(
        zh="误用被拒绝，并指出哪里、怎么改", en="What cannot be is refused, with place and remedy"
    ) as facts:
        wrong = {**BALANCE, "model": "reading + __import__('os')"}
        problem = refused(422, lambda: visitor.post("/calc/uncertainty", wrong))
        facts[problem["errors"][0]["field"]] = problem["errors"][0][f"message_{guide.words('zh', 'en')}"]
    with guide.step(
        zh="随机抽取：本机用同样的公开数字重算，结果相同",
        en="A random draw: repeated here from the same public numbers",
    ) as facts:
        asked = {"sources": [9319, [2, 5, 12, 8, 10], [9, 18, 26, 34, 41, 45]], "pool": 25, "picks": 10}
        drawn = visitor.post("/calc/draw", asked)
        facts[guide.words("抽中", "drawn")] = drawn["picks"]
        need_true(drawn["picks"] == calculate("draw", asked)["picks"], "the draw does not repeat")
        # RFC 3797, section 6: the example of the standard itself.
        need_true(drawn["picks"] == [17, 7, 2, 16, 25, 23, 8, 24, 19, 13], "the draw is not that of RFC 3797")


def _uncertainty(guide: Guide, visitor: Client) -> tuple[float, float]:
    with guide.step(
        zh="五次读数、分辨力和漂移：不确定度一览表", en="Five readings, resolution and drift: the budget"
    ) as facts:
        found = visitor.post("/calc/uncertainty", BALANCE)
        for one in found["budget"]:
            facts[one["name"]] = f"{100 * one['share']:.0f} %"
        facts["y"] = f"{found['value']:.4f} ± {found['U']:.4f} g (k = {found['k']:.2f})"
        need_true(abs(sum(one["share"] for one in found["budget"]) - 1) < 1e-9, "the shares do not add up")
        low, high = found["monte_carlo"]["symmetric"]
        need_true(low < found["value"] < high, "the simulation contradicts the budget")
    return found["value"], found["u"]


def _decision(guide: Guide, visitor: Client, value: float, u: float) -> None:
    with guide.step(zh="允差 100 g ± 15 mg：合格吗，误判多大", en="Tolerance 100 g ± 15 mg: does it pass?") as facts:
        asked = {"value": value, "u": u, "lower": 99.985, "upper": 100.015}
        for rule in ("simple", "guarded"):
            found = visitor.post("/calc/decision", {**asked, "rule": rule})
            facts[rule] = f"{found['decision']}, {100 * found['specific_consumer_risk']:.3g} %"
        need_true(found["acceptance_upper"] < 100.015, "the guard band guards nothing")
