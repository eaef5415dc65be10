"""The code on a printed report: facts and the issuer's signature over them, which verify with no network. No Django.

It is the address of the report with a fragment behind it, so that any telephone opens the report's page. The fragment
is signed facts in digits of base 43: the characters that both a QR code packs densely and an address may hold.
"""

import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from quanheng.kernel.attestations.credentials.canonical import known_bytes
from quanheng.kernel.attestations.credentials.suites.registry import suites
from quanheng.kernel.attestations.errors import AttestationError, MalformedKey
from quanheng.kernel.attestations.keys import multikey

VERSION = 1
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$*+-./:"
# Positions are stored: new ones go to the end.
KINDS = (
    "test-report",
    "calibration-certificate",
    "verification-certificate",
    "inspection-report",
    "certificate",
    "qualification",
    "declaration",
)
DECISIONS = ("conforms", "does-not-conform", "not-judged")
SYNTHETIC = 1
# Version, kind, decision, flags, seconds of issue since 1970, days of the end since 1970 or 0, key, digest.
_HEAD = struct.Struct(">BBBBII8s32s")
_SIGNATURE = 64
# What is signed here is signed for this and nothing else: the signature of a document is over 64 bytes.
_DOMAIN = b"quanheng/printed-code/v1\n"
NAME_BYTES = 60  # of the object's name; together with the number the code is then about 2 cm wide
MOST = 2000  # characters of a code
_EPOCH = date(1970, 1, 1)


class BadCode(AttestationError):
    """What was scanned is not the code of a report, or is damaged."""


@dataclass(frozen=True)
class Facts:
    """What a printed code says of its report; ``key`` are eight bytes that name the signing key."""

    address: str
    kind: str
    decision: str
    synthetic: bool
    issued: datetime
    valid_until: date | None
    key: bytes
    sha256: str
    number: str
    object: str


def facts_of(document: dict[str, Any]) -> Facts:
    """Return what the code of a signed attestation says."""
    subject, thing = document["credentialSubject"], document["credentialSubject"]["object"]
    until = document.get("validUntil")
    named = " ".join(filter(None, (thing["nameZh"], thing.get("model"))))
    return Facts(
        address=document["id"],
        kind=subject["kind"],
        decision=subject["decision"],
        synthetic=subject["synthetic"],
        issued=datetime.fromisoformat(subject["issued"]).astimezone(UTC),
        valid_until=datetime.fromisoformat(until).date() if until else None,
        key=key_name(document["proof"]["verificationMethod"]),
        sha256=hashlib.sha256(known_bytes(document)).hexdigest(),
        number=subject["number"],
        object=named.encode()[:NAME_BYTES].decode(errors="ignore"),
    )


def key_name(key_id: str) -> bytes:
    """Eight bytes that name a key: enough to find it among an issuer's or a platform's."""
    return hashlib.sha256(key_id.encode()).digest()[:8]


def made(document: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    """Return the code of a signed attestation, signed with the key of its proof."""
    facts = facts_of(document)
    body = _packed(facts)
    return f"{facts.address}#{_digits(body + sign(_message(facts.address, body)))}"


def opened(text: str) -> tuple[Facts, bytes, bytes]:
    """Return facts, the message that was signed, and the signature, of what was scanned. BadCode where it is none."""
    address, sign, digits = text.strip().partition("#")
    try:
        if not sign or len(text) > MOST:
            raise ValueError("no fragment")
        whole = _bytes(digits)
        body, signature = whole[:-_SIGNATURE], whole[-_SIGNATURE:]
        facts = _unpacked(address, body)
        if _digits(_packed(facts) + signature) != digits:
            raise ValueError("another spelling")
    except (ValueError, IndexError, OverflowError, struct.error) as error:
        raise BadCode(
            "not-a-code",
            "不是报告上的二维码内容，或已损坏、不完整；请重新扫描整个二维码。",
            "This is not what the code of a report holds, or it is damaged; scan the whole code again.",
        ) from error
    return facts, _message(address, body), signature


def signed_by(public_multikey: str, message: bytes, signature: bytes) -> bool:
    """Tell whether a key, as Multikey, made the signature."""
    try:
        codec, raw = multikey.decode(public_multikey)
        suite = suites.of_key(codec)
        return suite is not None and suite.holds(raw, signature, message)
    except MalformedKey:
        return False


def belongs(text: str, document: dict[str, Any]) -> bool:
    """Tell whether a code is that of a signed attestation, signed with the key that the attestation's proof names."""
    public = multikey.from_reference(document["proof"]["verificationMethod"])
    try:
        facts, message, signature = opened(text)
    except BadCode:
        return False
    return public is not None and facts == facts_of(document) and signed_by(public, message, signature)


def _message(address: str, body: bytes) -> bytes:
    return _DOMAIN + address.encode() + b"\n" + body


def _packed(facts: Facts) -> bytes:
    head = _HEAD.pack(
        VERSION,
        KINDS.index(facts.kind),
        DECISIONS.index(facts.decision),
        SYNTHETIC if facts.synthetic else 0,
        int(facts.issued.timestamp()),
        (facts.valid_until - _EPOCH).days if facts.valid_until else 0,
        facts.key,
        bytes.fromhex(facts.sha256),
    )
    return head + f"{facts.number}\n{facts.object}".encode()


def _unpacked(address: str, body: bytes) -> Facts:
    version, kind, decision, flags, issued, until, key, digest = _HEAD.unpack(body[: _HEAD.size])
    if version != VERSION or flags not in (0, SYNTHETIC):
        raise ValueError("unknown version")
    number, _line, named = body[_HEAD.size :].decode().partition("\n")
    return Facts(
        address=address,
        kind=KINDS[kind],
        decision=DECISIONS[decision],
        synthetic=flags == SYNTHETIC,
        issued=datetime.fromtimestamp(issued, UTC),
        valid_until=_EPOCH + timedelta(days=until) if until else None,
        key=key,
        sha256=digest.hex(),
        number=number,
        object=named,
    )


def _digits(data: bytes) -> str:
    """Bytes that do not begin with zero, as one number in base 43."""
    number, found = int.from_bytes(data, "big"), []
    while number:
        number, digit = divmod(number, len(DIGITS))
        found.append(DIGITS[digit])
    return "".join(reversed(found))


def _bytes(digits: str) -> bytes:
    number = 0
    for one in digits:
        number = number * len(DIGITS) + DIGITS.index(one)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
