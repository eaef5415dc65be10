"""The tree of the log: grown by what was committed, read as tiles, stated in signed checkpoints."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from quanheng.kernel.attestations.keys import multikey, sealing
from quanheng.kernel.attestations.keys.issuers import key_encryption_key
from quanheng.kernel.translog import entry, merkle, tiles
from quanheng.kernel.translog.entering import Draft, require_after, write
from quanheng.kernel.translog.models import Head, LogCheckpoint, LogEntry, NoteKey, Tile, Tree
from quanheng.kernel.translog.note import LOG, WITNESS, Checkpoint, Signer, Verifier

# So many entries are hashed at once when the log has fallen behind.
BATCH = 65_536
_KINDS = {NoteKey.Kind.LOG: LOG, NoteKey.Kind.WITNESS: WITNESS}


class Gap(Exception):
    """An entry is missing or out of its place: the database was changed by hand."""


def key_of(level: int, index: int) -> int:
    """The key of a tile's row."""
    return level << 48 | index


class Stored:
    """Tiles in the database; ``wanted`` are read in one query, others one by one."""

    def __init__(self, *wanted: tuple[int, int]) -> None:
        rows = Tile.objects.filter(pk__in=[key_of(*one) for one in set(wanted)])
        self._read = {row.pk: bytes(row.hashes) for row in rows} if wanted else {}

    def tile(self, level: int, index: int) -> bytes:
        key = key_of(level, index)
        if key not in self._read:
            found = Tile.objects.filter(pk=key).values_list("hashes", flat=True).first()
            if found is None:
                raise KeyError(f"tile {tiles.path_of(level, index)}")
            self._read[key] = bytes(found)
        return self._read[key]


def origin_of_site() -> str:
    """What the log of this site is called: its address without the scheme."""
    return f"{urlsplit(settings.SITE_URL).netloc}/log"


def signer(kind: str) -> Signer:
    """The key of the log or of the witness; made when first needed. The log's own enters the log."""
    found = NoteKey.objects.filter(kind=kind).first()
    if found is None:
        with transaction.atomic():
            found = _make(kind)
    raw = sealing.unseal(found.private_sealed, key_encryption_key(), found.uid)
    return Signer(found.name, _KINDS[NoteKey.Kind(found.kind)], Ed25519PrivateKey.from_private_bytes(raw))


def _make(kind: str) -> NoteKey:
    # Whoever comes second waits for the first one and finds its key.
    tree = Tree.objects.select_for_update().get(pk=1)
    if found := NoteKey.objects.filter(kind=kind).first():
        return found
    private = Ed25519PrivateKey.generate()
    made = NoteKey(kind=kind)
    made.name = origin_of_site() if kind == NoteKey.Kind.LOG else f"{urlsplit(settings.SITE_URL).netloc}/witness"
    made.public_multibase = multikey.encode("ed25519-pub", private.public_key().public_bytes_raw())
    made.private_sealed = sealing.seal(private.private_bytes_raw(), key_encryption_key(), made.uid)
    made.save(force_insert=True)
    if kind == NoteKey.Kind.LOG:
        tree.origin = made.name
        tree.save(update_fields=["origin"])
        now = timezone.now()
        write([Draft("key", "", entry.key_made(made.name, made.public_multibase, now), now)])
    return made


def verifier(kind: str) -> Verifier | None:
    """The public key of the log or of the witness, None before it was made."""
    found = NoteKey.objects.filter(kind=kind).first()
    return verifier_of(kind, found.name, found.public_multibase) if found else None


def verifier_of(kind: str, name: str, public: str) -> Verifier:
    """The public key of the log or of the witness with this name and Multikey."""
    return Verifier(name, _KINDS[NoteKey.Kind(kind)], multikey.decode(public)[1])


def make_checkpoint(now: datetime | None = None) -> LogCheckpoint | None:
    """Grow the tree by what was entered since, and sign what it is now. None where nothing was entered.

    Raises Unavailable where the clock stands before the last checkpoint, Gap where the entries are not gapless.
    """
    key = signer(NoteKey.Kind.LOG)
    # A log that has fallen behind catches up in steps, between which others get their turn to write.
    while _grow() == BATCH:
        pass
    now = now or timezone.now()
    with transaction.atomic():
        tree = Tree.objects.select_for_update().get(pk=1)
        last = LogCheckpoint.objects.order_by("-size").first()
        require_after(now, last.at if last else None)
        if last is not None and last.size == tree.size:
            return None
        root = merkle.root_of(tree.size, tiles.Nodes(Stored(*_edge(tree.size), *_right(tree.size))))
        text = Checkpoint(tree.origin, tree.size, root).text
        at = max(now, last.at) if last else now
        return LogCheckpoint.objects.create(size=tree.size, root=root, at=at, note=f"{text}\n{key.line(text)}")


def _grow() -> int:
    """Put up to ``BATCH`` entries into the tiles; how many they were."""
    with transaction.atomic():
        tree = Tree.objects.select_for_update().get(pk=1)
        rows = LogEntry.objects.filter(id__gte=tree.size).order_by("id").values_list("id", "entry")[:BATCH]
        entries = []
        for place, (index, entered) in enumerate(rows.iterator(), tree.size):
            if index != place:
                raise Gap(f"entry {place} is missing; the next is {index}")
            entries.append(bytes(entered))
        _keep(tiles.extend(Stored(*_edge(tree.size)), tree.size, tiles.leaves_hashed(entries)))
        if entries:
            tree.size += len(entries)
            tree.save(update_fields=["size"])
        return len(entries)


def _edge(size: int) -> list[tuple[int, int]]:
    return [(place.level or 0, place.index) for place in tiles.edge(size)]


def _right(size: int) -> list[tuple[int, int]]:
    """Tiles that the root of a tree may be made from beside those of its edge: the last of each level."""
    found, level = [], 0
    while size:
        found.append((level, (size - 1) // tiles.WIDTH))
        level, size = level + 1, size // tiles.WIDTH
    return found


def _keep(changed: tiles.Changed) -> None:
    Tile.objects.bulk_create(
        [Tile(id=key_of(*place), hashes=hashes) for place, hashes in changed.items()],
        batch_size=500,
        update_conflicts=True,
        update_fields=["hashes"],
        unique_fields=["id"],
    )


def head() -> Head:
    """How much was entered."""
    return Head.objects.get(pk=1)
