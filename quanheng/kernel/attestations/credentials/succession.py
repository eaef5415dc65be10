"""The platform's key followed from one that a reader knows to the one that signs now.

Before a key of the platform is replaced it signs which key comes after it. Whoever pinned the former one goes from
statement to statement to the present one, without asking anybody. A key that was lost or that others may have had signs
no such statement: whoever pinned it has to get the new one anew, by the way by which it came the first time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from quanheng.kernel.attestations.credentials.canonical import known_bytes
from quanheng.kernel.attestations.credentials.suites.base import Signer
from quanheng.kernel.attestations.credentials.suites.registry import suites
from quanheng.kernel.attestations.errors import AttestationError, TrustError

TYPE = "KeySuccession"
# A key lasts a year or so; more steps than these are nobody's history.
MOST = 100


def stated(former: Signer, former_public: str, key_id: str, public: str, since: datetime, suite: str) -> dict[str, Any]:
    """The statement of the former key: which one signs after it, and from when on."""
    document = {
        "type": TYPE,
        "former": former.key_id,
        "formerPublicKeyMultibase": former_public,
        "id": key_id,
        "publicKeyMultibase": public,
        "since": since.isoformat(),
    }
    return document | {"proof": suites.get(suite).create(document, former, since.isoformat())}


def followed(pin: str, statements: Sequence[Any]) -> list[dict[str, Any]]:
    """The statements that lead from a pinned public Multikey to the present one, the oldest first; none where no key
    came after it.

    TrustError where a key named two successors, or where one signed wrongly: somebody has been at it.
    """
    steps: list[dict[str, Any]] = []
    at, passed = pin, {pin}
    while after := _after(at, statements[:MOST]):
        for statement in after:
            _verify(statement, at)
        if len({known_bytes(one) for one in after}) > 1:
            raise TrustError(
                "key-fork",
                f"平台密钥 {at[:14]}… 指定了两把不同的后继密钥，可能已被盗用，请勿采信并告知监管部门。",
                f"The platform's key {at[:14]}… names two successors; others may have it. Do not rely on it.",
            )
        at = str(after[0]["publicKeyMultibase"])
        if at in passed:
            raise TrustError("key-loop", "平台密钥的接续成环，请勿采信。", "The platform's keys follow in a circle.")
        passed.add(at)
        steps.append(after[0])
    return steps


def _after(key: str, statements: Iterable[Any]) -> list[dict[str, Any]]:
    return [one for one in statements if isinstance(one, dict) and one.get("formerPublicKeyMultibase") == key]


def _verify(statement: dict[str, Any], former: str) -> None:
    try:
        proof = statement["proof"]
        if statement["type"] != TYPE or proof["verificationMethod"] != statement["former"]:
            raise ValueError("the statement is not its key's")
        str(statement["publicKeyMultibase"]), datetime.fromisoformat(statement["since"])
        suites.get(proof["cryptosuite"]).verify(statement, proof, former)
    except (AttestationError, KeyError, TypeError, ValueError) as error:
        raise TrustError(
            "key-succession",
            "信任清单所称的新平台密钥没有旧密钥的有效签名，请勿采信。",
            "The new platform key is not signed by the former one; do not rely on it.",
        ) from error
