"""From a plan to orders, and from a lost order to another institution. Called inside the acts of ``services``."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.capacity.services import hold
from quanheng.domains.services.dictionary import dictionary
from quanheng.domains.services.elsewhere import Replacement, able, ask_again, left_by, taken
from quanheng.domains.services.matching import ask
from quanheng.domains.services.models import Commission, Need, Plan, PlanLine
from quanheng.domains.services.planning import placed, subject_of, unable, why_unable
from quanheng.domains.services.process import COMMISSION
from quanheng.domains.services.wanting import bundle_of
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.queries import LOST, orders_of
from quanheng.domains.testing.services import Ordered, place_order
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import remark
from quanheng.kernel.base.errors import Conflict, FieldError, NotFound
from quanheng.kernel.base.html import yuan
from quanheng.kernel.base.texts import filled
from quanheng.kernel.cases.services import open_case
from quanheng.kernel.parties.models import Organisation


def refuse_spent(plan: Plan) -> None:
    """Refuse a plan that was confirmed already or whose prices are no longer held."""
    number = Commission.objects.filter(plan=plan).values_list("case__number", flat=True).first()
    if number is not None:
        raise Conflict(
            filled(_("方案已确认，委托编号 %(number)s，不能重复确认或修改。"), number=number), code="plan-confirmed"
        )
    if plan.valid_until < timezone.localdate():
        raise Conflict(
            filled(_("方案报价已于 %(day)s 过期，请重新生成方案。"), day=plan.valid_until), code="plan-expired"
        )


def commission(actor: Actor, plan: Plan, need: Need, contact: str) -> Commission:
    """The commission of a plan whose every line still holds, with its orders placed."""
    lines = list(
        plan.lines.select_related(
            *("item", "method", "institution", "scope_line__item", "scope_line__recognition", "scope_line__method"),
            *("requirement__method", "requirement__item"),
        )
    )
    if not lines:
        raise Conflict(_("方案中没有可委托的项目，请修改需求后重新生成方案。"), code="plan-empty")
    _refuse_changed(plan, need, lines)
    case = open_case(COMMISSION, title=_title(plan, need, lines), client=plan.organisation)
    made = Commission.objects.create(case=case, plan=plan, confirmed_by_id=actor.person_id, contact=contact)
    orders: dict[tuple[int, str], list[PlanLine]] = {}
    for line in lines:
        orders.setdefault((line.institution_id, bundle_of(line.item, line.activity)), []).append(line)
    for together in orders.values():
        first = together[0]
        name, model = _object(plan, need, together)
        place_order(
            actor,
            case,
            institution=first.institution,
            activity=first.activity,
            family=plan.family if first.item.code not in dictionary().instruments else None,
            object_name=name,
            object_model=model,
            items=[Ordered(line.scope_line, line.requirement) for line in together for _piece in range(line.count)],
            price_cents=sum(line.price_cents for line in together),
            days=max(line.days for line in together),
        )
    remark(orders=len(orders), total_cents=plan.total_cents)
    return made


def _refuse_changed(plan: Plan, need: Need, lines: Sequence[PlanLine]) -> None:
    """Ask the chosen again today: a scope lost or another price since the proposal is named line by line."""
    subjects = [subject_of(plan, line) for line in lines]
    places = [line.institution_id for line in lines]
    # Whoever confirms at the same moment waits: two plans do not both get the last place in a queue.
    hold(places)
    room, matches = ask(subjects, need, timezone.localdate(), places)
    works = [placed(room, plan, line) for line in lines]
    amounts = room.amounts(works)
    errors = []
    for line, match, work in zip(lines, matches, works, strict=True):
        offer = match.by_line.get(line.scope_line_id)
        if offer is None:
            errors.append(FieldError("lines", why_unable(match, line.institution), line.position))
            continue
        price, days = offer.line.price_cents * line.count, room.days(work, amounts)
        if refused := room.refuses(work, amounts):
            errors.append(FieldError("lines", unable(line.item, line.institution, [refused]), line.position))
        # Sooner than was planned is no change that anybody has to be asked about.
        elif price != line.price_cents or days > line.days or offer.line.days != line.days - line.wait_days:
            changed = filled(
                _(
                    "%(institution)s 的报价已变为 %(price)s 元、%(days)s 个工作日"
                    "（方案为 %(old)s 元、%(old_days)s 个工作日）。"
                ),
                institution=line.institution.name_zh,
                price=yuan(price),
                days=days,
                old=yuan(line.price_cents),
                old_days=line.days,
            )
            errors.append(FieldError("lines", changed, line.position))
    if errors:
        raise Conflict(
            _("方案生成后机构能力或报价有变化，未下达任何任务单。请重新生成方案或更换机构。"),
            errors=errors,
            code="plan-changed",
        )


def _title(plan: Plan, need: Need, lines: Sequence[PlanLine]) -> str:
    name, model = _object(plan, need, lines)
    return f"{name} {model}".strip()


def _object(plan: Plan, need: Need, lines: Sequence[PlanLine]) -> tuple[str, str]:
    """What an order is about: the product with its model, or the instruments by name."""
    known = dictionary().instruments
    if any(line.item.code not in known for line in lines):
        family = plan.family.name_zh if plan.family else ""
        return (need.product_name or family or lines[0].item.name_zh)[:120], need.product_model
    names = list(dict.fromkeys(known[line.item.code]["name_zh"] for line in lines))
    return "、".join(names)[:120], ""


def replace(actor: Actor, made: Commission, order_uid: str, institution: Organisation) -> Order:
    """Place a lost order again with an institution that can do all of it today."""
    lost = lost_order(made, order_uid)
    hold([institution.pk])
    offer = taken(*ask_again(lost, made.plan.need, institution.pk), institution)
    remark(replaced=lost.case.number, institution=institution.name_zh)
    return place_order(
        actor,
        made.case,
        institution=institution,
        activity=lost.activity,
        family=lost.family,
        object_name=lost.object_name,
        object_model=lost.object_model,
        items=offer.items,
        price_cents=offer.price_cents,
        days=offer.days,
        replaces=lost,
    )


def lost_order(made: Commission, order_uid: str) -> Order:
    """The lost order of a commission that waits for the client's answer. Raises NotFound, Conflict."""
    order = orders_of(made.case_id).select_related("family").filter(case__uid=order_uid).first()
    if order is None:
        raise NotFound(_("委托中没有这张任务单，请核对编号。"))
    if order.case.state not in LOST:
        raise Conflict(_("只有已谢绝、已取消或未能完成的任务单可以改派。"), code="order-not-lost")
    if order.replacements.exists():
        raise Conflict(_("该任务单已改派，不能重复改派。"), code="order-replaced")
    if order.forgone:
        raise Conflict(_("该任务单已注明不再需要，不能改派。需要时请另提需求。"), code="order-forgone")
    return order


def replacements(made: Commission, order: Order) -> list[Replacement]:
    """Who could take over a lost order: those who can do all of it first, then by price; not who has left it."""
    without = {order.case.handler_id or 0} if left_by(order) else set()
    return able(*ask_again(order, made.plan.need), without)
