"""The acts of the one-stop service: state a need, have a plan proposed, commission it, follow it, rate the work."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.services import confirming, gaps, planning, replanning
from quanheng.domains.services.models import Commission, Need, Plan, PlanLine, Rating
from quanheng.domains.services.process import COMMISSION
from quanheng.domains.services.revising import Revision, revise, understand
from quanheng.domains.testing.models import Order
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.checks import checked_text, need_reason
from quanheng.kernel.base.errors import Conflict, Invalid, NotFound
from quanheng.kernel.base.grants import Holds
from quanheng.kernel.base.texts import filled
from quanheng.kernel.cases.models import Case
from quanheng.kernel.cases.running import last_day
from quanheng.kernel.cases.services import move
from quanheng.kernel.competence.models import ScopeLine
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import CLIENT_ROLES

_OURS = Holds("organisation", *CLIENT_ROLES)


@act("services.need.state", on=Organisation, label=_("提出需求"), may=Holds("", *CLIENT_ROLES))
def state_need(actor: Actor, organisation: Organisation, *, text: str, revision: Revision | None = None) -> Need:
    """A new need in the enterprise's own words, read at once; ``revision`` adds what was chosen beside them."""
    need = Need(organisation=organisation, stated_by_id=actor.person_id, text=text.strip())
    need.understanding = understand(text)
    revise(need, revision or Revision())
    need.save()
    return need


@act("services.need.revise", on=Need, label=_("修改需求"), may=_OURS)
def revise_need(actor: Actor, need: Need, *, revision: Revision) -> Need:
    """Change what is wanted; plans proposed before stay as they are. Raises Invalid."""
    revise(need, revision)
    need.save()
    return need


@act("services.plan.propose", on=Need, label=_("生成方案"), may=_OURS)
def propose_plan(actor: Actor, need: Need, *, prefer: str = "") -> Plan:
    """Answer a need with a plan of today: who does what, when, for how much, and what nobody here can do.

    ``prefer`` is one of ``Plan.Prefer``; empty: balanced, or fastest where the need is urgent.
    """
    if prefer and prefer not in Plan.Prefer.values:
        raise Invalid.field("prefer", _("请选择：综合、价格最低、时间最短或机构最少。"))
    now = timezone.now()
    draft = planning.draft(need, prefer or planning.usual_preference(need), timezone.localdate(now))
    plan = Plan.objects.create(
        need=need,
        organisation=need.organisation,
        family=need.family,
        proposed_at=now,
        valid_until=last_day("one_stop.plan_validity", now),
        prefer=draft.prefer,
        gap=draft.gap,
        total_cents=draft.total_cents,
        days=draft.days,
        ready_on=draft.ready_on,
        gaps=draft.gaps,
        warnings=draft.warnings,
        advice=draft.advice,
        certification=draft.certification,
        schedule=draft.schedule,
    )
    for line in draft.lines:
        line.plan = plan
    PlanLine.objects.bulk_create(draft.lines)
    gaps.record(need, draft.gaps, timezone.localdate(now))
    remark(lines=len(draft.lines), gaps=len(draft.gaps))
    return plan


@act("services.plan.choose", on=Plan, label=_("更换机构"), may=_OURS)
def choose_institution(actor: Actor, plan: Plan, *, position: int, scope_line: ScopeLine) -> Plan:
    """Give one line of a plan to another competent institution, before the plan is confirmed.

    Raises Conflict (confirmed, expired), NotFound (no such line), Invalid (not competent, with the reasons).
    """
    confirming.refuse_spent(plan)
    lines = plan.lines.select_related("item", "method", "institution", "requirement__method")
    line = lines.filter(position=position).first()
    if line is None:
        raise NotFound(_("方案中没有这一项，请核对序号。"))
    before = line.institution.name_zh
    planning.give(plan, line, scope_line, timezone.localdate())
    remark(position=position, item=line.item.name_zh, was=before, now=line.institution.name_zh)
    return plan


