"""Verification of an attestation, with nothing but the document and a trust bundle.

The checks come in a fixed order and every one gives its reason. "Genuine" (the issuer signed exactly
this) and "competent" (the issuer held the recognition it claims) are answered separately.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from quanheng.kernel.attestations.credentials.canonical import canonical_bytes, known_bytes, loads
from quanheng.kernel.attestations.credentials.credential import problems
from quanheng.kernel.attestations.credentials.substance import substance
from quanheng.kernel.attestations.credentials.suites.registry import suites
from quanheng.kernel.attestations.credentials.trust import IssuerKey, TrustBundle, TrustedIssuer
from quanheng.kernel.attestations.credentials.verdict import Check, Status, Verdict
from quanheng.kernel.attestations.errors import MalformedJson, ProofError
from quanheng.kernel.attestations.keys import multikey
from quanheng.kernel.statuslists.lists import LASTS, BadList, Said, said
from quanheng.kernel.translog.proof import FETCH, Evidence, judged, logged_at

# All of China keeps this time.
BEIJING = timezone(timedelta(hours=8))
ASK_ZH = "请勿采信，向出具机构核实或索取原始文件。"
ASK_EN = "Do not rely on it; ask the issuer to confirm it or to send the original."
BUNDLE_ZH = "请从平台下载信任清单后再验。"
BUNDLE_EN = "Download the platform's trust bundle and verify again."
# The checks that a document which cannot be read leaves open.
AFTER_FORMAT = (
    *("signature", "trust", "issuer", "key", "log", "witness", "status"),
    *("recognition", "scope", "metrology", "gate"),
)
STATUS_WORDS: dict[str, tuple[str, str]] = {
    "suspended": ("已暂停", "suspended"),
    "withdrawn": ("已撤销", "withdrawn"),
    "superseded": ("已被替代", "superseded"),
}


def verify(
    document: bytes | dict[str, Any],
    trust: TrustBundle | None,
    now: datetime,
    of_file: Sequence[Check] = (),
    evidence: Evidence | None = None,
) -> Verdict:
    """Verify an attestation given as file bytes or as a parsed object; never raises for bad input.

    `now` (aware) is the moment for status and expiry. `of_file` are the findings on the PDF that the
    document came out of. `evidence` is its proof of the transparency log, where there is one.
    """
    checks: list[Check] = []
    read = _format(document, checks)
    if read is None:
        checks += [skipped(code) for code in AFTER_FORMAT]
        status: Status = "unknown"
        return Verdict((*checks, *of_file), status, None)
    parsed, canonical = read
    issuer = trust.issuers.get(parsed["issuer"]["id"]) if trust else None
    key = _key(parsed, issuer)
    checks.append(_signature(parsed, key))
    checks.append(_trust(trust))
    checks.append(_issuer(parsed, trust, issuer))
    digest = hashlib.sha256(canonical).hexdigest()
    logs, witnesses, kept = (trust.logs, trust.witnesses, trust.checkpoint) if trust else ((), (), "")
    logged = logged_at(parsed["id"], digest, evidence, logs) if key and key.compromised else None
    checks.append(_key_validity(parsed, issuer, key, logged))
    checks.extend(judged(parsed["id"], digest, evidence, logs, witnesses, kept))
    status, check = _status(parsed, trust, now)
    checks.append(check)
    checks.append(_recognition(parsed, issuer))
    checks.extend(substance(parsed))
    checks.extend(of_file)
    return Verdict(tuple(checks), status, parsed)


def _format(document: bytes | dict[str, Any], checks: list[Check]) -> tuple[dict[str, Any], bytes] | None:
    """Append the checks "format" and, for bytes, "canonical"; return a readable document and its canonical bytes."""
    is_file = not isinstance(document, dict)
    try:
        if isinstance(document, dict):
            parsed, canonical = document, canonical_bytes(document)
        else:
            parsed = loads(document)
            canonical = known_bytes(parsed)
    except MalformedJson as error:
        checks.append(Check("format", "fail", error.zh, error.en, ASK_ZH, ASK_EN))
        checks.extend([skipped("canonical")] if is_file else [])
        return None
    if found := problems(parsed):
        zh = "；".join(problem.zh.rstrip("。") for problem in found[:5]) + "。"
        en = "; ".join(problem.en.rstrip(".") for problem in found[:5]) + "."
        checks.append(Check("format", "fail", zh, en, ASK_ZH, ASK_EN))
        checks.extend([skipped("canonical")] if is_file else [])
        return None
    checks.append(Check("format", "pass", "结构完整，符合格式。", "Complete and well formed."))
    if is_file:
        checks.append(
            Check("canonical", "pass", "文件逐字节即为原件。", "The file is the original, byte for byte.")
            if document == canonical
            else Check(
                "canonical",
                "fail",
                "文件字节与原件不同：可能被改动，或被软件重新排版。",
                "The bytes differ from the original: changed, or re-formatted by a program.",
                "请索取未经转存的原始文件。",
                "Ask for the original file as issued.",
            )
        )
    return parsed, canonical


def _key(document: dict[str, Any], issuer: TrustedIssuer | None) -> IssuerKey | None:
    reference = document.get("proof", {}).get("verificationMethod")
    return next((key for key in issuer.keys if key.id == reference), None) if issuer else None


def _signature(document: dict[str, Any], key: IssuerKey | None) -> Check:
    proof = document.get("proof")
    if proof is None:
        return Check("signature", "fail", "文件没有数字签名。", "The document carries no signature.", ASK_ZH, ASK_EN)
    public = key.public_multikey if key else multikey.from_reference(proof["verificationMethod"])
    if public is None:
        return Check(
            "signature",
            "not-evaluated",
            "信任清单中没有这把密钥，无法核对签名。",
            "The key is not in the trust bundle, so the signature cannot be checked.",
            BUNDLE_ZH,
            BUNDLE_EN,
        )
    try:
        suites.get(proof["cryptosuite"]).verify(document, proof, public)
    except ProofError as error:
        return Check("signature", "fail", error.zh, error.en, ASK_ZH, ASK_EN)
    return Check("signature", "pass", "签名与内容相符，签发后未被改动。", "Signature fits; unchanged since issue.")


def _trust(trust: TrustBundle | None) -> Check:
    if trust is None:
        zh, en = "没有信任清单，无法判断签名者是谁。", "No trust bundle: it cannot be said who signed."
        return Check("trust", "not-evaluated", zh, en, BUNDLE_ZH, BUNDLE_EN)
    stamp = told(trust.generated)
    if not trust.pinned:
        return Check(
            "trust",
            "not-evaluated",
            f"使用 {stamp} 的信任清单，未用平台公钥核对清单本身。",
            f"Trust bundle of {stamp}, itself not checked against the platform's key.",
            "确认清单来源，或给出平台公钥后再验。",
            "Make sure where the bundle comes from, or give the platform's public key.",
        )
    return Check("trust", "pass", f"信任清单（{stamp}）由平台签名。", f"Bundle of {stamp}, signed by the platform.")


def _issuer(document: dict[str, Any], trust: TrustBundle | None, issuer: TrustedIssuer | None) -> Check:
    stated = document["issuer"]
    if trust is None:
        return skipped("issuer", BUNDLE_ZH, BUNDLE_EN)
    if issuer is None:
        return Check(
            "issuer",
            "fail",
            f"信任清单中没有出具机构“{stated['nameZh']}”（{stated['id']}）。",
            f'Issuer "{stated["nameZh"]}" ({stated["id"]}) is not in the trust bundle.',
            ASK_ZH,
            ASK_EN,
        )
    names = {issuer.name_zh, *issuer.former_names}
    wrong_english = bool(stated.get("nameEn")) and stated["nameEn"] not in {issuer.name_en, *issuer.former_names}
    if stated["uscc"] != issuer.uscc or stated["nameZh"] not in names or wrong_english:
        return Check(
            "issuer",
            "fail",
            f"文件所写机构“{stated['nameZh']}”（{stated['uscc']}）与登记的“{issuer.name_zh}”（{issuer.uscc}）不一致。",
            f'The document names "{stated["nameZh"]}" ({stated["uscc"]}), the register "{issuer.name_zh}" '
            f"({issuer.uscc}).",
            ASK_ZH,
            ASK_EN,
        )
    return Check("issuer", "pass", f"{issuer.name_zh}，平台登记的机构。", f"{issuer.name_zh}, registered.")


def _key_validity(
    document: dict[str, Any], issuer: TrustedIssuer | None, key: IssuerKey | None, logged: datetime | None
) -> Check:
    """``logged`` is when the document was entered in the log; it is asked for where others may have had the key."""
    if issuer is None or "proof" not in document:
        return skipped("key")
    if key is None:
        return Check(
            "key",
            "fail",
            "签名密钥不属于该机构。",
            "The signing key is not one of this issuer's.",
            ASK_ZH,
            ASK_EN,
        )
    issued = document["credentialSubject"]["issued"]
    created = document["proof"]["created"]
    for text in (issued, created):
        if not key.validity.contains(datetime.fromisoformat(text)):
            return Check(
                "key",
                "fail",
                f"签名密钥在 {told(text)} 不在有效期内。",
                f"The signing key was not valid at {told(text)}.",
                ASK_ZH,
                ASK_EN,
            )
    if key.compromised is not None and (logged is None or logged >= key.compromised):
        return _compromised(key.compromised, logged)
    zh, en = f"密钥在签发时（{told(issued)}）有效。", f"The key was valid at issue ({told(issued)})."
    if key.compromised is not None and logged is not None:
        zh += f"密钥后来（自 {told(key.compromised)} 起）泄露；日志证明文件在此之前（{told(logged)}）已登入。"
        en += (
            f" Others may have had it since {told(key.compromised)}; the log had the document before ({told(logged)})."
        )
    return Check("key", "pass", zh, en)


def _compromised(since: datetime, logged: datetime | None) -> Check:
    """Judged at log time: the times that a document states are worth nothing when others have its key."""
    zh, en = f"签名密钥自 {told(since)} 起可能已被他人掌握", f"Others may have had the signing key since {told(since)}"
    if logged is None:
        zh, en = f"{zh}；没有日志证明，不能证明文件在此之前签发。", f"{en}, and no log proof shows that this is older."
        return Check("key", "not-evaluated", zh, en, *FETCH)
    zh, en = f"{zh}，文件于 {told(logged)} 才登入日志。", f"{en}; this was entered in the log at {told(logged)}."
    return Check("key", "fail", zh, en, ASK_ZH, ASK_EN)


def _status(document: dict[str, Any], trust: TrustBundle | None, now: datetime) -> tuple[Status, Check]:
    ends, start = document.get("validUntil"), document["validFrom"]
    entry = trust.status_at(document["id"], now) if trust else None
    if entry is not None and entry.status != "valid":
        zh, en = STATUS_WORDS[entry.status]
        since = told(entry.since)
        by = entry.superseded_by
        zh = f"自 {since} 起{zh}" + (f"，由 {by} 替代" if by else "") + f"。{entry.reason_zh}"
        en = f"{en.capitalize()} since {since}" + (f", replaced by {by}" if by else "") + f". {entry.reason_en}"
        todo = (f"请使用 {by}。", f"Use {by}.") if by else ("请勿继续使用。", "Do not use it any more.")
        return entry.status, Check("status", "fail", zh, en.rstrip(), *todo)  # type: ignore[return-value]
    listed = _listed(document, trust)
    if isinstance(listed, Said) and (by_list := _on_list(listed, trust)):
        return by_list
    if ends is not None and datetime.fromisoformat(ends) <= now:
        todo = ("请索取有效的文件。", "Ask for one that is valid.")
        return "expired", Check("status", "fail", f"已于 {told(ends)} 到期。", f"Expired at {told(ends)}.", *todo)
    if datetime.fromisoformat(start) > now:
        todo = ("请在生效后使用。", "Use it from then on.")
        return "not-yet-valid", Check(
            "status", "fail", f"{told(start)} 起才生效。", f"Valid only from {told(start)}.", *todo
        )
    issued = datetime.fromisoformat(document["credentialSubject"]["issued"])
    known = [
        (made, until)
        for made, until in (
            *([(trust.generated, trust.generated + LASTS)] if trust and trust.statuses is not None else []),
            *([(listed.made, listed.until)] if isinstance(listed, Said) else []),
        )
        if made >= issued
    ]
    if not known:
        zh = "信任清单没有状态信息，或比文件更早，无法判断是否已暂停、撤销或被替代。"
        en = "The bundle has no status or is older than the document: suspension or withdrawal is not known."
        if isinstance(listed, BadList):
            zh, en = listed.zh, listed.en
        return "unknown", Check("status", "not-evaluated", zh, en, BUNDLE_ZH, BUNDLE_EN)
    made, until = max(known)
    stamp, age = told(made), (now - made).days
    if now > until:
        zh = f"状态信息截至 {stamp}，已过时（{age} 天）：此后是否暂停、撤销或被替代不得而知。"
        en = f"Its status is known as of {stamp}, {age} days ago: it may have been suspended or withdrawn since."
        return "unknown", Check("status", "not-evaluated", zh, en, BUNDLE_ZH, BUNDLE_EN)
    return "valid", Check("status", "pass", f"有效（截至 {stamp}）。", f"Valid (as of {stamp}).")


def _listed(document: dict[str, Any], trust: TrustBundle | None) -> Said | BadList | None:
    """What the status lists say, or why they say nothing; None where there are none or the document is in none."""
    if trust is None or trust.lists is None:
        return None
    try:
        return said(document, trust.lists)
    except BadList as problem:
        return problem


def _on_list(found: Said, trust: TrustBundle | None) -> tuple[Status, Check] | None:
    """The status by the lists alone. They give no reason; a newer bundle tells of a suspension that has ended."""
    stamp = told(found.made)
    newer = trust is not None and trust.statuses is not None and trust.generated > found.made
    if found.revoked:
        zh = f"状态清单（{stamp}）标明已撤销或已被替代。"
        en = f"The status list of {stamp} has it withdrawn or replaced."
        return "withdrawn", Check("status", "fail", zh, en, "请勿继续使用。", "Do not use it any more.")
    if found.suspended and not newer:
        zh = f"状态清单（{stamp}）标明已暂停。"
        en = f"The status list of {stamp} has it suspended."
        return "suspended", Check("status", "fail", zh, en, "请勿继续使用。", "Do not use it any more.")
    return None


def _recognition(document: dict[str, Any], issuer: TrustedIssuer | None) -> Check:
    claimed = document["credentialSubject"].get("recognitions", [])
    if issuer is None or issuer.recognitions is None:
        return skipped("recognition", BUNDLE_ZH, BUNDLE_EN)
    if not claimed:
        return Check(
            "recognition",
            "not-evaluated",
            "文件未声明任何资质。",
            "The document claims no recognition.",
            "如法规要求资质，请向机构核实。",
            "If the law asks for one, enquire of the issuer.",
        )
    day = datetime.fromisoformat(document["credentialSubject"]["issued"]).date()
    for claim in claimed:
        label = f"{claim['scheme']} {claim['number']}"
        same = [
            entry for entry in issuer.recognitions if (entry.scheme, entry.number) == (claim["scheme"], claim["number"])
        ]
        if not any(entry.holds_on(day) for entry in same):
            zh = f"{label} 在签发日 {day} 无效。" if same else f"该机构没有登记资质 {label}。"
            en = f"{label} did not hold on {day}." if same else f"No recognition {label} is registered."
            return Check("recognition", "fail", zh, en, ASK_ZH, ASK_EN)
    labels = "、".join(f"{claim['scheme']} {claim['number']}" for claim in claimed)
    return Check("recognition", "pass", f"签发日具有资质：{labels}。", f"Held on the day of issue: {labels}.")


def told(moment: datetime | str) -> str:
    """A moment as people in China read it, to the minute: 2026-11-21 12:08; at the ends of time as it is written."""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    try:
        return f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M}"
    except OverflowError:
        return at.isoformat()


def skipped(code: str, todo_zh: str = ASK_ZH, todo_en: str = ASK_EN) -> Check:
    """Return a check that could not be made because an earlier one failed or something is missing."""
    zh, en = "缺少前提，未作判断。", "Not evaluated, since what it rests on is missing."
    return Check(code, "not-evaluated", zh, en, todo_zh, todo_en)
