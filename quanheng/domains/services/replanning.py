"""A lost order planned again: whoever is competent today, chosen as the plan was, in one order or several."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.capacity.services import hold
from quanheng.domains.services.choosing import SECONDS, Market
from quanheng.domains.services.composing.choice import Limits, orders_of
from quanheng.domains.services.elsewhere import ask_again, left_by
from quanheng.domains.services.lasting import handling
from quanheng.domains.services.matching import Match, Offer
from quanheng.domains.services.models import Commission, Plan
from quanheng.domains.testing import queries as testing
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.services import Ordered, place_order
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import remark
from quanheng.kernel.base.errors import Conflict
from quanheng.kernel.cases import running
from quanheng.kernel.cases.calendar import ClockError
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.requirements.models import Item


@dataclass(frozen=True)
class Part:
    """One order of a plan made again: what its institution would do, for how much and how long."""

    institution: Organisation
    ordered: tuple[Ordered, ...]
    price_cents: int
    days: int


@dataclass(frozen=True)
class Replanned:
    """The best that can be done today for a lost order; ``missing`` is what nobody else here can do."""

    parts: tuple[Part, ...]
    missing: tuple[Item, ...]

    @property
    def price_cents(self) -> int:
        return sum(part.price_cents for part in self.parts)

    @property
    def days(self) -> int:
        """Working days of the longest part: they run side by side."""
        return max((part.days for part in self.parts), default=0)


def replan(made: Commission, lost: Order) -> Replanned:
    """The work of a lost order chosen anew as the plan preferred, within what is left of its budget and time."""
    room, matches = ask_again(lost, made.plan.need)
    gone = lost.case.handler_id if left_by(lost) else None
    market = Market(matches, room, gone=gone)
    chosen = market.choose(made.plan.prefer or Plan.Prefer.BALANCED, _left(made, lost), SECONDS)
    by_position = {match.subject.position: match for match in matches}
    parts = []
    for positions in orders_of(chosen.wanted, chosen.choice).values():
        together = [(by_position[place], chosen.offers[place], chosen.days[place]) for place in positions]
        parts.append(_part(together))
    missing = tuple(match.subject.item for match in matches if match.subject.position not in chosen.offers)
    return Replanned(tuple(parts), missing)


def _left(made: Commission, lost: Order) -> Limits:
    """The budget less what the other orders cost, and the working days left until the deadline."""
    need, today = made.plan.need, timezone.localdate()
    budget = None
    if need.budget_cents is not None:
        others = (
            one for one in testing.orders_of(made.case_id) if one.pk != lost.pk and one.case.state not in testing.LOST
        )
        budget = max(0, need.budget_cents - sum(one.price_cents for one in others))
    return Limits(budget, _days_left(need.deadline, today))


def _days_left(deadline: date | None, today: date) -> int | None:
    if deadline is not None:
        # A day beyond the calendar is no limit.
        with suppress(ClockError):
            return running.calendar().workdays_between(today, deadline) - handling(today)
    return None


def _part(together: Sequence[tuple[Match, Offer, int]]) -> Part:
    ordered: list[Ordered] = []
    for match, offer, _days in together:
        ordered += [Ordered(offer.line, match.subject.requirement)] * match.subject.count
    return Part(
        institution=together[0][1].line.organisation,
        ordered=tuple(ordered),
        price_cents=sum(offer.line.price_cents * match.subject.count for match, offer, _days in together),
        days=max(days for _match, _offer, days in together),
    )


def place_again(actor: Actor, made: Commission, lost: Order) -> list[Order]:
    """Place a lost order again as ``replan`` chooses. Raises Conflict where nobody else can do any of it."""
    # Asked once more with the queues held: nobody else takes the places that were found.
    hold(part.institution.pk for part in replan(made, lost).parts)
    found = replan(made, lost)
    if not found.parts:
        raise Conflict(
            _("目前没有其他机构能承担该任务单的任何项目。可以说明不再需要，或结束委托。"), code="nobody-else"
        )
    placed = [
        place_order(
            actor,
            made.case,
            institution=part.institution,
            activity=lost.activity,
            family=lost.family,
            object_name=lost.object_name,
            object_model=lost.object_model,
            items=part.ordered,
            price_cents=part.price_cents,
            days=part.days,
            replaces=lost,
        )
        for part in found.parts
    ]
    remark(
        replaced=lost.case.number,
        institutions=[part.institution.name_zh for part in found.parts],
        price_cents=[lost.price_cents, found.price_cents],
        days=[lost.days, found.days],
        **({"missing": [item.name_zh for item in found.missing]} if found.missing else {}),
    )
    return placed
