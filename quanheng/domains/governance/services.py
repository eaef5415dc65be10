"""Counting: derived from the registers by the platform itself, so no act of anybody."""

from __future__ import annotations

from django.utils import timezone

from quanheng.domains.governance.measures import measures
from quanheng.domains.governance.models import Reading


def take_readings() -> int:
    """Count every indicator that can be counted here; today's reading replaces what was counted earlier in the day.

    One statement stores them all, so two workers at once leave one reading each. Returns how many there are.
    """
    found = []
    for measure in measures().values():
        if measure.here:
            now = timezone.now()
            day = timezone.localdate(now)
            found.append(Reading(code=measure.code, day=day, count=measure.count(day), counted_at=now))
    Reading.objects.bulk_create(
        found, update_conflicts=True, unique_fields=["code", "day"], update_fields=["count", "counted_at"]
    )
    return len(found)
