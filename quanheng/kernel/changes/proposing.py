"""Rehearsing an act, storing it as a proposal, and telling whether its ground has shifted since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from django.apps import apps
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.audit.services import Pending, rehearsed, snapshot
from quanheng.kernel.base.actor import Actor, Post
from quanheng.kernel.base.acts import SERVICES, Act
from quanheng.kernel.base.errors import Proposed, SignInNeeded
from quanheng.kernel.changes.codec import encode, rows_in
from quanheng.kernel.changes.gate import cleared
from quanheng.kernel.parties.models import Membership, Organisation
from quanheng.kernel.parties.queries import in_force
from quanheng.kernel.parties.roles import OrganisationKind

Basis = dict[str, dict[str, Any]]
Effects = list[dict[str, Any]]


class _TakenBack(Exception):
    """Ends a rehearsal."""


def rehearse(act: str, actor: Actor, row: models.Model, arguments: Mapping[str, Any]) -> Effects:
    """What the act would change, found by doing it and taking it back. Raises whatever the act refuses with."""
    effects: Effects = []
    try:
        with transaction.atomic(), rehearsed() as heard, cleared():
            before = basis_of(row, arguments)
            SERVICES[act](actor, row, **arguments)
            effects = effects_of(heard, before)
            raise _TakenBack
    except _TakenBack:
        return effects


def basis_of(row: models.Model, arguments: Mapping[str, Any]) -> Basis:
    """The columns, as they are stored now, of the row and of every row that the arguments refer to."""
    return _stored(_name(one) for one in (row, *rows_in(dict(arguments))))


def _name(row: models.Model) -> str:
    return f"{row._meta.label_lower}:{row.pk}"


def _stored(names: Iterable[str]) -> Basis:
    found: Basis = {}
    for name in names:
        label, _colon, key = name.partition(":")
        row = apps.get_model(label)._default_manager.filter(pk=key).first()
        if row is not None:
            found[name] = snapshot(row)
    return found


def effects_of(heard: Iterable[Pending], before: Basis) -> Effects:
    """What entries and the rows that were looked at before tell of a change, one mapping for each row."""
    effects: Effects = []
    for pending in heard:
        entry = pending.entry
        facts = {name: value for name, value in entry.facts.items() if name not in ("made", "proposal", "proposed_by")}
        effects.append(
            {
                "act": entry.act,
                "row": f"{entry.subject_type}:{entry.subject_id}",
                "before": entry.before,
                "after": entry.after,
                "facts": facts,
                "made": f"{entry.made_type}:{entry.made_id}" if entry.made_type else "",
            }
        )
    told = {effect["row"] for effect in effects}
    after = _stored(before)
    for name, columns in before.items():
        now = after.get(name, {})
        changed = {column for column in columns if now.get(column) != columns[column]}
        if changed and name not in told:
            effects.append(
                {
                    "act": "",
                    "row": name,
                    "before": {column: columns[column] for column in sorted(changed)},
                    "after": {column: now.get(column) for column in sorted(changed)},
                    "facts": {},
                    "made": "",
                }
            )
    return effects


def shifted(basis: Basis) -> list[tuple[str, str, Any, Any]]:
    """(row, column, then, now) for everything that has changed since ``basis`` was taken."""
    now = _stored(basis)
    return [
        (name, column, then, now.get(name, {}).get(column))
        for name, columns in basis.items()
        for column, then in columns.items()
        if now.get(name, {}).get(column) != then
    ]


def propose(act: Act, actor: Actor, row: models.Model, arguments: Mapping[str, Any]) -> NoReturn:
    """Store the act for a second person and raise Proposed; refuse what the act itself refuses."""
    from quanheng.kernel.changes.services import store_proposal

    # Where an act states its reason in no argument of its own, there is none to keep.
    effects = rehearse(act.name, actor, row, arguments)
    if actor.person_id is None:
        raise SignInNeeded(_("请先登录再进行此操作。"))
    office, asked = offices(act, actor, actor.person_id, row)
    proposal = store_proposal(
        actor,
        office,
        act=act.name,
        subject=row,
        arguments=encode(dict(arguments)),
        basis=basis_of(row, arguments),
        effects=effects,
        reason=str(arguments.get("reason") or "").strip(),
        asked=asked,
    )
    raise Proposed(proposal, act.label)


def offices(act: Act, actor: Actor, person: int, row: models.Model) -> tuple[Organisation, Organisation]:
    """The office through which the actor may do the act, and the one whose people are asked to approve.

    Asked is the same office where somebody else there may do it, or else the nearest regulator above that has
    somebody; where nobody is found at all, the own office, which has to appoint somebody.
    """
    own = next(
        (post for post in actor.posts if act.may.allows(Actor(actor.person_id, actor.name, (post,)), row)),
        actor.posts[0],
    )
    office = Organisation.objects.get(pk=own.organisation_id)
    code = office.region_code
    above = Organisation.objects.filter(
        kind=OrganisationKind.REGULATOR, region_code__in={code, f"{code[:4]}00", f"{code[:2]}0000"}
    )
    # The longest prefix is nearest: 120101 before 120000.
    near = sorted(above, key=lambda one: (one.pk != office.pk, -len(one.region_code.rstrip("0")), one.pk))
    for candidate in [office, *(one for one in near if one.pk != office.pk)]:
        if others_in(act, row, candidate, besides=person):
            return office, candidate
    return office, office


def others_in(act: Act, row: models.Model, office: Organisation, *, besides: int) -> bool:
    """Whether an office has somebody else who may do the act on the row today."""
    region = office.region_code if office.kind == OrganisationKind.REGULATOR else ""
    posts: dict[int, list[Post]] = {}
    held = Membership.objects.filter(in_force(timezone.localdate()), organisation=office, person__is_active=True)
    for person, role in held.exclude(person_id=besides).values_list("person_id", "role"):
        posts.setdefault(person, []).append(Post(office.pk, role, region))
    return any(act.may.allows(Actor(person, "", tuple(mine)), row) for person, mine in posts.items())
