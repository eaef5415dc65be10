"""The platform's day."""

from __future__ import annotations

from datetime import date

from django.utils import timezone


def today() -> date:
    """What ``timezone.localdate`` says, for the rows of lists: the platform keeps one time zone, and to look whether
    somebody has chosen another takes ten times as long."""
    return timezone.now().astimezone(timezone.get_default_timezone()).date()
