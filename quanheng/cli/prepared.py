"""Whether a home is ready to serve what this code is: asked without loading any of it, so that a start need not wait.

The mark is kept in the database: one that is put back from yesterday says so itself. A server other than SQLite may
have been changed from elsewhere and is prepared each time.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from quanheng.cli.launch import ROOT

# What decides the tables, the facts and the served files: the code, the front-end packages and the libraries.
_DECIDING = (ROOT / "quanheng", ROOT / "build", ROOT / "uv.lock")
_DATABASE, _SERVED = "quanheng.sqlite3", Path("static") / "staticfiles.json"


def is_prepared(home: Path, scale: str | None) -> bool:
    """Whether the home was prepared for ``scale`` by this code, and its database is the one that was."""
    if not (home / _DATABASE).exists() or not (home / _SERVED).exists():
        return False
    try:
        with closing(sqlite3.connect(f"file:{home / _DATABASE}?mode=ro", uri=True)) as database:
            return bool(database.execute("PRAGMA user_version").fetchone()[0] == _mark(scale))
    except sqlite3.Error:
        return False


def keep_prepared(home: Path, scale: str | None) -> None:
    """Mark the database of the home as prepared; nothing where it is not in the home."""
    if (home / _DATABASE).exists():
        with closing(sqlite3.connect(home / _DATABASE)) as database:
            database.execute(f"PRAGMA user_version = {_mark(scale)}")


def _mark(scale: str | None) -> int:
    """31 bits of the names, sizes and times of all files that decide; never 0, which is a new database's own."""
    digest = hashlib.sha256((scale or "").encode())
    for path in _files():
        facts = os.stat(path)
        digest.update(f"{path} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return int.from_bytes(digest.digest()[:4], "big") >> 1 or 1


def _files() -> Iterator[str]:
    for root in _DECIDING:
        if root.is_file():
            yield str(root)
        for folder, below, names in os.walk(root):
            below[:] = sorted(one for one in below if one not in ("__pycache__", "tests"))
            yield from (os.path.join(folder, name) for name in sorted(names))
