"""Columns and values of the trail in people's words, as far as the reader may see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.audit.models import Entry
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.grants import restrict

EMPTY = "—"


@dataclass(frozen=True)
class Change:
    """One column that an act changed: its label, what it was and what it is."""

    field: str
    label: Any
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.label}: {self.before} → {self.after}"


def labelled(model: type[models.Model]) -> dict[str, models.Field[Any, Any]]:
    """The columns that have a label for people; the others are the platform's own book-keeping."""
    return {
        column.attname: column for column in model._meta.concrete_fields if isinstance(column.verbose_name, Promise)
    }


class Reader:
    """Reads a page of entries for one actor, with one query for each kind of row that it meets.

    ``known`` are rows that were read already, with what their visibility looks at: they are not asked for again.
    """

    def __init__(self, actor: Actor, entries: Sequence[Entry], known: Iterable[models.Model | None] = ()) -> None:
        self._actor = actor
        self._known = {(row._meta.label_lower, row.pk): row for row in known if row is not None}
        subjects: dict[str, set[int]] = defaultdict(set)
        for entry in entries:
            subjects[entry.subject_type].add(entry.subject_id)
            if entry.made_id is not None:
                subjects[entry.made_type].add(entry.made_id)
        self._seen = {kind: self._visible(kind, keys) for kind, keys in subjects.items()}
        self._names = self._name_references(entries)

    def sees(self, kind: str, key: int | None) -> bool:
        """Whether the row behind an entry is the actor's to see."""
        return key in self._seen.get(kind, frozenset())

    def made(self, entry: Entry) -> Any | None:
        """What kind of record the act made, where the actor may see it."""
        if entry.made_id is None or not self.sees(entry.made_type, entry.made_id):
            return None
        model = _model(entry.made_type)
        return model._meta.verbose_name if model else None

    def changes(self, entry: Entry) -> tuple[Change, ...]:
        """The labelled columns that the act changed; none where the row is hidden from the actor."""
        model = _model(entry.subject_type)
        if model is None or not self.sees(entry.subject_type, entry.subject_id):
            return ()
        return tuple(
            Change(
                name,
                column.verbose_name,
                self._words(column, entry.before.get(name)),
                self._words(column, entry.after[name]),
            )
            for name, column in labelled(model).items()
            if name in entry.after
        )

    def _visible(self, kind: str, keys: set[int]) -> frozenset[Any]:
        model = _model(kind)
        if model is None:
            return frozenset()
        here = {key: self._known[kind, key] for key in keys if (kind, key) in self._known}
        seen = {key for key, row in here.items() if type(row).visible_to.allows(self._actor, row)}  # type: ignore[attr-defined]
        if further := keys - here.keys():
            rows = restrict(model._default_manager.filter(pk__in=further), self._actor)
            # A key of text (a region's code) was written as a number.
            seen |= {int(key) for key in rows.values_list("pk", flat=True)}
        return frozenset(seen)

    def _name_references(self, entries: Sequence[Entry]) -> dict[tuple[type[models.Model], Any], str]:
        wanted: dict[type[models.Model], set[Any]] = defaultdict(set)
        for entry in entries:
            model = _model(entry.subject_type)
            if model is None or not self.sees(entry.subject_type, entry.subject_id):
                continue
            for name, column in labelled(model).items():
                if isinstance(column, models.ForeignKey):
                    values = {entry.before.get(name), entry.after.get(name)} - {None}
                    if values:
                        wanted[column.related_model].update(values)
        names: dict[tuple[type[models.Model], Any], str] = {}
        for related, keys in wanted.items():
            for row in restrict(related._default_manager.filter(pk__in=keys), self._actor):
                names[related, row.pk] = _name(row)
        return names

    def _words(self, column: models.Field[Any, Any], value: Any) -> Any:
        if value is None or value == "":
            return EMPTY
        if isinstance(column, models.ForeignKey):
            return self._names.get((column.related_model, value), _("（不公开）"))
        if column.choices:
            return dict(column.flatchoices).get(value, value)
        if isinstance(value, bool):
            return _("是") if value else _("否")
        if isinstance(column, models.DateTimeField):
            return timezone.localtime(datetime.fromisoformat(value)).strftime("%Y-%m-%d %H:%M")
        if isinstance(column, models.DateField):
            return date.fromisoformat(value).isoformat()
        if isinstance(value, list):
            return ", ".join(str(part) for part in value) or EMPTY
        return value


def _name(row: models.Model) -> str:
    """A row's name in the reader's language."""
    english = getattr(row, "name_en", "") if (get_language() or "").startswith("en") else ""
    return english or str(row)


def _model(kind: str) -> type[models.Model] | None:
    try:
        return apps.get_model(kind)
    except LookupError:
        return None
