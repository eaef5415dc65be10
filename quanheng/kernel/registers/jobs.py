"""Housekeeping of registers."""

from __future__ import annotations

from quanheng.kernel.base.periodic import every
from quanheng.kernel.base.planner import refresh_grown
from quanheng.kernel.registers.making import clear_exports


@every(3600)
def clear_old_exports() -> None:
    """Exports are kept for a week."""
    clear_exports()


@every(3600)
def know_the_tables() -> None:
    """Lists are found by the plan that fits their tables as they are now."""
    refresh_grown()
