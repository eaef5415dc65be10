"""Trust: an honest report verifies without network, and twelve fakes are each caught by the check that is named for it.

Eight are tried from outside, on a report of the platform. Four are tried by a laboratory that holds its own key, made
here in the tour's folder: what somebody who can sign cannot do all the same.
"""

from __future__ import annotations

import copy
import json
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from quanheng.cli.client import Refused
from quanheng.cli.tour import Guide, tour
from quanheng.cli.tours.one_stop import need_true
from quanheng.kernel.attestations.credentials import credential, trust
from quanheng.kernel.attestations.credentials.canonical import canonical_bytes, loads
from quanheng.kernel.attestations.keys import sealing

# Checkpoint and status lists are signed every minute by the background worker.
PATIENCE = 150.0
Document = dict[str, Any]


@dataclass
class Walk:
    """Where the story stands: the report that is tried to be faked, and what it is verified with."""

    guide: Guide
    uid: str = ""
    document: Document = field(default_factory=dict)
    pin: str = ""

    def fetch(self, name: str, path: str) -> bytes:
        """A file of the platform's, kept in the tour's folder."""
        until = time.monotonic() + PATIENCE
        while True:
            answer = self.guide.client().send("GET", path)
            waiting = answer.status == 503 or (name == "bundle.json" and not answer.json["statusLists"])
            if not waiting or time.monotonic() > until:
                break
            time.sleep(2)
        if answer.status != 200:
            raise Refused("GET", path, answer)
        (self.guide.folder / name).write_bytes(answer.body)
        return answer.body

    def write(self, name: str, document: Any) -> str:
        """A file in the tour's folder."""
        (self.guide.folder / name).write_bytes(canonical_bytes(document))
        return name

    def verdict(self, *arguments: str) -> tuple[int, dict[str, Document], str]:
        """What ``./qh verify`` says: its exit code, the checks by their codes, what it complains of."""
        done = self.guide.verify(*arguments, "--offline", "--json")
        found = json.loads(done.stdout)[0]["checks"] if done.stdout.strip() else []
        return done.returncode, {one["code"]: one for one in found}, done.stderr.strip()

    def caught(self, zh: str, en: str, check: str, *arguments: str) -> None:
        """One fake, and the check that must catch it."""
        words = self.guide.words
        with self.guide.step(zh=f"伪造：{zh}", en=f"Fake: {en}") as facts:
            code, checks, _complaint = self.verdict(*arguments)
            found = checks.get(check, {})
            need_true(found.get("outcome") == "fail", f"“{check}” must catch it, not {code} {checks}")
            facts[words(found["titleZh"], found["titleEn"])] = words(found["reasonZh"], found["reasonEn"])


@tour("trust", zh="可信：一份真报告，十二份假报告", en="Trust: one honest report, twelve fakes")
def trust_tour(guide: Guide) -> None:
    walk = Walk(guide)
    _honest(walk)
    _from_outside(walk)
    _suspended(walk)
    _by_a_laboratory(walk)
    _before_issue(walk)
    _looked_into(walk)


WITH_BUNDLE = ("--bundle", "bundle.json")


def _honest(walk: Walk) -> None:
    words = walk.guide.words
    with walk.guide.step(
        zh="取一份报告、它的日志证明和查验包", en="A report, its log proof and the verification bundle are fetched"
    ) as facts:
        rows = walk.guide.client("quality").get("/attestations/", limit=50)["items"]
        walk.uid = next(one["uid"] for one in rows if one["state"] == "issued" and one["kind"] == "test_report")
        walk.document = loads(walk.fetch("report.json", f"/r/{walk.uid}/json"))
        walk.fetch("proof.json", f"/r/{walk.uid}/proof")
        bundle = json.loads(walk.fetch("bundle.json", "/verify/bundle"))
        walk.pin = bundle["trust"]["platform"][-1]["publicKeyMultibase"]
        facts[words("编号", "number")] = walk.document["credentialSubject"]["number"]
        facts[words("状态清单", "status lists")] = len(bundle["statusLists"])
    with walk.guide.step(
        zh="不联网、不用数据库：真实、已登入日志、有效", en="Without network or database: genuine, in the log, in force"
    ) as facts:
        code, checks, complaint = walk.verdict("report.json", *WITH_BUNDLE, "--pin", walk.pin, "--proof", "proof.json")
        passed = {name for name, check in checks.items() if check["outcome"] == "pass"}
        need_true(
            code == 0 and passed >= {"signature", "trust", "issuer", "key", "log", "status"}, f"{checks}{complaint}"
        )
        for name in ("signature", "key", "log", "status", "recognition"):
            facts[words(checks[name]["titleZh"], checks[name]["titleEn"])] = words(
                checks[name]["reasonZh"], checks[name]["reasonEn"]
            )


