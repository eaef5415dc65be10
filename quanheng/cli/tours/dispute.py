"""A result is doubted: complained of, objected to, upheld, retested elsewhere, judged by its numbers, and mended."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from quanheng.cli.client import Client, Refused
from quanheng.cli.tour import Guide, tour
from quanheng.cli.tours.one_stop import Unexpected, need_true, refused

NEED = "电动自行车检测：最高车速，要 CMA 报告"
# Value and expanded uncertainty: 0.8 / √(0.3² + 0.4²) = 1.6.
REPORTED, RETESTED = ("24.9", "0.3"), ("24.1", "0.4")


@dataclass
class Dispute:
    """Where the story stands."""

    guide: Guide
    order: str = ""
    report: dict[str, Any] = field(default_factory=dict)
    objection: str = ""
    retest: str = ""

    def house(self, username: str) -> str:
        """The organisation of a demonstration account. Raises Unexpected."""
        for one in self.guide.accounts:
            if one["username"] == username:
                return one["organisation_uid"]
        raise Unexpected(f"no demonstration account {username}; the tour needs the reference city")

    @property
    def maker(self) -> Client:
        return self.guide.client("enterprise")

    def report_on(self, order: str, found: tuple[str, str], prefix: str = "") -> dict[str, Any]:
        """An order carried out by the laboratory whose accounts begin so, up to its delivered report."""
        operator, path = self.guide.client(f"{prefix}operator"), f"/orders/{order}"
        state = operator.get(path)["state"]
        if state == "offered":
            operator.post(f"{path}/accept", {})
            operator.post(f"{path}/receive", {"quantity": "1 辆", "condition": "完好"})
        instrument = operator.get(f"{path}/instruments")[0]["uid"]
        rows = [
            {
                "position": one["position"],
                "value": found[0],
                "unit": "km/h",
                "uncertainty": found[1],
                "k": "2",
                "instruments": [instrument],
                "measured_on": date.today().isoformat(),
            }
            for one in operator.get(path)["results"]
        ]
        operator.post(f"{path}/results", {"rows": rows})
        operator.post(f"{path}/submit", {})
        self.guide.client(f"{prefix}reviewer").post(f"{path}/review", {})
        report: dict[str, Any] = self.guide.client(f"{prefix}signatory").post(f"{path}/issue", {})
        operator.post(f"{path}/deliver", {})
        return report


@tour(
    "dispute",
    zh="投诉与异议：一个结果被质疑、复测、判定、更正",
    en="A dispute: a result doubted, retested elsewhere, judged and mended",
)
def dispute(guide: Guide) -> None:
    """The whole walk."""
    walk = Dispute(guide)
    _order(walk)
    _complain(walk)
    _object(walk)
    _retest(walk)
    _mend(walk)


def _order(walk: Dispute) -> None:
    guide, laboratory = walk.guide, walk.house("operator")
    with guide.step(zh="企业委托检测最高车速", en="An enterprise commissions a test of the maximum speed") as facts:
        need = walk.maker.post("/needs", {"organisation": walk.house("enterprise"), "text": NEED})
        plan = walk.maker.post(f"/needs/{need['uid']}/proposals", {"prefer": "fewest"})
        (line,) = plan["lines"]
        if line["institution"]["uid"] != laboratory:
            able = {one["institution"]: one["scope_line"] for one in line["considered"] if one["able"]}
            body = {"position": line["position"], "scope_line": able[laboratory]}
            walk.maker.post(f"/proposals/{plan['uid']}/choose", body)
        made = walk.maker.post(f"/proposals/{plan['uid']}/confirm", {"contact": "张工 13800000000"})
        walk.order = made["orders"][0]["uid"]
        facts[guide.words("任务单", "order")] = made["orders"][0]["number"]


def _complain(walk: Dispute) -> None:
    guide, maker, quality = walk.guide, walk.maker, walk.guide.client("quality")
    with guide.step(
        zh="企业投诉进度，机构须按时答复", en="It complains of the delay; there is a time to answer"
    ) as facts:
        body = {"topic": "late", "text": "下单后没有任何进展通知。"}
        complaint = maker.post(f"/orders/{walk.order}/complaints", body)
        path = f"/complaints/{complaint['uid']}"
        facts[guide.words("说明", "told")] = complaint["told"]
        refused(409, lambda: maker.post(f"{path}/give-up", {"reason": "不等了"}))
        refused(403, lambda: guide.client("operator").post(f"{path}/reply", {"text": "x"}))
    with guide.step(
        zh="质量负责人答复，企业接受", en="The quality manager answers, the enterprise is content"
    ) as facts:
        quality.post(f"{path}/reply", {"text": "样品排期已确认，后天开始试验。"})
        facts[guide.words("投诉", "complaint")] = maker.post(f"{path}/settle")["state_label"]


def _object(walk: Dispute) -> None:
    guide, maker = walk.guide, walk.maker
    with guide.step(zh="机构出具并交付报告", en="The laboratory reports and delivers") as facts:
        walk.report = walk.report_on(walk.order, REPORTED)
        facts[guide.words("结果", "result")] = f"{REPORTED[0]} km/h ± {REPORTED[1]} km/h"
    with guide.step(zh="企业对这一项提出异议", en="The enterprise objects to this result") as facts:
        body = {"positions": [1], "grounds": "我厂自测五次，均在 24.1 km/h 左右。"}
        made = maker.post(f"/orders/{walk.order}/objections", body)
        walk.objection = made["uid"]
        facts[guide.words("说明", "told")] = made["told"]
        refused(409, lambda: maker.post(f"/orders/{walk.order}/objections", body))
        refused(404, lambda: guide.client("retest-operator").get(f"/objections/{walk.objection}"))
    with guide.step(zh="质量负责人维持结果", en="The quality manager upholds the result") as facts:
        body = {"text": "经核对原始记录和设备校准，结果无误。"}
        found = guide.client("quality").post(f"/objections/{walk.objection}/uphold", body)
        facts[guide.words("状态", "state")] = found["state_label"]


def _retest(walk: Dispute) -> None:
    guide, maker, path = walk.guide, walk.maker, f"/objections/{walk.objection}"
    with guide.step(zh="企业看谁能复测，价格和时间先告知", en="Who could retest, told with price and time") as facts:
        offers = maker.get(f"{path}/institutions")
        name = guide.words("name_zh", "name_en")
        facts[guide.words("可选机构", "institutions")] = len(offers)
        need_true(
            walk.house("operator") not in [one["institution"]["uid"] for one in offers],
            "the first institution was offered for its own retest",
        )
        (offer,) = [one for one in offers if one["institution"]["uid"] == walk.house("retest-operator")]
        facts[offer["institution"][name]] = f"{offer['price_cents'] / 100:.2f} CNY, {offer['days']} d"
    with guide.step(zh="下达复测任务单，用留样", en="The retest is ordered, on the retained sample") as facts:
        asked = maker.post(f"{path}/retest", {"institution": offer["institution"]["uid"], "sample": "retained"})
        walk.retest = asked["retest"]["order"]
        facts[guide.words("说明", "told")] = asked["told"]
    with guide.step(
        zh="复测报告一交付，平台即按 E_n 判定", en="The retest is delivered, and the platform judges by E_n at once"
    ) as facts:
        walk.report_on(walk.retest, RETESTED, "retest-")
        judged = maker.get(path)
        (item,) = judged["items"]
        facts["E_n"] = f"({REPORTED[0]} − {RETESTED[0]}) / √({REPORTED[1]}² + {RETESTED[1]}²) = {item['score']}"
        facts[guide.words("判定", "judged")] = judged["state_label"]
        facts[guide.words("复测费由谁承担", "cost borne by")] = judged["retest"]["borne_by"]
        need_true(item["score"] == "1.60" and item["agrees"] is False, f"judged otherwise: {item}")
        need_true(judged["retest"]["borne_by"] == "institution", "the cost was laid on the wrong side")
    with guide.step(zh="监管部门收到信号", en="The regulators have been sent a signal") as facts:
        signals = guide.client("officer").get("/signals/")["items"]
        (signal,) = [one for one in signals if one["case"] == walk.objection]
        facts[guide.words("信号", "signal")] = signal["kind_label"]


def _mend(walk: Dispute) -> None:
    guide, path = walk.guide, f"/objections/{walk.objection}"
    with guide.step(
        zh="机构更正报告，异议办结", en="The laboratory replaces its report, and the objection ends"
    ) as facts:
        refused(409, lambda: guide.client("quality").post(f"{path}/close"))
        guide.client("quality").post(f"/orders/{walk.order}/amend", {"reason": "复测推翻原结果，改正车速"})
        report = walk.report_on(walk.order, RETESTED)
        status = guide.client().get(f"/attestations/by-number/{walk.report['number']}")
        facts[walk.report["number"]] = f"{status['state']} → {status['superseded_by']}"
        need_true(status["superseded_by"] == report["number"], "the first report still stands")
        found = guide.client().get(f"/attestations/{report['uid']}/verification")
        need_true(found["genuine"], "the amended report is not genuine")
        with suppress(Refused):
            # Refused where the platform has been quicker.
            walk.maker.post(f"{path}/close")
        ended = walk.maker.get(path)
        facts[guide.words("异议", "objection")] = ended["told"]
        need_true(ended["state"] == "corrected", "the objection was not ended")
