"""What the background worker does for disputes every minute."""

from __future__ import annotations

from quanheng.domains.disputes.ending import end_by_itself
from quanheng.kernel.base.periodic import every


@every(60)
def end_disputes() -> None:
    """Close what its client has left alone until the deadline, and objections whose report was corrected."""
    end_by_itself()
