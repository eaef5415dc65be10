"""Who looks after what reaches a person."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Model, Q

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.grants import ALL, NONE, Grant
from quanheng.kernel.parties.models import Membership
from quanheng.kernel.parties.roles import Role


@dataclass(frozen=True)
class AdministersPerson(Grant):
    """The actor administers an organisation in which the person at ``path`` holds or held a post."""

    path: str

    def q(self, actor: Actor) -> Q:
        if actor.system:
            return ALL
        own = actor.organisations(Role.ADMINISTRATOR)
        if not own:
            return NONE
        people = Membership.objects.filter(organisation__in=own).values("person")
        return Q(**{f"{self.path}__in": people})

    def allows(self, actor: Actor, row: Model) -> bool:
        if actor.system:
            return True
        own, person = actor.organisations(Role.ADMINISTRATOR), getattr(row, f"{self.path}_id")
        return bool(own) and Membership.objects.filter(organisation__in=own, person=person).exists()
