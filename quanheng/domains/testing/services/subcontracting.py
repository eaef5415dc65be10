"""Subcontracting items of an order (SAMR Order 163, Article 10; ISO/IEC 17025 6.6 and 7.1.1 c)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.testing.models import Order, Subcontract
from quanheng.domains.testing.process import BOTH, RECEPTION
from quanheng.domains.testing.services.placing import Ordered, place_order
from quanheng.domains.testing.subcontracting import SUBCONTRACT
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.checks import need_reason
from quanheng.kernel.base.errors import Conflict, FieldError, Invalid
from quanheng.kernel.base.texts import filled, listed
from quanheng.kernel.cases.services import move, open_case
from quanheng.kernel.competence.asking import Ask
from quanheng.kernel.competence.models import ScopeLine
from quanheng.kernel.competence.queries import who_can_many
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.requirements.reach import reach_of
from quanheng.kernel.results.models import Result

_OPEN = ("accepted", "working")
# More than there are institutions in a city.
_ABLE = 150


@dataclass(frozen=True)
class Provider:
    """An institution that could take items over today, with the scope line for each position."""

    institution: Organisation
    lines: dict[int, ScopeLine]

    @property
    def price_cents(self) -> int:
        """By its own prices."""
        return sum(line.price_cents for line in self.lines.values())

    @property
    def days(self) -> int:
        return max(line.days for line in self.lines.values())


def providers(order: Order, positions: Sequence[int], holder: int | None = None) -> list[Provider]:
    """Who could determine all of some positions today, by price; the institution of the order is not asked."""
    asks = {
        result.position: Ask.read(
            result.item,
            order.activity,
            on=timezone.localdate(),
            family=order.family,
            method=result.method.number,
            range=reach[0],
            unit=reach[1],
            holder=holder,
        )
        for result in _results(order, positions)
        if (reach := reach_of(result.lower, result.upper, result.limit_unit or result.item.unit)) is not None
    }
    found: dict[int, dict[int, ScopeLine]] = {}
    for position, answer in who_can_many(asks, able=_ABLE, unable=0).items():
        for one in answer.able:
            mine = found.setdefault(one.line.organisation_id, {})
            if position not in mine or one.line.price_cents < mine[position].price_cents:
                mine[position] = one.line
    able = [
        Provider(next(iter(lines.values())).organisation, lines)
        for key, lines in found.items()
        if len(lines) == len(asks) and key != order.case.handler_id
    ]
    return sorted(able, key=lambda one: (one.price_cents, one.days, one.institution.pk))


def _results(order: Order, positions: Sequence[int]) -> QuerySet[Result]:
    return order.case.results.filter(position__in=positions).select_related("item", "method", "requirement")


@act("testing.order.subcontract", on=Order, label=_("提出分包"), may=RECEPTION, tells=BOTH)
def propose_subcontract(
    actor: Actor, order: Order, *, positions: Sequence[int], provider: Organisation, reason: str
) -> Subcontract:
    """Ask the client to let another institution determine some items. Nothing is placed until it agrees.

    Raises Conflict (not under way, already subcontracted), Invalid (no such item, provider not competent).
    """
    reason = need_reason(reason)
    if order.case.state not in _OPEN:
        raise Conflict(_("接受委托之后、提交审核之前才能分包。"), code="wrong-state")
    wanted = sorted(set(positions))
    known = set(_results(order, wanted).values_list("position", flat=True))
    if not wanted or known != set(wanted):
        raise Invalid.field("positions", _("请选择本单中的项目。"))
    taken = set(_results(order, wanted).exclude(provider=None).values_list("position", flat=True))
    for other in order.subcontracts.filter(case__closed_at=None):
        taken |= set(wanted) & set(other.positions)
    if taken:
        told = filled(_("第 %(rows)s 项已经分包。"), rows=listed(str(one) for one in sorted(taken)))
        raise Conflict(told, code="subcontracted")
    if provider.pk == order.case.handler_id:
        raise Invalid.field("provider", _("分包方应是另一家机构。"))
    able = [one for one in providers(order, wanted, provider.pk) if one.institution.pk == provider.pk]
    if not able:
        told = filled(
            _("%(name)s 不具备所选全部项目的能力，不能分包给它（市场监管总局令第163号第十条）。请选择其他机构。"),
            name=provider.name_zh,
        )
        raise Invalid(_("分包未提出，请按提示修改。"), errors=[FieldError("provider", told)])
    remark(positions=wanted, provider=provider.name_zh)
    case = open_case(SUBCONTRACT, title=order.case.title, client=order.case.client, handler=order.case.handler)
    return Subcontract.objects.create(
        case=case,
        order=order,
        provider=provider,
        positions=wanted,
        price_cents=able[0].price_cents,
        days=able[0].days,
        reason=reason,
    )


@move(SUBCONTRACT, "agree")
def agree_subcontract(actor: Actor, subcontract: Subcontract) -> Subcontract:
    """The client agrees: the provider gets an order from the institution, which it may accept or decline as any other.

    Raises Conflict where it has lost its scope meanwhile.
    """
    order, provider = subcontract.order, subcontract.provider
    able = [one for one in providers(order, subcontract.positions, provider.pk) if one.institution.pk == provider.pk]
    if not able:
        raise Conflict(
            filled(_("%(name)s 已不具备所选项目的能力，请机构另行提出。"), name=provider.name_zh), code="scope"
        )
    results = list(_results(order, subcontract.positions).order_by("position"))
    placed = place_order(
        Actor.platform(),
        subcontract.case,
        institution=provider,
        activity=order.activity,
        family=order.family,
        object_name=order.object_name,
        object_model=order.object_model,
        items=[Ordered(able[0].lines[one.position], one.requirement) for one in results],
        price_cents=subcontract.price_cents,
        days=subcontract.days,
        client=order.case.handler,
    )
    subcontract.provider_order = placed
    subcontract.save(update_fields=["provider_order"])
    order.case.results.filter(position__in=subcontract.positions).update(
        provider=provider, value="", uncertainty="", k="", verdict="", operator=None, measured_on=None
    )
    return subcontract


@move(SUBCONTRACT, "refuse")
def refuse_subcontract(actor: Actor, subcontract: Subcontract, *, reason: str) -> Subcontract:
    """The client wants the institution to do it itself, or not at all."""
    need_reason(reason)
    return subcontract


@move(SUBCONTRACT, "withdraw")
def withdraw_subcontract(actor: Actor, subcontract: Subcontract, *, reason: str) -> Subcontract:
    """The institution does it itself after all, or asks another provider."""
    need_reason(reason)
    return subcontract


_TAKEN = (
    "value",
    "unit",
    "uncertainty",
    "k",
    "verdict",
    "decision_rule",
    "measured_on",
    "pieces",
    "environment",
    "remark",
)


@move(SUBCONTRACT, "take_over")
def take_over(actor: Actor, subcontract: Subcontract) -> Subcontract:
    """The provider's report is here: its results are those of the order, with the report that they come from."""
    provided = subcontract.provider_order
    assert provided is not None and provided.attestation is not None  # the guard has seen it
    remark(report=provided.attestation.number)
    if subcontract.order.case.closed_at is not None:
        return subcontract  # the order has ended without waiting for it
    theirs = list(provided.case.results.order_by("position"))
    ours = {one.position: one for one in order_results(subcontract)}
    for position, source in zip(sorted(subcontract.positions), theirs, strict=True):
        result = ours[position]
        for name in _TAKEN:
            setattr(result, name, getattr(source, name))
        result.provider_report = provided.attestation.number
        result.save()
    return subcontract


@move(SUBCONTRACT, "come_to_nothing")
def come_to_nothing(actor: Actor, subcontract: Subcontract) -> Subcontract:
    """The provider did not do it: the items are the institution's again."""
    order_results(subcontract).update(provider=None)
    return subcontract


def order_results(subcontract: Subcontract) -> QuerySet[Result]:
    """The results of the order that a subcontract is about."""
    return subcontract.order.case.results.filter(position__in=subcontract.positions)
