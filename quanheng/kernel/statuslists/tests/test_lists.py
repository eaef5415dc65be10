"""Bitstrings and list credentials by themselves: what is published of them, and every way of spoiling one."""

from __future__ import annotations

import gzip
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanheng.kernel.attestations.credentials import trust, verify
from quanheng.kernel.attestations.credentials.canonical import canonical_bytes, loads
from quanheng.kernel.attestations.credentials.suites.registry import suites
from quanheng.kernel.attestations.errors import TrustError
from quanheng.kernel.attestations.keys import sealing
from quanheng.kernel.attestations.tests import samples
from quanheng.kernel.statuslists import bitstring, bundle, lists
from quanheng.kernel.statuslists.bitstring import FEWEST, BadBitstring, is_set, packed, unpacked
from quanheng.kernel.statuslists.lists import BadList

# W3C Bitstring Status List 1.0, the example of section 2.2: 131,072 places, none of them set.
PUBLISHED = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"
# The same with the second place set, as another implementation writes it.
SECOND = "uH4sIAAAAAAAA_-3AsQAAAAACsNDypwqjZ2sAAAAAAAAAAAAAAAAAAACAtwE3F1_NAEAAAA"
MADE = datetime(2026, 3, 20, 8, 0, tzinfo=UTC)
PLATFORM = "did:web:quanheng.example"
_NEW = sealing.generate(PLATFORM, samples.KEK)
SIGNER = sealing.unseal_signer(_NEW.key_id, _NEW.sealed, samples.KEK, samples.VALIDITY)
KEY = trust.IssuerKey(_NEW.key_id, _NEW.public_multikey, samples.VALIDITY)
PLACE = 94_567


def listed(purpose: str, indices: list[int], at: datetime = MADE, **changes: Any) -> dict[str, Any]:
    address = lists.address_of(samples.SITE, 1, purpose)
    document = lists.unsigned(address, purpose, PLATFORM, indices, at) | changes
    return document | {"proof": suites.get("eddsa-jcs-2022").create(document, SIGNER, at.isoformat())}


def document() -> dict[str, Any]:
    """A report that names its place."""
    from quanheng.kernel.attestations.credentials import credential

    status = lists.entries(samples.SITE, 1, PLACE)
    unsigned = credential.build(samples.statement(2), id=samples.ID, site=samples.SITE, status=status)
    return credential.issue(unsigned, samples.SIGNER)


