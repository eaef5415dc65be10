"""What the background worker does for the indicators."""

from __future__ import annotations

from quanheng.domains.governance.services import take_readings
from quanheng.kernel.base.periodic import every


@every(3600)
def count_indicators() -> None:
    """Count them anew, so that a page reads numbers instead of registers."""
    take_readings()
