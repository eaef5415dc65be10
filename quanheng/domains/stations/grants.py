"""Who stands at the counter of a station."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.db.models import Model, Q
from django.utils import timezone

from quanheng.domains.stations.models import Staff
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.grants import ALL, NONE, Either, Grant, Holds, follow
from quanheng.kernel.parties.queries import in_force
from quanheng.kernel.parties.roles import Role


@dataclass(frozen=True)
class Assigned(Grant):
    """The actor is assigned today to the station at ``path`` ("" where the row is the station), and still holds a post
    at its operator: whoever leaves the operator leaves its counters."""

    path: str = ""
    words: ClassVar[str] = "staff of the station"

    def _stations(self, actor: Actor) -> Q:
        return Q(person=actor.person_id, station__operator__in=actor.all_organisations) & in_force(timezone.localdate())

    def q(self, actor: Actor) -> Q:
        if actor.system:
            return ALL
        if not actor.signed_in:
            return NONE
        stations = Staff.objects.filter(self._stations(actor)).values("station")
        return Q(**{f"{self.path}__in" if self.path else "pk__in": stations})

    def allows(self, actor: Actor, row: Model) -> bool:
        if actor.system:
            return True
        station = follow(row, f"{self.path}_id") if self.path else row.pk
        return actor.signed_in and Staff.objects.filter(self._stations(actor), station=station).exists()


def at_counter(path: str = "") -> Grant:
    """Whoever acts for the station at ``path``: its own staff, and the administrators of its operator."""
    operator = f"{path}__operator" if path else "operator"
    return Either((Holds(operator, Role.ADMINISTRATOR), Assigned(path)))
