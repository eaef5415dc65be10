"""What the log says of an attestation or a key, and how an entry commits to it without telling anybody.

A *statement* is canonical JSON: it names the document by its address and digest, never what it is about or whom. The
entry is the digest of a random salt and the statement. Whoever holds both can show that they are in the log; from the
log alone nobody learns which documents there are, not even by guessing.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import UTC, datetime
from typing import Any

SALT_BYTES = 16
# What is hashed here is hashed for this and nothing else.
_DOMAIN = b"quanheng/log-entry/v1\n"


def new_salt() -> bytes:
    """A salt: 128 random bits, so that no list of addresses can be tried."""
    return secrets.token_bytes(SALT_BYTES)


def committed(salt: bytes, statement: str) -> bytes:
    """The entry: 32 bytes that only whoever knows salt and statement can make."""
    return hashlib.sha256(_DOMAIN + salt + statement.encode()).digest()


def issued(address: str, sha256: str, at: datetime) -> dict[str, str]:
    """An attestation was issued: its address, the digest of its bytes, the time of issue that it states."""
    return {"type": "issue", "id": address, "sha256": sha256, "issued": _moment(at)}


def changed(address: str, status: str, since: datetime, by: str = "") -> dict[str, str]:
    """The status of an attestation changed; ``by`` is the address of what replaces it."""
    found = {"type": "status", "id": address, "status": status, "since": _moment(since)}
    return found | {"supersededBy": by} if by else found


def key_made(key_id: str, public: str, since: datetime, certificate: str = "") -> dict[str, str]:
    """A signing key came into use; ``certificate`` is the SHA-256 of the certificate of PDFs that belongs to it."""
    found = {"type": "key", "id": key_id, "publicKey": public, "since": _moment(since)}
    return found | {"pdfCertificate": certificate} if certificate else found


def key_certified(key_id: str, public: str, certificate: str, since: datetime) -> dict[str, str]:
    """A signing key of before there were certificates of PDFs got one, with this SHA-256."""
    return {"type": "key-certificate", "id": key_id, "publicKey": public} | {
        "pdfCertificate": certificate,
        "since": _moment(since),
    }


def key_ended(key_id: str, public: str, until: datetime) -> dict[str, str]:
    """A signing key is replaced: it signs until then."""
    return {"type": "key-end", "id": key_id, "publicKey": public, "until": _moment(until)}


def key_followed(key_id: str, public: str, after: str, sha256: str, since: datetime) -> dict[str, str]:
    """A key of the platform signed which one follows it: the public half of that, and the digest of the statement."""
    return {"type": "key-followed", "id": key_id, "publicKey": public} | {
        "by": after,
        "sha256": sha256,
        "since": _moment(since),
    }


def key_compromised(key_id: str, public: str, since: datetime) -> dict[str, str]:
    """Others may have had a signing key since a moment."""
    return {"type": "key-compromised", "id": key_id, "publicKey": public, "since": _moment(since)}


def listed(address: str, sha256: str, since: datetime) -> dict[str, str]:
    """A status list was signed: where it is, the digest of its bytes, when it was made."""
    return {"type": "list", "id": address, "sha256": sha256, "since": _moment(since)}


def ruled(name: str, sha256: str, since: datetime) -> dict[str, str]:
    """From a moment on documents were held against these rules before issue: their name, the digest of their text."""
    return {"type": "rules", "id": name, "sha256": sha256, "since": _moment(since)}


def written(statement: dict[str, str], logged: datetime) -> str:
    """A statement with the time of its entry, in the one spelling that counts.

    All members are texts with ASCII names: sorted, without spaces, this is RFC 8785.
    """
    whole = statement | {"logged": _moment(logged)}
    return json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read(statement: str) -> dict[str, Any]:
    """The members of a written statement. ValueError where it is none."""
    found = json.loads(statement)
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        raise ValueError("a statement has members that are texts")
    return found


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