def _from_outside(walk: Walk) -> None:
    changed = copy.deepcopy(walk.document)
    changed["credentialSubject"]["client"]["nameZh"] = "另一家企业"
    walk.caught(
        "把委托方改成自己",
        "the client's name is exchanged",
        "signature",
        walk.write("fake1.json", changed),
        *WITH_BUNDLE,
    )
    (walk.guide.folder / "fake2.json").write_text(json.dumps(walk.document, ensure_ascii=False, indent=2))
    walk.caught("用软件重新排版另存", "saved anew by a program", "canonical", "fake2.json", *WITH_BUNDLE)

    forger = _Bench(walk.document["issuer"]["id"])
    resigned = forger.signed(changed, walk.document["credentialSubject"]["issued"])
    walk.caught(
        "改完用自己的密钥重签", "changed and signed again with another key", "key",
        walk.write("fake3.json", resigned), *WITH_BUNDLE,
    )  # fmt: skip
    nobody = _Bench("did:web:laboratory.example")
    foreign = nobody.signed(changed, walk.document["credentialSubject"]["issued"])
    walk.caught(
        "冒充一家没有登记的机构", "by a laboratory that is not registered", "issuer",
        walk.write("fake4.json", foreign), *WITH_BUNDLE,
    )  # fmt: skip

    proof = json.loads((walk.guide.folder / "proof.json").read_text())
    other = copy.deepcopy(proof)
    other["entries"][0]["statement"] = other["entries"][0]["statement"].replace('"issue"', '"issuf"')
    walk.caught(
        "日志证明改一个字符", "one character of the log proof is changed", "log",
        "report.json", *WITH_BUNDLE, "--proof", walk.write("proof5.json", other),
    )  # fmt: skip
    note = proof["checkpoint"]
    size = note.split("\n")[1]
    forged = proof | {"checkpoint": note.replace(f"\n{size}\n", f"\n{int(size) + 1}\n", 1)}
    walk.caught(
        "伪造日志检查点", "a forged checkpoint of the log", "log",
        "report.json", *WITH_BUNDLE, "--proof", walk.write("proof6.json", forged),
    )  # fmt: skip


def _suspended(walk: Walk) -> None:
    quality, words = walk.guide.client("quality"), walk.guide.words
    quality.post(f"/attestations/{walk.uid}/suspend", {"reason": "复核原始记录（演示）"})
    try:
        walk.fetch("bundle.json", "/verify/bundle")
        walk.caught(
            "把已暂停的报告当作有效", "a suspended report, shown as valid", "status", "report.json", *WITH_BUNDLE
        )
        with walk.guide.step(
            zh="伪造：自制一个说它有效的查验包", en="Fake: a bundle of one's own that says it is valid"
        ) as facts:
            bundle = json.loads((walk.guide.folder / "bundle.json").read_text())
            bundle["trust"]["statuses"] = []
            code, _checks, complaint = walk.verdict(
                "report.json", "--bundle", walk.write("bundle8.json", bundle), "--pin", walk.pin
            )
            need_true(code == 2 and complaint, "a bundle that the platform did not sign is refused")
            facts[words("查验包", "bundle")] = complaint
    finally:
        quality.post(f"/attestations/{walk.uid}/reinstate", {"reason": "复核无误（演示）"})


class _Bench:
    """Somebody with a key of his own, who signs whatever he likes."""

    def __init__(self, did: str) -> None:
        kek = secrets.token_bytes(32)
        self.did, self.since = did, datetime(2020, 1, 1, tzinfo=UTC)
        self.key = sealing.generate(did, kek)
        self.signer = sealing.unseal_signer(self.key.key_id, self.key.sealed, kek, sealing.Validity(self.since))

    def signed(self, document: Document, issued: str) -> Document:
        """The document under this key and identifier, dated as wished."""
        own = copy.deepcopy({name: value for name, value in document.items() if name != "proof"})
        own["issuer"]["id"], own["credentialSubject"]["issued"], own["validFrom"] = self.did, issued, issued
        return credential.issue(own, self.signer)

    def bundle(self, document: Document, until: datetime | None = None, **changes: Any) -> trust.TrustBundle:
        """What the platform would say of the holder of this key."""
        stated = document["issuer"]
        claimed = document["credentialSubject"].get("recognitions", ())
        held = [trust.RecognitionPeriod(one["scheme"], one["number"], date(2020, 1, 1)) for one in claimed]
        key = trust.IssuerKey(
            self.key.key_id, self.key.public_multikey, sealing.Validity(self.since, until), changes.get("compromised")
        )
        issuer = trust.TrustedIssuer(
            self.did, stated["nameZh"], stated["uscc"], (key,), name_en=stated.get("nameEn", ""),
            recognitions=tuple(changes.get("held", held)),
        )  # fmt: skip
        return trust.TrustBundle.of([issuer], changes.get("generated", datetime.now(UTC)), ())


