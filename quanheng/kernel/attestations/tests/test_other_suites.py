"""P-256 and SM2 against the published vectors, and every way of spoiling a proof."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from quanheng.kernel.attestations.credentials.canonical import canonical_bytes
from quanheng.kernel.attestations.credentials.suites.registry import suites
from quanheng.kernel.attestations.errors import MalformedKey, ProofError
from quanheng.kernel.attestations.keys import multikey, sealing, sm2
from quanheng.kernel.attestations.keys.signers import MECHANISMS, TokenSigner

VECTOR = json.loads((Path(__file__).parent / "vectors" / "ecdsa_jcs_2019.json").read_text())
# GB/T 32918.5-2017, A.2.
SECRET = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
PUBLIC = (
    0x09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020,
    0xCCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13,
)
NONCE = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
SIGNATURE = bytes.fromhex(
    "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
)
DOCUMENT: dict[str, Any] = {"@context": ["https://www.w3.org/ns/credentials/v2"], "number": "JC2026-1", "value": "6.10"}


def test_the_published_proof_of_p256_holds() -> None:
    signed = VECTOR["signed"]
    unsigned = {name: value for name, value in signed.items() if name != "proof"}
    assert hashlib.sha256(canonical_bytes(unsigned)).hexdigest() == VECTOR["hash"]
    public = signed["proof"]["verificationMethod"].partition("#")[2]
    suite = suites.get("ecdsa-jcs-2019")
    suite.verify(signed, signed["proof"], public)
    for changed in (signed | {"name": "x"}, signed | {"validFrom": "2023-01-02T00:00:00Z"}):
        with pytest.raises(ProofError):
            suite.verify(changed, signed["proof"], public)
    with pytest.raises(ProofError):
        suite.verify(signed, signed["proof"] | {"created": "2023-02-24T23:36:39Z"}, public)


@pytest.mark.parametrize(
    ("data", "digest"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_by_gb_t_32905(data: bytes, digest: str) -> None:
    assert sm2.sm3(data).hex() == digest


@pytest.mark.skipif("sm3" not in hashlib.algorithms_available, reason="OpenSSL was built without SM3")
@pytest.mark.parametrize("length", [0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 1000])
def test_sm3_agrees_with_openssl(length: int) -> None:
    data = bytes(place % 251 for place in range(length))
    assert sm2.sm3(data) == hashlib.new("sm3", data).digest()


def test_sm2_by_gb_t_32918_5() -> None:
    assert (
        sm2.digest_of(PUBLIC, b"message digest") == 0xF0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640
    )
    assert sm2.holds(PUBLIC, b"message digest", SIGNATURE)
    assert sm2.sign_for_tests(SECRET, b"message digest", NONCE) == SIGNATURE
    assert sm2.read_point(sm2.compressed(PUBLIC)) == PUBLIC


def test_sm2_refuses_what_is_no_signature() -> None:
    n, zero = sm2.N.to_bytes(32, "big"), bytes(32)
    r, s = SIGNATURE[:32], SIGNATURE[32:]
    opposite = (sm2.N - int.from_bytes(r, "big")).to_bytes(32, "big")
    for wrong in (b"", SIGNATURE[:-1], SIGNATURE + b"\0", zero + s, r + zero, n + s, r + n, s + r, r + opposite):
        assert not sm2.holds(PUBLIC, b"message digest", wrong)
    assert not sm2.holds(PUBLIC, b"message digesT", SIGNATURE)
    assert not sm2.holds(PUBLIC, b"message digest", SIGNATURE, b"somebody else")
    assert not sm2.holds(sm2.G, b"message digest", SIGNATURE)
    for wrong in (b"", b"\x04" + bytes(32), b"\x02" + b"\xff" * 32, b"\x02" + bytes(31) + b"\x05"):
        try:
            found = sm2.read_point(wrong)
        except MalformedKey:
            continue
        assert (found[1] ** 2 - found[0] ** 3 - sm2.A * found[0] - sm2.B) % sm2.P == 0, "a point of the curve"


class Module:
    """What a security module does, here with keys in memory."""

    def sign(self, label: str, mechanism: str, message: bytes) -> bytes:
        assert (label, mechanism) == ("lab", MECHANISMS["sm2-sm3-jcs"])
        return sm2.sign_for_tests(SECRET, message, NONCE)


def p256(issuer: str) -> sealing.KeptSigner:
    """Signs with a new P-256 key of an issuer."""
    kek, suite = bytes(32), "ecdsa-jcs-2019"
    new = sealing.generate(issuer, kek, suite)
    return sealing.unseal_signer(new.key_id, new.sealed, kek, sealing.Validity(datetime(2026, 1, 1, tzinfo=UTC)), suite)


@pytest.mark.parametrize("name", ["ecdsa-jcs-2019", "sm2-sm3-jcs"])
def test_a_proof_by_a_driver_holds_and_not_for_anything_else(name: str) -> None:
    suite = suites.get(name)
    if name == "ecdsa-jcs-2019":
        signer: Any = p256("did:web:lab.example")
    else:
        reference = f"did:web:lab.example#{multikey.encode('sm2-pub', sm2.compressed(PUBLIC))}"
        signer = TokenSigner(reference, Module(), "lab", name)
    public = multikey.from_reference(signer.key_id)
    assert public is not None
    proof = suite.create(DOCUMENT, signer, "2026-03-02T09:30:00+08:00")
    suite.verify(DOCUMENT | {"proof": proof}, proof, public)
    other = multikey.from_reference(p256("x").key_id)
    ed25519 = multikey.encode("ed25519-pub", bytes(32))
    for document, spoilt, key in (
        (DOCUMENT | {"value": "6.11"}, proof, public),
        (DOCUMENT, proof | {"created": "2026-03-02T09:30:01+08:00"}, public),
        (DOCUMENT, proof | {"proofValue": "z" + "1" * 64}, public),
        (DOCUMENT, proof | {"proofValue": ""}, public),
        (DOCUMENT, proof | {"cryptosuite": "eddsa-jcs-2022"}, public),
        (DOCUMENT, proof, other or ""),
        (DOCUMENT, proof, ed25519),
    ):
        with pytest.raises(ProofError):
            suite.verify(document, spoilt, key)


def test_a_token_that_gives_something_else_is_noticed() -> None:
    class Broken:
        def sign(self, label: str, mechanism: str, message: bytes) -> bytes:
            return b"DER"

    with pytest.raises(ValueError, match="not 64"):
        TokenSigner("did:web:x#k", Broken(), "lab", "ecdsa-jcs-2019").sign(b"x")
