"""Kinds of import: what can be brought in from a file, declared in each app's ``imports.py``.

    SCOPE_LINES = register(ImportKind("scope-lines", _("能力范围"), ScopeLine, COLUMNS, commit, check=…, may=…))

A kind adds no rules: ``check`` reads rows as the services read them, ``commit`` is the services' own bulk act.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db.models import Model
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.cells import Cells
from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.base.grants import Grant, PlatformOnly
from quanheng.kernel.parties.models import Organisation

Row = Mapping[str, str]
# Reads one row; what is wrong stays in its ``Cells``. What it returns is what ``ImportKind.store`` takes.
Build = Callable[[Cells], Any]
# For a few rows at a time, in their order: what they refer to is read once for all of them.
Reader = Callable[[Sequence[Row]], Build]


@dataclass(frozen=True)
class ImportColumn:
    """A column of a kind: its name in services and API, what people call it, and what is expected in it."""

    name: str
    label: Any
    required: bool = False
    help: Any = ""
    example: str = ""
    # Other heads under which files have it, in both languages.
    synonyms: tuple[str, ...] = ()
    kind: Literal["text", "number", "date", "flag", "many"] = "text"
    # (value, label): a file may use either. "many": several of them, joined with semicolons.
    choices: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Changed:
    """A row that was there and that an import stated anew: its columns before and after."""

    key: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True)
class Made:
    """What an import did to one table: keys of new rows, and rows that it changed."""

    model: type[Model]
    keys: Sequence[int]
    changed: Sequence[Changed] = ()
    # Not rows of their own but what belongs to them (a person's roles): counted with them.
    attached: bool = False
    # Whoever stored them has had them indexed.
    indexed: bool = False


@dataclass(frozen=True)
class ImportKind:
    """Something that can be imported.

    ``check(actor, owner)`` gives a reader of rows that may be called again and again for the rows of one file;
    ``commit(actor, owner, rows)`` stores all of them or refuses, inside the transaction of the act.
    ``store(actor, owner, built)`` does the same with what the reader built: for files so large that reading them
    must not keep a transaction open. It makes sure, under its locks, that what was read still holds.
    """

    name: str
    label: Any
    model: type[Model]
    columns: tuple[ImportColumn, ...]
    commit: Callable[[Actor, Organisation, Sequence[Row]], Sequence[Made]]
    check: Callable[[Actor, Organisation | None], Reader]
    may: Grant = field(default_factory=PlatformOnly)
    store: Callable[[Actor, Organisation, Sequence[Any]], Sequence[Made]] | None = None
    # Where to look at what was made, once there is such a page.
    link: Callable[[Organisation], str] | None = None
    # Why it cannot be undone; empty where it can.
    lasting: Any = ""
    help: Any = ""
    max_rows: int = 300_000
    # Rows that refer to other rows of the same file: they can only be read all together.
    whole: bool = False
    # Rows of registers that all share: they belong to no organisation, whoever brings them.
    shared: bool = False

    @functools.cached_property
    def by_name(self) -> Mapping[str, ImportColumn]:
        return {column.name: column for column in self.columns}

    @property
    def example(self) -> dict[str, str]:
        """The row that the template shows."""
        return {column.name: column.example for column in self.columns}


_KINDS: dict[str, ImportKind] = {}


def register(kind: ImportKind) -> ImportKind:
    """Declare a kind."""
    if kind.name in _KINDS:
        raise ValueError(f"import kind declared twice: {kind.name}")
    names = [column.name for column in kind.columns]
    if len(set(names)) != len(names):
        raise ValueError(f"{kind.name}: a column is named twice")
    _KINDS[kind.name] = kind
    return kind


@functools.cache
def every_kind() -> Mapping[str, ImportKind]:
    """Every kind of every installed app by name."""
    autodiscover_modules("imports")
    return _KINDS


def kind_named(name: str) -> ImportKind:
    """Raises NotFound."""
    found = every_kind().get(name)
    if found is None:
        raise NotFound(_("没有这种导入类型，请从列表中选择。"))
    return found


def kinds_for(actor: Actor, owners: Iterable[Organisation]) -> dict[str, list[Organisation]]:
    """The kinds that the actor may import, by name, and for which of the organisations."""
    given = list(owners)
    offered = {name: [owner for owner in given if kind.may.allows(actor, owner)] for name, kind in every_kind().items()}
    return {name: found for name, found in offered.items() if found}
