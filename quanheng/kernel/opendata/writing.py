"""The files of a release: JSON lines and CSV in one pass over the rows, Parquet from the JSON lines.

All three therefore hold the same rows. Memory does not grow with their number: rows come from the database in
chunks and go to disk one by one, and DuckDB is told how much it may take.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from quanheng.kernel.opendata.declare import KINDS, Dataset

CHUNK = 2000
DUCKDB_MEMORY = "192MB"
# A text cell that a spreadsheet would take for a formula; a plain number is none, whatever its sign.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
# Excel in China takes a CSV file without this mark for GBK.
BOM = "\ufeff"


def plain(value: Any) -> Any:
    """A cell as JSON holds it."""
    return value.isoformat() if isinstance(value, date) else value


def guarded(text: str) -> str:
    """A text that no spreadsheet runs: an apostrophe goes before whatever looks like a formula.

    A text that begins with apostrophes before such a sign gets one more, so that ``unguarded`` is exact.

    >>> guarded("=1+1"), guarded("-40"), guarded("'=x"), guarded("plain")
    ("'=1+1", '-40', "''=x", 'plain')
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def unguarded(text: str) -> str:
    """What ``guarded`` was given.

    >>> unguarded("'=1+1"), unguarded("-40"), unguarded("'quoted'")
    ('=1+1', '-40', "'quoted'")
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text, 1) else text


def csv_cell(value: Any) -> str:
    """A cell as CSV holds it: empty for none, lists as JSON, dates in ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return str(plain(value))


def write_rows(dataset: Dataset, rows: Iterable[tuple[Any, ...]], folder: Path) -> tuple[int, bool]:
    """Write ``NAME.jsonl`` and ``NAME.csv``; returns how many rows there are, and whether any is synthetic."""
    names = [column.name for column in dataset.all_columns]
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=plain, allow_nan=False).encode
    count, synthetic = 0, False
    with (
        (folder / f"{dataset.name}.jsonl").open("w", encoding="utf-8", newline="") as lines,
        (folder / f"{dataset.name}.csv").open("w", encoding="utf-8", newline="") as table,
    ):
        table.write(BOM)
        writer = csv.writer(table, lineterminator="\r\n")
        writer.writerow(names)
        for row in rows:
            lines.write(encode(dict(zip(names, row, strict=True))) + "\n")
            writer.writerow([csv_cell(value) for value in row])
            synthetic = synthetic or bool(row[-1])
            count += 1
    return count, synthetic


def write_parquet(dataset: Dataset, folder: Path, facts: dict[str, str]) -> None:
    """Write ``NAME.parquet`` from ``NAME.jsonl``, with ``facts`` in the file's own metadata."""
    import duckdb

    types = ", ".join(f"{_quoted(column.name)}: '{KINDS[column.kind][1]}'" for column in dataset.all_columns)
    names = ", ".join(_name(column.name) for column in dataset.all_columns)
    told = ", ".join(f"{_name(key)}: {_quoted(value)}" for key, value in facts.items())
    source, target = (_quoted(str(folder / f"{dataset.name}.{kind}")) for kind in ("jsonl", "parquet"))
    settings: dict[str, Any] = {
        "memory_limit": DUCKDB_MEMORY,
        "threads": 1,
        "temp_directory": str(folder / "spill"),
        # Nothing is fetched from anywhere.
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with duckdb.connect(":memory:", config=settings) as database:
        database.execute(
            f"COPY (SELECT {names} FROM read_json({source}, format='newline_delimited', columns={{{types}}})) "
            f"TO {target} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 50000, KV_METADATA {{{told}}})"
        )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal(folder: Path, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Size and SHA-256 of each file, kept on disk too (``SHA256SUMS``, as ``sha256sum -c`` reads it)."""
    files = {name: {"bytes": (folder / name).stat().st_size, "sha256": digest(folder / name)} for name in names}
    sums = folder / "SHA256SUMS"
    sums.write_text("".join(f"{facts['sha256']}  {name}\n" for name, facts in files.items()), encoding="utf-8")
    files[sums.name] = {"bytes": sums.stat().st_size, "sha256": digest(sums)}
    for name in files:
        sync(folder / name)
    sync(folder)
    return files


def sync(path: Path) -> None:
    """Have a file or folder on disk before anybody is told of it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
