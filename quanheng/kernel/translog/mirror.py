"""A copy of a log in a folder, that any web server can serve, and that notices a log which goes back or forks.

The copy grows by the entries that its source has had since: their leaves are hashed here, and only if the tree that
comes of them and of what was there before has the root that the log signed does the copy take them in. A log that
forgot or changed anything cannot bring that about.
"""

from __future__ import annotations

import os
import shutil
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from quanheng.kernel.translog import merkle, tiles
from quanheng.kernel.translog.note import BadNote, Checkpoint, Verifier, opened

CHECKPOINT, KEY = "checkpoint", "key"
STAGING = ".arriving"
TIMEOUT = 30.0
LIMIT = 1024 * 1024
# Bundles that are hashed at once.
TOGETHER = 256


class Refused(Exception):
    """The source is not taken over: ``why`` is rollback, fork, signature, entries or missing."""

    def __init__(self, why: str, message: str) -> None:
        super().__init__(message)
        self.why = why


class Source(Protocol):
    """Where a log is read from."""

    def get(self, path: str) -> bytes:
        """What is served at a path. Refused("missing") where nothing is."""


class Folder:
    """A log in a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def get(self, path: str) -> bytes:
        try:
            return (self.path / path).read_bytes()
        except OSError as error:
            raise Refused("missing", f"{path}: {error.strerror}") from error


class Site:
    """A log at an address, such as https://quanheng.example/log."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def get(self, path: str) -> bytes:
        try:
            with urllib.request.urlopen(f"{self.url}/{path}", timeout=TIMEOUT) as answer:
                body: bytes = answer.read(LIMIT + 1)
        except (OSError, ValueError) as error:
            raise Refused("missing", f"{self.url}/{path}: {error}") from error
        if len(body) > LIMIT:
            raise Refused("missing", f"{self.url}/{path}: too large")
        return body


@dataclass(frozen=True)
class Mirrored:
    """From how many entries to how many a copy grew."""

    before: int
    now: int


def mirror(source: Source, folder: Path, key: Verifier) -> Mirrored:
    """Bring the copy in ``folder`` up to what the log states now. Refused, with nothing changed, where it must not be.

    Interrupted, it leaves the copy as it was.
    """
    raw = source.get(CHECKPOINT)
    new, old = _checkpoint(raw, key), kept_checkpoint(folder, key)
    require_forward(old, new)
    arriving = folder / STAGING
    shutil.rmtree(arriving, ignore_errors=True)
    if new.size > old.size:
        _arrive(source, folder, arriving, old, new)
        _take_in(arriving, folder)
    _write(folder / CHECKPOINT, raw)
    _write(folder / KEY, f"{key}\n".encode())
    for place in (*tiles.edge(old.size), *_edge_bundle(old.size)):
        if place not in (*tiles.edge(new.size), *_edge_bundle(new.size)):
            (folder / "tile" / str(place)).unlink(missing_ok=True)
    return Mirrored(old.size, new.size)


def kept_checkpoint(folder: Path, key: Verifier) -> Checkpoint:
    """The checkpoint of the copy; an empty tree where there is no copy yet. Refused where it is not the log's."""
    path = folder / CHECKPOINT
    return _checkpoint(path.read_bytes(), key) if path.exists() else Checkpoint(key.name, 0, merkle.EMPTY)


def require_forward(old: Checkpoint, new: Checkpoint) -> None:
    """Refuse a checkpoint that is older than the one that is known, or another one of the same size."""
    if new.size < old.size:
        raise Refused("rollback", f"the log had {old.size} entries and now states {new.size}: it went back")
    if new.size == old.size and new.root != old.root:
        raise Refused("fork", f"the log states two different trees of {new.size} entries")


def _checkpoint(raw: bytes, key: Verifier) -> Checkpoint:
    try:
        return opened(raw, [key]).checkpoint
    except BadNote as error:
        raise Refused("signature", str(error)) from error


def _arrive(source: Source, folder: Path, arriving: Path, old: Checkpoint, new: Checkpoint) -> None:
    """Fetch what is new into a folder of its own, and prove that it continues what is known."""
    grown = _Growing(folder, arriving, old.size)
    waiting: list[bytes] = []
    for count, (place, raw) in enumerate(_bundles(source, old.size, new.size), 1):
        try:
            entries = tiles.unbundled(raw)
        except ValueError as error:
            raise Refused("entries", f"{place}: {error}") from error
        if len(entries) != place.width:
            raise Refused("entries", f"{place} holds {len(entries)} entries")
        _write(arriving / "tile" / str(place), raw)
        waiting += entries[max(0, old.size - place.index * tiles.WIDTH) :]
        if count % TOGETHER == 0:
            grown.add(waiting)
            waiting = []
    grown.add(waiting)
    grown.keep_edge()
    if merkle.root_of(new.size, tiles.Nodes(grown)) != new.root:
        raise Refused("fork", f"the entries from {old.size} to {new.size} do not continue the log that is known")


def _bundles(source: Source, old: int, new: int) -> Iterator[tuple[tiles.Place, bytes]]:
    for index in range(old // tiles.WIDTH, -(-new // tiles.WIDTH)):
        place = tiles.Place(None, index, min(tiles.WIDTH, new - index * tiles.WIDTH))
        yield place, source.get(f"tile/{place}")


def _edge_bundle(size: int) -> list[tiles.Place]:
    index, width = divmod(size, tiles.WIDTH)
    return [tiles.Place(None, index, width)] if width else []


class _Growing:
    """Tiles that grow: those that are full go to the disk, those that are not wait in memory."""

    def __init__(self, folder: Path, arriving: Path, size: int) -> None:
        self.folder, self.arriving, self.size = folder, arriving, size
        self.edge = {
            (place.level or 0, place.index): (folder / "tile" / str(place)).read_bytes() for place in tiles.edge(size)
        }

    def add(self, entries: list[bytes]) -> None:
        for place, hashes in tiles.extend(self, self.size, tiles.leaves_hashed(entries)).items():
            if len(hashes) == tiles.WIDTH * merkle.HASH_BYTES:
                self.edge.pop(place, None)
                _write(self.arriving / "tile" / tiles.path_of(*place), hashes)
            else:
                self.edge[place] = hashes
        self.size += len(entries)

    def keep_edge(self) -> None:
        for (level, index), hashes in self.edge.items():
            _write(self.arriving / "tile" / tiles.path_of(level, index, len(hashes) // merkle.HASH_BYTES), hashes)

    def tile(self, level: int, index: int) -> bytes:
        if (level, index) in self.edge:
            return self.edge[level, index]
        path = f"tile/{tiles.path_of(level, index)}"
        for folder in (self.arriving, self.folder):
            if (folder / path).exists():
                return (folder / path).read_bytes()
        raise KeyError(path)


def _write(path: Path, raw: bytes) -> None:
    """A file is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + "~")
    beside.write_bytes(raw)
    os.replace(beside, path)


def _take_in(arriving: Path, folder: Path) -> None:
    for path in sorted(arriving.rglob("*")):
        if path.is_file():
            there = folder / path.relative_to(arriving)
            there.parent.mkdir(parents=True, exist_ok=True)
            os.replace(path, there)
    shutil.rmtree(arriving)
