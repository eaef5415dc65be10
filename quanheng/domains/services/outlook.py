"""How a commission stands against the plan that it confirmed: what has changed in price and time, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from quanheng.domains.services.lasting import HANDLING
from quanheng.domains.services.models import Commission
from quanheng.domains.testing.models import Order, Quote
from quanheng.domains.testing.queries import LOST
from quanheng.kernel.base.html import yuan
from quanheng.kernel.base.texts import Told, both
from quanheng.kernel.cases import running
from quanheng.kernel.cases.calendar import WorkCalendar


@dataclass(frozen=True)
class Outlook:
    """Price and day of the last report: as planned, and as things stand.

    ``expected_on`` is None while a lost order waits for an answer (``unanswered``), or where nothing is left to do.
    """

    planned_cents: int
    cents: int
    planned_on: date | None
    expected_on: date | None
    workdays_later: int | None
    deadline: date | None
    budget_cents: int | None
    unanswered: int
    changes: tuple[Told, ...]

    @property
    def more_cents(self) -> int:
        """What it costs more than planned; less where it is negative."""
        return self.cents - self.planned_cents

    @property
    def misses_deadline(self) -> bool:
        return bool(self.deadline and self.expected_on and self.expected_on > self.deadline)

    @property
    def exceeds_budget(self) -> bool:
        return self.budget_cents is not None and self.cents > self.budget_cents


def is_unanswered(order: Order) -> bool:
    """Whether a lost order waits for the client: given to nobody else, and not forgone. Reads ``replacements``."""
    return order.case.state in LOST and not order.forgone and not order.replacements.all()


def outlook(commission: Commission, orders: Sequence[Order]) -> Outlook:
    """The outlook of a commission. ``orders`` are all of it, with ``replacements`` and open quotes fetched."""
    plan, today = commission.plan, timezone.localdate()
    # What is lost and unanswered is still wanted, at the price it had.
    counted = [order for order in orders if order.case.state not in LOST or is_unanswered(order)]
    unanswered = sum(order.case.state in LOST for order in counted)
    edition = running.edition()
    calendar, before = edition.days, edition.days_of(HANDLING, today)
    days = [_expected_on(order, today, calendar, before) for order in counted if order.case.state not in LOST]
    expected = max(days) if days and not unanswered else None
    later = calendar.workdays_between(plan.ready_on, expected) if expected and plan.ready_on else None
    return Outlook(
        planned_cents=plan.total_cents,
        cents=sum(order.price_cents for order in counted),
        planned_on=plan.ready_on,
        expected_on=expected,
        workdays_later=later,
        deadline=plan.need.deadline,
        budget_cents=plan.need.budget_cents,
        unanswered=unanswered,
        changes=tuple(change for order in orders for change in _changes(order, today, calendar)),
    )


def _expected_on(order: Order, today: date, calendar: WorkCalendar, handling: int) -> date:
    """The day on which the report of an order that is not lost was, or is to be, in the client's hands."""
    if order.case.closed_at:
        return timezone.localtime(order.case.closed_at).date()
    if order.promised_on:
        return max(order.promised_on, today)
    return calendar.add_workdays(today, order.days + handling)


def _changes(order: Order, today: date, calendar: WorkCalendar) -> Iterator[Told]:
    """What of an order is not as it was placed, in the order in which it usually happens."""
    name = _names(order)
    if (order.price_cents, order.days) != (order.placed_cents, order.placed_days):
        yield both(
            _("%(name)s 另行报价并获接受：%(difference)s。"),
            name=name,
            difference=_difference(order.price_cents - order.placed_cents, order.days - order.placed_days),
        )
    for quote in order.quotes.all() if order.case.state == "quoted" else ():
        if quote.state == Quote.State.OPEN:
            difference = _difference(quote.price_cents - quote.was_cents, quote.days - quote.was_days)
            yield both(
                _("%(name)s 另行报价，待您答复：%(difference)s；有效期至 %(day)s。"),
                name=name, difference=difference, day=quote.valid_until,
            )  # fmt: skip
    first, now = order.first_promised_on, order.promised_on
    if first and now and now > first and order.case.state not in LOST:
        yield both(_("%(name)s 的承诺日期由 %(was)s 改为 %(now)s。"), name=name, was=first, now=now)
    if order.scope_lost_on and not order.case.closed_at:
        lost = _("%(name)s 自 %(day)s 起能力失效，不能出具报告；可以终止这张任务单并改派，不收费用。")
        yield both(lost, name=name, day=order.scope_lost_on)
    if order.case.state in LOST:
        yield _loss(order, name)
    elif now and now < today and not order.case.closed_at and order.case.state != "issued":
        days = calendar.workdays_between(now, today)
        late = ngettext_lazy(
            "%(name)s 已超过承诺日期 %(days)s 个工作日。", "%(name)s 已超过承诺日期 %(days)s 个工作日。", days
        )
        yield both(late, name=name, days=days)


def _loss(order: Order, name: tuple[str, str]) -> Told:
    further = list(order.replacements.all())
    if further:
        now = [_names(one) for one in further]
        cents = sum(one.placed_cents for one in further) - order.price_cents
        days = max(one.placed_days for one in further) - order.days
        return both(
            _("%(name)s 的任务单改派给 %(now)s：%(difference)s。"),
            name=name,
            now=("、".join(zh for zh, _en in now), ", ".join(en for _zh, en in now)),
            difference=_difference(cents, days),
        )
    if order.forgone:
        return both(_("%(name)s 的任务单不再需要：减少 %(yuan)s 元。"), name=name, yuan=yuan(order.price_cents))
    return both(_("%(name)s 的任务单未能完成，待您改派或说明不再需要。"), name=name)


def _names(order: Order) -> tuple[str, str]:
    institution = order.case.handler
    assert institution is not None  # an order is always placed with one
    return institution.name_zh, institution.name_en or institution.name_zh


_SAME = _("价格和工期不变")


def difference(cents: int, days: int) -> Told:
    """A difference of terms in words: more or less money, longer or shorter."""
    parts = []
    if cents:
        more, less = _("价格增加 %(yuan)s 元"), _("价格减少 %(yuan)s 元")
        parts.append(both(more if cents > 0 else less, yuan=yuan(abs(cents))))
    if days:
        size = abs(days)
        longer = ngettext_lazy("工期延长 %(days)s 个工作日", "工期延长 %(days)s 个工作日", size)
        shorter = ngettext_lazy("工期缩短 %(days)s 个工作日", "工期缩短 %(days)s 个工作日", size)
        parts.append(both(longer if days > 0 else shorter, days=size))
    if not parts:
        return both(_SAME)
    return {"zh": "，".join(one["zh"] for one in parts), "en": ", ".join(one["en"] for one in parts)}


def _difference(cents: int, days: int) -> tuple[str, str]:
    told = difference(cents, days)
    return told["zh"], told["en"]
