"""What ends by itself: no side is made to press a button for what is decided already."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from quanheng.domains.disputes.judging import outcome_now, stale
from quanheng.domains.disputes.models import Complaint, Objection
from quanheng.domains.disputes.services import (
    adopt,
    close_corrected,
    lapse_complaint,
    lapse_objection,
    propose_judgement,
    rejudge,
)
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Refusal

logger = logging.getLogger(__name__)

BATCH = 500
_GONE = (Attestation.State.SUPERSEDED, Attestation.State.WITHDRAWN)


def end_by_itself() -> int:
    """End what the client left alone until its deadline, and what the amended report has settled; returns how many."""
    silent = {"case__state": "answered", "case__due_at__lt": timezone.now()}
    wanted: tuple[tuple[Callable[..., Any], Any], ...] = (
        (lapse_complaint, Complaint.objects.filter(**silent)),
        (lapse_objection, Objection.objects.filter(**silent)),
        (adopt, Objection.objects.filter(case__state="rejudged", case__due_at__lt=timezone.now())),
        (reconsider, stale()),
        (close_corrected, Objection.objects.filter(case__state="correcting", report__state__in=_GONE)),
    )
    return sum(_done(act, row) for act, rows in wanted for row in rows.select_related("case").order_by("pk")[:BATCH])


def reconsider(platform: Actor, objection: Objection) -> None:
    """Judge again what rests on a report that stands no more.

    The same outcome is told; another one is proposed; one that comes back to what holds anyway needs nobody's word.
    """
    if outcome_now(objection) != objection.outcome:
        propose_judgement(platform, objection)
        return
    rejudge(platform, objection)
    if objection.case.state == "rejudged":
        adopt(platform, Objection.objects.select_related("case").get(pk=objection.pk))


def _done(act: Callable[..., Any], row: Complaint | Objection) -> bool:
    try:
        act(Actor.platform(), row)
    except Refusal:
        # Somebody was quicker.
        return False
    except Exception:
        logger.exception("dispute %s could not be ended; next try in a minute", row.case.number)
        return False
    return True
