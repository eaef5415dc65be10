"""The hash chain: what an entry's hash covers, and the proof that nothing in the trail was changed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC

from quanheng.kernel.audit.models import Entry, Head

GENESIS = "0" * 64
BATCH = 2000


def content(entry: Entry) -> bytes:
    """The canonical bytes that an entry's hash covers: every column but the hash itself."""
    return json.dumps(
        {
            "id": entry.id,
            "at": entry.at.astimezone(UTC).isoformat(),
            "act": entry.act,
            "actor": entry.actor_id,
            "actor_name": entry.actor_name,
            "subject": [entry.subject_type, entry.subject_id],
            "case": entry.case_id,
            "made": [entry.made_type, entry.made_id],
            "before": entry.before,
            "after": entry.after,
            "facts": entry.facts,
            "reason": entry.reason,
            "errand": entry.errand,
            "previous": entry.previous,
        },
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    ).encode()


def digest(entry: Entry) -> str:
    """SHA-256 of the content, in hexadecimal."""
    return hashlib.sha256(content(entry)).hexdigest()


@dataclass(frozen=True)
class Proof:
    """The outcome of walking the chain: how far it holds, and the first entry that breaks it.

    ``why``: missing (a number is skipped), extra (an entry beyond the numbers given out), link (does not
    follow from the entry before), content (changed after it was written), head (the recorded end differs).
    ``end`` is the hash of the last good entry: kept elsewhere, it also proves that no end was cut off.
    """

    entries: int
    broken_at: int | None
    why: str
    end: str

    @property
    def sound(self) -> bool:
        return self.broken_at is None


def prove() -> Proof:
    """Walk the whole chain in batches of constant size: numbers, links, contents, and the end as the head says.

    Entries appended meanwhile are walked too: entry and head become visible together, so an entry beyond a
    head that was read after it was given by nobody.
    """
    stray = Entry.objects.filter(id__lt=1).order_by("id").values_list("id", flat=True).first()
    if stray is not None:
        return Proof(0, stray, "extra", GENESIS)
    count, previous = 0, GENESIS
    while True:
        batch = list(Entry.objects.filter(id__gt=count).order_by("id")[:BATCH])
        head = Head.objects.get(pk=1)
        for entry in batch:
            if entry.id != count + 1:
                return Proof(count, count + 1, "missing", previous)
            if entry.id > head.last:
                return Proof(count, entry.id, "extra", previous)
            if entry.previous != previous:
                return Proof(count, entry.id, "link", previous)
            if digest(entry) != entry.hash:
                return Proof(count, entry.id, "content", previous)
            count, previous = entry.id, entry.hash
            if count == head.last and previous != head.hash:
                return Proof(count, count, "head", previous)
        if count == head.last:
            return Proof(count, None, "", previous)
        if len(batch) < BATCH and not Entry.objects.filter(id__gt=count).exists():
            return Proof(count, count + 1, "missing", previous)
