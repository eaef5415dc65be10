"""JSON: an array of objects, or one object on each line. The names of the objects' members are the head."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from quanheng.kernel.imports.reading.cells import text_of
from quanheng.kernel.imports.reading.encodings import encoding_of
from quanheng.kernel.imports.reading.refused import Limits, NumberedRow, Unreadable


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is named twice")
    return found


# Numbers stay as they were written: 1.50 is not 1.5.
_EXACTLY: dict[str, Any] = {
    "parse_constant": _no_constant,
    "parse_float": str,
    "parse_int": str,
    "object_pairs_hook": _members,
}


def rows_of(path: Path, kind: str, limits: Limits) -> Iterator[NumberedRow]:
    """The head, then a row for each object; objects count from 1. Raises Unreadable naming the object."""
    encoding = encoding_of(path, limits)
    if kind == "json":
        if path.stat().st_size > limits.json:
            raise Unreadable("json_too_large", limit=limits.json)
        given = list(_array(path, encoding))
        names = _names(iter(given), limits)
        again: Iterator[tuple[int, dict[str, Any]]] = iter(given)
    else:
        names = _names(_lines(path, encoding, limits), limits)
        again = _lines(path, encoding, limits)
    if not names:
        raise Unreadable("no_rows")
    yield 0, [text_of(name) for name in names]
    for number, one in again:
        row = [_cell(one.get(name), name, number, limits) for name in names]
        if any(row):
            yield number, row


def _array(path: Path, encoding: str) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        given = json.loads(path.read_text(encoding=encoding), **_EXACTLY)
    except (ValueError, RecursionError) as error:
        raise Unreadable("malformed_json", line=getattr(error, "lineno", 1)) from error
    for number, one in enumerate(given, start=1):
        if not isinstance(one, dict):
            raise Unreadable("not_an_object", row=number)
        yield number, one


def _lines(path: Path, encoding: str, limits: Limits) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open(encoding=encoding) as file:
        line = number = 0
        while text := file.readline(limits.line + 1):
            line += 1
            if len(text) > limits.line:
                raise Unreadable("line_too_long", line=line)
            if not text.strip():
                continue
            number += 1
            try:
                one = json.loads(text, **_EXACTLY)
            except (ValueError, RecursionError) as error:
                raise Unreadable("malformed_json", line=line) from error
            if not isinstance(one, dict):
                raise Unreadable("not_an_object", row=number)
            yield number, one


def _names(rows: Iterator[tuple[int, dict[str, Any]]], limits: Limits) -> list[str]:
    names: dict[str, None] = {}
    for _number, one in rows:
        if not one.keys() <= names.keys():
            names.update(dict.fromkeys(one))
            if len(names) > limits.columns:
                raise Unreadable("too_many_columns", count=len(names), limit=limits.columns)
    return list(names)


def _cell(value: Any, name: str, number: int, limits: Limits) -> str:
    """A member as text: a number as it was written would need, a list of words joined with semicolons."""
    if isinstance(value, list) and all(isinstance(part, str | int | float | bool) for part in value):
        text = ";".join(map(text_of, value))
    elif isinstance(value, list | dict):
        raise Unreadable("nested", row=number, name=str(name)[:60])
    else:
        text = text_of(value)
    if len(text) > limits.cell:
        raise Unreadable("cell_too_long", row=number, limit=limits.cell)
    # Halves of surrogate pairs, which JSON can spell and no database keeps.
    return text.encode("utf-8", "replace").decode()
