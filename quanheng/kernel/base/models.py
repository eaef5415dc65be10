"""What every record of the platform shares."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from typing import Any, ClassVar, Self

from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.base import ModelState
from django.utils.translation import get_language

from quanheng.kernel.base.grants import Grant
from quanheng.kernel.base.storing import save_row

# Crockford's base 32 in lower case: no i, l, o, u, so that a code read aloud or printed is not mistaken.
UID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
UID_LENGTH = 13
# 256 is 8 × 32: every character is as likely as any other.
_CHARACTER_OF_BYTE = bytes(ord(UID_ALPHABET[byte % 32]) for byte in range(256))


def new_uid() -> str:
    """A public name of 13 characters (65 bits): not countable, not guessable."""
    return next(new_uids(1))


def new_uids(count: int) -> Iterator[str]:
    """As many public names as asked for, drawn in one go."""
    drawn = secrets.token_bytes(UID_LENGTH * count).translate(_CHARACTER_OF_BYTE).decode("ascii")
    return (drawn[place : place + UID_LENGTH] for place in range(0, len(drawn), UID_LENGTH))


@cache
def _labels(field: models.Field[Any, Any], _language: str | None) -> dict[Any, Any]:
    """The labels of a field's choices in the language in force, which is told so that each is kept by itself."""
    return {value: label if label is None else str(label) for value, label in field.flatchoices}


class Row(models.Model):
    """A row that is read and stored in fewer steps than Django's own, which serve what nobody here asks for."""

    class Meta:
        abstract = True

    def save(  # type: ignore[override]  # positional arguments are gone in Django 6
        self,
        *,
        force_insert: bool = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Store the row, or these columns of it, by one plain statement where that is all there is to do."""
        names = None if update_fields is None else tuple(update_fields)
        where = using or self._state.db or DEFAULT_DB_ALIAS
        if force_update or not save_row(self, inserted=force_insert is True, names=names, using=where):
            super().save(force_insert=force_insert, force_update=force_update, using=using, update_fields=names)

    save.alters_data = True  # type: ignore[attr-defined]

    @classmethod
    def from_db(  # type: ignore[override]  # the stubs know a parameter of Django 6.1
        cls, db: str | None, field_names: Collection[str], values: Collection[Any]
    ) -> Self:
        """A row as it was read. Django's own way sets column after column through ``__init__`` and sends two
        signals that nobody here listens to: a quarter of what a list costs."""
        record = cls.__new__(cls)
        record._state = state = ModelState()
        state.adding, state.db = False, db
        record.__dict__.update(zip(field_names, values, strict=True))
        return record

    def _get_FIELD_display(self, field: models.Field[Any, Any]) -> Any:
        """What ``get_…_display`` answers. Django's own makes all choices hashable first, which translates each label
        for the one that is asked for."""
        value = getattr(self, field.attname)
        label = _labels(field, get_language()).get(value, value)
        return label if label is None else str(label)


class Record(Row):
    """A row with a public name. ``visible_to`` says who may read it; every concrete model declares it."""

    uid = models.CharField(max_length=13, unique=True, default=new_uid, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    visible_to: ClassVar[Grant]
    # Who reads what was done to a row, and that it was made at all; None: whoever may read the row. For rows that are
    # public while those who keep them may stay unnamed.
    story_to: ClassVar[Grant | None] = None
    # Relations that permission and audit look at: fetched with the row when an act locks it.
    act_related: ClassVar[tuple[str, ...]] = ()
    # Columns that never enter the audit trail (secrets) or would drown it (large frozen texts).
    audit_exclude: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        abstract = True
