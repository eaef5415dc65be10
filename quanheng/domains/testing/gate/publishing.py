"""Which rules ask from when on: entered into the log, and told to everybody with the digest that reports name.

So nobody can say afterwards that a report was held against other rules than it was.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from quanheng.domains.testing.gate.rules import all_rules, digest_of, digest_on, stated
from quanheng.kernel.translog import entry
from quanheng.kernel.translog.entering import Draft, enter
from quanheng.kernel.translog.models import LogEntry

NAME = "gate"


@transaction.atomic
def enter_rules() -> bool:
    """Enter the rules of today unless they are those that were entered last; whether they were entered."""
    now = timezone.now()
    digest = digest_on(timezone.localdate(now))
    last = LogEntry.objects.filter(kind=LogEntry.Kind.RULES).order_by("-id").first()
    if last is not None and entry.read(last.statement)["sha256"] == digest:
        return False
    enter(Draft(LogEntry.Kind.RULES, "", entry.ruled(NAME, digest, now), None))
    return True


def rules_told(day: date) -> dict[str, Any]:
    """The rules that ask on a day, member by member as their digest is made of them (``rules.digest_of``)."""
    # Not ``rules_on``: what is kept there for each day is not for strangers to fill with all the days there are.
    rules = [rule for rule in all_rules() if rule.in_force(day)]
    return {"day": day, "sha256": digest_of(rules), "rules": [stated(rule) for rule in rules]}
