"""What the background worker does for cases every minute."""

from __future__ import annotations

from quanheng.kernel.base.periodic import every
from quanheng.kernel.cases.alerts import attend_due
from quanheng.kernel.cases.recounting import recount_batch


@every(60)
def watch_clocks() -> None:
    """Count by the latest holidays what a loading left over; then remind and escalate."""
    recount_batch()
    attend_due()
