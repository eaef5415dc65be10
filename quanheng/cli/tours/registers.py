"""Registers: found in any spelling, filled from a file, changed by two, open to everybody. By HTTP only."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from quanheng.cli.client import Client
from quanheng.cli.tour import Guide, tour
from quanheng.cli.tours.one_stop import Unexpected, need_true, refused

HEAD = "设备名称,出厂编号,型号,校准证书号,校准日期,校准有效期至,校准机构"
# How long the background worker may take over one step.
PATIENCE = 60.0


@dataclass
class Walk:
    """Where the story stands."""

    guide: Guide
    standard: str = ""
    batch: str = ""
    proposal: str = ""
    serials: list[str] = field(default_factory=list)

    @property
    def quality(self) -> Client:
        return self.guide.client("quality")

    @property
    def laboratory(self) -> str:
        return next(one["organisation_uid"] for one in self.guide.accounts if one["username"] == "quality")

    def wait(self, *states: str) -> dict[str, Any]:
        """The import, once it is in one of these states. Raises Unexpected after PATIENCE."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            found: dict[str, Any] = self.quality.get(f"/imports/{self.batch}")
            if found["state"] in states:
                return found
            time.sleep(0.2)
        raise Unexpected(f"the import is still {found['state']}, not {' or '.join(states)}")


@tour("registers", zh="登记册：找得到、导得进、改得清、拿得走", en="Registers: found, filled, changed and taken along")
def registers(guide: Guide) -> None:
    """The whole walk."""
    walk = Walk(guide)
    _find(walk)
    _narrow(walk)
    _bring_in(walk)
    _change(walk)
    _take_along(walk)


def _find(walk: Walk) -> None:
    guide, visitor = walk.guide, walk.guide.client()
    with guide.step(zh="不登录：一个框，怎么写都找得到", en="Without an account: one box, any spelling") as facts:
        for said in ("GBT 17761", "gb17761-2024", "ＧＢ　１７７６１—２０２４"):
            found = visitor.get("/search", q=said)["results"]
            facts[said] = found[0]["code"] if found else "—"
            need_true(found and found[0]["code"] == "GB 17761-2024", f"{said!r} does not lead to GB 17761-2024")
        walk.standard = found[0]["url"].split("/")[2]
        need_true(visitor.get("/search", q="行车")["results"], "a fragment inside a word finds nothing")
    with guide.step(
        zh="一条标准：状态由日期算出，前后版本相连", en="A standard: status from dates, editions linked"
    ) as facts:
        page = visitor.get(f"/standards/{walk.standard}")
        facts[guide.words("标准", "standard")] = f"{page['number']} {page['status']}"
        facts[guide.words("代替", "replaces")] = ", ".join(one["number"] for one in page["predecessors"])
        need_true(page["status"] == "in_force" and page["predecessors"], "GB 17761-2024 has no predecessor")


def _narrow(walk: Walk) -> None:
    guide, visitor = walk.guide, walk.guide.client()
    with guide.step(
        zh="能力范围：按方法筛选，翻到最后一页再翻回来", en="Scope lines by method, to the last page and back"
    ) as facts:
        asked = {"method": "gb17761-2024", "sort": "price_cents", "limit": 20}
        page = visitor.get("/registers/scope-lines", **asked)
        seen = [one["uid"] for one in page["items"]]
        while page["next"]:
            page = visitor.get("/registers/scope-lines", **asked, cursor=page["next"])
            seen += [one["uid"] for one in page["items"]]
        back = [one["uid"] for one in page["items"]][::-1]
        while page["previous"]:
            page = visitor.get("/registers/scope-lines", **asked, cursor=page["previous"])
            back += [one["uid"] for one in page["items"]][::-1]
        facts[guide.words("条数", "lines")] = len(seen)
        need_true(seen and len(set(seen)) == len(seen) and back == seen[::-1], "pages do not fit together")
        refused(422, lambda: visitor.get("/registers/scope-lines", region="tianjin"))
        refused(401, lambda: visitor.get("/registers/instruments"))


