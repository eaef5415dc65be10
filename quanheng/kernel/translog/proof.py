"""The proof that an attestation is in the log, and what it is worth: judged without network, database or Django.

A proof is one JSON object: the entries of a document (its issue first, then changes of its status) with salts,
statements and inclusion proofs, and the checkpoint that they lead to, with the signature of the log and the
cosignatures of its witnesses.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from quanheng.kernel.attestations.credentials.verdict import Check
from quanheng.kernel.translog import entry, merkle
from quanheng.kernel.translog.note import BadNote, Signed, Verifier, opened

TYPE = "LogProof"
MAX_BYTES = 1024 * 1024
MAX_ENTRIES = 200
# Entered later than this after its issue, a document is pointed out: it may have been dated back.
PROMPT = timedelta(days=1)
BEIJING = timezone(timedelta(hours=8))

ASK = ("请勿只凭本项采信，向出具机构和平台核实。", "Do not rely on it for this; ask the issuer and the platform.")
FETCH = (
    "在该文件的查验页下载“日志证明”，与文件一起再验（./qh verify --proof）。",
    "Download the log proof from the page of the document and verify both together (./qh verify --proof).",
)
KEYS = ("请从平台下载新的信任清单后再验。", "Download the platform's trust bundle anew and verify again.")
SOON = ("检查点每分钟一个，请稍后再查。", "There is a checkpoint every minute; look again soon.")
WITNESSES = (
    "可自行保存检查点，以后用 ./qh log mirror 核对日志没有倒退或分叉。",
    "Keep the checkpoint yourself and check later, with ./qh log mirror, that the log neither went back nor forked.",
)


@dataclass(frozen=True)
class Evidence:
    """What is known of a document's place in the log: its proof; or that it was looked for in vain."""

    proof: dict[str, Any] | None = None
    missing: bool = False


