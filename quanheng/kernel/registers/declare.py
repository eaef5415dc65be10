"""A register, declared: from one declaration follow its page, its API, its exports, its history and its tests.

    register(Register("products", title=_("产品"), model=Product, rows=products, columns=(...), filters=(...)))

An app's ``registry.py`` declares what it has. A declaration holds no rules and no queries of its own: ``rows`` and
the filters come from the app's ``queries``, bulk acts from its ``services``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db.models import Field, Model, QuerySet
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import NotFound

Choices = Iterable[tuple[str, Any]]
# What a column may hold, as the API and the exports know it.
KINDS: tuple[Any, ...] = (str, int, float, bool, date, datetime, list[str])


@dataclass(frozen=True)
class Column:
    """One column: ``value`` is what machines get, ``text`` how people read it, ``show`` its markup on a page.

    Without ``text`` and ``show`` the value is shown by its kind. ``sort`` is a column of the model itself on which
    an index with the key lies; a list sorted by anything else would be slow at a city's size. ``hidden`` columns are
    shown to whoever chooses them.
    """

    key: str
    label: Any
    value: Callable[[Any], Any]
    text: Callable[[Any], Any] | None = None
    show: Callable[[Any], Any] | None = None
    kind: Any = str
    sort: str = ""
    unit: Any = ""
    number: bool = False
    code: bool = False
    hidden: bool = False

    def reads(self, row: Any) -> Any:
        """What people read in an export."""
        return self.text(row) if self.text else self.value(row)


@dataclass(frozen=True)
class Filter:
    """One filter. ``apply`` narrows rows by a value of ``kind`` and raises Invalid for one that means nothing.

    ``choices`` are offered on the page; without them a text, a date or a tick is asked for. A filter that is not
    ``offered`` is reached by links and the API alone; ``word`` says what its value stands for.
    """

    key: str
    label: Any
    apply: Callable[[QuerySet[Any], Any], QuerySet[Any]]
    choices: Callable[[], Choices] | None = None
    kind: Any = str
    placeholder: str = ""
    longest: int = 100
    offered: bool = True
    word: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Wanted:
    """What a bulk act wants to know beside its reason: ``name``: the argument; ``kind``: date, number or text."""

    name: str
    label: Any
    kind: Any = str


@dataclass(frozen=True)
class BulkAct:
    """An act that can be done on many rows of a page at once; ``act`` is its name."""

    act: str
    label: Any
    wants: tuple[Wanted, ...] = ()
    danger: bool = False


def _nothing(_asked: Mapping[str, Any]) -> str:
    return ""


def _uid(row: Any) -> str:
    return str(row.uid)


@dataclass(frozen=True)
class Register:
    """A register. ``rows`` gives what an actor may see, with whatever its cells read fetched along.

    ``called`` is the public name of a row: its uid, unless whoever knows that may read more than the register shows.
    ``url`` is the page of a row (None: it has none), ``sub`` the second line of its first cell. ``search`` narrows
    rows by words, knowing the other filters in force. ``order`` is the column by which rows stand without being asked,
    "-" in front for descending. ``importing`` names the kind of import that fills it. ``extra`` gives a template of
    one's own what else it shows.
    """

    name: str
    title: Any
    lead: Any
    path: str
    model: type[Model]
    rows: Callable[[Actor], QuerySet[Any]]
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...] = ()
    search: Callable[[QuerySet[Any], str, Mapping[str, Any]], QuerySet[Any]] | None = None
    search_label: Any = ""
    url: Callable[[Any], str] | None = None
    sub: Callable[[Any], Any] | None = None
    order: str = "-pk"
    signed_in: bool = False
    bulk: tuple[BulkAct, ...] = ()
    importing: str = ""
    icon: str = "table"
    template: str = "registers/list.html"
    door: Callable[[Mapping[str, Any]], str] = _nothing
    extra: Callable[[Any], dict[str, Any]] | None = None
    called: Callable[[Any], str] = _uid
    by_key: dict[str, Column] = field(init=False, default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        self.by_key.update({column.key: column for column in self.columns})
        self._prove()

    def _prove(self) -> None:
        """A declaration that contradicts itself does not load. Raises ValueError."""
        for what, keys in (
            ("columns", [column.key for column in self.columns]),
            ("filters", [*(one.key for one in self.filters), *RESERVED]),
        ):
            if twice := sorted({key for key in keys if keys.count(key) > 1}):
                raise ValueError(f"{self.name}: {what} declared twice or reserved: {twice}")
        for column in self.columns:
            if column.kind not in KINDS:
                raise ValueError(f"{self.name}.{column.key}: no column holds {column.kind!r}")
            if column.sort:
                _own_column(self, column.sort)
        if not self.columns or self.columns[0].hidden:
            raise ValueError(f"{self.name}: the first column carries the row and is always shown")

    def sorts(self) -> dict[str, str]:
        """Column of the model by the key of the column that is sorted by it."""
        return {column.key: column.sort for column in self.columns if column.sort}


# Parameters of a list's address that no filter may take.
RESERVED = ("q", "sort", "after", "before", "cols", "cursor", "limit", "uid", "text", "view", "format")


def _own_column(register: Register, path: str) -> Field[Any, Any]:
    columns = {column.name: column for column in register.model._meta.concrete_fields}
    if path not in columns:
        raise ValueError(f"{register.name}: sorted by {path!r}, which is no column of {register.model.__name__}")
    return columns[path]


REGISTERS: dict[str, Register] = {}


def register(declared: Register) -> Register:
    """Make a register known under its name."""
    if declared.name in REGISTERS:
        raise ValueError(f"register declared twice: {declared.name}")
    REGISTERS[declared.name] = declared
    return declared


@cache
def every_register() -> dict[str, Register]:
    """The registers of all apps by name, each app's ``registry`` loaded."""
    autodiscover_modules("registry")
    return REGISTERS


def register_named(name: str) -> Register:
    """One register. Raises NotFound."""
    found = every_register().get(name)
    if found is None:
        raise NotFound(_("没有这个登记册，请从登记册目录进入。"))
    return found
