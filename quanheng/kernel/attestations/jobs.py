"""What the background worker does for those who asked to be told of a report."""

from __future__ import annotations

from quanheng.kernel.attestations.following import acts as following
from quanheng.kernel.attestations.following import mail as followmail
from quanheng.kernel.base.periodic import every


@every(5)
def post_letters() -> int:
    """Hand over what is due to the addresses of visitors."""
    return followmail.post_due()


@every(3600)
def forget_addresses() -> int:
    """Addresses that are not needed any more."""
    return following.forget()
