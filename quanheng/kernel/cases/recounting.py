"""Counting the deadlines of open clocks anew after the holidays have changed."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.grants import PlatformOnly
from quanheng.kernel.cases.models import Case, Clock
from quanheng.kernel.cases.running import COUNTED, Edition, edition, nearest, set_clock, state_of

BATCH = 200


def _stale(now: Edition) -> QuerySet[Clock]:
    """Open clocks that were counted by another edition of the calendar."""
    if now.at is None:
        return Clock.objects.filter(calendar_at__isnull=False, stopped_at=None)
    # Two ranges, because an index answers "less" and "greater" but not "different".
    other = Q(calendar_at=None) | Q(calendar_at__lt=now.at) | Q(calendar_at__gt=now.at)
    return Clock.objects.filter(other, stopped_at=None)


def recount_all() -> int:
    """Count every stale clock anew, batch by batch; returns how many cases were visited."""
    visited = 0
    while done := recount_batch():
        visited += done
    return visited


def recount_batch(limit: int = BATCH) -> int:
    """Count the stale clocks of at most ``limit`` cases anew; returns how many cases were visited.

    A case in which somebody acts at this moment is left for the next time. Only where an end moves is it an
    act with an entry in the history; otherwise just the edition is noted.
    """
    now = edition()
    moved = []
    with transaction.atomic():
        wanted = list(_stale(now).values_list("case_id", flat=True)[:limit])
        locked = Case.objects.select_for_update(skip_locked=True, no_key=True).filter(pk__in=wanted)
        cases = {case.pk: case for case in locked}
        settled = []
        for clock in _stale(now).filter(case_id__in=cases):
            before = clock.due_at
            if set_clock(clock, state_of(clock), now).due_at == before:
                settled.append(clock)
            else:
                moved.append(cases[clock.case_id])
        Clock.objects.bulk_update(settled, COUNTED)
    for case in {case.pk: case for case in moved}.values():
        recount_case(Actor.platform(), case)
    return len(cases)


@act("cases.recount", on=Case, label=_("按新的节假日安排重新计时"), may=PlatformOnly(), tells=("client", "handler"))
def recount_case(actor: Actor, case: Case) -> Case:
    """Count the open clocks of a case by the present calendar: what changed are deadlines, never periods."""
    now = edition()
    clocks = list(Clock.objects.filter(case=case, stopped_at=None))
    ends = {}
    for clock in clocks:
        before = clock.due_at
        if set_clock(clock, state_of(clock), now).due_at != before:
            ends[clock.name] = [before, clock.due_at]
        clock.save(update_fields=COUNTED)
    remark(due=ends)
    case.due_at = nearest(clocks)
    case.save(update_fields=["due_at"])
    return case
