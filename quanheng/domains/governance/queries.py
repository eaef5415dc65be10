"""Reads of the readings."""

from __future__ import annotations

from django.db.models import Max
from django.db.models.functions import TruncMonth

from quanheng.domains.governance.models import Reading


def latest_readings() -> dict[str, Reading]:
    """The newest reading of each indicator by its code: those of the last day on which anything was counted."""
    last = Reading.objects.order_by("-day").values("day")[:1]
    return {one.code: one for one in Reading.objects.filter(day=last)}


def course_of(code: str) -> list[Reading]:
    """The readings of one indicator, oldest first: the last one of each month."""
    months = Reading.objects.filter(code=code).annotate(month=TruncMonth("day")).order_by()
    last = months.values("month").annotate(last=Max("day")).values("last")
    return list(Reading.objects.filter(code=code, day__in=last).order_by("day"))