@act("services.plan.confirm", on=Plan, label=_("确认方案并委托"), may=_OURS, tells=("organisation",))
def confirm_plan(
    actor: Actor, plan: Plan, *, contact: str, product_name: str | None = None, product_model: str | None = None
) -> Commission:
    """Commission a plan: one order to each institution for each activity.

    Every line is asked again: whoever lost the scope, or changed price or days since, is named in the Conflict.
    """
    contact = checked_text("contact", contact, 120)
    confirming.refuse_spent(plan)
    need = plan.need
    for name, value in (("product_name", product_name), ("product_model", product_model)):
        if value is not None:
            setattr(need, name, checked_text(name, value, 120, required=False))
    need.save(update_fields=["product_name", "product_model"])
    return confirming.commission(actor, plan, need, contact)


@move(COMMISSION, "replace_order")
def replace_order(actor: Actor, commission: Commission, *, order: str, institution: Organisation) -> Order:
    """Give the work of a declined or cancelled order to another institution that can do all of it.

    ``order`` is the uid of the lost order's case. Raises NotFound, Conflict (not lost, already replaced), Invalid.
    """
    return confirming.replace(actor, commission, order, institution)


@move(COMMISSION, "replan_order")
def replan_order(actor: Actor, commission: Commission, *, order: str) -> Commission:
    """Have a lost order planned again: its work goes to whoever does it best today, to several where nobody does all.

    ``order`` is the uid of the lost order's case. Raises NotFound, Conflict (not lost, answered, nobody else).
    """
    replanning.place_again(actor, commission, confirming.lost_order(commission, order))
    return commission


@move(COMMISSION, "forgo_order")
def forgo_order(actor: Actor, commission: Commission, *, order: str, reason: str) -> Commission:
    """Do without a lost order; the commission is complete once the others are. Raises NotFound, Conflict."""
    need_reason(reason)
    lost = confirming.lost_order(commission, order)
    lost.forgone = True
    lost.save(update_fields=["forgone"])
    remark(forgone=lost.case.number)
    return commission


@move(COMMISSION, "close")
def close_commission(actor: Actor, commission: Commission, *, reason: str) -> Commission:
    """End a commission whose open orders are all settled, though not all of it was delivered."""
    need_reason(reason)
    return commission


@move(COMMISSION, "need_answer")
def need_answer(actor: Actor, commission: Commission) -> Commission:
    """An order came to nothing: the commission waits for its client."""
    return commission


@move(COMMISSION, "answered")
def answered(actor: Actor, commission: Commission) -> Commission:
    """Every lost order was given to somebody else or is not wanted any more: the commission goes on."""
    return commission


@move(COMMISSION, "complete")
def complete(actor: Actor, commission: Commission) -> Commission:
    """All orders are delivered or replaced: the platform closes the commission by itself."""
    return commission


@act("services.order.rate", on=Case, label=_("评价"), may=Holds("client", *CLIENT_ROLES), tells=("handler",))
def rate_order(actor: Actor, order_case: Case, *, stars: int, comment: str = "") -> Rating:
    """The client rates a delivered order, once, while the window for ratings is open. Raises Invalid, Conflict."""
    if order_case.process != "testing.order" or order_case.handler is None:
        raise NotFound(_("没有找到该任务单，请核对编号。"))
    if order_case.state != "delivered" or order_case.closed_at is None:
        raise Conflict(_("报告交付后才能评价。"), code="not-delivered")
    if Rating.objects.filter(order_case=order_case).exists():
        raise Conflict(_("本单已评价，每单只能评价一次。"), code="rated")
    until = last_day("one_stop.rating_window", order_case.closed_at)
    if timezone.localdate() > until:
        raise Conflict(filled(_("评价期已于 %(day)s 结束。"), day=until), code="rating-closed")
    if not 1 <= stars <= 5:
        raise Invalid.field("stars", _("请选择 1 到 5 星。"))
    return Rating.objects.create(
        order_case=order_case,
        organisation=order_case.client,
        institution=order_case.handler,
        stars=stars,
        comment=checked_text("comment", comment, 500, required=False),
    )
