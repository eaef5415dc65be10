"""The published W3C vectors, byte for byte, and what must not verify."""

import hashlib
import json
from pathlib import Path
from typing import Any

import base58
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from quanheng.kernel.attestations.credentials.canonical import canonical_bytes
from quanheng.kernel.attestations.credentials.suites.registry import suites
from quanheng.kernel.attestations.errors import ProofError
from quanheng.kernel.attestations.keys import multikey

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors" / "eddsa_jcs_2022.json").read_text("utf-8"))
PUBLIC = VECTORS["keyPair"]["publicKeyMultibase"]


class VectorSigner:
    """Signs with the published private key."""

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id
        codec, raw = multikey.decode(VECTORS["keyPair"]["privateKeyMultibase"])
        assert codec == "ed25519-priv"
        self._private = Ed25519PrivateKey.from_private_bytes(raw)

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


def test_canonical_document_and_its_hash() -> None:
    canonical = canonical_bytes(VECTORS["unsigned"])
    assert canonical == VECTORS["canonicalDocument"].encode()
    assert hashlib.sha256(canonical).hexdigest() == VECTORS["documentHash"]


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_proof_equals_the_published_one(vector: dict[str, str]) -> None:
    suite = suites.get("eddsa-jcs-2022")
    proof = suite.create(VECTORS["unsigned"], VectorSigner(vector["verificationMethod"]), VECTORS["created"])
    assert proof["proofValue"] == vector["proofValue"]
    assert base58.b58decode(proof["proofValue"][1:]).hex() == vector["signature"]
    suite.verify(VECTORS["unsigned"] | {"proof": proof}, proof, PUBLIC)


def test_every_step_of_the_recommendation() -> None:
    vector = VECTORS["vectors"][0]
    options = json.loads(vector["canonicalProofOptions"])
    assert canonical_bytes(options) == vector["canonicalProofOptions"].encode()
    assert hashlib.sha256(canonical_bytes(options)).hexdigest() == vector["proofHash"]
    hashes = suites.get("eddsa-jcs-2022").hash_data(canonical_bytes(VECTORS["unsigned"]), options)  # type: ignore[attr-defined]
    assert hashes.hex() == vector["combinedHash"]


def signed() -> tuple[dict[str, Any], dict[str, Any]]:
    vector = VECTORS["vectors"][0]
    proof = json.loads(vector["canonicalProofOptions"]) | {"proofValue": vector["proofValue"]}
    return json.loads(json.dumps(VECTORS["unsigned"])), proof


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("created", "2023-02-24T23:36:39Z", "signature"),
        ("proofPurpose", "authentication", "proof-purpose"),
        ("type", "Ed25519Signature2020", "proof-type"),
        ("proofValue", "z2HnFSS", "signature"),
        ("proofValue", "m407cd126", "multibase"),
        ("proofValue", 7, "multibase"),
        ("@context", ["https://www.w3.org/ns/credentials/v2", "https://other.example/v1"], "proof-context"),
    ],
)
def test_changed_proof_is_refused(member: str, value: Any, code: str) -> None:
    document, proof = signed()
    proof[member] = value
    with pytest.raises(ProofError) as refusal:
        suites.get("eddsa-jcs-2022").verify(document, proof, PUBLIC)
    assert refusal.value.code == code


def test_changed_document_is_refused() -> None:
    document, proof = signed()
    document["credentialSubject"]["alumniOf"] = "Another School"
    with pytest.raises(ProofError, match="不符"):
        suites.get("eddsa-jcs-2022").verify(document, proof, PUBLIC)


def test_unknown_suite_is_named() -> None:
    with pytest.raises(ProofError, match="eddsa-jcs-2022"):
        suites.get("bbs-2023")


def test_multikey_round_trip_and_reference() -> None:
    codec, raw = multikey.decode(PUBLIC)
    assert multikey.encode(codec, raw) == PUBLIC
    assert multikey.from_reference(multikey.did_key(PUBLIC) + "#" + PUBLIC) == PUBLIC
    assert multikey.from_reference("did:web:lab.example#key-1") is None
