"""The index: one document for each row that can be found."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import PlatformOnly

# A document's id is the number of its kind, then the key of its row: the documents of a kind lie together, in the
# order of their rows, so that a kind, a page of it and its newest rows are ranges of ids.
KIND_BITS = 40
MAX_KEY = (1 << KIND_BITS) - 1
# On PostgreSQL each document also says in which block of ids it lies: its index can then be asked for the newest rows
# that hold a common word without looking at all of them. (SQLite reads the rows of a word in the order of their ids.)
BLOCK_BITS = 15


def block_token(identity: int) -> str:
    """The token of the block in which a document lies."""
    return f"b{identity >> BLOCK_BITS:x}"


class TokensField(models.TextField):
    """Tokens in their order, joined by blanks. PostgreSQL keeps them as a ``tsvector``, SQLite as text for FTS5.

    A token is of letters, digits and Chinese characters, as ``tokens`` makes them: nothing needs quoting, and no
    parser of the database takes them apart.
    """

    def db_type(self, connection: Any) -> str:
        return "tsvector" if connection.vendor == "postgresql" else "text"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if connection.vendor == "postgresql" and value is not None:
            return vector(value)
        return spaced(value) if value is not None else None

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        return "%s::tsvector" if connection.vendor == "postgresql" else "%s"


def spaced(tokens: str) -> str:
    """The tokens with a blank on either side of each, so that a phrase is found in them as a text.

    >>> spaced("压力 力表")
    ' 压力 力表 '
    """
    return f" {tokens.strip()} "


def vector(tokens: str) -> str:
    """The text of a ``tsvector`` that holds the tokens at their places.

    >>> vector("压力 力表")
    '压力:1 力表:2'
    """
    return " ".join([f"{token}:{place}" for place, token in enumerate(tokens.split(), start=1)])


class Document(models.Model):
    """What the index holds of one row.

    ``rank`` orders documents that fit a question equally well: the weight of the row, then the shortness of its
    title. ``digest`` tells whether a row's document would be another one now.
    """

    id = models.BigIntegerField(primary_key=True)
    tokens = TokensField()
    rank = models.IntegerField()
    digest = models.BigIntegerField()

    # Nobody reads the index: what is found is read from the registers, by their own permissions.
    visible_to = PlatformOnly()
    # Made of other rows alone: no act is done on it.
    audit_exclude = frozenset({"tokens", "digest"})

    class Meta:
        verbose_name = _("索引条目")

    def __str__(self) -> str:
        return f"{self.id >> KIND_BITS}:{self.id & MAX_KEY}"
