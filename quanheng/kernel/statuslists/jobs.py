"""What the background worker does for the status lists."""

from __future__ import annotations

from quanheng.kernel.base.periodic import every
from quanheng.kernel.statuslists.signing import sign_lists


@every(60)
def sign_status_lists() -> None:
    """Sign lists that something changed in within the minute, and each of them daily."""
    sign_lists()
