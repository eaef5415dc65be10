"""Status lists as signed credentials, and what they say of a document: no network, no database, no Django.

Each number has two lists, one for revocation (withdrawn, or replaced: for good) and one for suspension (for the time
being). A document names its place in both; the lists are fetched whole, so that nobody learns which document is
being looked at. What the reason was and what replaced it, the register tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from quanheng.kernel.attestations.credentials.canonical import loads
from quanheng.kernel.attestations.credentials.credential import VC_CONTEXT
from quanheng.kernel.attestations.credentials.suites.registry import suites
from quanheng.kernel.attestations.credentials.trust import IssuerKey
from quanheng.kernel.attestations.errors import AttestationError
from quanheng.kernel.statuslists.bitstring import BadBitstring, is_set, packed, unpacked

REVOCATION, SUSPENSION = "revocation", "suspension"
PURPOSES = (REVOCATION, SUSPENSION)
# 2²³ places: 1 MiB of bits, 8.4 million documents.
SIZE = 1 << 23
# Lists are signed daily. One that is two days old has missed a signing, and what it says may have changed since.
LASTS = timedelta(days=2)
MAX_BYTES = 4 * 1024 * 1024
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


class BadList(Exception):
    """Something is no status list of whom it must be; with the reason in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


def address_of(site: str, number: int, purpose: str) -> str:
    """Where a list is, for good."""
    return f"{site}/status/{number}/{purpose}"


def entries(site: str, number: int, index: int) -> list[dict[str, Any]]:
    """The ``credentialStatus`` of a document at a place of the lists of a number (section 2.1)."""
    found = []
    for purpose in PURPOSES:
        address = address_of(site, number, purpose)
        found.append(
            {
                "id": f"{address}#{index}",
                "type": "BitstringStatusListEntry",
                "statusPurpose": purpose,
                "statusListIndex": str(index),
                "statusListCredential": address,
            }
        )
    return found


def unsigned(address: str, purpose: str, issuer: str, indices: Iterable[int], at: datetime) -> dict[str, Any]:
    """A list credential (section 2.2) made at a moment (aware, whole seconds), without its proof."""
    return {
        "@context": [VC_CONTEXT],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": at.isoformat(),
        "validUntil": (at + LASTS).isoformat(),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": packed(SIZE, indices),
        },
    }


@dataclass(frozen=True)
class StatusList:
    """A list whose signature was verified: of what, from when until when it may be relied on, its bits."""

    address: str
    purpose: str
    made: datetime
    until: datetime
    bits: bytes

    def says(self, index: int) -> bool:
        """Whether the document at an index is revoked, or suspended. BadBitstring outside of the list."""
        return is_set(self.bits, index)


def opened(data: bytes | dict[str, Any], keys: Iterable[IssuerKey]) -> StatusList:
    """Verify a list credential. BadList, with the reason, where it is none or not signed with one of the platform's
    ``keys`` while that was valid."""
    try:
        document = data if isinstance(data, dict) else loads(data, max_bytes=MAX_BYTES)
        proof, subject = document["proof"], document["credentialSubject"]
        reference = str(proof["verificationMethod"])
        if "BitstringStatusListCredential" not in document["type"] or subject["type"] != "BitstringStatusList":
            raise ValueError("type")
        made, until = (_aware(document[name]) for name in ("validFrom", "validUntil"))
        key = next((one for one in keys if one.id == reference and one.validity.contains(made)), None)
        if key is None or reference.partition("#")[0] != document["issuer"]:
            raise BadList("状态清单不是由平台签名的。", "The status list is not signed by the platform.")
        if key.compromised is not None and made >= key.compromised:
            raise BadList(
                "状态清单由已宣布泄露的平台密钥签名。",
                "The status list is signed with a compromised key of the platform.",
            )
        suites.get(proof["cryptosuite"]).verify(document, proof, key.public_multikey)
        purpose = subject["statusPurpose"]
        if purpose not in PURPOSES:
            raise ValueError("statusPurpose")
        return StatusList(str(document["id"]), purpose, made, until, unpacked(subject["encodedList"]))
    except AttestationError as error:
        raise BadList(f"状态清单不可用：{error.zh}", f"The status list cannot be used: {error.en}") from error
    except (BadBitstring, KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadList("状态清单格式不正确，请重新下载。", f"The status list is malformed ({error}).") from error


@dataclass(frozen=True)
class Said:
    """What lists say of a document: revoked, suspended, neither; as of when, and until when that may be relied on."""

    revoked: bool
    suspended: bool
    made: datetime
    until: datetime


def said(document: dict[str, Any], lists: Mapping[str, StatusList | BadList]) -> Said | None:
    """What the lists say of a document, by the places that it names; None where it names none.

    BadList where a list that it names is missing, is for something else, or ends before the document's place.
    """
    named = document.get("credentialStatus")
    places = named if isinstance(named, list) else [named] if named else []
    found: dict[str, bool] = {}
    made, until = [], []
    for one in places:
        if one.get("type") != "BitstringStatusListEntry":
            continue
        address, purpose = str(one.get("statusListCredential")), one.get("statusPurpose")
        known = lists.get(address)
        if known is None:
            raise BadList(
                f"没有文件所指的状态清单 {address}。", f"The status list that it names, {address}, is missing."
            )
        if isinstance(known, BadList):
            raise known
        index = str(one.get("statusListIndex"))
        if known.purpose != purpose or not _INDEX.fullmatch(index):
            raise BadList(
                f"文件所写的状态位置与清单 {address} 的用途不符。",
                f"The document's place does not fit the purpose of the list {address}.",
            )
        try:
            found[purpose] = known.says(int(index)) or found.get(purpose, False)
        except BadBitstring as error:
            raise BadList(f"文件所写的状态位置不在清单 {address} 内。", f"{address}: {error}.") from error
        made.append(known.made)
        until.append(known.until)
    if not found:
        return None
    return Said(found.get(REVOCATION, False), found.get(SUSPENSION, False), min(made), min(until))


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return moment
