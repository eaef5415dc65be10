"""Housekeeping of the register of organisations and of ways in."""

from __future__ import annotations

import time

from quanheng.kernel.base.periodic import every
from quanheng.kernel.parties import duplicates
from quanheng.kernel.parties.limits import SPANS
from quanheng.kernel.parties.models import Usage


@every(6 * 3600)
def seek_duplicates() -> None:
    """Look for entries that may be one organisation."""
    duplicates.refresh()


@every(24 * 3600)
def forget_past_usage() -> None:
    """Counts of days that are over."""
    Usage.objects.filter(start__lt=int(time.time()) - 2 * SPANS[1]).delete()
