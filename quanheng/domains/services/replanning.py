"""A lost order planned again: whoever is competent today, chosen as the plan was, in one order or several."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.services.composing.choice import Candidate, Limits, Wanted, orders_of
from quanheng.domains.services.elsewhere import ask_again, left_by
from quanheng.domains.services.lasting import handling
from quanheng.domains.services.matching import Match, Offer
from quanheng.domains.services.models import Commission, Plan
from quanheng.domains.services.wanting import bundle_of
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
    from quanheng.domains.services.composing.ways import compose  # 30 MB that only processes which compose carry

    matches = ask_again(lost, made.plan.need)
    gone = lost.case.handler_id if left_by(lost) else None
    offers = {match.subject.position: _open(match, gone) for match in matches}
    wanted = [_wanted(match, offers[match.subject.position]) for match in matches if offers[match.subject.position]]
    choice = compose(wanted, made.plan.prefer or Plan.Prefer.BALANCED, _left(made, lost)).choice
    by_position = {match.subject.position: match for match in matches}
    parts = []
    for positions in orders_of(wanted, choice).values():
        together = [(by_position[place], offers[place][choice[place].line]) for place in positions]
        parts.append(_part(together))
    missing = tuple(match.subject.item for match in matches if not offers[match.subject.position])
    return Replanned(tuple(parts), missing)


def _open(match: Match, gone: int | None) -> dict[int, Offer]:
    """Offers by scope line, without those of the institution that has left the order."""
    return {offer.line.pk: offer for offer in match.offers if offer.line.organisation_id != gone}


def _wanted(match: Match, offers: dict[int, Offer]) -> Wanted:
    count = match.subject.count
    return Wanted(
        match.subject.position,
        bundle_of(match.subject.item, match.activity),
        tuple(
            Candidate(one.line.organisation_id, key, one.line.price_cents * count, one.line.days)
            for key, one in offers.items()
        ),
    )


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


def _part(together: Sequence[tuple[Match, Offer]]) -> Part:
    ordered: list[Ordered] = []
    for match, offer in together:
        ordered += [Ordered(offer.line, match.subject.requirement)] * match.subject.count
    return Part(
        institution=together[0][1].line.organisation,
        ordered=tuple(ordered),
        price_cents=sum(offer.line.price_cents * match.subject.count for match, offer in together),
        days=max(offer.line.days for _match, offer in together),
    )


def place_again(actor: Actor, made: Commission, lost: Order) -> list[Order]:
    """Place a lost order again as ``replan`` chooses. Raises Conflict where nobody else can do any of it."""
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