def _bring_in(walk: Walk) -> None:
    guide = walk.guide
    run = secrets.token_hex(3)
    walk.serials = [f"T-{run}-{place}" for place in (1, 2, 3)]
    with guide.step(
        zh="实验室上传设备清单：列自动对应，错处逐格说明",
        en="The laboratory uploads its equipment; what is wrong is named cell by cell",
    ) as facts:
        rows = [f"数字压力计,{serial},YBS-C,C-{serial},2026-05-06,2027-05-05,市计量院" for serial in walk.serials]
        rows[1] = rows[1].replace("2027-05-05", "2027-05-55")
        content = "\n".join([HEAD, *rows, ""]).encode("gb18030")
        given = {"kind": "instruments", "organisation": walk.laboratory}
        walk.batch = walk.quality.upload("/imports", "equipment.csv", content, **given)["uid"]
        found = walk.wait("staged")
        bad = [one for one in walk.quality.get(f"/imports/{walk.batch}/rows")["items"] if one["errors"]]
        facts[guide.words("行", "rows")] = f"{found['total']} / {found['bad']}"
        facts[guide.words("错处", "wrong")] = bad[0]["errors"][0]["message"]
        need_true(
            found["bad"] == 1 and bad[0]["errors"][0]["field"] == "calibrated_until", "the wrong date is not named"
        )
        refused(409, lambda: walk.quality.post(f"/imports/{walk.batch}/commit"))
    with guide.step(zh="就地改正，整批一次入册", en="Mended in place, brought in as one act") as facts:
        mend = {"rows": [{"number": bad[0]["number"], "values": {"calibrated_until": "2027-05-05"}}]}
        walk.quality.call("PATCH", f"/imports/{walk.batch}/rows", mend)
        walk.wait("staged")
        walk.quality.post(f"/imports/{walk.batch}/commit")
        facts[guide.words("入册", "made")] = walk.wait("committed")["made"]
        held = walk.quality.get("/registers/instruments", q=f"T-{run}")["items"]
        need_true({one["serial"] for one in held} == set(walk.serials), "the register does not hold what was imported")
    with guide.step(zh="没有东西依赖它，就能整批撤销", en="Nothing depends on it yet: taken out again") as facts:
        walk.quality.post(f"/imports/{walk.batch}/undo")
        walk.wait("undone")
        left = walk.quality.get("/registers/instruments", q=f"T-{run}")["items"]
        facts[guide.words("还剩", "left")] = len(left)
        need_true(not left, "the import was not undone")


def _change(walk: Walk) -> None:
    guide, officer = walk.guide, walk.guide.client("officer")
    with guide.step(
        zh="要紧的变更等第二个人：提出，看清前后，撤回",
        en="A weighty change waits for a second person: proposed, looked at, taken back",
    ) as facts:
        asked = officer.post(
            f"/standards/{walk.standard}/withdraw", {"on": "2030-01-01", "reason": "公告 2029 年第 1 号"}
        )
        walk.proposal = asked["proposal"]
        facts[guide.words("答复", "answer")] = asked[guide.words("detail_zh", "detail_en")]
        status = guide.client().get(f"/standards/{walk.standard}")["status"]
        need_true(status == "in_force", "the change took effect without a second person")
        refused(403, lambda: officer.post(f"/changes/{walk.proposal}/approve", {}))
        officer.post(f"/changes/{walk.proposal}/take-back", {})
    with guide.step(
        zh="质量负责人关注这条标准：有变化就会得知", en="The quality manager watches the standard: told when it changes"
    ) as facts:
        watch = walk.quality.post("/standard-watches", {"standard": walk.standard})
        facts[guide.words("关注", "watching")] = watch["standard"]["number"]
        walk.quality.call("DELETE", f"/standard-watches/{watch['uid']}")


def _take_along(walk: Walk) -> None:
    guide, visitor = walk.guide, walk.guide.client()
    with guide.step(
        zh="开放数据：整册下载，校验和相符，之后只取变化",
        en="Open data: a whole register, its checksum, and from then on what changed",
    ) as facts:
        release = _release(visitor, "standards")
        file = next(one for one in release["files"] if one["name"].endswith(".csv"))
        content = visitor.send("GET", file["url"].removeprefix(guide.url)).body
        facts[guide.words("行数", "rows")] = release["rows"]
        facts["SHA-256"] = file["sha256"][:16] + "…"
        need_true(hashlib.sha256(content).hexdigest() == file["sha256"], "the file is not what its checksum says")
        need_true(content.count(b"\n") > release["rows"], "the file does not hold every row")
        changes = visitor.get("/open/standards/changes", since=release["cursor"])
        facts[guide.words("其后变化", "changed since")] = len(changes["items"])


def _release(visitor: Client, name: str) -> dict[str, Any]:
    """The release of a dataset, once the background worker has made it."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        for one in visitor.get("/open"):
            if one["name"] == name and one["release"]:
                found: dict[str, Any] = one["release"]
                return found
        time.sleep(0.5)
    raise Unexpected(f"no release of {name}")
