"""Orders placed under another case: work offered to an institution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from quanheng.domains.testing.models import Order
from quanheng.domains.testing.process import ORDER
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act
from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.base.grants import Holds
from quanheng.kernel.cases.models import Case
from quanheng.kernel.cases.services import open_case
from quanheng.kernel.competence.models import ScopeLine
from quanheng.kernel.objects.models import Sample
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import CLIENT_ROLES
from quanheng.kernel.requirements.models import ProductFamily, Requirement
from quanheng.kernel.results.models import Result
from quanheng.kernel.results.services import plan_result


@dataclass(frozen=True)
class Ordered:
    """One item of an order: the scope line that covers it and the requirement it is judged by."""

    scope_line: ScopeLine
    requirement: Requirement | None


@act(
    "testing.order.place",
    on=Case,
    label=_("下达任务单"),
    may=Holds("client", *CLIENT_ROLES),
    # Of the order that is made: the commission's own case has no handler to tell.
    tells=("case__handler", "case__client"),
)
def place_order(
    actor: Actor,
    commission: Case,
    *,
    institution: Organisation,
    activity: str,
    family: ProductFamily | None,
    object_name: str,
    object_model: str,
    items: Sequence[Ordered],
    price_cents: int,
    days: int,
    replaces: Order | None = None,
    client: Organisation | None = None,
) -> Order:
    """Offer work to an institution as a child of the commission's case; its samples are announced with it.

    ``replaces`` is the lost order whose work this one takes over, or a part of it; ``client`` whoever commissions it,
    where that is not the client of the case above.
    """
    if not items:
        raise Invalid(_("任务单至少要有一个项目。"))
    case = open_case(
        ORDER,
        title=f"{object_name} {object_model}".strip(),
        client=client or commission.client,
        handler=institution,
        parent=commission,
    )
    order = Order.objects.create(
        case=case,
        activity=activity,
        family=family,
        object_name=object_name,
        object_model=object_model,
        price_cents=price_cents,
        days=days,
        placed_cents=price_cents,
        placed_days=days,
        replaces=replaces,
    )
    Result.objects.bulk_create(
        [plan_result(case, position, one.scope_line, one.requirement) for position, one in enumerate(items, start=1)]
    )
    announce(order)
    return order


def announce(order: Order) -> Sample:
    """The sample that the client is to send next, with its label."""
    case = order.case
    label = f"{case.number}-S{case.samples.count() + 1}"
    return Sample.objects.create(case=case, label=label, name=order.object_name, model=order.object_model, quantity="1")
