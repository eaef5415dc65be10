"""Reads of the log: the proof of an attestation, tiles and checkpoints as they are served."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet, Subquery

from quanheng.kernel.base.statements import Asked
from quanheng.kernel.translog import growing, merkle, mirror, proof, tiles, watching
from quanheng.kernel.translog.models import LogCheckpoint, LogEntry, NoteKey, Peer, Tile, Tree
from quanheng.kernel.translog.proof import Evidence

_ENTRIES = Asked(lambda uid: LogEntry.objects.filter(attestation=uid).order_by("id"))


def evidence_of(uid: str) -> Evidence:
    """The proof of the attestation with this public name, by the newest checkpoint that witnesses signed if that covers
    all that was entered of it, else by the newest. Three queries."""
    entries = [(one.id, bytes(one.salt), one.statement, one.kind) for one in _ENTRIES(uid)]
    if not entries or entries[0][3] != LogEntry.Kind.ISSUE:
        return Evidence(missing=True)
    checkpoint = _covering(entries[0][0], entries[-1][0])
    if checkpoint is None:
        return Evidence(proof.made([entries[0][:3]], "", 0, _no_nodes))
    covered = [one[:3] for one in entries if one[0] < checkpoint.size]
    return Evidence(
        proof.made(covered, checkpoint.note, checkpoint.size, _nodes([one[0] for one in covered], checkpoint.size))
    )


def _newest() -> QuerySet[LogCheckpoint]:
    newest = LogCheckpoint.objects.order_by("-size").values("pk")
    return LogCheckpoint.objects.filter(Q(pk=Subquery(newest[:1])) | Q(pk=Subquery(newest.filter(witnesses__gt=0)[:1])))


_NEWEST = Asked(_newest)


def _covering(first: int, last: int) -> LogCheckpoint | None:
    """The checkpoint to prove entries by: of the newest and the newest witnessed, the best that covers the last one,
    or else the first."""
    found = sorted(_NEWEST(), key=lambda one: (one.witnesses == 0, -one.size))
    return next((one for index in (last, first) for one in found if one.size > index), None)


def _no_nodes(level: int, index: int) -> bytes:
    raise KeyError((level, index))


def _nodes(indices: Iterable[int], size: int) -> merkle.Nodes:
    """Nodes for the proofs of some entries; the tiles that these need are read in one query."""
    wanted: set[tuple[int, int]] = set()

    def note(level: int, index: int) -> bytes:
        wanted.add(tiles.covering(level, index)[0])
        return b""

    for one in indices:
        merkle.inclusion_proof(one, size, note)
    return tiles.Nodes(growing.Stored(*wanted))


def _named() -> QuerySet[Any, Any]:
    own = NoteKey.objects.filter(kind=NoteKey.Kind.LOG).values_list("kind", "id", "name", "public_multibase")
    peers = Peer.objects.filter(active=True, role=Peer.Relation.WITNESS).values_list("role", "id", "name", "key")
    return own.union(peers)


_NAMED = Asked(_named)


def log_keys() -> tuple[list[str], list[str]]:
    """What a trust bundle says of the log: its verifier keys, and those of its witnesses. One query."""
    rows = sorted(_NAMED())
    logs = [str(growing.verifier_of(NoteKey.Kind.LOG, name, key)) for kind, _id, name, key in rows if kind == "log"]
    return logs, [key for kind, _id, _name, key in rows if kind != "log"]


def countersigned(log: str) -> str | None:
    """What this platform signed as a witness of the log with this name (see ``watching.place_of_log``)."""
    rows = Peer.objects.filter(active=True, role=Peer.Relation.WATCHED).values_list("key", "note")
    return next((note for key, note in rows if watching.place_of_log(key) == log and note), None)


def latest() -> LogCheckpoint | None:
    """The newest checkpoint."""
    return LogCheckpoint.objects.order_by("-size").first()


def served(path: str) -> bytes | None:
    """A tile or a bundle of entries by its path below ``tile/``; None where there is none (yet)."""
    place = tiles.place_of(path)
    if place is None:
        return None
    if place.level is None:
        return _bundle(place)
    found = Tile.objects.filter(pk=growing.key_of(place.level, place.index)).values_list("hashes", flat=True).first()
    wide = place.width * merkle.HASH_BYTES
    # What a partial tile has it keeps: a narrower one is the beginning of what there is now.
    return bytes(found)[:wide] if found is not None and len(found) >= wide else None


def _bundle(place: tiles.Place) -> bytes | None:
    start = place.index * tiles.WIDTH
    end = start + place.width
    if end > Tree.objects.values_list("size", flat=True).get(pk=1):
        return None
    rows = LogEntry.objects.filter(id__gte=start, id__lt=end).order_by("id").values_list("entry", flat=True)
    return tiles.bundled(bytes(one) for one in rows)


class Own:
    """This platform's log as a source of copies."""

    def get(self, path: str) -> bytes:
        checkpoint = latest() if path == mirror.CHECKPOINT else None
        found = checkpoint.note.encode() if checkpoint else served(path.removeprefix("tile/"))
        if found is None:
            raise mirror.Refused("missing", path)
        return found


def state() -> dict[str, Any]:
    """The log as its page and ``./qh log show`` tell it."""
    key, witness = growing.verifier(NoteKey.Kind.LOG), growing.verifier(NoteKey.Kind.WITNESS)
    checkpoints = list(LogCheckpoint.objects.order_by("-size")[:10])
    return {
        "origin": key.name if key else growing.origin_of_site(),
        "key": str(key) if key else "",
        "entered": growing.head().size,
        "checkpoint": checkpoints[0] if checkpoints else None,
        "checkpoints": checkpoints,
        "peers": list(Peer.objects.filter(active=True).order_by("role", "id")),
        "witness_key": str(witness) if witness else "",
    }
