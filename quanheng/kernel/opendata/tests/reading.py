"""A harvester: reads the files of a release and follows its changes, knowing nothing but the documents."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from quanheng.kernel.opendata.declare import Dataset
from quanheng.kernel.opendata.writing import unguarded

Row = dict[str, Any]


def from_jsonl(path: Path) -> list[Row]:
    """The rows of a JSON-lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def from_csv(path: Path, schema: Row) -> list[Row]:
    """The rows of a CSV file by its table schema. An empty text cannot be told from none: both read as ""."""
    kinds = {field["name"]: field["type"] for field in schema["fields"]}
    read: dict[str, Any] = {
        "integer": int,
        "number": float,
        "boolean": lambda text: text == "true",
        "array": json.loads,
        "date": str,
        "string": unguarded,
    }
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            {name: read[kinds[name]](text) if text else "" for name, text in row.items()}
            for row in csv.DictReader(file)
        ]


def from_parquet(path: Path) -> list[Row]:
    """The rows of a Parquet file, dates as text."""
    import duckdb

    with duckdb.connect(":memory:") as database:
        found = database.execute(f"SELECT * FROM read_parquet('{path}')")
        names = [one[0] for one in found.description]
        rows = [[cell.isoformat() if hasattr(cell, "isoformat") else cell for cell in row] for row in found.fetchall()]
        return [dict(zip(names, row, strict=True)) for row in rows]


def without_nulls(rows: list[Row]) -> list[Row]:
    """Rows as CSV can tell them."""
    return [{name: "" if value is None else value for name, value in row.items()} for row in rows]


def by_key(dataset: Dataset, rows: list[Row]) -> dict[str, Row]:
    name = next(column.name for column in dataset.columns if column.read == dataset.key)
    return {str(row[name]): row for row in rows}


def apply(held: dict[str, Row], items: list[Row]) -> None:
    """Bring a copy up to date by a page of changes."""
    for one in items:
        if one["op"] == "removed":
            held.pop(one["key"], None)
        else:
            held[one["key"]] = one["row"]
