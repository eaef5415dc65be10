"""Four needs more, two of them awkward: each ends in an honest answer. Told as part of the one-stop tour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from quanheng.cli.client import Client
from quanheng.cli.tour import Guide

Plan = dict[str, Any]
Check = Callable[[Plan], str]


def _whole(plan: Plan) -> str:
    return "" if plan["lines"] and not plan["gaps"] else "everything that was asked for can be done here"


def _by_institutes(plan: Plan) -> str:
    """Three callipers and two gauges: the gauges are verified by law, the callipers calibrated."""
    counts = sorted(line["count"] for line in plan["lines"])
    return "" if counts == [2, 3] and not plan["gaps"] else "both kinds of instruments must be in the plan, counted"


def _beyond_budget(plan: Plan) -> str:
    ways_out = [one for one in plan["warnings"] if one["kind"] == "way_out" and one["limit"] == "budget"]
    if not ways_out:
        return "what the budget would have to be is not told"
    return "" if any(one["least"] == plan["total_cents"] for one in ways_out) else "the least budget is not the plan's"


def _nobody(plan: Plan) -> str:
    missing = [gap["item"] for gap in plan["gaps"]]
    return "" if "robot_reliability" in missing else "what nobody here can do is not told"


NEEDS: list[tuple[str, str, str, Check]] = [
    ("米业：一句口语，限定时间", "Rice: plain speech and a time limit", "小站稻要测镉和黄曲霉，三个月内拿报告", _whole),
    ("车间的卡尺和压力表", "Callipers and gauges of a works", "三把卡尺校准，两块压力表检定", _by_institutes),
    ("预算不够", "Too small a budget", "电动自行车按GB 17761-2024全项检测，预算300元", _beyond_budget),
    ("本地没有人能做的项目", "An item that nobody here can test", "工业机器人平均无故障工作时间检测", _nobody),
]


def more_needs(guide: Guide, member: Client, organisation: str) -> None:
    """State each need, have it planned, and hold the answer to what is true of it."""
    words = guide.words
    for zh, en, text, check in NEEDS:
        with guide.step(zh=zh, en=en) as facts:
            need = member.post("/needs", {"organisation": organisation, "text": text})
            plan = member.post(f"/needs/{need['uid']}/proposals", {})
            facts[words("原话", "said")] = text
            chips = need["understanding"]["chips"]
            facts[words("认出", "understood")] = " | ".join(one[words("label", "label_en")] for one in chips)
            name = words("name_zh", "name_en")
            who = list(dict.fromkeys(line["institution"][name] for line in plan["lines"]))
            total = f"{plan['total_cents'] / 100:g}"
            facts[words("方案", "plan")] = (
                words(
                    f"{len(plan['lines'])} 项，{'、'.join(who)}，{total} 元，最迟 {plan['ready_on']}",
                    f"{len(plan['lines'])} items, {', '.join(who)}, CNY {total}, at the latest {plan['ready_on']}",
                )
                if plan["lines"]
                else words("本地区没有人能做", "nobody here can do it")
            )
            for gap in plan["gaps"]:
                facts[words(f"做不了：{gap[name]}", f"cannot be done: {gap[name]}")] = "; ".join(
                    one[words("zh", "en")] for one in gap["reasons"]
                ) or words("无机构全部满足", "no institution meets all of it")
            for place, one in enumerate(plan["warnings"], start=1):
                facts[words(f"提示 {place}", f"note {place}")] = one[words("zh", "en")]
            if wrong := check(plan):
                raise AssertionError(wrong)
