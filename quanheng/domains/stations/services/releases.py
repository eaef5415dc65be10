"""Releases of the outcomes of zones, made by the platform once a quarter has closed."""

from __future__ import annotations

from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.services import across
from quanheng.domains.stations.models import Zone, ZoneMember, ZoneRelease
from quanheng.domains.stations.releasing import FEWEST, after, before, quarter_of, standing
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act
from quanheng.kernel.base.errors import Conflict
from quanheng.kernel.base.grants import PlatformOnly

# Quarters that are made up for where the worker stood still.
BACK = 4


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def members_of_the_whole(zone: Zone, quarter: date) -> list[ZoneMember]:
    """Who was a member on every day of a quarter."""
    rows = ZoneMember.objects.filter(zone=zone, joined_on__lte=quarter)
    stayed = Q(state=ZoneMember.State.JOINED) | Q(state=ZoneMember.State.LEFT, left_on__gte=after(quarter))
    return list(rows.filter(stayed).order_by("organisation"))


@act("stations.zone.release", on=Zone, label=_("公布示范区季度成效"), may=PlatformOnly())
def release_outcomes(actor: Actor, zone: Zone, *, quarter: date) -> ZoneRelease:
    """Count a closed quarter once, or say why its figures are withheld; either way it is never counted again.

    Raises Conflict where the quarter is not over, or was released.
    """
    end = after(quarter)
    if quarter != quarter_of(quarter) or timezone.localdate() < end:
        raise Conflict(_("该季度尚未结束。"), code="quarter-open")
    if ZoneRelease.objects.filter(zone=zone, quarter=quarter).exists():
        raise Conflict(_("该季度已公布，不再重新计数。"), code="released")
    counted = members_of_the_whole(zone, quarter)
    cohort = [one.organisation_id for one in counted]
    others = ZoneRelease.objects.filter(quarter=quarter, state=ZoneRelease.State.PUBLISHED)
    published = list(others.values_list("cohort", flat=True))
    release = ZoneRelease(zone=zone, quarter=quarter, cohort=cohort)
    release.state = standing(cohort, [one.organisation_id for one in counted if one.shown], published)
    if release.state == ZoneRelease.State.PUBLISHED:
        found, raters = across.outcomes_between(cohort, _midnight(quarter), _midnight(end))
        release.members = len(cohort)
        for name in ("needs", "commissions", "reports", "gaps", "ratings"):
            setattr(release, name, getattr(found, name))
        # A mean over one or two firms is what the one or the other thinks.
        release.mean_stars = found.mean_stars if raters >= FEWEST else None
    release.save()
    return release


def release_due() -> int:
    """Release what has closed and was not released yet; how many.

    All zones are locked, in one order: of two cohorts that are too close only the first is published, whoever counts.
    """
    last = before(quarter_of(timezone.localdate()))
    quarters = [last]
    while len(quarters) < BACK:
        quarters.append(before(quarters[-1]))
    done = set(ZoneRelease.objects.filter(quarter__in=quarters).values_list("zone", "quarter"))
    zones = list(Zone.objects.order_by("pk"))
    due = [
        (zone, quarter)
        for quarter in reversed(quarters)
        for zone in zones
        if (zone.pk, quarter) not in done and timezone.localdate(zone.created_at) <= quarter
    ]
    if not due:
        return 0
    with transaction.atomic():
        list(Zone.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))
        for zone, quarter in due:
            if not ZoneRelease.objects.filter(zone=zone, quarter=quarter).exists():
                release_outcomes(Actor.platform(), zone, quarter=quarter)
    return len(due)
