"""Reads of saved views and exports, restricted to what the actor may see."""

from __future__ import annotations

from django.db.models import QuerySet

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.base.statements import Asked
from quanheng.kernel.registers.declare import Register, every_register
from quanheng.kernel.registers.models import Export, SavedView

# A menu; a person keeps fewer, an organisation's shared ones come on top.
SHOWN = 60


def registers_for(actor: Actor) -> list[Register]:
    """The registers that an actor can open, in the order of their declaration."""
    return [one for one in every_register().values() if actor.signed_in or actor.system or not one.signed_in]


_VIEWS = Asked(
    lambda register, *reached: restrict(
        SavedView.objects.filter(register=register), Actor.reached_by(*reached)
    ).order_by("name", "id")[:SHOWN]
)


def views_of(actor: Actor, register: Register) -> list[SavedView]:
    """The actor's views of a register and those shared with it, by name; no query for a visitor."""
    if not actor.signed_in:
        return []
    return _VIEWS(register.name, *actor.keys)


def exports_of(actor: Actor) -> QuerySet[Export]:
    """The actor's exports, newest first."""
    return restrict(Export.objects.all(), actor).order_by("-id")
