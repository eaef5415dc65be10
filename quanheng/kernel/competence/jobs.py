"""What surveillance of scopes does by itself."""

from __future__ import annotations

from quanheng.kernel.base.periodic import every
from quanheng.kernel.competence.watching import notice_superseded_methods


@every(3600)
def look_for_superseded_methods() -> None:
    """Tell each institution, once, of each method in its scope that is no longer in force."""
    notice_superseded_methods()
