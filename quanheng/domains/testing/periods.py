"""How long an order takes beside its work, and what is left of a promise. Periods come from the rule table."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from quanheng.domains.testing.models import Order
from quanheng.kernel.cases import running
from quanheng.kernel.cases.models import Clock

# Between the end of the work and the report in the client's hands, each at the latest.
_AFTER_WORK = ("one_stop.review", "one_stop.decision", "one_stop.delivery")


def ready_on(day: date, days: int) -> date:
    """The day on which work of ``days`` working days that is taken on ``day`` is in the client's hands."""
    edition = running.edition()
    return edition.days.add_workdays(day, days + edition.days_of(_AFTER_WORK, day))


def is_late(order: Order, day: date) -> bool:
    """The day that was promised last has passed."""
    return order.promised_on is not None and order.promised_on < day


def is_broken(order: Order, day: date) -> bool:
    """The day that was promised first has passed, however often the institution has put it off since."""
    return order.first_promised_on is not None and order.first_promised_on < day


def waited(order: Order, day: date) -> int:
    """The working days for which the institution has waited for samples until ``day``."""
    started = (
        Clock.objects.filter(case_id=order.case_id, name="sample_delivery", stopped_at=None)
        .values_list("started_at", flat=True)
        .first()
    )
    return running.calendar().workdays_between(timezone.localtime(started).date(), day) if started else 0


def put_off(promised_on: date | None, workdays: int) -> date | None:
    """A promise so many working days later."""
    return running.calendar().add_workdays(promised_on, workdays) if promised_on and workdays > 0 else promised_on
