"""Reads of proposals, restricted to what the actor may see, and of the table of second persons."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import Act, every_act
from quanheng.kernel.base.grants import NONE, restrict
from quanheng.kernel.base.paging import first_rows
from quanheng.kernel.changes.grants import MayDoIt
from quanheng.kernel.changes.models import Proposal, Switch
from quanheng.kernel.changes.table import Demand, demands
from quanheng.kernel.parties.queries import by_uid

SHOWS = ("waiting", "mine", "decided")


def proposals(actor: Actor, show: str = "waiting") -> QuerySet[Proposal]:
    """``waiting``: those of others that the actor may decide on; ``mine``: the actor's own; ``decided``: the rest."""
    rows = _with_people()
    if show == "mine":
        return rows.filter(proposer_id=actor.person_id or 0)
    if show == "decided":
        return restrict(rows.exclude(state=Proposal.State.WAITING), actor)
    return _waiting(actor, MayDoIt().q(actor))


def _with_people() -> QuerySet[Proposal]:
    return Proposal.objects.select_related("proposer", "decided_by")


def _waiting(actor: Actor, may: Q) -> QuerySet[Proposal]:
    return _with_people().filter(may, state=Proposal.State.WAITING).exclude(proposer_id=actor.person_id)


def waiting_first(actor: Actor, first: int) -> tuple[list[Proposal], bool]:
    """The oldest that wait for the actor, and whether there are more; for whoever decides on none, no query."""
    may = MayDoIt().q(actor)
    if may == NONE:
        return [], False
    found = first_rows(_waiting(actor, may).order_by("id"), first + 1)
    return found[:first], len(found) > first


def proposal_by_uid(actor: Actor, uid: str) -> Proposal:
    """One proposal. Raises NotFound, also where the actor may not see it."""
    return by_uid(Proposal.objects.select_related("proposer", "decided_by", "office", "asked"), uid, actor)


@dataclass(frozen=True)
class RuleView:
    """An act that can need a second person, and whether it does here."""

    demand: Demand
    act: Act
    required: bool
    switched: bool


def rules() -> list[RuleView]:
    """The whole table as it stands in this deployment. One query."""
    switches = dict(Switch.objects.values_list("act", "required"))
    return [
        RuleView(demand, every_act()[name], switches.get(name, demand.required), name in switches)
        for name, demand in demands().items()
    ]
