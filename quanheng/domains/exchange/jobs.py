"""What the platform does by itself: close what has lapsed, end what nobody answered, weigh words anew."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from quanheng.domains.exchange import finding, services
from quanheng.domains.exchange.models import Contact, Offering, TechnicalNeed
from quanheng.domains.exchange.process import ASKING
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Refusal
from quanheng.kernel.base.periodic import every

logger = logging.getLogger(__name__)
BATCH = 500


@every(3600)
def weigh_words() -> None:
    """Count anew in how many posts each word stands."""
    finding.weigh()


@every(600)
def close_lapsed() -> None:
    """Close posts whose last day has passed, and contacts that nobody answered in time."""
    today, now = timezone.localdate(), timezone.now()
    needs = TechnicalNeed.objects.filter(state=TechnicalNeed.State.OPEN, open_until__lt=today)
    offerings = Offering.objects.filter(state=Offering.State.OPEN, open_until__lt=today)
    unanswered = Contact.objects.filter(open=True, case__state__in=ASKING, case__due_at__lt=now)
    _each(services.lapse_need, needs)
    _each(services.lapse_offering, offerings)
    _each(services.lapse_contact, unanswered.select_related("case"))


def _each(close: Callable[[Actor, Any], object], rows: QuerySet[Any]) -> None:
    found: Iterable[Any] = rows.order_by("pk")[:BATCH]
    for row in found:
        try:
            close(Actor.platform(), row)
        except Refusal:
            # Somebody acted on it meanwhile.
            logger.info("%s %s was closed meanwhile", type(row).__name__, row.pk)
