"""The whole log against the registers, from both sides: what was entered is there, what is there was entered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db.models import Exists, OuterRef

from quanheng.kernel.attestations.models import Attestation, IssuerKey
from quanheng.kernel.translog import entry, growing, merkle, tiles
from quanheng.kernel.translog.mirror import Refused, require_forward
from quanheng.kernel.translog.models import Head, LogCheckpoint, LogEntry, NoteKey, Tree
from quanheng.kernel.translog.note import BadNote, Checkpoint, opened

BATCH = 2048
# So many findings of a kind are told.
SHOWN = 20


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it must be: its kind, where, and what is wrong."""

    kind: str
    where: str
    what: str


@dataclass
class _Walk:
    """How far the entries were walked, and what was learnt of them."""

    size: int = 0
    frontier: merkle.Frontier = field(default_factory=merkle.Frontier)
    edge: dict[tuple[int, int], bytes] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)
    roots: dict[int, bytes] = field(default_factory=dict)

    def tile(self, level: int, index: int) -> bytes:
        return self.edge[level, index]


def audit(kept: bytes | None = None) -> Iterator[Finding]:
    """Everything wrong with the log. ``kept`` is a checkpoint that somebody kept, as it was signed."""
    walk, tree, head = _Walk(), Tree.objects.get(pk=1), Head.objects.get(pk=1)
    sizes = {size: bytes(root) for size, root in LogCheckpoint.objects.values_list("size", "root")}
    wanted = {*sizes, tree.size}
    rows = LogEntry.objects.order_by("id").values_list(
        "id", "kind", "salt", "statement", "entry", "attestation_id", "attestation__address", "attestation__sha256",
        "attestation__document", "attestation__issued_at",
    ).iterator(chunk_size=500)  # fmt: skip
    kept_checkpoint = _kept(kept)
    if kept_checkpoint is not None:
        wanted.add(kept_checkpoint.size)
    keys = _keys()
    while batch := list(islice(rows, BATCH)):
        for row in batch:
            if row[0] != walk.frontier.size:
                yield Finding("gap", f"entry {walk.frontier.size}", f"missing; the next is {row[0]}")
                return
            yield from _entry(row, walk, keys)
            walk.frontier.add(merkle.leaf_hash(bytes(row[4])))
            if walk.frontier.size in wanted:
                walk.roots[walk.frontier.size] = walk.frontier.root()
        yield from _tiles([bytes(row[4]) for row in batch], walk, tree.size)
    if walk.size != head.size:
        yield Finding("head", f"entry {walk.size}", f"the head counts {head.size} entries, there are {walk.size}")
    for size, root in sorted(sizes.items()):
        if walk.roots.get(size, merkle.EMPTY if size == 0 else b"") != root:
            yield Finding("checkpoint", f"size {size}", "the entries give another root than the one that was signed")
    if kept_checkpoint is not None:
        yield from _against(kept_checkpoint, walk)
    yield from _unlogged()
    yield from _states(walk.status)


def _keys() -> dict[str, tuple[str, str]]:
    """Public key and SHA-256 of the certificate of PDFs, by the name of the key."""
    rows = IssuerKey.objects.defer("private_sealed", "pdf_sealed")
    found = {one.key_id: (one.public_multibase, one.certificate_sha256) for one in rows}
    return found | {name: (public, "") for name, public in NoteKey.objects.values_list("name", "public_multibase")}


def _entry(row: tuple[Any, ...], walk: _Walk, keys: dict[str, tuple[str, str]]) -> Iterator[Finding]:
    index, kind, salt, statement, committed, uid, address, sha256, document, issued = row
    where = f"entry {index}"
    if entry.committed(bytes(salt), statement) != bytes(committed):
        yield Finding("commitment", where, "salt and statement are not those that the entry commits to")
        return
    said = entry.read(statement)
    if kind == LogEntry.Kind.KEY:
        public, certificate = keys.get(said["id"], ("", ""))
        if public != said["publicKey"] or said.get("pdfCertificate", certificate) != certificate:
            yield Finding("key", where, f"the key {said['id']} is not on record as it was entered")
        return
    if uid is None:
        # Of a status list only the last edition is kept; that it was entered is what the entry shows.
        return
    if said["id"] != address:
        yield Finding("document", where, f"is about {said['id']}, on record it is {address}")
    if kind == LogEntry.Kind.STATUS:
        walk.status[uid] = said["status"]
        return
    digest = hashlib.sha256(document.encode()).hexdigest()
    if not said["sha256"] == sha256 == digest:
        yield Finding("document", where, f"{address} is not the document that was entered")
    if entry.issued(address, sha256, issued)["issued"] != said["issued"]:
        yield Finding("document", where, f"{address} has another time of issue on record than in the log")


def _tiles(entries: list[bytes], walk: _Walk, upto: int) -> Iterator[Finding]:
    """The tiles in the database against those that the entries give, as far as the tree has grown."""
    inside = entries[: max(0, upto - walk.size)]
    changed = tiles.extend(walk, walk.size, tiles.leaves_hashed(inside))
    stored = growing.Stored(*changed)
    for place, hashes in changed.items():
        try:
            found = stored.tile(*place)
        except KeyError:
            found = b""
        # The last batch of a tile has all of it; before, there may be more of it in the database.
        if found[: len(hashes)] != hashes:
            yield Finding("tile", tiles.path_of(*place), "differs from the entries")
    walk.edge = {
        place: hashes for place, hashes in changed.items() if len(hashes) < tiles.WIDTH * merkle.HASH_BYTES
    } | {place: hashes for place, hashes in walk.edge.items() if place not in changed}
    walk.size += len(entries)


def _unlogged() -> Iterator[Finding]:
    entered = LogEntry.objects.filter(attestation=OuterRef("uid"), kind=LogEntry.Kind.ISSUE)
    for number in Attestation.objects.filter(~Exists(entered)).values_list("number", flat=True)[:SHOWN]:
        yield Finding("unlogged", number, "is on record but was never entered into the log")


def _states(status: dict[str, str]) -> Iterator[Finding]:
    """The state on record against the last one in the log; what the log says nothing of is as issued."""
    changed = Attestation.objects.exclude(state=Attestation.State.ISSUED).values_list("uid", "number", "state")
    for uid, number, state in changed.iterator():
        said = status.pop(uid, Attestation.State.ISSUED.value)
        if said != state:
            yield Finding("status", number, f"is {state} on record, {said} in the log")
    for uid, entered in status.items():
        if entered != Attestation.State.ISSUED:
            one = Attestation.objects.only("number").get(uid=uid)
            yield Finding("status", one.number, f"is issued on record, {entered} in the log")


def _kept(raw: bytes | None) -> Checkpoint | None:
    """A kept checkpoint, if it is one of this log's. BadNote where it is not."""
    if raw is None:
        return None
    key = growing.verifier(NoteKey.Kind.LOG)
    if key is None:
        raise BadNote("this platform has no log yet")
    return opened(raw, [key]).checkpoint


def _against(kept: Checkpoint, walk: _Walk) -> Iterator[Finding]:
    now = walk.roots.get(kept.size, merkle.EMPTY)
    try:
        require_forward(kept, Checkpoint(kept.origin, min(walk.frontier.size, kept.size), now))
    except Refused as refused:
        yield Finding(refused.why, f"size {kept.size}", str(refused))