def _by_a_laboratory(walk: Walk) -> None:
    """Fakes by whoever may sign. The platform's list of trust is made here for the occasion."""
    lab = _Bench("did:web:laboratory.example")
    issued = walk.document["credentialSubject"]["issued"]
    at = datetime.fromisoformat(issued)
    report = lab.signed(walk.document, issued)

    def tried(number: int, zh: str, en: str, check: str, document: Document, bundle: trust.TrustBundle) -> None:
        name, list_name = walk.write(f"fake{number}.json", document), f"trust{number}.json"
        walk.write(list_name, bundle.as_json())
        walk.caught(f"机构自己，{zh}", f"by the laboratory itself, {en}", check, name, "--trust", list_name)

    tried(
        9, "用已停用的密钥签发", "with a key that had ended", "key", report, lab.bundle(report, at - timedelta(days=1))
    )
    tried(
        10, "资质证书已经失效", "its recognition did not hold", "recognition", report,
        lab.bundle(report, held=[_ended(one, at) for one in lab.bundle(report).issuers[lab.did].recognitions or ()]),
    )  # fmt: skip
    worn = copy.deepcopy(walk.document)
    for one in worn["credentialSubject"]["equipment"]:
        one["calibratedUntil"] = "2020-01-01"
    late = lab.signed(worn, issued)
    tried(11, "设备校准早已到期", "the calibration had ended long before", "metrology", late, lab.bundle(late))
    _backdated(walk, lab, report, at)


def _backdated(walk: Walk, lab: _Bench, report: Document, at: datetime) -> None:
    """Signed with a stolen key: no log proof of before, so nothing that it says of its own date counts."""
    words = walk.guide.words
    with walk.guide.step(
        zh="伪造：用偷来的密钥签发并写上从前的日期", en="Fake: signed with a stolen key and dated back"
    ) as facts:
        walk.write("trust12.json", lab.bundle(report, compromised=at + timedelta(minutes=1)).as_json())
        code, checks, _complaint = walk.verdict(walk.write("fake12.json", report), "--trust", "trust12.json")
        need_true(code == 1 and checks["key"]["outcome"] != "pass", f"dated before, but not logged before: {checks}")
        facts[words(checks["key"]["titleZh"], checks["key"]["titleEn"])] = words(
            checks["key"]["reasonZh"], checks["key"]["reasonEn"]
        )


def _ended(held: trust.RecognitionPeriod, at: datetime) -> trust.RecognitionPeriod:
    """The recognition, had it ended before the report was issued."""
    return trust.RecognitionPeriod(held.scheme, held.number, held.start, at.date() - timedelta(days=2))


def _before_issue(walk: Walk) -> None:
    """What no signature proves: the report was held against the records of instruments, people, scope and samples."""
    words = walk.guide.words
    with walk.guide.step(
        zh="签名不证明真实：签发前对照记录核查了什么", en="No signature proves truth: what was checked before issue"
    ) as facts:
        gate = walk.document["credentialSubject"]["gate"]
        need_true(all(one["outcome"] != "fail" or one["grade"] == "soft" for one in gate["checks"]), f"{gate}")
        for outcome, zh, en in (
            ("pass", "符合", "kept"),
            ("fail", "不符合并说明", "not kept, explained"),
            ("not-evaluated", "缺少记录", "record missing"),
        ):
            facts[words(zh, en)] = sum(one["outcome"] == outcome for one in gate["checks"])
        facts[words("规则摘要", "digest of the rules")] = gate["rules"][:16]


def _looked_into(walk: Walk) -> None:
    """The regulator compares laboratories, asks one about the report, and concludes on its account."""
    words, officer = walk.guide.words, walk.guide.client("officer")
    laboratory = walk.guide.client().get(f"/attestations/{walk.uid}")["issuer"]["uid"]
    with walk.guide.step(
        zh="监管部门把机构与全部同行比对", en="The regulator compares the laboratory with all others"
    ) as facts:
        told = officer.get(f"/supervision/laboratories/{laboratory}")
        for one in told["measures"]:
            facts[one["title"]] = (
                f"{one['told']}{words('，误判率 ', '; q ')}{one['q'] if one['q'] is not None else '—'}"
            )
    with walk.guide.step(
        zh="就这份报告发起核查，机构说明，说明成立",
        en="It asks about the report; the laboratory explains; nothing is found",
    ) as facts:
        number = walk.document["credentialSubject"]["number"]
        asked = officer.post(
            f"/supervision/laboratories/{laboratory}/inquiries",
            {"question": "请提交原始记录并说明缺少记录的各条。", "reports": [number]},
        )
        address = f"/inquiries/{asked['uid']}"
        walk.guide.client("quality").post(f"{address}/answer", {"text": "原始记录随附；缺少记录的各条不适用于该项目。"})
        ended = officer.post(f"{address}/clear", {"text": "原始记录与报告一致。"})
        need_true(ended["state"] == "cleared" and ended["closed_at"], f"{ended}")
        facts[words("核查编号", "inquiry")] = ended["number"]
        facts[words("结论", "conclusion")] = ended["state_label"]
