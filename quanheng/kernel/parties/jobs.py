"""What is done for the register of organisations every so often."""

from __future__ import annotations

from quanheng.kernel.base.periodic import every
from quanheng.kernel.parties import duplicates


@every(6 * 3600)
def seek_duplicates() -> None:
    """Look for entries that may be one organisation."""
    duplicates.refresh()