def test_the_published_example() -> None:
    bits = unpacked(PUBLISHED)
    assert bits == bytes(FEWEST // 8) and not is_set(bits, PLACE)
    assert unpacked(packed(FEWEST, [])) == bits
    one = unpacked(SECOND)
    assert [index for index in range(FEWEST) if is_set(one, index)] == [1]
    assert one == unpacked(packed(FEWEST, [1])), "index 0 is the most significant bit of the first byte"


@given(st.sets(st.integers(0, FEWEST - 1), max_size=40))
def test_what_is_set_is_read_and_nothing_else(indices: set[int]) -> None:
    bits = unpacked(packed(FEWEST, indices))
    assert sum(byte.bit_count() for byte in bits) == len(indices)
    assert all(is_set(bits, index) for index in indices)


@pytest.mark.parametrize(
    "text",
    [
        "", "u", "H4sI", "z" + PUBLISHED[1:], PUBLISHED[:-20], PUBLISHED + "AAAA", "u!!!!", "u状态",
        "u" + urlsafe_b64encode(gzip.compress(bytes(FEWEST // 8 - 1), mtime=0)).decode(),
        "u" + urlsafe_b64encode(gzip.compress(bytes(bitstring.MOST_BYTES + 1), mtime=0)).decode(),
        "u" + urlsafe_b64encode(gzip.compress(bytes(200 * 1024 * 1024), 1, mtime=0)).decode(),
    ],
)  # fmt: skip
def test_what_is_no_bitstring_is_refused(text: str) -> None:
    with pytest.raises(BadBitstring):
        unpacked(text)


def test_places_and_sizes_that_cannot_be() -> None:
    for size, indices in ((FEWEST - 8, []), (FEWEST + 1, []), (FEWEST, [FEWEST]), (FEWEST, [-1])):
        with pytest.raises(ValueError):
            packed(size, indices)
    with pytest.raises(BadBitstring):
        is_set(bytes(8), 64)


def test_a_list_is_opened_by_the_platforms_key_alone() -> None:
    found = lists.opened(listed("revocation", [5]), [KEY])
    assert (found.purpose, found.made, found.says(5), found.says(6)) == ("revocation", MADE, True, False)
    spoilt: list[tuple[Any, list[trust.IssuerKey]]] = [
        (listed("revocation", [5]), []),
        (listed("revocation", [5]), [trust.IssuerKey(KEY.id, KEY.public_multikey, sealing.Validity(MADE, MADE))]),
        (listed("revocation", [5]) | {"validUntil": "2030-01-01T00:00:00+00:00"}, [KEY]),
        (listed("revocation", [], issuer="did:web:elsewhere.example"), [KEY]),
        (listed("revocation", [], validFrom="2026-03-20T08:00:00"), [KEY]),
        ({}, [KEY]),
        ({"proof": 1}, [KEY]),
        (b"[]", [KEY]),
    ]
    changed = listed("revocation", [5])
    changed["credentialSubject"] = changed["credentialSubject"] | {"encodedList": packed(lists.SIZE, [])}
    for one, known in [*spoilt, (changed, [KEY])]:
        with pytest.raises(BadList):
            lists.opened(one, known)


def verdict(*found: dict[str, Any], now: datetime = samples.NOW, known: trust.TrustBundle | None = None) -> Any:
    bundled = known or trust.TrustBundle.of(samples.bundle().issuers.values(), MADE, None, platform=[KEY])
    bundle.with_lists(bundled, found)
    return verify.verify(document(), bundled, now)


def both(revoked: list[int], suspended: list[int], at: datetime = MADE) -> tuple[dict[str, Any], dict[str, Any]]:
    return listed("revocation", revoked, at), listed("suspension", suspended, at)


def test_status_by_the_lists_alone() -> None:
    soon = MADE + timedelta(hours=3)
    for revoked, suspended, status in ([], [], "valid"), ([PLACE], [], "withdrawn"), ([], [PLACE], "suspended"):
        found = verdict(*both(revoked, suspended), now=soon)
        assert found.status == status and found.genuine, found.check("status")
    assert verdict(*both([PLACE + 1], [PLACE - 1]), now=soon).status == "valid"


def test_what_the_lists_leave_open_is_told() -> None:
    stale = verdict(*both([], []), now=MADE + timedelta(days=5))
    assert stale.status == "unknown" and "5 天" in stale.check("status").zh
    assert verdict(*both([PLACE], []), now=MADE + timedelta(days=5)).status == "withdrawn", "that does not change"
    soon = MADE + timedelta(hours=3)
    missing = verdict(listed("revocation", []), now=soon)
    assert missing.status == "unknown" and "status/1/suspension" in missing.check("status").en
    swapped = listed("suspension", []) | {"id": lists.address_of(samples.SITE, 1, "revocation")}
    forged = verdict(swapped, listed("suspension", []), now=soon)
    assert forged.status == "unknown" and "状态清单" in forged.check("status").zh
    older = verdict(*both([], [], samples.ISSUED - timedelta(days=1)), now=samples.ISSUED)
    assert older.status == "unknown", "a list made before the document says nothing about it"


def test_a_newer_bundle_ends_a_suspension_and_never_a_withdrawal() -> None:
    newer = MADE + timedelta(hours=1)
    for revoked, suspended, status in ([], [PLACE], "valid"), ([PLACE], [], "withdrawn"):
        known = trust.TrustBundle.of(samples.bundle().issuers.values(), newer, (), platform=[KEY])
        assert verdict(*both(revoked, suspended), now=newer, known=known).status == status


def test_all_of_it_in_one_file() -> None:
    known = trust.TrustBundle.of(samples.bundle().issuers.values(), MADE, (), platform=[KEY])
    signed = loads(known.signed_bytes(SIGNER))
    whole = {"type": bundle.TYPE, "checkpoint": "x", "trust": signed, "statusLists": list(both([PLACE], []))}
    read = bundle.unbundled(canonical_bytes(whole), KEY.public_multikey)
    assert read.pinned and read.checkpoint == "x"
    assert verify.verify(document(), read, MADE + timedelta(hours=1)).status == "withdrawn"
    for wrong in (
        whole | {"type": "x"}, whole | {"trust": 1}, whole | {"statusLists": 1}, whole | {"statusLists": [1]},
        whole | {"trust": signed | {"generatedAt": "2030-01-01T00:00:00+00:00"}},
    ):  # fmt: skip
        with pytest.raises(TrustError):
            bundle.unbundled(canonical_bytes(wrong), KEY.public_multikey)
