"""Keeping the index: after every act, after every load, and all of it anew.

The index is written in the transaction of what it tells of: whoever reads a change finds it, and what is taken back
is taken back here too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import chain, islice

from django.db import models, transaction

from quanheng.kernel.search import storage
from quanheng.kernel.search.documents import CHUNK, documents, rows_of
from quanheng.kernel.search.models import Document
from quanheng.kernel.search.searchable import Searchable, by_model, holders, kinds

__all__ = ["follow", "rebuild", "rebuilt_at_the_end", "reindex"]

_postponed: ContextVar[bool] = ContextVar("postponed", default=False)


def reindex(model: type[models.Model], keys: Iterable[int] | None = None) -> int:
    """Bring the documents of rows of ``model`` up to date (None: of all its rows); returns how many were written.

    Rows that are gone lose their document. Documents of other rows that hold names of these are made anew too, where
    what they hold has changed. A model that is neither searched nor held costs nothing. For whoever writes rows
    without an act: bulk loaders, merges, migrations.
    """
    own, held = by_model().get(model), holders().get(model, ())
    if (own is None and not held) or _postponed.get():
        return 0
    wanted = None if keys is None else sorted(set(keys))
    if wanted == []:
        return 0
    with transaction.atomic(savepoint=False):
        if own is None:
            # Without a document of its own nobody can tell whether it changed.
            return sum(_hold(one, model, wanted) for one in held)
        written, changed = _bring(own, wanted)
        return written + sum(_hold(one, model, changed) for one in held)


def follow(row: models.Model, changed: Collection[str], made: models.Model | None) -> None:
    """What an act calls at its end: ``changed`` are the columns of its row that it changed, ``made`` what it made."""
    model = type(row)
    own = by_model().get(model)
    names = set(changed)
    if names and row.pk is not None and (own or model in holders()):
        held = {name for one in holders().get(model, ()) for found in one.holds[model].values() for name in found}
        if names & (held | (own.columns if own else frozenset())):
            reindex(model, [row.pk])
    if made is not None and type(made) in by_model():
        reindex(type(made), [made.pk])


def _bring(kind: Searchable, keys: list[int] | None) -> tuple[int, list[int]]:
    """Write what differs; returns how many documents and the keys of their rows."""
    written, changed = 0, []
    batches: Iterator[tuple[list[int], list[storage.Row]]]
    if keys is None:
        rows = documents(kind, rows_of(kind, None))
        batches = ((_keys(kind, part), part) for part in _batches(rows))
        _drop_orphans(kind)
    else:
        parts = (keys[at : at + CHUNK] for at in range(0, len(keys), CHUNK))
        batches = ((part, list(documents(kind, rows_of(kind, part)))) for part in parts)
    for part, rows_made in batches:
        known = storage.digests([kind.identity(key) for key in part])
        fresh = [row for row in rows_made if known.get(row[0]) != row[3]]
        storage.write(fresh)
        gone = known.keys() - {row[0] for row in rows_made}
        storage.remove(sorted(gone))
        written += len(fresh)
        changed += _keys(kind, fresh)
    return written, changed


def _keys(kind: Searchable, rows: Iterable[storage.Row]) -> list[int]:
    return [kind.key(row[0]) for row in rows]


def _batches(rows: Iterable[storage.Row]) -> Iterator[list[storage.Row]]:
    waiting = iter(rows)
    while part := list(islice(waiting, CHUNK)):
        yield part


def _drop_orphans(kind: Searchable) -> None:
    """Take out the documents whose rows are gone."""
    documents = Document.objects.filter(pk__range=(kind.first, kind.last)).order_by("pk").values_list("pk", flat=True)
    waiting = documents.iterator(chunk_size=5000)
    while part := list(islice(waiting, CHUNK)):
        there = set(kind.model._default_manager.filter(pk__in=map(kind.key, part)).values_list("pk", flat=True))
        storage.remove([identity for identity in part if kind.key(identity) not in there])


def _hold(kind: Searchable, model: type[models.Model], keys: list[int] | None) -> int:
    """Make the documents anew that hold columns of these rows of another model."""
    if keys == []:
        return 0
    written = 0
    for path in kind.holds[model]:
        rows = kind.model._default_manager.order_by()
        parts = [None] if keys is None else [keys[at : at + CHUNK] for at in range(0, len(keys), CHUNK)]
        for part in parts:
            found = rows.filter(**{f"{path}__in": part}) if part else rows.exclude(**{path: None})
            written += _bring(kind, sorted(found.values_list("pk", flat=True)))[0]
    return written


def rebuild(tell: Callable[[str], None] = lambda line: None) -> int:
    """Make the whole index anew; returns how many documents it holds. Searches see the old one until it is done."""

    def every(kind: Searchable) -> Iterator[storage.Row]:
        count = 0
        for row in documents(kind, rows_of(kind, None)):
            yield row
            count += 1
        tell(f"{kind.kind}: {count}")

    with transaction.atomic():
        return storage.refill(chain.from_iterable(every(kind) for kind in kinds().values()))


@contextmanager
def rebuilt_at_the_end(tell: Callable[[str], None] = lambda line: None) -> Iterator[None]:
    """Leave the index alone while a whole city is loaded, and make it anew when that is done: many times faster."""
    token = _postponed.set(True)
    try:
        yield
    finally:
        _postponed.reset(token)
    rebuild(tell)
