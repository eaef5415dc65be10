"""J1, one stop: from a need in the client's own words to a report that anybody verifies. By HTTP only."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from quanheng.cli.client import Client, Refused
from quanheng.cli.tour import Guide, tour
from quanheng.cli.tours.more_needs import more_needs
from quanheng.cli.tours.trouble import trouble

NEED = (
    "新款电动自行车上市前做检测：最高车速、整车质量、鸣号装置声压级、北斗定位功能，要 CMA 报告，预算 2 万元，配个杯架"
)
# What the laboratory finds on this bicycle, by item: value and expanded uncertainty; words where nothing is measured.
# Least and greatest that the story finds, with U: no two samples measure alike, and a report with the results of
# another would have to be explained.
FOUND = {"max_speed": (24.2, 24.6, "0.30"), "vehicle_mass": (53.0, 54.3, "0.60"), "horn_level": (87.5, 88.6, "0.90")}


class Unexpected(Exception):
    """The platform did something else than the story says."""


@dataclass
class Walk:
    """Where the story stands."""

    guide: Guide
    need: dict[str, Any] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)
    commission: dict[str, Any] = field(default_factory=dict)
    order: dict[str, Any] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)

    def account(self, role: str, beside: str = "") -> dict[str, str]:
        """The demonstration account of a role; ``beside``: in the organisation of that user name."""
        house = next((one["organisation_uid"] for one in self.guide.accounts if one["username"] == beside), "")
        for one in self.guide.accounts:
            if one["role"] == role and house in ("", one["organisation_uid"]):
                return one
        raise Unexpected(f"no demonstration account with the role {role}; the tour needs the reference city")

    def person(self, role: str) -> Client:
        """Who holds a role in this story: a member of the enterprise, or staff of the laboratory."""
        return self.guide.client(
            self.account(role, "" if role == "member" else self.laboratory["username"])["username"]
        )

    @property
    def laboratory(self) -> dict[str, str]:
        return self.account("operator")

    def move(self, role: str, name: str, **body: Any) -> dict[str, Any]:
        """One move of the order by somebody of that role."""
        answer: dict[str, Any] = self.person(role).post(f"/orders/{self.order['uid']}/{name}", body)
        return answer

    def read(self) -> dict[str, Any]:
        """The order as the operator sees it now."""
        answer: dict[str, Any] = self.person("operator").get(f"/orders/{self.order['uid']}")
        return answer


def refused(status: int, ask: Callable[[], Any]) -> dict[str, Any]:
    """Ask for something that must be refused; returns the problem. Raises Unexpected where it was not."""
    try:
        ask()
    except Refused as refusal:
        if refusal.answer.status != status:
            raise Unexpected(f"refused with {refusal.answer.status}, expected {status}: {refusal}") from refusal
        return refusal.problem
    raise Unexpected("this should have been refused")


def need_true(condition: object, what: str) -> None:
    """Raise Unexpected unless the condition holds."""
    if not condition:
        raise Unexpected(what)


@tour(
    "one-stop", zh="一站式服务：从一句需求到人人可查验的报告", en="One stop: from a need to a report anybody can verify"
)
def one_stop(guide: Guide) -> None:
    """The whole walk."""
    walk = Walk(guide)
    _plan(walk)
    _commission(walk)
    _determine(walk)
    _decide(walk)
    _check(walk)
    _amend(walk)
    member, organisation = walk.person("member"), walk.account("member")["organisation_uid"]
    trouble(guide, member, organisation, walk.laboratory["organisation_uid"], walk.person("operator"))
    more_needs(guide, member, organisation)


def _plan(walk: Walk) -> None:
    guide = walk.guide
    with guide.step(zh="不登录：平台读懂一句话", en="Without an account: the platform reads a sentence") as facts:
        heard = guide.client().post("/needs/understand", {"text": NEED})
        label = guide.words("label", "label_en")
        facts[guide.words("原话", "said")] = NEED
        facts[guide.words("认出", "understood")] = " | ".join(one[label] for one in heard["chips"])
        facts[guide.words("没认出", "not understood")] = " | ".join(one["words"] for one in heard["unknown"])
        need_true("ebike" in [one["code"] for one in heard["chips"]], "the product was not recognised")
        need_true(heard["unknown"], "words without meaning must be told, not dropped")
    with guide.step(zh="企业登录并提出需求", en="The enterprise signs in and states the need") as facts:
        member = walk.account("member")
        walk.need = walk.person("member").post("/needs", {"organisation": member["organisation_uid"], "text": NEED})
        facts[guide.words("企业", "enterprise")] = member["organisation"]
        facts[guide.words("产品", "product")] = walk.need["family"][guide.words("name_zh", "name_en")]
    with guide.step(zh="平台给出方案", en="The platform proposes a plan") as facts:
        walk.plan = walk.person("member").post(f"/needs/{walk.need['uid']}/proposals", {})
        _tell_plan(walk, facts)
    with guide.step(
        zh="企业换成自己相熟的实验室", en="The enterprise gives the work to the laboratory it knows"
    ) as facts:
        moved = _give_to_laboratory(walk)
        facts[guide.words("更换", "changed")] = guide.words(f"{moved} 项", f"{moved} items")
        _tell_plan(walk, facts)


def _tell_plan(walk: Walk, facts: dict[str, Any]) -> None:
    words = walk.guide.words
    name = words("name_zh", "name_en")
    for line in walk.plan["lines"]:
        why = len(line["considered"])
        facts[f"{line['position']}. {line['item'][name]}"] = words(
            f"{line['institution'][name]}，{line['method']}，{line['price_cents'] / 100:g} 元，考虑过 {why} 家",
            f"{line['institution'][name]}, {line['method']}, CNY {line['price_cents'] / 100:g}, {why} considered",
        )
    facts[words("合计", "total")] = words(
        f"{walk.plan['total_cents'] / 100:g} 元，最迟 {walk.plan['ready_on']}",
        f"CNY {walk.plan['total_cents'] / 100:g}, at the latest {walk.plan['ready_on']}",
    )
    notes = [one for one in (*walk.plan["warnings"], *walk.plan["advice"]) if "zh" in one]
    for place, one in enumerate(notes, start=1):
        facts[words(f"提示 {place}", f"note {place}")] = one[words("zh", "en")]


def _give_to_laboratory(walk: Walk) -> int:
    """Every line to the laboratory of the accounts, what it cannot do left for another need; how many were moved."""
    member, house = walk.person("member"), walk.laboratory["organisation_uid"]

    def offer(line: dict[str, Any]) -> str | None:
        return next(
            (one["scope_line"] for one in line["considered"] if one["able"] and one["institution"] == house), None
        )

    kept = [line["item"]["code"] for line in walk.plan["lines"] if offer(line)]
    need_true(kept, "the laboratory of the demonstration accounts can do none of the items")
    if len(kept) < len(walk.plan["lines"]):
        member.call("PATCH", f"/needs/{walk.need['uid']}", {"items": kept})
        walk.plan = member.post(f"/needs/{walk.need['uid']}/proposals", {})
    elsewhere = [line for line in walk.plan["lines"] if line["institution"]["uid"] != house]
    for line in elsewhere:
        choice = {"position": line["position"], "scope_line": offer(line)}
        walk.plan = member.post(f"/proposals/{walk.plan['uid']}/choose", choice)
    return len(elsewhere)


def _commission(walk: Walk) -> None:
    guide = walk.guide
    with guide.step(zh="企业确认方案，委托成立", en="The enterprise confirms; the commission stands") as facts:
        body = {"contact": "示范联系人 13800000000", "product_model": "TDT-01Z"}
        walk.commission = walk.person("member").post(f"/proposals/{walk.plan['uid']}/confirm", body)
        need_true(len(walk.commission["orders"]) == 1, "one laboratory and one activity make one order")
        walk.order = walk.commission["orders"][0]
        facts[guide.words("委托", "commission")] = walk.commission["number"]
        facts[guide.words("任务单", "order")] = walk.order["number"]
    with guide.step(
        zh="企业想替实验室接单：被拒绝", en="The enterprise tries to accept for the laboratory: refused"
    ) as facts:
        problem = refused(403, lambda: walk.move("member", "accept"))
        facts[guide.words("理由", "reason")] = problem["detail"]
        need_true(walk.read()["state"] == "offered", "a refused act changed something")
    with guide.step(zh="实验室接受委托", en="The laboratory accepts") as facts:
        answer = walk.move("operator", "accept")
        facts[guide.words("承诺完成", "promised")] = answer["promised_on"]
    with guide.step(zh="样品送达，登记收样", en="The samples arrive and are recorded") as facts:
        answer = walk.move("operator", "receive", quantity="1 辆", condition="包装完好，无损伤", batch="DEMO-0001")
        facts[guide.words("样品", "sample")] = answer["samples"][0]["label"]


def _rows(walk: Walk) -> list[dict[str, Any]]:
    """The results as the laboratory found them."""
    order = walk.read()
    instruments = walk.person("operator").get(f"/orders/{walk.order['uid']}/instruments")
    need_true(instruments, "the laboratory has no instrument in calibration")
    codes = {line["item"][key]: line["item"]["code"] for line in walk.plan["lines"] for key in ("name_zh", "name_en")}
    rows = []
    for result in order["results"]:
        found = FOUND.get(codes[result["item_zh"]])
        value, expanded = (f"{Random().uniform(*found[:2]):.2f}", found[2]) if found else ("符合", "")
        row: dict[str, Any] = {"position": result["position"], "value": value}
        row |= {"measured_on": date.today().isoformat(), "environment": "23 °C，50 %RH"}
        if expanded:
            row |= {
                "unit": result["limit_unit"],
                "uncertainty": expanded,
                "k": "2",
                "instruments": [instruments[0]["uid"]],
            }
        rows.append(row)
    return rows


def _determine(walk: Walk) -> None:
    guide = walk.guide
    with guide.step(
        zh="录入结果：缺不确定度、单位不符，整批被拒绝",
        en="Results without uncertainty or in a unit that does not fit: refused as a whole",
    ) as facts:
        rows = _rows(walk)
        measured = [row for row in rows if "uncertainty" in row]
        need_true(len(measured) >= 2, "the story needs two measured items")
        wrong = [dict(row) for row in rows]
        by_position = {row["position"]: row for row in wrong}
        by_position[measured[0]["position"]]["uncertainty"] = ""
        by_position[measured[1]["position"]]["unit"] = "m"
        problem = refused(422, lambda: walk.move("operator", "results", rows=wrong))
        facts[guide.words("结论", "answer")] = problem["detail"]
        for error in problem["errors"]:
            facts[guide.words(f"第 {error['row']} 项", f"row {error['row']}")] = f"{error['field']}: {error['message']}"
        named = {(error["row"], error["field"]) for error in problem["errors"]}
        need_true(
            {(measured[0]["position"], "uncertainty"), (measured[1]["position"], "unit")} <= named,
            "the wrong cells were not named",
        )
        need_true(not any(one["value"] for one in walk.read()["results"]), "a refused batch left something behind")
    with guide.step(zh="改正后全部保存，逐项判定", en="Mended, all stored, each judged") as facts:
        for result in walk.move("operator", "results", rows=rows)["results"]:
            spread = f" ± {result['uncertainty']} {result['unit']}, k = {result['k']}" if result["uncertainty"] else ""
            told = f"{result['value']} {result['unit']}{spread}".strip()
            facts[result[guide.words("item_zh", "item_en")]] = f"{told} → {result['verdict']}"
    with guide.step(zh="检测人员提交审核", en="The operator submits for review"):
        need_true(walk.move("operator", "submit")["state"] == "in_review", "not in review")


def _decide(walk: Walk) -> None:
    guide = walk.guide
    with guide.step(zh="第二个人审核", en="A second person reviews") as facts:
        answer = walk.move("reviewer", "review")
        facts[guide.words("状态", "state")] = answer["state_label"]
    with guide.step(zh="授权签字人签发", en="The authorised signatory issues the report") as facts:
        walk.report = walk.move("signatory", "issue")
        facts[guide.words("报告编号", "report")] = walk.report["number"]
        facts[guide.words("结论", "verdict")] = walk.report["verdict"]
        facts[guide.words("查验地址", "address")] = f"{guide.url}/r/{walk.report['uid']}"
    with guide.step(zh="交付报告，委托办结", en="The report is delivered; the commission is complete") as facts:
        walk.move("operator", "deliver")
        found = walk.person("member").get(f"/commissions/{walk.commission['uid']}")
        facts[guide.words("委托", "commission")] = found["state_label"]
        need_true(found["state"] == "completed", "the commission did not complete by itself")
    with guide.step(zh="企业评价", en="The enterprise rates the work") as facts:
        body = {"stars": 5, "comment": "按时，沟通清楚"}
        facts[guide.words("星", "stars")] = walk.person("member").post(f"/orders/{walk.order['uid']}/rating", body)[
            "stars"
        ]


def _check(walk: Walk) -> None:
    guide, visitor = walk.guide, walk.guide.client()
    with guide.step(zh="任何人按编号和地址查验", en="Anybody verifies by number and by address") as facts:
        status = visitor.get(f"/attestations/by-number/{walk.report['number']}")
        facts[guide.words("状态", "status")] = (
            f"{status['state']}, {status['issuer'][guide.words('name_zh', 'name_en')]}"
        )
        verdict = visitor.get(f"/attestations/{walk.report['uid']}/verification")
        need_true(verdict["genuine"], "the platform does not hold its own report for genuine")
        facts[guide.words("真实性", "genuine")] = verdict["genuine"]
    with guide.step(
        zh="下载数据原件、PDF 和信任清单", en="The original, the PDF and the trust bundle are fetched"
    ) as facts:
        for name, path in (
            ("report.json", f"/attestations/{walk.report['uid']}/document"),
            ("report.pdf", f"/attestations/{walk.report['uid']}/pdf"),
            ("trust.json", "/trust"),
        ):
            answer = visitor.send("GET", f"/api/v1{path}")
            need_true(answer.status == 200, f"{path}: {answer.status}")
            (guide.folder / name).write_bytes(answer.body)
            facts[name] = f"{len(answer.body)} B"
    with guide.step(
        zh="另一个没有数据库的进程查验两份文件", en="A process without a database verifies both files"
    ) as facts:
        _verify(guide, facts, 0, "report.json", "report.pdf")
    for name, zh, en in (
        ("report.json", "改动数据原件一个字节：被查出", "One byte of the original changed: found"),
        ("report.pdf", "改动 PDF 一个字节：被查出", "One byte of the PDF changed: found"),
    ):
        with guide.step(zh=zh, en=en) as facts:
            changed = _flip(guide.folder / name, walk.report["number"].encode())
            _verify(guide, facts, 1, changed.name)


def _flip(path: Path, number: bytes) -> Path:
    """A copy of the file with one byte changed: a digit of its number, or the middle of the file without one."""
    data = bytearray(path.read_bytes())
    at = data.find(number)
    at = at + len(number) - 1 if at >= 0 else len(data) // 2
    data[at] = data[at] ^ 1
    changed = path.with_name(f"changed-{path.name}")
    changed.write_bytes(data)
    return changed


def _verify(guide: Guide, facts: dict[str, Any], expected: int, *names: str) -> None:
    """``./qh verify`` on the files; raises Unexpected where it ends with another status than ``expected``."""
    done = guide.verify(*names, "--trust", "trust.json", "--json")
    need_true(done.returncode == expected, f"qh verify ended with {done.returncode}: {done.stdout}{done.stderr}")
    for one in json.loads(done.stdout):
        broken = [check for check in one["checks"] if check["outcome"] == "fail"]
        why = "; ".join(check[guide.words("reasonZh", "reasonEn")] for check in broken)
        facts[one["file"]] = f"genuine={one['genuine']}, status={one['status']}" + (f" ({why})" if why else "")


def _amend(walk: Walk) -> None:
    guide, visitor, first = walk.guide, walk.guide.client(), walk.report
    with guide.step(
        zh="委托方发现型号写错：报告不能改，只能另出一份",
        en="The model on the report is wrong: it cannot be changed, only replaced by a further one",
    ) as facts:
        reason = "规格型号误写为 TDT-01Z，样品铭牌为 TDT-01Z2"
        answer = walk.move("signatory", "amend", reason=reason, object_model="TDT-01Z2")
        facts[guide.words("任务单", "order")] = answer["state_label"]
        facts[guide.words("原报告", "original")] = answer["reports"][0]["state"]
        need_true(answer["state"] == "working", "the order was not taken up again")
        need_true(answer["reports"][0]["state"] == "issued", "the original no longer stands")
        found = walk.person("member").get(f"/commissions/{walk.commission['uid']}")
        need_true(found["state"] == "completed", "the commission was opened by it")
    with guide.step(
        zh="再审核、再签发：新报告写明代替哪一份、为什么、改了什么",
        en="Reviewed and issued again: the new report names the first, the reason and the change",
    ) as facts:
        walk.move("operator", "submit")
        walk.move("reviewer", "review")
        walk.report = walk.move("signatory", "issue")
        walk.move("operator", "deliver")
        original = visitor.send("GET", f"/api/v1/attestations/{walk.report['uid']}/document").body
        subject = json.loads(original)["credentialSubject"]
        facts[guide.words("新报告", "new report")] = walk.report["number"]
        facts[guide.words("代替", "supersedes")] = subject["supersedes"]["number"]
        facts[guide.words("附注", "notes")] = " ".join(subject["notesZh"][:2])
        need_true(subject["supersedes"]["number"] == first["number"], "the new report does not name the first")
    with guide.step(
        zh="再查第一份：在线和离线都显示已被代替", en="The first is verified again: replaced, online and offline"
    ) as facts:
        status = visitor.get(f"/attestations/by-number/{first['number']}")
        facts[first["number"]] = f"{status['state']} → {status['superseded_by']}"
        need_true(status["superseded_by"] == walk.report["number"], "the register does not tell what replaced it")
        for name, path in (("new.json", f"/attestations/{walk.report['uid']}/document"), ("trust.json", "/trust")):
            (guide.folder / name).write_bytes(visitor.send("GET", f"/api/v1{path}").body)
        _verify(guide, facts, 3, "report.json", "report.pdf")
        _verify(guide, facts, 0, "new.json")
