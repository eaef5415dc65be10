"""Surveillance of scopes: a method that went out of force under lines that still cite it."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from quanheng.kernel.competence.queries import superseded_methods
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.requirements.queries import successors
from quanheng.kernel.signals.models import Signal
from quanheng.kernel.signals.services import notice


@transaction.atomic
def notice_superseded_methods(on: date | None = None) -> int:
    """Raise a signal for each institution and method that is no longer in force; returns how many are new."""
    day = on or timezone.localdate()
    found = superseded_methods(day)
    marks = {f"{Signal.Kind.METHOD_SUPERSEDED}:{row['organisation']}:{row['method']}": row for row in found}
    known = set(
        Signal.objects.filter(kind=Signal.Kind.METHOD_SUPERSEDED).values_list("fingerprint", flat=True)
    ).intersection(marks)
    new = {mark: row for mark, row in marks.items() if mark not in known}
    organisations = Organisation.objects.in_bulk({row["organisation"] for row in new.values()})
    replaced = successors(row["method"] for row in new.values())
    for mark, row in new.items():
        notice(
            Signal.Kind.METHOD_SUPERSEDED,
            organisation=organisations[row["organisation"]],
            fingerprint=mark,
            evidence={
                "method": row["number"],
                "since": row["since"].isoformat(),
                "by": [one.number for one in replaced.get(row["method"], ())],
                "lines": row["lines"],
            },
        )
    return len(new)
