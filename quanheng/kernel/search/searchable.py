"""What of a model is searched, and how it is shown: declared in an app's ``search.py``, discovered like services."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import get_language

from quanheng.kernel.search.models import KIND_BITS, MAX_KEY

# The values of one row by path.
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Shown:
    """How a row that was found is shown. ``status`` is (word, tone of its badge)."""

    title_zh: str
    title_en: str
    url: str
    code: str = ""
    note_zh: str = ""
    note_en: str = ""
    status: tuple[Any, str] | None = None

    @property
    def title(self) -> str:
        """The title in the language in force; the Chinese one where there is no English."""
        return (self.title_en or self.title_zh) if _english() else self.title_zh

    @property
    def note(self) -> str:
        """The note in the language in force."""
        return (self.note_en or self.note_zh) if _english() else self.note_zh


def _english() -> bool:
    return (get_language() or "").startswith("en")


@dataclass(frozen=True)
class Searchable:
    """A model whose rows are found.

    Paths are those of ``values_list``, through foreign keys alone; a column may hold a text or a list of texts.
    ``title`` counts most (its first is the name), then ``codes`` and ``numbers`` (of standards) as the row's own;
    ``body`` is found but does not rank; ``cites`` are numbers of standards that the row refers to. ``facets`` are
    what a question can be narrowed by, ``region`` (a GB/T 2260 code) at each of its levels. ``statuses`` are
    conditions that depend on the day, with their words. ``weight`` (0 to 999) puts rows that fit equally well in order.

    What a document holds of other rows follows from the paths: when one of those is renamed, the documents that hold
    its name are made anew (``services.reindex``).
    """

    model: type[models.Model]
    kind: str
    number: int
    label: str | Promise
    title: tuple[str, ...]
    show: Callable[[Any], Shown]
    body: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    pinyin: tuple[str, ...] = ()
    facets: Mapping[str, str] = field(default_factory=dict)
    region: str = ""
    statuses: Mapping[str, tuple[str | Promise, Callable[[], Q]]] = field(default_factory=dict)
    weight: Callable[[Values], int] = lambda values: 0
    related: tuple[str, ...] = ()
    prefetch: tuple[str, ...] = ()
    # What of its relations need not be read to show a row.
    defer: tuple[str, ...] = ()
    # The register that lists everything: its address, where ``{text}`` stands for the question.
    register: str = ""
    # How much the kind counts against others among results that fit equally well.
    standing: int = 0
    # The organisation that a row belongs to, as a path: words of its name narrow the rows, without their holding it.
    owner: str = ""

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every path that a document is made of."""
        found = (*self.title, *self.body, *self.codes, *self.numbers, *self.cites, *self.pinyin)
        found += (*self.facets.values(), *self.weighed)
        extra = tuple(path for path in (self.region, self.owner) if path)
        return tuple(dict.fromkeys((*found, *extra)))

    # What ``weight`` looks at besides.
    weighed: tuple[str, ...] = ()

    @property
    def first(self) -> int:
        """The least id of its documents."""
        return self.number << KIND_BITS

    @property
    def last(self) -> int:
        """The greatest id of its documents."""
        return self.first | MAX_KEY

    def identity(self, key: int) -> int:
        """The id of the document of a row."""
        return self.first | key

    def key(self, identity: int) -> int:
        """The key of a document's row."""
        return identity & MAX_KEY

    @cached_property
    def columns(self) -> frozenset[str]:
        """The columns of the row itself that its document is made of."""
        return frozenset(self.model._meta.get_field(path.split("__")[0]).attname for path in self.paths)  # type: ignore[union-attr]

    @cached_property
    def holds(self) -> dict[type[models.Model], dict[str, frozenset[str]]]:
        """Of which other models a document holds columns: model -> {path to it: names of its columns}."""
        found: dict[type[models.Model], dict[str, frozenset[str]]] = {}
        for path in self.paths:
            model: Any = self.model
            way: list[str] = []
            for step in path.split("__"):
                column = model._meta.get_field(step)
                if way:
                    names = found.setdefault(model, {})
                    key = "__".join(way)
                    names[key] = names.get(key, frozenset()) | {column.attname}
                way.append(step)
                if column.is_relation:
                    if not (column.many_to_one or column.one_to_one):
                        raise FieldDoesNotExist(f"{self.kind}: {path} does not run through foreign keys alone")
                    model = column.related_model
        return found


_REGISTER: dict[str, Searchable] = {}


def searchable(declared: Searchable) -> Searchable:
    """Enter a declaration. Raises ValueError for a kind, a number or a model that is declared already."""
    for other in _REGISTER.values():
        if declared.kind == other.kind or declared.number == other.number or declared.model is other.model:
            raise ValueError(f"searched twice: {declared.kind} and {other.kind}")
    if not declared.kind.isidentifier() or not 0 < declared.number < 1 << 20:
        raise ValueError(f"{declared.kind}: the kind is a name and its number from 1 on")
    _REGISTER[declared.kind] = declared
    return declared


@lru_cache(maxsize=1)
def kinds() -> dict[str, Searchable]:
    """Everything that is searched, by kind, the kinds that count most first."""
    autodiscover_modules("search")
    return dict(sorted(_REGISTER.items(), key=lambda item: -item[1].standing))


@lru_cache(maxsize=1)
def by_model() -> dict[type[models.Model], Searchable]:
    """Everything that is searched, by model."""
    return {one.model: one for one in kinds().values()}


@lru_cache(maxsize=1)
def holders() -> dict[type[models.Model], list[Searchable]]:
    """For each model whose columns stand in documents of others: which."""
    found: dict[type[models.Model], list[Searchable]] = {}
    for one in kinds().values():
        for model in one.holds:
            found.setdefault(model, []).append(one)
    return found
