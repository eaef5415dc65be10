"""Commissions of a reference city, played through the ordinary services day by day until they stand where they stand.

Each commission is a generator that acts and then says when it wants to go on; one queue keeps them all in the
order of time, so that the audit trail of the city reads like that of a real one.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import ROUND_UP, Decimal
from random import Random
from types import MappingProxyType
from unittest import mock

from django.utils import timezone

from quanheng.demo.bodies import Bodies
from quanheng.demo.measuring import measured
from quanheng.demo.scopes import NOBODY
from quanheng.domains.services import services as one_stop
from quanheng.domains.testing import services as testing
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.queries import orders_of, results_of
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.cases import running
from quanheng.kernel.objects.models import Instrument
from quanheng.kernel.parties.models import Membership, Organisation
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.requirements.models import Item, ProductFamily, Requirement
from quanheng.kernel.results.models import Result
from quanheng.kernel.results.services import Entered
from quanheng.science.uncertainty.formula import parse_formula

# Where a commission's orders stop: each state of the process has some.
ENDS = (
    *("delivered", "delivered", "delivered", "offered", "accepted", "working", "entered", "in_review"),
    *("for_decision", "issued", "declined", "cancelled", "planned", "quoted", "failed"),
)
Story = Generator[datetime, None, None]
# What a client has to say of an order that was carried out, until now.
Quarrel = Callable[[Actor, Order, datetime], Story]
# Days since which a quarrel may have come as far as it is told.
RECENT = 34
# The trade in which the demonstration accounts meet: its orders stand in every state.
MEETING_TRADE = "ebike"


@contextmanager
def as_of(moment: datetime) -> Iterator[None]:
    """Everything inside happens at ``moment``: how a city gets a past."""
    with mock.patch.object(timezone, "now", lambda: moment):
        yield


def play(
    random: Random,
    bodies: Bodies,
    count: int,
    now: datetime,
    quarrels: Mapping[int, Quarrel] = MappingProxyType({}),
    beside: Iterable[tuple[datetime, Story]] = (),
) -> None:
    """Play ``count`` commissions, begun over the last ten weeks, and the stories that happen beside them.

    Some commissions, by their place, end in a quarrel.
    """
    queue: list[tuple[datetime, int, Story]] = []
    enterprises = bodies.of("enterprise")
    meeting = [one for one in enterprises if bodies.trades[one.pk] == MEETING_TRADE]
    for place in range(count):
        clients = meeting if place < len(ENDS) else enterprises
        client = clients[place % len(clients)]
        end = ENDS[place % len(ENDS)]
        # What has gone far began long ago; what waits began lately.
        days = random.randint(20, 70) if end in ("delivered", "issued", "declined") else random.randint(0, 12)
        if place in quarrels:
            # What is quarrelled about is not long ago: answers to it are still awaited.
            days = min(days, RECENT)
        start = office_time(now - timedelta(days=days, hours=random.randint(0, 6)))
        # The first commission is delivered long ago: one of its reports turned out to be wrong since.
        story = _commission(
            random, client, bodies.trades[client.pk], end, now, amended=place == 0, quarrel=quarrels.get(place)
        )
        heapq.heappush(queue, (start, place, story))
    for place, (start, story) in enumerate(beside, start=count):
        heapq.heappush(queue, (start, place, story))
    while queue:
        moment, place, story = heapq.heappop(queue)
        with as_of(moment):
            later = next(story, None)
        if later is not None:
            # One thing after the other, and nothing after now.
            next_ = moment + min(timedelta(minutes=1), (now - moment) / 2)
            heapq.heappush(queue, (max(next_, min(later, now)), place, story))


def leave_gaps(bodies: Bodies, now: datetime) -> None:
    """Some enterprises need what nobody in the city can do, so that its planners have something to look at."""
    (item,) = Item.objects.filter(code__in=NOBODY)[:1]
    with as_of(now):
        for client in bodies.of("enterprise")[:3]:
            member = actor_with(client, "member")
            need = one_stop.state_need(member, client, text=f"产线验收，要做{item.name_zh}检测。")
            one_stop.propose_plan(member, need)


def office_time(moment: datetime) -> datetime:
    """The same day in office hours; the working day before where it is none."""
    local = timezone.localtime(moment).replace(hour=9 + moment.minute % 8, minute=moment.second, microsecond=0)
    while not running.calendar().is_workday(local.date()):
        local -= timedelta(days=1)
    return local


def office_hours_after(random: Random, days: float) -> datetime:
    """Later, in office hours of a working day."""
    later = timezone.localtime(timezone.now() + timedelta(days=days * random.uniform(0.5, 1.2), minutes=20))
    if not 9 <= later.hour < 18:
        later = later.replace(hour=random.randint(9, 16)) + timedelta(days=later.hour >= 18)
    while not running.calendar().is_workday(later.date()):
        later += timedelta(days=1)
    return later


def actor_with(organisation: Organisation, role: str, place: int = 0) -> Actor:
    """One of the organisation's people who holds a role, as an actor."""
    posts = Membership.objects.filter(organisation=organisation, role=role).select_related("person").order_by("id")
    return actor_of(posts[place].person)


