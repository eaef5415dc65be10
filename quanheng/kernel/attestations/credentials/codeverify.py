"""What can be said of a scanned code with no network: the checks in the order of `verify`, of facts alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quanheng.kernel.attestations.credentials.codes import BadCode, Facts, opened, signed_by
from quanheng.kernel.attestations.credentials.codes import key_name as named
from quanheng.kernel.attestations.credentials.trust import IssuerKey, TrustBundle, TrustedIssuer
from quanheng.kernel.attestations.credentials.verdict import REQUIRED, Check
from quanheng.kernel.attestations.credentials.verify import (
    ASK_EN,
    ASK_ZH,
    BEIJING,
    BUNDLE_EN,
    BUNDLE_ZH,
    STATUS_WORDS,
    skipped,
    told,
)
from quanheng.kernel.attestations.pdf.view import DECISIONS, TITLES
from quanheng.kernel.statuslists.lists import LASTS

REST = ("signature", "issuer", "key", "status")  # the checks after "format"
COMPARE = (
    "请把这里的编号、对象和结论与纸面逐项比对；要核对全部内容，请查验文件本身。",
    "Compare number, object and decision with the paper; to check all of it, verify the file itself.",
)


@dataclass(frozen=True)
class CodeVerdict:
    """The checks on a code, and what it says; None where it cannot be read."""

    checks: tuple[Check, ...]
    facts: Facts | None
    in_force: bool | None = None

    @property
    def genuine(self) -> bool:
        """Whether the issuer signed these facts with a key that was valid then."""
        found = {check.code: check.outcome for check in self.checks}
        return all(found.get(code) == "pass" for code in REQUIRED)

    def lines(self, *, chinese: bool) -> list[str]:
        """The facts in words."""
        if self.facts is None:
            return []
        one, place = self.facts, 0 if chinese else 1
        rows = [
            (("编号", "Number"), one.number),
            (("种类", "Kind"), TITLES[one.kind][place]),
            (("对象", "Object"), one.object),
            (("结论", "Decision"), DECISIONS[one.decision][place]),
            (("签发", "Issued"), told(one.issued)),
            (("有效期至", "Valid until"), one.valid_until.isoformat() if one.valid_until else ""),
            (("数据原件 SHA-256", "SHA-256 of the original"), one.sha256),
        ]
        return [f"{names[place]}{'：' if chinese else ': '}{value}" for names, value in rows if value]

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as a JSON object for machines."""
        one = self.facts
        facts = one and {
            "id": one.address,
            "number": one.number,
            "kind": one.kind,
            "object": one.object,
            "decision": one.decision,
            "issued": one.issued.astimezone(BEIJING).isoformat(),
            "validUntil": one.valid_until.isoformat() if one.valid_until else "",
            "sha256": one.sha256,
            "synthetic": one.synthetic,
        }
        return {"genuine": self.genuine, "facts": facts, "checks": [check.as_json() for check in self.checks]}


def verify_code(text: str, trust: TrustBundle | None, now: datetime) -> CodeVerdict:
    """Verify what was scanned from a printed report; never raises for bad input."""
    try:
        facts, message, signature = opened(text)
    except BadCode as error:
        unreadable = Check("format", "fail", error.zh, error.en, ASK_ZH, ASK_EN)
        return CodeVerdict((unreadable, *(skipped(code) for code in REST)), None)
    readable = Check("format", "pass", "二维码内容完整。", "The code is whole.")
    if trust is None:
        return CodeVerdict((readable, *(skipped(code, BUNDLE_ZH, BUNDLE_EN) for code in REST)), facts)
    found = _found(facts, trust)
    if found is None:
        zh, en = "信任清单中没有签名所用的密钥。", "The key that signed is not in the trust bundle."
        unknown = Check("key", "fail", zh, en, ASK_ZH, ASK_EN)
        return CodeVerdict((readable, skipped("signature"), skipped("issuer"), unknown, skipped("status")), facts)
    issuer, key = found
    if not signed_by(key.public_multikey, message, signature):
        zh, en = "签名与内容不符：二维码是伪造的，或被改动。", "The signature does not fit: forged, or changed."
        forged = Check("signature", "fail", zh, en, ASK_ZH, ASK_EN)
        return CodeVerdict((readable, forged, skipped("issuer"), skipped("key"), skipped("status")), facts)
    fits = Check("signature", "pass", "签名与二维码所写相符。", "The signature fits what the code says.", *COMPARE)
    registered = Check("issuer", "pass", f"{issuer.name_zh}，平台登记的机构。", f"{issuer.name_zh}, registered.")
    in_force, status = _status(facts, trust, now)
    return CodeVerdict((readable, fits, registered, _key(facts, key), status), facts, in_force)


def _found(facts: Facts, trust: TrustBundle) -> tuple[TrustedIssuer, IssuerKey] | None:
    """The issuer and the key that the code names. Eight bytes may be of two keys; the signature tells which."""
    return next(
        ((issuer, key) for issuer in trust.issuers.values() for key in issuer.keys if named(key.id) == facts.key), None
    )


def _key(facts: Facts, key: IssuerKey) -> Check:
    at = told(facts.issued)
    if not key.validity.contains(facts.issued):
        zh, en = f"签名密钥在 {at} 不在有效期内。", f"The key was not valid at {at}."
        return Check("key", "fail", zh, en, ASK_ZH, ASK_EN)
    if key.compromised is not None:
        # A code proves no time: whoever has the key writes what he likes.
        since = told(key.compromised)
        zh = f"签名密钥自 {since} 起可能已被他人掌握；二维码不能证明签于此前，请查验文件本身及其日志证明。"
        en = f"Others may have had the key since {since}; a code proves no time. Verify the file and its log proof."
        return Check("key", "not-evaluated", zh, en, ASK_ZH, ASK_EN)
    return Check("key", "pass", f"密钥在签发时（{at}）有效。", f"The key was valid at issue ({at}).")


def _status(facts: Facts, trust: TrustBundle, now: datetime) -> tuple[bool | None, Check]:
    """By the trust bundle alone: a code does not tell its place in the status lists."""
    entry = trust.status_at(facts.address, now)
    if entry is not None and entry.status != "valid":
        zh, en = STATUS_WORDS[entry.status]
        since = told(entry.since)
        stop = ("请勿继续使用。", "Do not use it any more.")
        return False, Check("status", "fail", f"自 {since} 起{zh}。", f"{en.capitalize()} since {since}.", *stop)
    if facts.valid_until is not None and facts.valid_until < now.astimezone(BEIJING).date():
        zh, en = f"已于 {facts.valid_until} 到期。", f"Expired on {facts.valid_until}."
        return False, Check("status", "fail", zh, en, "请索取有效的文件。", "Ask for one that is valid.")
    if trust.statuses is None or trust.generated < facts.issued or now > trust.generated + LASTS:
        zh = "信任清单没有状态信息、比报告更早或已过时，不知是否已暂停、撤销或被替代。"
        en = "The bundle has no status, is older than the report, or out of date: withdrawal is not known."
        return None, Check("status", "not-evaluated", zh, en, BUNDLE_ZH, BUNDLE_EN)
    stamp = told(trust.generated)
    return True, Check("status", "pass", f"有效（截至 {stamp}）。", f"Valid (as of {stamp}).")
