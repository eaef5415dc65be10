"""When things go wrong: a quote, a sample lost, an institution that gives up, a change of mind. Part of one-stop."""

from __future__ import annotations

from typing import Any

from quanheng.cli.client import Client
from quanheng.cli.tour import Guide

Order = dict[str, Any]
NEED = "电动自行车检测最高车速和整车质量"


def trouble(guide: Guide, member: Client, organisation: str, laboratory: str, operator: Client) -> None:
    """One commission in which nothing goes as planned; what changes in price and time is told after each step."""
    words = guide.words
    with guide.step(
        zh="另一份委托：机构另行报价，企业接受", en="Another commission: the institution quotes, the client accepts"
    ) as facts:
        commission, order = _place(member, organisation, laboratory)
        terms = {"price_cents": order["price_cents"] + 5000, "days": order["days"] + 2, "reason": "需另制夹具"}
        quoted = operator.post(f"/orders/{order['uid']}/quote", terms)
        _need(quoted["state"] == "quoted" and quoted["price_cents"] == order["price_cents"], "a quote binds nobody yet")
        member.post(f"/orders/{order['uid']}/accept-quote", {})
        _tell(guide, member, commission, facts)
    with guide.step(
        zh="样品遗失：机构请企业补送，任务单回到待收样", en="The sample is lost: the client is asked for another one"
    ) as facts:
        operator.post(f"/orders/{order['uid']}/receive", {"quantity": "1", "condition": "完好"})
        back = operator.post(f"/orders/{order['uid']}/report-loss", {"reason": "库房漏水，样品浸泡"})
        samples = {one["label"][-2:]: one["state"] for one in back["samples"]}
        _need(samples == {"S1": "lost", "S2": "announced"}, "the lost sample must be kept and a further one announced")
        facts[words("样品", "samples")] = ", ".join(f"{label} {state}" for label, state in samples.items())
    with guide.step(
        zh="机构做不完：退回任务单，平台为其重新安排",
        en="The institution cannot finish: the platform plans its work anew",
    ) as facts:
        operator.post(f"/orders/{order['uid']}/give-up", {"reason": "试验台损坏，修复需两个月"})
        proposed = member.get(f"/commissions/{commission}/replan?order={order['uid']}")
        _need(proposed["parts"], "somebody else can do it")
        _need(
            all(part["institution"]["uid"] != laboratory for part in proposed["parts"]),
            "who gave up is not asked again",
        )
        name = words("name_zh", "name_en")
        facts[words("建议", "proposed")] = ", ".join(part["institution"][name] for part in proposed["parts"])
        member.post(f"/commissions/{commission}/replan", {"order": order["uid"]})
        _tell(guide, member, commission, facts)
    with guide.step(
        zh="企业改主意：取消并说明不再需要", en="The client changes its mind: cancelled, and not wanted any more"
    ) as facts:
        for one in member.get(f"/commissions/{commission}")["orders"]:
            if one["state"] == "offered":
                member.post(f"/orders/{one['uid']}/cancel", {"reason": "产品停产"})
                member.post(f"/commissions/{commission}/forgo", {"order": one["uid"], "reason": "产品停产"})
        _tell(guide, member, commission, facts)
        closed = member.post(f"/commissions/{commission}/close", {"reason": "产品停产"})
        facts[words("状态", "state")] = closed["state_label"]
        _need(closed["state"] == "closed", "a commission of which nothing is left is closed by its client")


def _place(member: Client, organisation: str, laboratory: str) -> tuple[str, Order]:
    """A commission all of whose items are given to one laboratory; its uid and its order."""
    need = member.post("/needs", {"organisation": organisation, "text": NEED})
    plan = member.post(f"/needs/{need['uid']}/proposals", {})
    for line in plan["lines"]:
        for one in line["considered"]:
            if one["institution"] == laboratory and one["able"] and not one["chosen"]:
                chosen = {"position": line["position"], "scope_line": one["scope_line"]}
                plan = member.post(f"/proposals/{plan['uid']}/choose", chosen)
    commission = member.post(f"/proposals/{plan['uid']}/confirm", {"contact": "王芳 13800000000"})
    (order,) = commission["orders"]
    _need(order["institution"]["uid"] == laboratory, "the laboratory can do all of it")
    return commission["uid"], order


def _tell(guide: Guide, member: Client, commission: str, facts: dict[str, Any]) -> None:
    words, outlook = guide.words, member.get(f"/commissions/{commission}")["outlook"]
    money = f"{(outlook['cents'] - outlook['planned_cents']) / 100:+g}"
    later = "—" if outlook["workdays_later"] is None else f"{outlook['workdays_later']:+d}"
    facts[words("与方案相比", "against the plan")] = words(
        f"价格 {money} 元，{later} 个工作日", f"CNY {money}, {later} working days"
    )
    for place, change in enumerate(outlook["changes"], start=1):
        facts[words(f"变化 {place}", f"change {place}")] = change[words("zh", "en")]
    _need(outlook["changes"], "what has changed must be told")


def _need(condition: object, what: str) -> None:
    if not condition:
        raise AssertionError(what)
