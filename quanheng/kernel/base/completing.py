"""Rows that are completed together: what belongs to each is read for many of them at once, when they are read.

    completed(Station.objects.all(), count_visits)   # count_visits(rows) sets row.visit_count of each

An annotation would do the same, and would be put into SQL anew for each list, its order and its count, which takes
longer than the answer. What completes rows can ask a question that is kept (``statements.Asked``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.db.models.query import ModelIterable

# Rows that are completed by one question; the sizes of pages, so that a question is kept for each and not for all.
TOGETHER = 500
SIZES = (1, 10, 60, 240, TOGETHER)

Complete = Callable[[Sequence[Any]], None]


def completed(rows: QuerySet[Any], complete: Complete) -> QuerySet[Any]:
    """The rows, each with what ``complete`` sets on it; it is given some of them at a time."""
    found: Any = rows.all()
    found._iterable_class = _completing(complete)
    return found


def complete(rows: QuerySet[Any], found: Sequence[Any]) -> None:
    """Complete those of ``rows`` that were read otherwise than by going through them."""
    kind: Any = rows._iterable_class
    if issubclass(kind, Completed):
        for at in range(0, len(found), TOGETHER):
            kind.complete(found[at : at + TOGETHER])


def padded(keys: Sequence[int]) -> list[int]:
    """Keys, ``TOGETHER`` at most, filled up with those of no row to one of a few lengths."""
    size = next(size for size in SIZES if size >= len(keys))
    return [*keys, *[0] * (size - len(keys))]


class Completed(ModelIterable):
    """How a query set of such rows becomes rows."""

    complete: Complete

    def __iter__(self) -> Iterator[Any]:
        rows = super().__iter__()
        while some := list(islice(rows, TOGETHER)):
            type(self).complete(some)
            yield from some


@cache
def _completing(complete: Complete) -> type[Completed]:
    return type("Completed", (Completed,), {"complete": staticmethod(complete)})
