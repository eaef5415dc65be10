"""What an order asked for, asked of other institutions today: who can do it, for how much, in how many days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.services.matching import Match, ask
from quanheng.domains.services.models import Commission, Need
from quanheng.domains.services.planning import unable, why_unable
from quanheng.domains.services.room import Room, Work
from quanheng.domains.services.wanting import subject_again
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.queries import results_of
from quanheng.domains.testing.services import Ordered
from quanheng.kernel.base.errors import Conflict, FieldError, Invalid
from quanheng.kernel.competence.models import ScopeLine
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.requirements.models import Requirement


@dataclass(frozen=True)
class Replacement:
    """An institution that could take over what an order asked for; ``missing``: the items that it cannot do."""

    institution: Organisation
    price_cents: int
    days: int
    missing: tuple[Any, ...]


@dataclass(frozen=True)
class Taken:
    """What one institution would be ordered to do, for how much, in how many working days."""

    items: tuple[Ordered, ...]
    price_cents: int
    days: int


def others(order: Order, positions: Collection[int], without: Collection[int]) -> list[Replacement]:
    """Who else can do these positions of an order; ``without``: keys of institutions that are not asked."""
    return able(*ask_again(order, _need(order), positions=positions), without)


def offer_of(order: Order, positions: Collection[int], institution: Organisation) -> Taken:
    """The offer of one institution for these positions of an order. Raises Invalid."""
    return taken(*ask_again(order, _need(order), institution.pk, positions), institution)


def left_by(order: Order) -> bool:
    """Whether a lost order was lost by its institution: then it is not asked again."""
    return order.case.state in ("declined", "failed") or order.ending == Order.Ending.INSTITUTION


def able(room: Room, matches: Sequence[Match], without: Collection[int]) -> list[Replacement]:
    """Who can do what was asked: those who can do all of it first, then by price."""
    found: dict[int, Organisation] = {
        offer.line.organisation_id: offer.line.organisation for match in matches for offer in match.offers
    }
    replacements = []
    for key, organisation in found.items():
        if key in without:
            continue
        lines = [(match, _best(match, key)) for match in matches]
        works = [room.work(match.subject, match.activity, line) for match, line in lines if line]
        amounts = room.amounts(works)
        if any(room.refuses(work, amounts) for work in works):
            continue  # each of it by itself, but not all of it
        replacements.append(
            Replacement(
                organisation,
                sum(work.line.price_cents * work.count for work in works),
                max(room.days(work, amounts) for work in works),
                tuple(match.subject.item for match, line in lines if line is None),
            )
        )
    return sorted(replacements, key=lambda one: (len(one.missing), one.price_cents, one.days, one.institution.pk))


def taken(room: Room, matches: Sequence[Match], institution: Organisation) -> Taken:
    """All that was asked, by one institution. Raises Invalid with the reason for each item that it cannot do."""
    items: list[Ordered] = []
    works: list[tuple[Match, Work]] = []
    errors = []
    for match in matches:
        line = _best(match, institution.pk)
        if line is None:
            errors.append(FieldError("institution", why_unable(match, institution), match.subject.position))
            continue
        items += [Ordered(line, match.subject.requirement)] * match.subject.count
        works.append((match, room.work(match.subject, match.activity, line)))
    amounts = room.amounts(work for _match, work in works)
    for match, work in works:
        if refused := room.refuses(work, amounts):
            told = unable(match.subject.item, institution, [refused])
            errors.append(FieldError("institution", told, match.subject.position))
    if errors:
        raise Invalid(_("所选机构不能承担全部项目，请选择其他机构。"), errors=errors)
    price = sum(work.line.price_cents * work.count for _match, work in works)
    return Taken(tuple(items), price, max((room.days(work, amounts) for _match, work in works), default=0))


def _best(match: Match, institution: int) -> ScopeLine | None:
    lines = [offer.line for offer in match.offers if offer.line.organisation_id == institution]
    return min(lines, key=lambda line: (line.price_cents, line.days, line.pk), default=None)


def ask_again(
    order: Order, need: Need, holder: int | None = None, positions: Collection[int] | None = None
) -> tuple[Room, list[Match]]:
    """What an order asked for, or some positions of it, asked of all institutions or of one; with their room."""
    results = [one for one in results_of(order.case_id) if positions is None or one.position in positions]
    keys = [(result.item_id, result.requirement_id, result.method_id) for result in results]
    counts = Counter(keys)
    requirements = Requirement.objects.select_related("method", "item").in_bulk(
        [result.requirement_id for result in results if result.requirement_id]
    )
    subjects = [
        subject_again(
            result.position,
            order.activity,
            result.item,
            family=order.family,
            requirement=requirements.get(result.requirement_id or 0),
            method=result.method,
            count=counts[key],
        )
        for key, result in dict(zip(keys, results, strict=True)).items()
    ]
    return ask(subjects, need, timezone.localdate(), [holder] * len(subjects))


def _need(order: Order) -> Need:
    """The need that the order's commission answers: it says what recognition was wanted, and near where."""
    commission = Commission.objects.select_related("plan__need__organisation").filter(case=order.case.parent_id).first()
    if commission is None:
        raise Conflict(_("该任务单不是由委托下达的，不能另请机构。"), code="no-commission")
    return commission.plan.need
