"""What is published: a data set is declared once, in the ``datasets.py`` of the app whose register it is.

    declare(
        Dataset(
            name="regions",
            model=Region,
            key="code",
            title=_("行政区划"),
            about=_("…"),
            columns=(Column("code", "text", _("GB/T 2260 代码")), …),
        )
    )

From this follow its files, its schema, its page, its entry in the catalogue and its changes. Only rows that a
visitor may see are published, and of them only the columns named. Every data set ends with the column
``synthetic``, so that demonstration data is known by each row wherever a file goes.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import F, Q, QuerySet, Value
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import NotFound

# kind of a column -> (Frictionless Table Schema, DuckDB)
KINDS = {
    "text": ("string", "VARCHAR"),
    "integer": ("integer", "BIGINT"),
    "number": ("number", "DOUBLE"),
    "boolean": ("boolean", "BOOLEAN"),
    "date": ("date", "DATE"),
    "list": ("array", "VARCHAR[]"),
}


@dataclass(frozen=True)
class Licence:
    """Under which terms the data may be used; ``spdx`` is the identifier of the SPDX list."""

    spdx: str
    title: str
    url: str


CC_BY = Licence("CC-BY-4.0", "Creative Commons Attribution 4.0", "https://creativecommons.org/licenses/by/4.0/")


@dataclass(frozen=True)
class Column:
    """One column: its name in the files, kind, meaning, and where it is read.

    ``path`` is a column of the model, or one of a row that it refers to (``item__code``); one step at most, so that
    the triggers can follow it. ``unit`` is of a number, ``source`` a note on where the values come from.
    """

    name: str
    kind: str
    about: Any
    path: str = ""
    unit: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"column {self.name}: unknown kind {self.kind!r}; known are {', '.join(KINDS)}")

    @property
    def read(self) -> str:
        return self.path or self.name


SYNTHETIC = Column("synthetic", "boolean", _("是否示范数据（合成，不代表任何真实机构）"))


@dataclass(frozen=True)
class Dataset:
    """One public register as open data. Wrong declarations raise ValueError at start.

    ``key`` is the column that names a row for ever (it is published too); ``synthetic`` the path of the flag, ""
    where no row ever is. ``through`` names the relations of a table that holds two others together: a row is public
    where both ends are.
    """

    name: str
    model: type[models.Model]
    title: Any
    about: Any
    columns: tuple[Column, ...]
    key: str = "uid"
    synthetic: str = ""
    licence: Licence = CC_BY
    source: Any = ""
    through: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        wrong = list(self._complaints())
        if wrong:
            raise ValueError(f"data set {self.name}: {'; '.join(wrong)}")

    def _complaints(self) -> Iterator[str]:
        names = [column.name for column in self.columns]
        if len({*names, SYNTHETIC.name}) != len(names) + 1:
            yield "two columns have one name"
        if self.key not in [column.read for column in self.columns]:
            yield f"the key {self.key} is not among its columns"
        if not self.step(self.key)[0].unique:
            yield f"the key {self.key} is not unique"
        if not hasattr(self.model, "visible_to") and not self.through:
            yield "its model does not say who may see it"
        try:
            self._paths()
        except (FieldDoesNotExist, ValueError) as error:
            yield str(error)

    @property
    def _visible(self) -> Q:
        """What a visitor may see of the model, and at the ends of a table that holds two others together."""
        grant = getattr(self.model, "visible_to", None)
        condition: Q = grant.q(Actor.nobody()) if grant is not None else Q()
        for name in self.through:
            related: Any = self.model._meta.get_field(name).related_model
            condition &= _beyond(related.visible_to.q(Actor.nobody()), f"{name}__")
        return condition

    def _paths(self) -> set[str]:
        """Every path whose value decides what is published of a row. ValueError where triggers cannot follow it."""
        paths = {column.read for column in self.columns} | {self.synthetic} - {""}
        for path, _value in _leaves(self._visible):
            field, _sep, rest = path.partition("__")
            if field == "pk":
                raise ValueError("a visitor may see none of its rows")
            beyond = self.model._meta.get_field(field).is_relation
            paths.add(f"{field}__{rest.split('__')[0]}" if beyond and rest else field)
        for path in paths:
            self.step(path)
        return paths

    def step(self, path: str) -> tuple[models.Field[Any, Any], models.Field[Any, Any] | None]:
        """The column of the model that a path reads, and the column beyond where that one refers to another row."""
        first, _sep, second = path.partition("__")
        field = self.model._meta.get_field(first)
        if not isinstance(field, models.Field) or not field.concrete or "__" in second:
            raise ValueError(f"{path} is neither a column nor one step away")
        if not second:
            return field, None
        related = field.related_model
        if related is None or isinstance(related, str):
            raise ValueError(f"{path}: {first} refers to nothing")
        beyond = related._meta.get_field(second)
        assert isinstance(beyond, models.Field)
        return field, beyond

    @property
    def all_columns(self) -> tuple[Column, ...]:
        return (*self.columns, SYNTHETIC)

    @property
    def watched(self) -> list[str]:
        """The database columns of the model's own table whose change changes what is published."""
        return sorted({column_of(self.step(path)[0]) for path in self._paths()})

    @property
    def beyond(self) -> list[tuple[models.Field[Any, Any], list[str]]]:
        """The relations that values are read through, each with the columns that are read of the other table."""
        found: dict[models.Field[Any, Any], set[str]] = {}
        for path in self._paths():
            field, other = self.step(path)
            if other is not None and not other.primary_key:
                found.setdefault(field, set()).add(column_of(other))
        return [(field, sorted(found[field])) for field in sorted(found, key=lambda field: field.name)]

    def rows(self) -> QuerySet[Any]:
        """The rows that a visitor may see, in the order of the files."""
        return self.model._default_manager.filter(self._visible).order_by("pk")

    def cells(self, rows: QuerySet[Any]) -> QuerySet[Any, tuple[Any, ...]]:
        """What is published of rows: tuples in the order of ``all_columns``."""
        flag = F(self.synthetic) if self.synthetic else Value(False, output_field=models.BooleanField())
        return rows.values_list(*(F(column.read) for column in self.columns), flag)

    def by_key(self, keys: list[str]) -> dict[str, tuple[Any, ...]]:
        """Those of the rows with these keys that a visitor may see, as published. One query."""
        place = [column.read for column in self.columns].index(self.key)
        found = self.cells(self.rows().filter(**{f"{self.key}__in": keys}))
        # The feed keeps a key as the database casts it to text.
        return {str(row[place]): row for row in found}


