"""What the background worker does for the trail: deliver what webhooks are owed, and write letters to people."""

from __future__ import annotations

import time
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from quanheng.kernel.audit import letters, posting
from quanheng.kernel.audit.models import Delivery
from quanheng.kernel.audit.outbound import Unreachable, post
from quanheng.kernel.audit.webhooks import message, secret_of, signature
from quanheng.kernel.base.periodic import every

# How long to wait after the first, second, … failed try; after the last one it is given up.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 2 * 60, 6 * 60, 24 * 60))
# A worker that dies while sending leaves the delivery to others after this long.
LEASE = timedelta(minutes=2)
# One turn of the worker: slow receivers must not keep it from its other jobs.
BATCH, TURN = 50, 15.0


@every(5)
def deliver_due() -> int:
    """Try each delivery that is due once, oldest first, for ``TURN`` seconds; return how many were tried.

    Several workers may run it at once: a delivery is claimed by moving its next try ahead, in one statement.
    A message may arrive twice (the worker died after sending); its ``webhook-id`` is then the same.
    """
    now = timezone.now()
    due = (
        Delivery.objects.filter(state=Delivery.State.WAITING, next_try_at__lte=now)
        .select_related("webhook__organisation", "entry__case")
        .order_by("next_try_at")[:BATCH]
    )
    tried, end = 0, time.monotonic() + TURN
    for delivery in due:
        if time.monotonic() > end:
            break
        mine = Delivery.objects.filter(
            pk=delivery.pk, state=Delivery.State.WAITING, next_try_at=delivery.next_try_at
        ).update(next_try_at=timezone.now() + LEASE, tries=F("tries") + 1)
        if mine:
            delivery.tries += 1
            _try(delivery)
            tried += 1
    return tried


def _try(delivery: Delivery) -> None:
    webhook = delivery.webhook
    if not webhook.active:
        error = "webhook disabled"
        delivery.tries = len(BACK_OFF) + 1
    else:
        error = _send(delivery)
    now = timezone.now()
    delivery.last_error = error[:500]
    if not error:
        delivery.state = Delivery.State.DELIVERED
        delivery.delivered_at = now
    elif delivery.tries > len(BACK_OFF):
        delivery.state = Delivery.State.GIVEN_UP
    else:
        delivery.next_try_at = now + BACK_OFF[delivery.tries - 1]
    delivery.save(update_fields=["state", "delivered_at", "last_error", "next_try_at", "tries"])


def _send(delivery: Delivery) -> str:
    """Send once; return what went wrong, "" when the receiver answered 2xx."""
    body, stamp, name = message(delivery), int(time.time()), f"msg_{delivery.pk}"
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Quanheng/1",
        "webhook-id": name,
        "webhook-timestamp": str(stamp),
        "webhook-signature": signature(secret_of(delivery.webhook), name, stamp, body),
    }
    try:
        status = post(delivery.webhook.url, body, headers)
    except Unreachable as why:
        return str(why)
    return "" if 200 <= status < 300 else f"HTTP {status}"


@every(30)
def write_letters() -> None:
    """What the trail has gained since the last look, as letters to those who want them."""
    while letters.write_letters() == letters.BATCH:
        pass


@every(60)
def begin_digests() -> int:
    """In the morning of a working day, the digest of each who wants one."""
    return letters.begin_digests()


@every(5)
def post_letters() -> int:
    """Hand over what is due."""
    return posting.post_letters()


@every(24 * 3600)
def forget_letters() -> None:
    """Letters that are long over."""
    posting.forget_letters()
