"""What the background worker does for orders every hour."""

from __future__ import annotations

from quanheng.domains.testing.gate.publishing import enter_rules
from quanheng.domains.testing.services import watch_scopes
from quanheng.kernel.base.periodic import every


@every(3600)
def watch_scopes_of_orders() -> None:
    """Tell both sides of an order when the scope that it rests on is lost, or back."""
    watch_scopes()


@every(3600)
def enter_rules_of_the_gate() -> None:
    """Another set of rules than the last one enters the log."""
    enter_rules()