def column_of(field: models.Field[Any, Any]) -> str:
    """The database column of a field that has one."""
    assert field.column is not None
    return field.column


def _leaves(condition: Q) -> Iterator[tuple[str, Any]]:
    """The (path, value) pairs that a condition is made of."""
    for child in condition.children:
        if isinstance(child, Q):
            yield from _leaves(child)
        elif isinstance(child, tuple):
            yield child
        else:
            raise ValueError("whether a row is public depends on an expression, which triggers cannot follow")


def _beyond(condition: Q, before: str) -> Q:
    """The same condition on the row that a relation leads to."""
    children: list[Any] = []
    for child in condition.children:
        if isinstance(child, Q):
            children.append(_beyond(child, before))
        else:
            assert isinstance(child, tuple)
            children.append((f"{before}{child[0]}", child[1]))
    return Q(*children, _connector=condition.connector, _negated=condition.negated)


DATASETS: dict[str, Dataset] = {}


def declare(dataset: Dataset) -> Dataset:
    """Publish a data set."""
    if dataset.name in DATASETS:
        raise ValueError(f"data set declared twice: {dataset.name}")
    DATASETS[dataset.name] = dataset
    return dataset


@functools.cache
def datasets() -> Mapping[str, Dataset]:
    """Every data set of every installed app, by name."""
    autodiscover_modules("datasets")
    return dict(sorted(DATASETS.items()))


def dataset_named(name: str) -> Dataset:
    """The data set of that name; NotFound says where the list is."""
    found = datasets().get(name)
    if found is None:
        raise NotFound(_("没有这个数据集，请到“开放数据”页查看全部数据集的名称。"))
    return found
