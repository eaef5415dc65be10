"""Housekeeping of registers."""

from __future__ import annotations

from quanheng.kernel.base.periodic import every
from quanheng.kernel.registers.making import clear_exports


@every(3600)
def clear_old_exports() -> None:
    """Exports are kept for a week."""
    clear_exports()
