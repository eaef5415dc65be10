"""What watchers are told when nobody acts: dates come, files bring news."""

from __future__ import annotations

from quanheng.kernel.base.periodic import every
from quanheng.kernel.requirements.services import tell_changes


@every(3600)
def tell_watchers() -> None:
    """Tell those who watch standards what changed since they were last told, by the calendar or by a file."""
    tell_changes()
