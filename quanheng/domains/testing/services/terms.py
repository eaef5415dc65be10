"""The terms of an order: accepted, quoted anew, put off, and all the ways in which it comes to nothing."""

from __future__ import annotations

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.testing.models import Order, Quote
from quanheng.domains.testing.periods import is_broken, ready_on
from quanheng.domains.testing.process import ORDER, out_of_scope
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import remark
from quanheng.kernel.base.checks import need_reason
from quanheng.kernel.base.errors import FieldError, Invalid
from quanheng.kernel.base.texts import filled
from quanheng.kernel.cases import running
from quanheng.kernel.cases.services import move

MAX_CENTS = 2_000_000_000
MAX_DAYS = 365


@move(ORDER, "accept")
def accept_order(actor: Actor, order: Order, *, promised_on: date | None = None) -> Order:
    """The institution takes the work and promises a day; by itself the one that the agreed days lead to."""
    _promise(order, promised_on)
    return order


def _promise(order: Order, promised_on: date | None) -> None:
    today = timezone.localdate()
    promised_on = promised_on or ready_on(today, order.days)
    if promised_on < today:
        raise Invalid.field("promised_on", _("承诺日期不能早于今天。"))
    order.promised_on = order.first_promised_on = promised_on
    order.save(update_fields=["promised_on", "first_promised_on"])


@move(ORDER, "decline")
def decline_order(actor: Actor, order: Order, *, reason: str) -> Order:
    """The institution will not do it; the client may replace the order."""
    need_reason(reason)
    _end_quote(order, Quote.State.WITHDRAWN)
    return order


@move(ORDER, "cancel")
def cancel_order(actor: Actor, order: Order, *, reason: str) -> Order:
    """The client takes the order back before its samples were received."""
    need_reason(reason)
    _end_quote(order, Quote.State.REFUSED)
    return order


@move(ORDER, "quote")
def quote_order(actor: Actor, order: Order, *, price_cents: int, days: int, reason: str) -> Quote:
    """The institution offers other terms than the plan's; nothing changes until the client accepts them.

    A further quote takes the place of the one that is open. Raises Invalid, naming each wrong input.
    """
    errors = []
    if not 0 < price_cents <= MAX_CENTS:
        errors.append(FieldError("price_cents", _("价格应大于 0 且不超过 2000 万元。")))
    if not 1 <= days <= MAX_DAYS:
        errors.append(FieldError("days", filled(_("工期应为 1 到 %(most)s 个工作日。"), most=MAX_DAYS)))
    if (price_cents, days) == (order.price_cents, order.days):
        errors.append(FieldError("price_cents", _("价格和工期与现有约定相同。如同意原条件，请直接接受委托。")))
    if errors:
        raise Invalid(_("报价未提交，请按提示修改。"), errors=errors)
    reason = need_reason(reason)
    _end_quote(order, Quote.State.WITHDRAWN)
    remark(price_cents=[order.price_cents, price_cents], days=[order.days, days])
    return Quote.objects.create(
        order=order,
        price_cents=price_cents,
        days=days,
        was_cents=order.price_cents,
        was_days=order.days,
        reason=reason,
        valid_until=running.last_day("one_stop.quote_validity", timezone.now()),
    )


@move(ORDER, "accept_quote")
def accept_quote(actor: Actor, order: Order) -> Order:
    """The client accepts the open quote: its terms are the order's, and both sides have agreed."""
    quote = order.quotes.get(state=Quote.State.OPEN)  # the guard has seen it
    _end_quote(order, Quote.State.ACCEPTED)
    order.price_cents, order.days = quote.price_cents, quote.days
    order.save(update_fields=["price_cents", "days"])
    remark(price_cents=[quote.was_cents, quote.price_cents], days=[quote.was_days, quote.days])
    _promise(order, None)
    return order


@move(ORDER, "refuse_quote")
def refuse_quote(actor: Actor, order: Order, *, reason: str) -> Order:
    """The client keeps to the plan's terms; the institution may take them, quote anew or decline."""
    need_reason(reason)
    _end_quote(order, Quote.State.REFUSED)
    return order


def _end_quote(order: Order, state: Quote.State) -> None:
    order.quotes.filter(state=Quote.State.OPEN).update(state=state)


@move(ORDER, "postpone")
def postpone_order(actor: Actor, order: Order, *, promised_on: date, reason: str) -> Order:
    """The institution will be later than it promised. Past the first promise the client may leave all the same."""
    need_reason(reason)
    if order.promised_on and promised_on <= order.promised_on:
        told = filled(_("新的日期应晚于原承诺的 %(day)s；提前完成不必变更。"), day=order.promised_on)
        raise Invalid.field("promised_on", told)
    if promised_on < timezone.localdate():
        raise Invalid.field("promised_on", _("承诺日期不能早于今天。"))
    remark(promised_on=[str(order.promised_on or ""), str(promised_on)])
    order.promised_on = promised_on
    order.save(update_fields=["promised_on"])
    return order


@move(ORDER, "give_up")
def give_up_order(actor: Actor, order: Order, *, reason: str) -> Order:
    """The institution cannot finish what it had accepted; the client owes nothing and may replace the order."""
    need_reason(reason)
    order.ending = Order.Ending.INSTITUTION
    order.save(update_fields=["ending"])
    return order


@move(ORDER, "withdraw")
def withdraw_order(actor: Actor, order: Order, *, reason: str) -> Order:
    """The client leaves while the work is under way.

    Who answers for it is told by the state of things, not by the client: a promise that has passed or a scope that was
    lost is the institution's; otherwise the client has changed its mind and pays for what was done.
    """
    need_reason(reason)
    broken = is_broken(order, timezone.localdate()) or out_of_scope(order) is not None
    order.ending = Order.Ending.INSTITUTION if broken else Order.Ending.CLIENT
    order.save(update_fields=["ending"])
    remark(ending=order.ending)
    return order