def _commission(
    random: Random,
    client: Organisation,
    family: str,
    end: str,
    now: datetime,
    *,
    amended: bool = False,
    quarrel: Quarrel | None = None,
) -> Story:
    member = actor_with(client, "member")
    product = ProductFamily.objects.get(code=family)
    need = one_stop.state_need(member, client, text=f"我厂生产{product.name_zh}，想做产品检测，要求有CMA资质。")
    plan = one_stop.propose_plan(member, need)
    if end == "planned" or not plan.lines.exists():
        return
    yield office_hours_after(random, 0.2)
    commission = one_stop.confirm_plan(
        member, plan, contact="示范联系人 022-00000000", product_model=f"SF-{random.randint(100, 999)}"
    )
    for order in orders_of(commission.case_id):
        yield from carry_out(random, member, order, end)
        if end == "delivered" and random.random() < 0.7:
            one_stop.rate_order(
                member, order.case, stars=random.choice([3, 4, 4, 5, 5, 5]), comment="报告及时，数据清楚。"
            )
        if amended:
            amended = False
            yield from _amendment(random, order)
    if quarrel is not None:
        yield from quarrel(member, orders_of(commission.case_id)[0], now)


def carry_out(
    random: Random, member: Actor, order: Order, end: str = "delivered", *, failing: bool | None = None
) -> Story:
    """An order on its way until it stands where ``end`` says."""
    institution = order.case.handler
    if institution is None or end == "offered":
        return
    operator, second = actor_with(institution, "operator"), actor_with(institution, "reviewer")
    yield office_hours_after(random, 0.5)
    if end == "declined":
        testing.decline_order(operator, order, reason="近期任务已满，十五个工作日内无法安排。")
        return
    if end == "quoted":
        dearer = order.price_cents + 100 * random.randint(50, 200)
        reason = "样品尺寸超出常规工装，需另制夹具。"
        testing.quote_order(operator, order, price_cents=dearer, days=order.days + 2, reason=reason)
        return
    testing.accept_order(operator, order)
    if end == "cancelled":
        yield office_hours_after(random, 1)
        testing.cancel_order(member, order, reason="产品改款，暂不送检。")
        return
    if end == "accepted":
        return
    yield office_hours_after(random, 2)
    testing.receive_samples(operator, order, quantity="3 件", condition="包装完好，无损伤", batch="20260901")
    if end == "working":
        return
    if end == "failed":
        yield office_hours_after(random, 2)
        testing.give_up_order(operator, order, reason="试验台故障，备件到货需六周。")
        return
    yield office_hours_after(random, min(order.days, 8))
    rows = _rows(random, order, failing=random.random() < 0.15 if failing is None else failing)
    testing.enter_results(operator, order, rows=rows[: len(rows) // 2 or 1] if end == "entered" else rows)
    if end == "entered":
        return
    testing.submit_results(operator, order)
    if end == "in_review":
        return
    yield office_hours_after(random, 1)
    testing.review_results(second, order)
    if end == "for_decision":
        return
    yield office_hours_after(random, 0.5)
    testing.issue_report(actor_with(institution, "signatory"), order)
    if end == "issued":
        return
    yield office_hours_after(random, 0.3)
    testing.deliver_report(operator, order)
    yield from _settlement(random, member, operator, order)


def _settlement(random: Random, member: Actor, operator: Actor, order: Order) -> Story:
    """The order is billed; most clients have paid, and of most the money has arrived."""
    testing.bill_order(operator, order, invoice=f"2612{random.randrange(10**16):016}")
    if random.random() < 0.7:
        yield office_hours_after(random, 3)
        paid_on = timezone.localdate()
        testing.pay_order(member, order, paid_on=paid_on, reference=f"{paid_on:%Y%m%d}{random.randrange(10**6):06}")
        if random.random() < 0.8:
            yield office_hours_after(random, 1)
            testing.confirm_payment(operator, order)


def _amendment(random: Random, order: Order) -> Story:
    """The client finds the model on its report wrong; a further report replaces the first."""
    institution = order.case.handler
    assert institution is not None  # it has delivered
    yield office_hours_after(random, 2)
    reason = "委托方核对发现规格型号漏写后缀“A”，与样品铭牌不符。"
    testing.amend_report(
        actor_with(institution, "signatory"), order, reason=reason, object_model=f"{order.object_model}A"
    )
    yield office_hours_after(random, 0.3)
    testing.submit_results(actor_with(institution, "operator"), order)
    yield office_hours_after(random, 0.3)
    testing.review_results(actor_with(institution, "reviewer"), order)
    testing.issue_report(actor_with(institution, "signatory"), order)
    testing.deliver_report(actor_with(institution, "operator"), order)


def _rows(random: Random, order: Order, *, failing: bool) -> list[Entered]:
    today = timezone.localdate()
    bench = list(Instrument.objects.filter(owner_id=order.case.handler_id).order_by("id"))
    usable = [one for one in bench if one.usable_on(today)]
    results = results_of(order.case_id)
    bad = random.randrange(len(results)) if failing else -1
    return [
        Entered(
            position=result.position,
            **_measured(random, result, fails=place == bad),
            instruments=_instruments(usable, result),
            measured_on=today,
            environment="23 ℃，50 %RH",
        )
        for place, result in enumerate(results)
    ]


def _instruments(usable: list[Instrument], result: Result) -> tuple[str, ...]:
    """The instrument of the quantity where the bench has one, else the rig that does the rest."""
    if not result.item.quantity:
        return ()
    fitting = [one for one in usable if one.quantity == result.item.quantity] or usable[-1:]
    return (fitting[0].uid,)


def _measured(random: Random, result: Result, *, fails: bool) -> dict[str, str]:
    """A value within the laboratory's scope, with no uncertainty below its best: else nothing could be reported."""
    found = _drawn(random, result, fails=fails)
    line = result.scope_line
    if line is None or not line.uncertainty or "uncertainty" not in found:
        return found
    # Scopes of the reference city are written in the units of the limits.
    best = parse_formula(line.uncertainty, line.unit).at(Decimal(found["value"]))
    stated = max(float(found["uncertainty"]), best * float(found["k"]) / float(line.k or 2))
    return {**found, "uncertainty": _two_digits_up(stated)}


def _two_digits_up(number: float) -> str:
    """An uncertainty is rounded up, to two digits.

    >>> _two_digits_up(1.2101), _two_digits_up(0.42), _two_digits_up(123.4)
    ('1.3', '0.42', '130')
    """
    exact = Decimal(repr(number))
    rounded = exact.quantize(Decimal(1).scaleb(exact.adjusted() - 1), ROUND_UP)
    return format(rounded, "f")


def _drawn(random: Random, result: Result, *, fails: bool) -> dict[str, str]:
    """A value within the range of the scope."""
    for failing in dict.fromkeys((fails, False)):
        found = measured(
            random,
            measurable=bool(result.item.quantity),
            lower=result.lower,
            upper=result.upper,
            unit=result.limit_unit or result.item.unit,
            percent=result.limit_unit == "%",
            judged=result.limit != Requirement.Limit.REPORT,
            fails=failing,
        )
        if not result.item.quantity:
            return found
        # Of what nothing is asked, nothing fails.
        right = not fails or (failing and bool(result.lower or result.upper))
        if right and _in_scope(result, found["value"]):
            return found
    # What just meets its limit. Where the scope ends there, or nothing is limited, what lies far below all others
    # contradicts another report as well.
    if fails and (result.upper or not result.lower):
        return {**found, "value": format((Decimal(result.upper or 3) * 3 / 10).normalize(), "f")}
    return {**found, "value": result.upper or result.lower}


def _in_scope(result: Result, value: str) -> bool:
    line = result.scope_line
    return line is None or not line.range_upper or abs(Decimal(value)) <= Decimal(line.range_upper)
