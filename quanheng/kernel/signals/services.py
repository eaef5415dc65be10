"""Raising signals. Noticing the same thing twice leaves one row."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from quanheng.kernel.cases.models import Case
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.signals.models import Signal


def notice(
    kind: str,
    *,
    organisation: Organisation,
    fingerprint: str,
    evidence: dict[str, Any],
    case: Case | None = None,
) -> Signal:
    """Record a noticed fact once. Called inside the act, or the job, that noticed it."""
    signal, _made = Signal.objects.get_or_create(
        fingerprint=fingerprint,
        defaults={
            "kind": kind,
            "case": case,
            "organisation": organisation,
            "region_code": case.region_code if case else organisation.region_code,
            "evidence": evidence,
            "noticed_at": timezone.now(),
        },
    )
    return signal


def notice_nonconforming(case: Case, *, number: str) -> Signal:
    """A report says that something does not conform."""
    return notice(
        Signal.Kind.NONCONFORMING,
        organisation=case.client,
        case=case,
        fingerprint=f"nonconforming:{number}",
        evidence={"report": number},
    )
