"""Reads of organisations, people and what people may act as."""

from __future__ import annotations

from datetime import date

from django.db.models import Q
from django.utils import timezone

from quanheng.kernel.base.actor import Actor, Post
from quanheng.kernel.parties.models import Group, Membership, Person, SignatoryField


def in_force(day: date, prefix: str = "") -> Q:
    """Rows whose ``valid_from`` and ``valid_until`` take in the day; empty ends are open."""
    return (Q(**{f"{prefix}valid_from": None}) | Q(**{f"{prefix}valid_from__lte": day})) & (
        Q(**{f"{prefix}valid_until": None}) | Q(**{f"{prefix}valid_until__gte": day})
    )


def actor_of(person: Person) -> Actor:
    """The actor that a person is today: own posts, and the lead's posts in every member of its groups."""
    today = timezone.localdate()
    held = list(
        Membership.objects.filter(in_force(today), person=person).values_list(
            "organisation_id", "role", "organisation__region_code", "organisation__kind"
        )
    )
    posts = [Post(key, role, region if kind == "regulator" else "") for key, role, region, kind in held]
    if held:
        led = Group.objects.filter(lead_id__in=[row[0] for row in held]).values_list("lead_id", "members")
        for lead, member in led:
            posts += [Post(member, role, "") for key, role, _region, _kind in held if key == lead and member]
    return Actor(person_id=person.pk, name=person.name_zh, posts=tuple(posts))


def may_sign(person_id: int, organisation_id: int, category: str, day: date) -> bool:
    """Whether a person is authorised signatory of an organisation for a field on a day."""
    return (
        SignatoryField.objects.filter(
            in_force(day),
            in_force(day, "membership__"),
            membership__person_id=person_id,
            membership__organisation_id=organisation_id,
            membership__role="signatory",
        )
        .filter(Q(category=category) | Q(category="*"))
        .exists()
    )
