"""What the background worker does for supervision."""

from __future__ import annotations

from quanheng.domains.supervision.services import scrutinise
from quanheng.kernel.base.periodic import every


@every(24 * 3600)
def compare_laboratories() -> int:
    """Compare all laboratories once a day."""
    return scrutinise()
