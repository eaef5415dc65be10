"""What an order asked for, asked of the other institutions today: who can do all of it, for how much, by when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.services.confirming import Replacement
from quanheng.domains.services.matching import Match, ask
from quanheng.domains.services.models import Commission, Need
from quanheng.domains.services.planning import why_unable
from quanheng.domains.services.wanting import subject_again
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.queries import results_of
from quanheng.domains.testing.services import Ordered
from quanheng.kernel.base.errors import Conflict, FieldError, Invalid
from quanheng.kernel.competence.models import ScopeLine
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.requirements.models import Requirement


@dataclass(frozen=True)
class Offered:
    """What one institution would be ordered to do, for how much, in how many working days."""

    items: tuple[Ordered, ...]
    price_cents: int
    days: int


def others(order: Order, positions: Collection[int], without: Collection[int]) -> list[Replacement]:
    """Who can do these positions of an order today: those who can do all first, then by price.

    ``without``: keys of institutions that are not asked.
    """
    matches = _matches(order, positions)
    found: dict[int, Organisation] = {
        offer.line.organisation_id: offer.line.organisation for match in matches for offer in match.offers
    }
    able = []
    for key, organisation in found.items():
        if key in without:
            continue
        lines = [(match, _best(match, key)) for match in matches]
        able.append(
            Replacement(
                organisation,
                sum(line.price_cents * match.subject.count for match, line in lines if line),
                max(line.days for _match, line in lines if line),
                tuple(match.subject.item for match, line in lines if line is None),
            )
        )
    return sorted(able, key=lambda one: (len(one.missing), one.price_cents, one.days, one.institution.pk))


def offer_of(order: Order, positions: Collection[int], institution: Organisation) -> Offered:
    """The offer of one institution for these positions. Raises Invalid with the reason for each it cannot do."""
    items: list[Ordered] = []
    price, days, errors = 0, 0, []
    for match in _matches(order, positions, institution.pk):
        line = _best(match, institution.pk)
        if line is None:
            errors.append(FieldError("institution", why_unable(match, institution), match.subject.position))
            continue
        items += [Ordered(line, match.subject.requirement)] * match.subject.count
        price, days = price + line.price_cents * match.subject.count, max(days, line.days)
    if errors:
        raise Invalid(_("所选机构不能承担全部项目，请选择其他机构。"), errors=errors)
    return Offered(tuple(items), price, days)


def _best(match: Match, institution: int) -> ScopeLine | None:
    lines = [offer.line for offer in match.offers if offer.line.organisation_id == institution]
    return min(lines, key=lambda line: (line.price_cents, line.days, line.pk), default=None)


def _matches(order: Order, positions: Collection[int], holder: int | None = None) -> list[Match]:
    results = [result for result in results_of(order.case_id) if result.position in positions]
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
    return ask(subjects, _need(order), timezone.localdate(), [holder] * len(subjects))


def _need(order: Order) -> Need:
    """The need that the order's commission answers: it says what recognition was wanted, and near where."""
    commission = Commission.objects.select_related("plan__need__organisation").filter(case=order.case.parent_id).first()
    if commission is None:
        raise Conflict(_("该任务单不是由委托下达的，不能另请机构。"), code="no-commission")
    return commission.plan.need
