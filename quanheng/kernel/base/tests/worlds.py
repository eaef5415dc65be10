"""Random rows of every table, for properties that hold of all models whatever they are."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from quanheng.kernel.base.actor import Actor, Post
from quanheng.kernel.base.models import new_uid
from quanheng.kernel.parties.roles import Role

REGIONS = ("120000", "120100", "120101", "120102", "210000", "210100", "210102")
ROWS = 12
# A table with demanding constraints gets its first row by drawing on.
MOST_DRAWS = 200
# Rows that stay: the database itself refuses to change or delete them, or they are made of tokens, not of random text.
NOT_TAKEN_OUT = ("audit.Entry", "translog.LogEntry", "search.Document")


@cache
def guarded_models() -> tuple[type[models.Model], ...]:
    """Every model that says who may see its rows, those it refers to first."""
    wanted = [model for model in apps.get_models() if hasattr(model, "visible_to")]
    ordered: list[type[models.Model]] = []

    def add(model: type[models.Model], path: tuple[type[models.Model], ...]) -> None:
        if model in ordered or model in path:
            return
        for column in model._meta.concrete_fields:
            if isinstance(column, models.ForeignKey) and column.related_model in wanted:
                add(column.related_model, (*path, model))
        ordered.append(model)

    for model in wanted:
        add(model, ())
    return tuple(ordered)


class World:
    """A few rows in every table, their references drawn at random."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.serial = 0
        self.rows: dict[type[models.Model], list[models.Model]] = {}
        for model in guarded_models():
            self.rows[model] = self._fill(model)

    def _fill(self, model: type[models.Model]) -> list[models.Model]:
        made = list(model._default_manager.all())
        for drawn in range(MOST_DRAWS):
            if drawn >= ROWS and made:
                break
            row = model(**{column.attname: self._value(model, column) for column in model._meta.concrete_fields})
            try:
                with transaction.atomic():
                    row.save(force_insert=True)
            except IntegrityError:
                continue  # the draw broke a constraint; the next may not
            made.append(row)
        return made

    def _value(self, model: type[models.Model], column: models.Field[Any, Any]) -> Any:
        self.serial += 1
        if isinstance(column, models.ForeignKey):
            return self._reference(model, column)
        if column.attname in ("region_code", "code") and getattr(column, "max_length", 0) == 6:
            return self.random.choice(REGIONS)
        if column.attname == "uid":
            return new_uid()
        if column.choices:
            return self.random.choice([value for value, _label in column.flatchoices])
        if column.null and self.random.random() < 0.3:
            return None
        return self._plain(column)

    def _reference(self, model: type[models.Model], column: models.ForeignKey[Any, Any]) -> Any:
        pool = self.rows.get(column.related_model, [])
        if column.null and (not pool or self.random.random() < 0.3):
            return None
        named = [getattr(row, column.target_field.attname) for row in pool]
        if column.unique:
            taken = set(model._default_manager.values_list(column.attname, flat=True))
            named = [name for name in named if name not in taken] or named
        return self.random.choice(named) if named else None

    def _plain(self, column: models.Field[Any, Any]) -> Any:
        if isinstance(column, models.BooleanField):
            return self.random.random() < 0.5
        if isinstance(column, models.DateTimeField):
            return timezone.make_aware(datetime(2026, 1, 1)) + timedelta(hours=self.serial)
        if isinstance(column, models.DateField):
            return date(2026, 1, 1) + timedelta(days=self.serial)
        if isinstance(column, models.JSONField):
            return column.get_default() if column.has_default() else {}
        if isinstance(column, models.FloatField | models.DecimalField):
            return self.random.choice((0, 1, 2))
        if isinstance(column, models.PositiveSmallIntegerField):
            return self.random.randint(1, 5)
        if isinstance(column, models.IntegerField):
            return self.serial
        if isinstance(column, models.BinaryField):
            return b"x"
        return f"{self.serial}"[: column.max_length or 20]

    def actors(self, number: int) -> list[Actor]:
        """Nobody, the platform, and people with a few roles in organisations of the world."""
        organisations = self.rows[apps.get_model("parties.Organisation")]
        people = self.rows[apps.get_model("parties.Person")]
        found = [Actor.nobody(), Actor.platform()]
        for _ in range(number):
            posts = []
            for _post in range(self.random.randint(0, 3)):
                where: Any = self.random.choice(organisations)
                region = self.random.choice(["", where.region_code, *REGIONS])
                posts.append(Post(where.pk, self.random.choice(Role.values), region))
            found.append(Actor(person_id=self.random.choice(people).pk, name="某人", posts=tuple(posts)))
        return found
