"""What the background worker does for stations."""

from __future__ import annotations

import logging

from django.utils import timezone

from quanheng.domains.stations.models import Contest
from quanheng.domains.stations.services.contests import lapse_contest
from quanheng.domains.stations.services.releases import release_due
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Refusal
from quanheng.kernel.base.periodic import every

logger = logging.getLogger(__name__)
BATCH = 500


@every(3600)
def release_outcomes() -> int:
    """The outcomes of zones in the quarter that has closed, once."""
    return release_due()


@every(60)
def end_contests() -> int:
    """Close contests that their firm has left alone until its time was over; how many."""
    silent = Contest.objects.filter(case__state="answered", case__due_at__lt=timezone.now()).select_related("case")
    ended = 0
    for contest in silent.order_by("pk")[:BATCH]:
        try:
            lapse_contest(Actor.platform(), contest)
            ended += 1
        except Refusal:
            # The firm was quicker.
            logger.info("contest %s was answered meanwhile", contest.case.number)
    return ended
