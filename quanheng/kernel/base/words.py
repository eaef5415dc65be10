"""Rows by words in their columns, for registers that are not in the search index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)

# More words than anybody types, fewer than a query would choke on.
MOST = 5


def with_words(rows: QuerySet[M], text: str, *columns: str, begins: Sequence[str] = ()) -> QuerySet[M]:
    """The rows in which each word of a text (the first ``MOST``) stands in one of the columns."""
    for word in text.split()[:MOST]:
        rows = rows.filter(anywhere(word, *columns, begins=begins))
    return rows


def anywhere(word: str, *columns: str, begins: Sequence[str] = ()) -> Q:
    """Where a word stands in one of the columns, or one of ``begins`` begins with it; capitals make no difference."""
    # Chinese has none, and PostgreSQL folds the text of every row to compare without them.
    fold = "i" if word.upper() != word.lower() else ""
    found = Q()
    for column in columns:
        found |= Q(**{f"{column}__{fold}contains": word})
    for column in begins:
        found |= Q(**{f"{column}__{fold}startswith": word})
    return found
