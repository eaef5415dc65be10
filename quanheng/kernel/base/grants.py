"""Permission is a query: one declaration answers for a row in hand and for a million rows in a table.

A grant is a predicate on (actor, row). ``q`` gives the rows of a table for which it holds, ``allows`` asks
it of one row that is already loaded; the two must agree (a property test holds them to it).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.db.models import Model, Q, QuerySet

if TYPE_CHECKING:
    from quanheng.kernel.base.actor import Actor

M = TypeVar("M", bound=Model)

NONE = Q(pk__in=())
ALL = Q()


class Grant:
    """A predicate on (actor, row)."""

    # What the tables of processes call a grant that a domain has made; "" for those below, which have their own words.
    words: ClassVar[str] = ""

    def q(self, actor: Actor) -> Q:
        raise NotImplementedError

    def allows(self, actor: Actor, row: Model) -> bool:
        raise NotImplementedError

    def __or__(self, other: Grant) -> Grant:
        return Either((self, other))

    def __and__(self, other: Grant) -> Grant:
        return Both((self, other))


def follow(row: Any, path: str) -> Any:
    """The value at a ``__`` path from a row, or None where the path breaks off."""
    for step in path.split("__"):
        if row is None:
            return None
        row = getattr(row, step)
    return row


@dataclass(frozen=True)
class Public(Grant):
    """Everyone, signed in or not."""

    def q(self, actor: Actor) -> Q:
        return ALL

    def allows(self, actor: Actor, row: Model) -> bool:
        return True


@dataclass(frozen=True)
class SignedIn(Grant):
    """Anyone who has signed in."""

    def q(self, actor: Actor) -> Q:
        return ALL if actor.signed_in or actor.system else NONE

    def allows(self, actor: Actor, row: Model) -> bool:
        return actor.signed_in or actor.system


@dataclass(frozen=True)
class PlatformOnly(Grant):
    """Only the platform itself: clocks, loading, automatic moves."""

    def q(self, actor: Actor) -> Q:
        return ALL if actor.system else NONE

    def allows(self, actor: Actor, row: Model) -> bool:
        return actor.system


@dataclass(frozen=True)
class Holds(Grant):
    """The actor holds one of ``roles`` in the organisation at ``path`` (an organisation key of the row).

    ``path`` is "" where the row is itself the organisation. No roles: any role there.
    """

    path: str
    roles: tuple[str, ...] = ()

    def __init__(self, path: str, *roles: str) -> None:
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "roles", tuple(roles))

    def q(self, actor: Actor) -> Q:
        if actor.system:
            return ALL
        ids = actor.organisations(*self.roles)
        if not ids:
            return NONE
        return Q(**{f"{self.path}_id__in" if self.path else "pk__in": ids})

    def allows(self, actor: Actor, row: Model) -> bool:
        if actor.system:
            return True
        key = follow(row, f"{self.path}_id") if self.path else row.pk
        return key in actor.organisations(*self.roles)


@dataclass(frozen=True)
class Oversees(Grant):
    """The actor holds one of ``roles`` in a regulator whose region contains the code at ``path``."""

    path: str
    roles: tuple[str, ...]

    def __init__(self, path: str, *roles: str) -> None:
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "roles", tuple(roles))

    def q(self, actor: Actor) -> Q:
        if actor.system:
            return ALL
        condition = NONE
        for prefix in actor.regions(*self.roles):
            condition = condition | Q(**{f"{self.path}__startswith": prefix})
        return condition

    def allows(self, actor: Actor, row: Model) -> bool:
        if actor.system:
            return True
        code = follow(row, self.path) or ""
        return any(code.startswith(prefix) for prefix in actor.regions(*self.roles))


@dataclass(frozen=True)
class Is(Grant):
    """The actor is the person at ``path`` ("" where the row is the person)."""

    path: str = ""

    def q(self, actor: Actor) -> Q:
        if actor.system:
            return ALL
        if actor.person_id is None:
            return NONE
        return Q(**{f"{self.path}_id" if self.path else "pk": actor.person_id})

    def allows(self, actor: Actor, row: Model) -> bool:
        if actor.system:
            return True
        key = follow(row, f"{self.path}_id") if self.path else row.pk
        return actor.person_id is not None and key == actor.person_id


@dataclass(frozen=True)
class Having(Grant):
    """The row itself has ``path`` equal to ``value``: narrows another grant."""

    path: str
    value: Any

    def q(self, actor: Actor) -> Q:
        return Q(**{self.path: self.value})

    def allows(self, actor: Actor, row: Model) -> bool:
        return bool(follow(row, self.path) == self.value)


@dataclass(frozen=True)
class Either(Grant):
    """At least one of the parts holds."""

    parts: tuple[Grant, ...]

    def q(self, actor: Actor) -> Q:
        condition = NONE
        for part in self.parts:
            piece = part.q(actor)
            if piece == ALL:
                return ALL
            condition = piece if condition == NONE else condition | piece
        return condition

    def allows(self, actor: Actor, row: Model) -> bool:
        return any(part.allows(actor, row) for part in self.parts)


@dataclass(frozen=True)
class Both(Grant):
    """All of the parts hold."""

    parts: tuple[Grant, ...]

    def q(self, actor: Actor) -> Q:
        condition = ALL
        for part in self.parts:
            condition &= part.q(actor)
        return condition

    def allows(self, actor: Actor, row: Model) -> bool:
        return all(part.allows(actor, row) for part in self.parts)


def may_see(actor: Actor, row: Model) -> bool:
    """Whether the actor may see a row."""
    visible: Grant = type(row).visible_to  # type: ignore[attr-defined]
    return visible.allows(actor, row)


def restrict(rows: QuerySet[M], actor: Actor) -> QuerySet[M]:
    """The rows of a query that the actor may see."""
    visible: Grant = rows.model.visible_to  # type: ignore[attr-defined]
    return rows.filter(visible.q(actor))
