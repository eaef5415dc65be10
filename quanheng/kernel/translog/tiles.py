"""The tree kept as tiles (C2SP tlog-tiles): 256 hashes of 32 bytes in a row, level by level.

Tile ``n`` of level ``l`` holds the hashes of the whole subtrees of 256**l leaves from n · 256 on. Full tiles never
change; of each level only the last one may still grow, and what it has already stays in it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from quanheng.kernel.translog.merkle import HASH_BYTES, fold

WIDTH = 256
HEIGHT = 8
# (level, index) → the hashes of the tile, in a row.
Changed = dict[tuple[int, int], bytes]

_PLACE = re.compile(
    r"(?:(?P<level>0|[1-9]\d?)|entries)/(?P<index>(?:x\d{3}/){0,5}\d{3})(?:\.p/(?P<width>[1-9]\d{0,2}))?"
)


@dataclass(frozen=True)
class Place:
    """Where a tile or (level None) a bundle of entries is served: its index and width, below ``tile/``."""

    level: int | None
    index: int
    width: int = WIDTH

    def __str__(self) -> str:
        return path_of(self.level, self.index, self.width)


def path_of(level: int | None, index: int, width: int = WIDTH) -> str:
    """The path below ``tile/`` of a tile, or of a bundle of entries where ``level`` is None.

    >>> path_of(0, 1234067), path_of(1, 5, 17), path_of(None, 0, 3)
    ('0/x001/x234/067', '1/005.p/17', 'entries/000.p/3')
    """
    parts = [f"{index % 1000:03d}"]
    while index := index // 1000:
        parts.insert(0, f"x{index % 1000:03d}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"{'entries' if level is None else level}/{'/'.join(parts)}{partial}"


def place_of(path: str) -> Place | None:
    """The place that a path below ``tile/`` names; None for whatever is no such path, or another spelling of one."""
    found = _PLACE.fullmatch(path)
    if found is None:
        return None
    level = None if found["level"] is None else int(found["level"])
    place = Place(level, int(re.sub(r"[x/]", "", found["index"])), int(found["width"] or WIDTH))
    # One spelling for each place: no leading x000, no partial tile of full width, no level that no tree reaches.
    return place if str(place) == path and (level or 0) < 64 else None


class Reads(Protocol):
    """Whoever keeps tiles."""

    def tile(self, level: int, index: int) -> bytes:
        """The hashes of a tile, as many as there are; KeyError where there is none."""


# The right edge of a tree and its upper tiles are part of every proof: half of what making one takes.
_folded = lru_cache(1024)(fold)


class Nodes:
    """The nodes of a tree by its tiles, for ``merkle``; each tile is asked for once."""

    def __init__(self, kept: Reads) -> None:
        self._kept = kept
        self._tiles: dict[tuple[int, int], bytes] = {}

    def __call__(self, level: int, index: int) -> bytes:
        tile, first, count = covering(level, index)
        if tile not in self._tiles:
            self._tiles[tile] = self._kept.tile(*tile)
        hashes = self._tiles[tile][first * HASH_BYTES : (first + count) * HASH_BYTES]
        if len(hashes) != count * HASH_BYTES:
            raise KeyError(f"tile {path_of(*tile)} does not reach node {index} of level {level}")
        return _folded(hashes)


def covering(level: int, index: int) -> tuple[tuple[int, int], int, int]:
    """The tile that a node is made from: (its level and index), first hash, how many hashes."""
    count = 1 << level % HEIGHT
    first = index * count
    return (level // HEIGHT, first // WIDTH), first % WIDTH, count


def leaves_hashed(entries: Iterable[bytes]) -> bytes:
    """The leaf hashes of entries, in a row."""
    sha256, zero = hashlib.sha256, b"\x00"
    return b"".join([sha256(zero + entry).digest() for entry in entries])


def extend(kept: Reads, size: int, leaves: bytes) -> Changed:
    """Add leaf hashes (given in a row) to a tree of ``size`` leaves: the tiles that are new or have grown."""
    changed: Changed = {}
    level, at, new = 0, size, leaves
    while new:
        first, inside = divmod(at, WIDTH)
        begun = kept.tile(level, first)[: inside * HASH_BYTES] if inside else b""
        if len(begun) != inside * HASH_BYTES:
            raise KeyError(f"tile {path_of(level, first)} is shorter than a tree of {size} has it")
        hashes = begun + new
        step = WIDTH * HASH_BYTES
        above = []
        for place, start in enumerate(range(0, len(hashes), step), first):
            tile = hashes[start : start + step]
            changed[level, place] = tile
            if len(tile) == step:
                above.append(fold(tile))
        level, at, new = level + 1, at // WIDTH, b"".join(above)
    return changed


def edge(size: int) -> Iterator[Place]:
    """The last tile of each level of a tree that is not full."""
    level = 0
    while size:
        index, width = divmod(size, WIDTH)
        if width:
            yield Place(level, index, width)
        level, size = level + 1, index


def tiles_of(size: int, start: int = 0) -> Iterator[Place]:
    """Every tile of a tree, those that a tree of ``start`` leaves has full left out; for each level from its left."""
    level = 0
    while size:
        for index in range(start // WIDTH, -(-size // WIDTH)):
            yield Place(level, index, min(WIDTH, size - index * WIDTH))
        level, size, start = level + 1, size // WIDTH, start // WIDTH


def bundled(entries: Iterable[bytes]) -> bytes:
    """Entries as a bundle: each behind its length in two bytes."""
    return b"".join([len(entry).to_bytes(2, "big") + entry for entry in entries])


def unbundled(bundle: bytes) -> list[bytes]:
    """The entries of a bundle. ValueError where it is cut off."""
    entries, at = [], 0
    while at < len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        if end > len(bundle):
            raise ValueError("the bundle is cut off")
        entries.append(bundle[at + 2 : end])
        at = end
    return entries
