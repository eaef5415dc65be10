"""One act: one function, one transaction, one audit entry; pages, API, jobs and importers all call it.

    @act("requirements.standard.withdraw", on=Standard, label=_("废止标准"), may=Holds(...))
    def withdraw_standard(actor: Actor, standard: Standard, *, on: date, reason: str = "") -> Standard: ...

The decorated function receives the row fresh and locked. Whoever calls it gets a refusal (not found,
denied, conflict, invalid) or the result; nothing in between is ever stored.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db import models, transaction
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.completing import padded
from quanheng.kernel.base.errors import Denied, NotFound, Refusal, SignInNeeded
from quanheng.kernel.base.grants import Grant
from quanheng.kernel.base.models import new_uid
from quanheng.kernel.base.scopes import require_scope, scope_of
from quanheng.kernel.base.statements import Asked

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T", bound=models.Model)


class Hooks:
    """What a richer kind of act (a move of a case) does around the plain one."""

    def lock(self, row: Any) -> Any:
        """The row, fresh and locked, after whatever has to be locked before it."""
        return lock(row)

    def before(self, actor: Actor, row: Any, arguments: dict[str, Any]) -> None:
        """Refuse here; the row is locked and permission is granted."""

    def after(self, actor: Actor, row: Any, result: Any) -> None:
        """Change what follows from the act; still inside the transaction."""


@dataclass(frozen=True)
class Act:
    """The declaration of an act: what the permission matrix, the history and the webhooks know of it."""

    name: str
    label: Any
    on: type[models.Model]
    may: Grant
    function: Callable[..., Any]
    tells: tuple[str, ...] = ()
    tells_people: tuple[str, ...] = ()


@dataclass
class Remarks:
    """Facts that an act adds to its own audit entry, and whom it tells besides those that it declares."""

    facts: dict[str, Any] = field(default_factory=dict)
    organisations: set[int] = field(default_factory=set)
    people: set[int] = field(default_factory=set)


ACTS: dict[str, Act] = {}
# What is called to do an act, by its name: for whoever does an act that was chosen by name.
SERVICES: dict[str, Callable[..., Any]] = {}


@functools.cache
def every_act() -> dict[str, Act]:
    """The acts of all apps by name, their services loaded: for whoever looks an act up instead of calling it."""
    autodiscover_modules("services")
    return ACTS


_remarks: ContextVar[Remarks | None] = ContextVar("remarks", default=None)
_errand: ContextVar[str] = ContextVar("errand", default="")
_beside: ContextVar[dict[str, Any]] = ContextVar("beside", default={})  # noqa: B039 (never changed in place)


def remark(**facts: Any) -> None:
    """Add facts to the audit entry of the act that is under way."""
    remarks = _remarks.get()
    if remarks is not None:
        remarks.facts.update(facts)


def also_tell(*, organisations: Iterable[int] = (), people: Iterable[int] = ()) -> None:
    """Give a notice of the act that is under way to further organisations and people, by their keys: to those whom no
    path from its row leads to. Each sees of the entry what is its own to see, and what ``about`` says to everybody."""
    remarks = _remarks.get()
    if remarks is not None:
        remarks.organisations.update(organisations)
        remarks.people.update(people)


def errand() -> str:
    """The name shared by all entries that one act of a person caused."""
    return _errand.get()


def under_way() -> bool:
    """Whether an act is being done just now: what is called is then a part of it."""
    return _remarks.get() is not None


@contextmanager
def one_errand() -> Iterator[str]:
    """Everything done inside shares one errand; yields its name."""
    if _errand.get():
        yield _errand.get()
        return
    token = _errand.set(new_uid())
    try:
        yield _errand.get()
    finally:
        _errand.reset(token)


@contextmanager
def beside(**facts: Any) -> Iterator[None]:
    """Every act done inside carries these facts in its audit entry."""
    token = _beside.set({**_beside.get(), **facts})
    try:
        yield
    finally:
        _beside.reset(token)


def require(actor: Actor, may: Grant, row: models.Model) -> None:
    """Refuse unless ``may`` holds: as not found where the actor may not even see the row."""
    if may.allows(actor, row):
        return
    if not actor.signed_in:
        raise SignInNeeded(_("请先登录再进行此操作。"))
    visible: Grant = type(row).visible_to  # type: ignore[attr-defined]
    if not visible.allows(actor, row):
        raise NotFound(_("没有找到该记录，或您无权查看。请核对编号。"))
    raise Denied(_("您在该机构的角色不能进行此操作，请联系本机构管理员。"))


def _refusal_of(row: models.Model) -> Refusal | None:
    """Why nothing is done any more on a row that has ended: what its model says of it, if it says anything."""
    ended: Callable[[], Refusal | None] | None = getattr(row, "ended", None)
    return ended() if ended else None


def lock(row: T) -> T:
    """The same row, read again and locked until the transaction ends.

    What ``act_locked`` names is locked before the row itself, as whoever holds only that would lock the row after it.
    Keys never change, so rows that merely refer to a locked one can still be stored.
    """
    if held := _held.get().pop((type(row), row.pk), None):
        return held
    found = _locked(type(row))(row.pk)
    if not found:
        raise NotFound(_("该记录已不存在，请刷新页面。"))
    return found[0]


@functools.cache
def _locked(model: type[T]) -> Asked[T]:
    related = getattr(model, "act_related", ())
    also = getattr(model, "act_locked", ())
    rows = model._default_manager.select_for_update(of=(*also, "self"), no_key=True).select_related(*related)
    return Asked(lambda *keys: rows.filter(pk__in=keys).order_by("pk"))


_held: ContextVar[dict[tuple[type, Any], Any]] = ContextVar("held", default={})  # noqa: B039 (empty for good)


@contextmanager
def locked_together(rows: Sequence[T]) -> Iterator[list[T]]:
    """Lock rows of one model at once, in the order of their keys, ``TOGETHER`` at most; yields them, fresh.

    The first act on each that is done inside takes the very row, with whatever was read of it besides. For acts that
    lock nothing before their row. Rows that are gone are left out: the act on one says so.
    """
    found = _locked(type(rows[0]))(*padded([row.pk for row in rows])) if rows else []
    token = _held.set({(type(row), row.pk): row for row in found})
    try:
        yield found
    finally:
        _held.reset(token)


def act(
    name: str,
    *,
    on: type[T],
    label: Any,
    may: Grant,
    tells: tuple[str, ...] = (),
    tells_people: tuple[str, ...] = (),
    hooks: Hooks | None = None,
) -> Callable[[Callable[Concatenate[Actor, T, P], R]], Callable[Concatenate[Actor, T, P], R]]:
    """Declare an act on rows of ``on``. ``tells`` names the organisations (paths, as of ``Holds``) that get a notice,
    ``tells_people`` the people.

    The function takes (actor, row, *, keyword arguments) and returns a record; a returned record that is
    not the row itself was made by the act and enters the audit trail beside it.
    """

    def decorate(
        function: Callable[Concatenate[Actor, T, P], R],
    ) -> Callable[Concatenate[Actor, T, P], R]:
        declared = Act(
            name=name, label=label, on=on, may=may, function=function, tells=tells, tells_people=tells_people
        )
        if name in ACTS:
            raise ValueError(f"act declared twice: {name}")
        ACTS[name] = declared

        @functools.wraps(function)
        def perform(actor: Actor, row: T, *args: P.args, **kwargs: P.kwargs) -> R:
            from quanheng.kernel.audit.services import append, snapshot, written_together
            from quanheng.kernel.changes.gate import hold_up
            from quanheng.kernel.search.services import follow

            if not _errand.get():
                # What an act causes beyond itself belongs to it: only the act that was asked for needs the scope.
                require_scope(actor, scope_of(name))
            hold_up(declared, actor, row, args, kwargs)
            with ExitStack() as stack:
                stack.enter_context(transaction.atomic())
                stack.enter_context(written_together())
                mine = Remarks(dict(_beside.get()))
                stack.callback(_remarks.reset, _remarks.set(mine))
                stack.enter_context(one_errand())
                row = hooks.lock(row) if hooks else lock(row)
                require(actor, may, row)
                if refusal := _refusal_of(row):
                    raise refusal
                if hooks:
                    hooks.before(actor, row, kwargs)
                before = snapshot(row)
                result = function(actor, row, *args, **kwargs)
                if hooks:
                    hooks.after(actor, row, result)
                made = result if isinstance(result, models.Model) and result is not row else None
                after = snapshot(row)
                append(
                    actor,
                    declared,
                    row,
                    before=before,
                    after=after,
                    made=made,
                    facts=mine.facts,
                    reason=str(kwargs.get("reason") or "").strip(),
                    errand=_errand.get(),
                    also=mine,
                )
                # What can be searched is found by what it is now as soon as the act is done, or taken back with it.
                follow(row, {name for name in after if before.get(name) != after[name]}, made)
                return result

        SERVICES[name] = perform
        return perform

    return decorate
