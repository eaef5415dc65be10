"""Status lists of 8.4 million documents, one in a hundred withdrawn: what a reader fetches, and what signing costs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random

from benchmarks.frame import Figure
from quanheng.kernel.attestations.credentials import trust
from quanheng.kernel.attestations.credentials.canonical import known_bytes
from quanheng.kernel.attestations.credentials.suites.registry import suites
from quanheng.kernel.attestations.keys import sealing
from quanheng.kernel.statuslists import lists

WITHDRAWN = lists.SIZE // 100
PLATFORM = "did:web:quanheng.example"
RUNS = 5


def figures() -> Iterator[Figure]:
    """Bytes of the signed list, and milliseconds of CPU to make and to open it."""
    indices = Random(20261127).sample(range(lists.SIZE), WITHDRAWN)
    at, kek = datetime(2026, 11, 27, tzinfo=UTC), bytes(32)
    made = sealing.generate(PLATFORM, kek)
    signer = sealing.unseal_signer(made.key_id, made.sealed, kek, sealing.Validity(at))
    key = trust.IssuerKey(made.key_id, made.public_multikey, sealing.Validity(at))
    address = lists.address_of("https://quanheng.example", 1, lists.REVOCATION)
    signing, opening, raw = [], [], b""
    for _ in range(RUNS):
        began = time.process_time()
        document = lists.unsigned(address, lists.REVOCATION, PLATFORM, indices, at)
        proof = suites.get("eddsa-jcs-2022").create(document, signer, at.isoformat())
        raw = known_bytes(document | {"proof": proof})
        signing.append((time.process_time() - began) * 1000)
        began = time.process_time()
        found = lists.opened(raw, [key])
        opening.append((time.process_time() - began) * 1000)
        assert found.says(indices[0])
    share = f"{lists.SIZE / 1e6:.1f} million entries, 1 % withdrawn"
    yield Figure(f"status list of {share}, signed", len(raw) / 1000, "KB", 200, higher_is_better=False)
    yield Figure("made, packed and signed", sorted(signing)[RUNS // 4], "ms CPU", 2000, higher_is_better=False)
    yield Figure("opened and its signature verified", sorted(opening)[RUNS // 4], "ms CPU", 100, higher_is_better=False)
