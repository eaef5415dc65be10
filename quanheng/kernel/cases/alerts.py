"""Reminding those who have to act, and escalating what is overdue: acts of the platform itself."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.grants import PlatformOnly
from quanheng.kernel.cases.clocks import reminder_points
from quanheng.kernel.cases.models import Case, Clock
from quanheng.kernel.cases.running import REMINDERS, edition, next_alert, period_of, state_of
from quanheng.kernel.signals.models import Signal
from quanheng.kernel.signals.services import notice

logger = logging.getLogger(__name__)

BATCH = 500


def _reminder(share: float, label: Any) -> Callable[..., Case]:
    @act(f"cases.remind_{share * 100:.0f}", on=Case, label=label, may=PlatformOnly(), tells=("waiting_on",))
    def remind(actor: Actor, case: Case, *, clock: Clock) -> Case:
        """Tell the side that has to act how much of its time is spent."""
        clock.reminded = share
        _look_again(clock)
        remark(clock=clock.name, due_at=clock.due_at)
        return case

    return remind


# One act for each share, so that history and notices say in words which reminder it was.
REMIND = {
    share: _reminder(share, label)
    for share, label in zip(REMINDERS, (_("时限已过半"), _("时限已过八成"), _("时限已到")), strict=True)
}


@act("cases.escalate", on=Case, label=_("时限逾期"), may=PlatformOnly(), tells=("waiting_on", "client", "handler"))
def escalate_case(actor: Actor, case: Case, *, clock: Clock) -> Signal:
    """Raise the signal of an overdue clock, once, for the regulators of the region."""
    clock.escalated = True
    _look_again(clock)
    remark(clock=clock.name, due_at=clock.due_at)
    return notice(
        Signal.Kind.OVERDUE,
        organisation=case.waiting_on or case.handler or case.client,
        case=case,
        fingerprint=f"overdue:{clock.pk}",
        evidence={"clock": clock.name, "started_at": clock.started_at.isoformat(), "due_at": clock.due_at.isoformat()},
    )


def _look_again(clock: Clock) -> None:
    clock.alert_at = next_alert(clock, state_of(clock), edition().days)
    clock.save(update_fields=["reminded", "escalated", "alert_at"])


def attend_due(now: datetime | None = None, limit: int = BATCH) -> int:
    """Remind and escalate what is due, the longest due first, at most ``limit`` clocks; returns how many.

    Any number of workers may do this at once. A paused or stopped clock has no ``alert_at``, so it is never
    found here.
    """
    now = now or timezone.now()
    due = Clock.objects.filter(stopped_at=None, alert_at__lte=now).order_by("alert_at")
    attended = 0
    for clock_id, case_id in due.values_list("pk", "case_id")[:limit]:
        try:
            attended += _attend(clock_id, case_id, now)
        except Exception:
            logger.exception("clock %s could not be attended to; next try in a minute", clock_id)
    return attended


@transaction.atomic
def _attend(clock_id: int, case_id: int, now: datetime) -> bool:
    """Do what one clock asks for. Whoever acts in the case, or attends to it, at this moment goes first."""
    case = Case.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=case_id).first()
    clock = Clock.objects.get(pk=clock_id)
    if case is None or clock.alert_at is None or clock.alert_at > now:
        return False
    # After a standstill of the worker one reminder is enough: the latest.
    points = reminder_points(state_of(clock), period_of(clock), edition().days, REMINDERS)
    passed = [share for share, point in zip(REMINDERS, points, strict=True) if point <= now and share > clock.reminded]
    if passed:
        REMIND[passed[-1]](Actor.platform(), case, clock=clock)
    if clock.due_at < now:
        escalate_case(Actor.platform(), case, clock=clock)
    return True
