"""What the background worker does for the log."""

from __future__ import annotations

from quanheng.kernel.base.periodic import every
from quanheng.kernel.translog import growing


@every(60)
def sign_checkpoint() -> None:
    """State the tree of this minute."""
    growing.make_checkpoint()
