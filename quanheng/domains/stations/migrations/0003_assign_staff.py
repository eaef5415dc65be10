"""Whoever could act for a station until now is its staff: nobody who stands at a counter is locked out of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import migrations
from django.db.models import Q
from django.utils import timezone

# Who could act for any organisation's stations: the roles of clients, as they were then.
ROLES = ("administrator", "member", "quality_manager")


def _latest(ends: Iterable[date | None]) -> date | None:
    """The latest of some ends; None is open."""
    known = list(ends)
    return None if None in known else max(end for end in known if end is not None)


def assign(apps: Any, editor: Any) -> None:
    """One row for each station and each person with such a post today; it begins and ends with the post."""
    station_model, staff_model = apps.get_model("stations", "Station"), apps.get_model("stations", "Staff")
    membership_model = apps.get_model("parties", "Membership")
    today = timezone.localdate()
    begun = Q(valid_from=None) | Q(valid_from__lte=today)
    lasting = Q(valid_until=None) | Q(valid_until__gte=today)
    for station in station_model.objects.filter(closed_on=None).order_by("pk"):
        posts = membership_model.objects.filter(begun, lasting, organisation=station.operator_id, role__in=ROLES)
        held: dict[int, list[Any]] = {}
        for post in posts.filter(person__is_active=True).order_by("pk"):
            held.setdefault(post.person_id, []).append(post)
        staff_model.objects.bulk_create(
            [
                staff_model(
                    station=station,
                    person_id=person,
                    role="adviser",
                    valid_from=max(station.opened_on, min(post.valid_from or station.opened_on for post in mine)),
                    valid_until=_latest(post.valid_until for post in mine),
                )
                for person, mine in held.items()
            ]
        )


class Migration(migrations.Migration):
    dependencies = [("stations", "0002_staff"), ("parties", "0005_alter_organisation_kind")]

    operations = [migrations.RunPython(assign, migrations.RunPython.noop)]
