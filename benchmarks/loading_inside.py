"""Whole registers loaded into an empty platform, their indexes made with them: a city's instruments and scope lines.

Run in a process of the empty platform, with the city's file; see ``bench_registers``.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import django

django.setup()

from django.db import connection, models, transaction  # noqa: E402

from benchmarks.frame import Figure  # noqa: E402
from quanheng.kernel.base.bulk import load  # noqa: E402
from quanheng.kernel.base.indexing import indexed_afterwards  # noqa: E402
from quanheng.kernel.competence.models import Recognition, ScopeLine  # noqa: E402
from quanheng.kernel.objects.models import Instrument  # noqa: E402
from quanheng.kernel.parties.models import Organisation  # noqa: E402
from quanheng.kernel.requirements.models import Item, ProductFamily, Standard  # noqa: E402

AT_ONCE = 20_000
TIMES = 11
# What lines point to: looked up for each row.
POINTED_TO = (Organisation, Recognition, ProductFamily, Item, Standard)


class _Undone(Exception):
    """Takes back what was loaded."""


class Source:
    """The rows of a city's table, some thousands at a time; ``reading`` is what getting them took."""

    def __init__(self, city: sqlite3.Connection, model: type[models.Model], *, besides: Collection[str] = ()) -> None:
        fields = [one for one in model._meta.concrete_fields if one.attname not in besides]
        self.columns = [one.attname for one in fields]
        names = ", ".join(f'"{one.column}"' for one in fields)
        self._rows = city.execute(f'SELECT {names} FROM "{model._meta.db_table}" ORDER BY id')
        self.reading, self.count = 0.0, 0

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        while True:
            began = time.perf_counter()
            some = self._rows.fetchmany(AT_ONCE)
            self.reading += time.perf_counter() - began
            if not some:
                return
            self.count += len(some)
            yield from some


def loading(path: Path) -> Iterator[Figure]:
    """Rows a second of the loader, from plain values to indexed tables; what reading the city took does not count."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, detect_types=sqlite3.PARSE_DECLTYPES) as city:
        count, best = _best(lambda: _instruments(city))
        yield Figure(f"plain load of {count:,} instruments, indexes included", best, "rows/s", 50_000)
        # No figure of the issue: a register of twice the columns and indexes.
        count, best = _best(lambda: _scope_lines(city))
        yield Figure(f"the same of {count:,} scope lines", best, "rows/s", 35_000)


def _best(once: Callable[[], tuple[int, float]]) -> tuple[int, float]:
    """Rows and the better rate of two runs, each of which is taken back."""
    count, best = 0, 0.0
    for _ in range(2):
        try:
            with transaction.atomic():
                count, seconds = once()
                best = max(best, count / seconds)
                raise _Undone
        except _Undone:
            pass
    return count, best


def _instruments(city: sqlite3.Connection) -> tuple[int, float]:
    """A city's instruments eleven times over, with other serial numbers."""
    _copy(city, Organisation)
    source = Source(city, Instrument, besides={"id", "uid", "created_at"})
    some, serial = list(source), source.columns.index("serial")
    rows = [(*row[:serial], f"{row[serial]}-{turn}", *row[serial + 1 :]) for turn in range(TIMES) for row in some]
    began = time.perf_counter()
    with indexed_afterwards(Instrument):
        count = load(Instrument, source.columns, rows)
    seconds = time.perf_counter() - began
    _require_whole(Instrument, "instrument_due", count)
    return count, seconds


def _scope_lines(city: sqlite3.Connection) -> tuple[int, float]:
    for model in POINTED_TO:
        _copy(city, model)
    source = Source(city, ScopeLine, besides={"id", "created_at"})
    began = time.perf_counter()
    with indexed_afterwards(ScopeLine):
        count = load(ScopeLine, source.columns, source)
    seconds = time.perf_counter() - began - source.reading
    _require_whole(ScopeLine, "scope_activity", count)
    return count, seconds


def _copy(city: sqlite3.Connection, model: type[models.Model]) -> None:
    source = Source(city, model)
    table = model._meta.db_table
    names = ", ".join(f'"{one.column}"' for one in model._meta.concrete_fields)
    marks = ", ".join(["%s"] * len(source.columns))
    with connection.cursor() as cursor:
        cursor.executemany(f'INSERT OR REPLACE INTO "{table}" ({names}) VALUES ({marks})', list(source))


def _require_whole(model: type[models.Model], index: str, count: int) -> None:
    """Every index is there and holds every row."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'index' AND tbl_name = %s", [table])
        (indexes,) = cursor.fetchone()
        cursor.execute(f'SELECT count(*) FROM "{table}" INDEXED BY {index}')
        (held,) = cursor.fetchone()
    if indexes <= len(model._meta.indexes) or held != count:
        raise AssertionError(f"{indexes} indexes, {held} of {count} rows in one of them")


if __name__ == "__main__":
    for figure in loading(Path(sys.argv[1])):
        print(json.dumps(vars(figure)), flush=True)
