"""Keys at rest and their validity."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from quanheng.kernel.attestations.credentials.suites.registry import suites
from quanheng.kernel.attestations.errors import KeyNotValid, MalformedKey
from quanheng.kernel.attestations.keys import sealing

START = datetime(2026, 1, 1, tzinfo=UTC)
VALIDITY = sealing.Validity(START, START + timedelta(days=365))
KEK = os.urandom(32)


@pytest.mark.parametrize("name", sorted(sealing.SIGNERS))
def test_sealed_key_signs_what_its_public_part_verifies(name: str) -> None:
    new = sealing.generate("did:web:lab.example", KEK, name)
    signer = sealing.unseal_signer(new.key_id, new.sealed, KEK, VALIDITY, name)
    assert signer.public_multikey == new.public_multikey
    assert new.key_id == f"did:web:lab.example#{new.public_multikey}"
    assert signer.sign(b"page") == signer.sign(b"page"), "a page that is made again is the same page"
    suite = suites.get(signer.suite)
    assert suite.codec == signer.codec and suites.of_key(signer.codec) is suite
    document = {"@context": "https://www.w3.org/ns/credentials/v2", "name": "报告"}
    proof = suite.create(document, signer, "2026-03-01T00:00:00Z")
    suite.verify(document | {"proof": proof}, proof, new.public_multikey)


def test_sealed_key_opens_only_with_its_own_kek_and_reference() -> None:
    new = sealing.generate("did:web:lab.example", KEK)
    for sealed, kek, key_id in [
        (new.sealed, os.urandom(32), new.key_id),
        (new.sealed, KEK, "did:web:other.example#x"),
        (new.sealed[:-6] + "AAAAA=", KEK, new.key_id),
        ("k0" + new.sealed[2:], KEK, new.key_id),
        ("", KEK, new.key_id),
        (new.sealed, b"short", new.key_id),
    ]:
        with pytest.raises(MalformedKey):
            sealing.unseal(sealed, kek, key_id)


def test_two_seals_of_one_key_differ() -> None:
    assert sealing.seal(b"s" * 32, KEK, "k") != sealing.seal(b"s" * 32, KEK, "k")


def test_validity_is_half_open() -> None:
    assert VALIDITY.contains(START)
    assert VALIDITY.end is not None and not VALIDITY.contains(VALIDITY.end)
    assert sealing.Validity(START).contains(START + timedelta(days=36500))
    new = sealing.generate("did:web:lab.example", KEK)
    signer = sealing.unseal_signer(new.key_id, new.sealed, KEK, VALIDITY)
    with pytest.raises(KeyNotValid):
        signer.require_valid(START - timedelta(seconds=1))
