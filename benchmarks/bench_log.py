"""The transparency log at the size of a city's year: seven million entries appended in batches, tiles kept in SQLite.

What is measured is the tree itself, as the job of each minute grows it; the rows of the register are not in it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks.frame import Figure
from quanheng.kernel.translog import merkle, tiles

ENTRIES = 7_000_000
BATCH = 65_536
PROOFS = 200


class Kept:
    """Tiles in a table of SQLite's, as the platform keeps them."""

    def __init__(self, path: Path) -> None:
        self.base = sqlite3.connect(path)
        self.base.execute("PRAGMA journal_mode=WAL")
        self.base.execute(
            "CREATE TABLE tile (level INT, place INT, hashes BLOB, PRIMARY KEY (level, place)) WITHOUT ROWID"
        )

    def tile(self, level: int, index: int) -> bytes:
        found = self.base.execute("SELECT hashes FROM tile WHERE level = ? AND place = ?", (level, index)).fetchone()
        if found is None:
            raise KeyError((level, index))
        return bytes(found[0])

    def keep(self, changed: tiles.Changed) -> None:
        with self.base:
            rows = ((*place, hashes) for place, hashes in changed.items())
            self.base.executemany("INSERT OR REPLACE INTO tile VALUES (?, ?, ?)", rows)


def figures() -> Iterator[Figure]:
    """Seconds and milliseconds of CPU, and bytes, at seven million entries."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "log.sqlite3"
        kept = Kept(path)
        spent = 0.0
        for start in range(0, ENTRIES, BATCH):
            # What is entered is made elsewhere: it costs the log nothing.
            entries = [place.to_bytes(32, "big") for place in range(start, min(start + BATCH, ENTRIES))]
            began = time.process_time()
            kept.keep(tiles.extend(kept, start, tiles.leaves_hashed(entries)))
            spent += time.process_time() - began
        kept.base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        yield Figure("7 million entries appended, tiles in SQLite", spent, "s CPU", 15, higher_is_better=False)
        yield Figure("their tiles", path.stat().st_size / 1e6, "MB", 250, higher_is_better=False)

        root = merkle.root_of(ENTRIES, tiles.Nodes(kept))
        random = Random(20261127)
        made, checked = [], []
        for _ in range(PROOFS):
            index, old = random.randrange(ENTRIES), random.randrange(1, ENTRIES)
            began = time.process_time()
            proof = merkle.inclusion_proof(index, ENTRIES, tiles.Nodes(kept))
            made.append((time.process_time() - began) * 1000)
            leaf = merkle.leaf_hash(index.to_bytes(32, "big"))
            began = time.process_time()
            merkle.verify_inclusion(leaf, index, ENTRIES, proof, root)
            checked.append((time.process_time() - began) * 1000)
            nodes = tiles.Nodes(kept)
            between = merkle.consistency_proof(old, ENTRIES, nodes)
            merkle.verify_consistency(old, ENTRIES, between, merkle.root_of(old, nodes), root)
        yield Figure("inclusion proof at 7 million", sorted(made)[PROOFS // 4], "ms CPU", 1, higher_is_better=False)
        yield Figure("inclusion proof verified", sorted(checked)[PROOFS // 4], "ms CPU", 0.1, higher_is_better=False)