class BadProof(Exception):
    """A proof that does not prove; with the reason in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


@dataclass(frozen=True)
class Proven:
    """What a proof shows: index and statement of each entry, and the checkpoint."""

    entries: tuple[tuple[int, dict[str, Any]], ...]
    signed: Signed


def made(entries: Iterable[tuple[int, bytes, str]], note: str, size: int, nodes: merkle.Nodes) -> dict[str, Any]:
    """A proof of entries (index, salt, statement) in the tree of a checkpoint; without ``note`` it is still to come."""
    return {
        "type": TYPE,
        "checkpoint": note,
        "entries": [
            {
                "index": index,
                "salt": b64encode(salt).decode(),
                "statement": statement,
                "hashes": [b64encode(one).decode() for one in merkle.inclusion_proof(index, size, nodes)]
                if note
                else [],
            }
            for index, salt, statement in entries
        ],
    }


def loaded(data: bytes) -> dict[str, Any]:
    """A proof from a file. BadProof where it is none."""
    if len(data) > MAX_BYTES:
        raise BadProof("日志证明文件过大。", "The proof file is too large.")
    try:
        found = json.loads(data)
        name_of(found)
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise BadProof("这不是日志证明文件，请重新下载。", "This is no log proof; download it again.") from error
    return dict(found)


def name_of(proof: dict[str, Any]) -> str:
    """The address of the document that a proof is about."""
    if proof["type"] != TYPE:
        raise ValueError(proof["type"])
    return str(entry.read(proof["entries"][0]["statement"])["id"])


def proven(
    proof: dict[str, Any], address: str, sha256: str, logs: Sequence[Verifier], witnesses: Sequence[Verifier]
) -> Proven:
    """Verify a proof about a document. BadProof, with the reason, where it does not hold."""
    try:
        signed = _opened(str(proof["checkpoint"]), tuple(logs), tuple(witnesses))
        checkpoint, found = signed.checkpoint, []
        if not 0 < len(proof["entries"]) <= MAX_ENTRIES:
            raise ValueError("entries")
        for one in proof["entries"]:
            index, statement = one["index"], str(one["statement"])
            if not isinstance(index, int) or isinstance(index, bool):
                raise ValueError("index")
            leaf = merkle.leaf_hash(entry.committed(b64decode(one["salt"], validate=True), statement))
            path = [b64decode(each, validate=True) for each in one["hashes"]]
            merkle.verify_inclusion(leaf, index, checkpoint.size, path, checkpoint.root)
            found.append((index, entry.read(statement)))
        first = found[0][1]
        about = {str(each["id"]) for _index, each in found}
    except BadNote as error:
        raise BadProof(
            "检查点没有日志的有效签名。", f"The checkpoint carries no valid signature of the log: {error}."
        ) from error
    except merkle.ProofFailed as error:
        raise BadProof(
            "包含证明不成立：该条目不在检查点所签的日志中。", f"The inclusion proof fails: {error}."
        ) from error
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise BadProof("日志证明格式不正确。", "The log proof is malformed.") from error
    if about != {address} or first.get("type") != "issue":
        raise BadProof("日志证明属于另一份文件。", "The proof is about another document.")
    if first.get("sha256") != sha256:
        raise BadProof(
            "日志中登记的内容与此文件不同。", "What the log has of this document is not what this file holds."
        )
    return Proven(tuple(found), signed)


def judged(
    address: str,
    sha256: str,
    evidence: Evidence | None,
    logs: Sequence[str],
    witnesses: Sequence[str],
    kept: str = "",
) -> tuple[Check, Check]:
    """The checks "log" and "witness" of a document. Keys are verifier keys as texts; unreadable ones are none.

    ``kept`` is a checkpoint that the reader has from elsewhere: of one size there is one tree.
    """
    if evidence is not None and evidence.missing:
        zh = "日志中没有这份文件的签发条目：登记簿可能被绕过日志改动。"
        en = "The log has no entry of its issue: the register may have been changed behind the log's back."
        return Check("log", "fail", zh, en, *ASK), _unknown()
    proof = evidence.proof if evidence else None
    if proof is None:
        zh, en = "没有给出日志证明，未核对是否登入日志。", "No log proof was given, so the log was not consulted."
        return Check("log", "not-evaluated", zh, en, *FETCH), _unknown()
    if not proof.get("checkpoint"):
        zh, en = "已登入日志，等待下一个检查点。", "Entered in the log; the next checkpoint will cover it."
        return Check("log", "not-evaluated", zh, en, *SOON), _unknown()
    known = _keys(logs)
    if not known:
        zh, en = "信任清单没有日志的公钥，无法核对检查点。", "The trust bundle has no key of the log."
        return Check("log", "not-evaluated", zh, en, *KEYS), _unknown()
    watching = _keys(witnesses)
    try:
        found = proven(proof, address, sha256, known, watching)
    except BadProof as error:
        return Check("log", "fail", error.zh, error.en, *ASK), _unknown()
    if _forked(found.signed, kept, known):
        zh = "证明所依据的检查点与您手上的检查点大小相同、内容不同：日志有两个版本。"
        en = "The proof's checkpoint and the one that you have are of one size but differ: there are two logs."
        return Check("log", "fail", zh, en, *ASK), _unknown()
    return _logged(found), _witnessed(found.signed, watching)


def logged_at(address: str, sha256: str, evidence: Evidence | None, logs: Sequence[str]) -> datetime | None:
    """When a document was entered in the log, as a proof that holds tells it; None where there is none."""
    if evidence is None or not (evidence.proof or {}).get("checkpoint"):
        return None
    try:
        found = proven(evidence.proof or {}, address, sha256, _keys(logs), ())
        return datetime.fromisoformat(str(found.entries[0][1]["logged"]))
    except (BadProof, KeyError, ValueError):
        return None


def _forked(signed: Signed, kept: str, known: Sequence[Verifier]) -> bool:
    """Whether a kept checkpoint of the same log states another tree of the same size."""
    if not kept:
        return False
    try:
        other = _opened(kept, tuple(known), ()).checkpoint
    except BadNote:
        return False
    here = signed.checkpoint
    return other.origin == here.origin and other.size == here.size and other.root != here.root


def _logged(found: Proven) -> Check:
    index, statement = found.entries[0]
    size, origin = found.signed.checkpoint.size, found.signed.checkpoint.origin
    logged = str(statement.get("logged", ""))
    zh = f"日志 {origin} 第 {index} 条（共 {size} 条），登入于 {_told(logged)}。"
    en = f"Entry {index} of {size} in the log {origin}, entered at {_told(logged)}."
    if changes := len(found.entries) - 1:
        zh += f"其后有 {changes} 条状态变化。"
        en += f" {changes} change(s) of status since."
    if _late(str(statement.get("issued", "")), logged):
        zh += "登入晚于所写的签发时间一天以上：此前的签发时间只有机构自己作证。"
        en += (
            " It was entered more than a day after it says it was issued: for the time before, only the issuer vouches."
        )
    return Check("log", "pass", zh, en)


def _witnessed(signed: Signed, watching: Sequence[Verifier]) -> Check:
    if not watching:
        zh, en = "没有登记任何见证方，日志只有平台自己签名。", "No witness is known; only the platform signs its log."
        return Check("witness", "not-evaluated", zh, en, *WITNESSES)
    if not signed.witnesses:
        zh, en = "该检查点还没有见证方会签。", "No witness has countersigned this checkpoint yet."
        return Check("witness", "not-evaluated", zh, en, *SOON)
    names = "、".join(f"{key.name}（{_stamp(at)}）" for key, at in signed.witnesses.items())
    named = ", ".join(f"{key.name} ({_stamp(at)})" for key, at in signed.witnesses.items())
    return Check(
        "witness",
        "pass",
        f"{len(signed.witnesses)} 个见证方会签，证明日志没有倒退或分叉：{names}。",
        f"Countersigned by {len(signed.witnesses)} witness(es): the log neither went back nor forked: {named}.",
    )


def _unknown() -> Check:
    zh, en = "缺少前提，未作判断。", "Not evaluated, since what it rests on is missing."
    return Check("witness", "not-evaluated", zh, en, *FETCH)


# Many documents are proven by one checkpoint: its signatures are looked at once, and so are the keys.
_opened, _read = lru_cache(64)(opened), lru_cache(256)(Verifier.read)


def _keys(texts: Iterable[str]) -> list[Verifier]:
    found = []
    for text in texts:
        try:
            found.append(_read(text))
        except BadNote:
            continue
    return found


def _late(issued: str, logged: str) -> bool:
    try:
        return datetime.fromisoformat(logged) - datetime.fromisoformat(issued) > PROMPT
    except (ValueError, TypeError):
        return False


def _told(moment: str) -> str:
    try:
        return f"{datetime.fromisoformat(moment).astimezone(BEIJING):%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError):
        return moment[:40]


def _stamp(seconds: int) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC).astimezone(BEIJING):%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError, OSError):
        return str(seconds)
