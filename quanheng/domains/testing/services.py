"""The acts on an order, one function for each move of its process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.testing.amending import subject_of
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.process import ORDER
from quanheng.domains.testing.queries import results_of
from quanheng.domains.testing.statement import KINDS, statement_of, verdict_of
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.services import issue_attestation, reinstate_attestation, suspend_attestation
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.checks import checked_text, need_reason
from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.base.grants import Holds
from quanheng.kernel.cases.models import Case
from quanheng.kernel.cases.services import move, open_case
from quanheng.kernel.competence.models import ScopeLine
from quanheng.kernel.objects.models import Sample
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import CLIENT_ROLES
from quanheng.kernel.requirements.models import ProductFamily, Requirement
from quanheng.kernel.results.models import Result
from quanheng.kernel.results.services import Entered, plan_result, record
from quanheng.kernel.signals.services import notice_nonconforming


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
) -> Order:
    """Offer work to an institution as a child of the commission's case; its samples are announced with it.

    ``replaces`` is the declined or cancelled order whose work this one takes over.
    """
    if not items:
        raise Invalid(_("任务单至少要有一个项目。"))
    case = open_case(
        ORDER,
        title=f"{object_name} {object_model}".strip(),
        client=commission.client,
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
    )
    if replaces is not None:
        replaces.replaced_by = order
        replaces.save(update_fields=["replaced_by"])
    Result.objects.bulk_create(
        [plan_result(case, position, one.scope_line, one.requirement) for position, one in enumerate(items, start=1)]
    )
    Sample.objects.create(case=case, label=f"{case.number}-S1", name=object_name, model=object_model, quantity="1")
    return order


@move(ORDER, "accept")
def accept_order(actor: Actor, order: Order, *, promised_on: date | None = None) -> Order:
    """The institution takes the work and promises a day."""
    today = timezone.localdate()
    promised_on = promised_on or today + timedelta(days=order.days * 2)
    if promised_on < today:
        raise Invalid.field("promised_on", _("承诺日期不能早于今天。"))
    order.promised_on = promised_on
    order.save(update_fields=["promised_on"])
    return order


@move(ORDER, "decline")
def decline_order(actor: Actor, order: Order, *, reason: str) -> Order:
    """The institution will not do it; the client may replace the order."""
    need_reason(reason)
    return order


@move(ORDER, "cancel")
def cancel_order(actor: Actor, order: Order, *, reason: str) -> Order:
    """The client takes the order back before its samples were received."""
    need_reason(reason)
    return order


@move(ORDER, "receive")
def receive_samples(actor: Actor, order: Order, *, quantity: str, condition: str, batch: str = "") -> Order:
    """The samples are here: counted, looked at, labelled (ISO/IEC 17025 7.4.3)."""
    quantity = checked_text("quantity", quantity, 40, missing=_("请填写样品数量，例如“3 件”。"))
    condition = checked_text("condition", condition, 200, missing=_("请填写样品状态，例如“包装完好，无损伤”。"))
    batch = checked_text("batch", batch, 80, required=False)
    Sample.objects.filter(case_id=order.case_id, state=Sample.State.ANNOUNCED).update(
        state=Sample.State.RECEIVED,
        quantity=quantity,
        condition=condition,
        batch=batch,
        received_at=timezone.now(),
        received_by_id=actor.person_id,
    )
    remark(quantity=quantity, condition=condition)
    return order


@move(ORDER, "refuse_samples")
def refuse_samples(actor: Actor, order: Order, *, reason: str) -> Order:
    """The samples do not fit; the client sends others under the same order."""
    remark(refused=need_reason(reason))
    return order


@move(ORDER, "enter")
def enter_results(actor: Actor, order: Order, *, rows: Sequence[Entered]) -> Order:
    """Record results; nothing is stored unless every row is right."""
    stored = record(actor, order.case, rows, rule=order.decision_rule)
    remark(
        results={
            str(one.position): f"{one.value} {one.unit} U={one.uncertainty} k={one.k} {one.verdict}".strip()
            for one in stored
        }
    )
    return order


@move(ORDER, "submit")
def submit_results(actor: Actor, order: Order) -> Order:
    """The operator is done; a second person looks."""
    return order


@move(ORDER, "return_for_correction")
def return_for_correction(actor: Actor, order: Order, *, reason: str) -> Order:
    """Back to the operator with what is to be mended."""
    need_reason(reason)
    return order


@move(ORDER, "review")
def review_results(actor: Actor, order: Order) -> Order:
    """The second person finds the results in order (ISO/IEC 17025 7.8.1.1)."""
    order.reviewed_by_id = actor.person_id
    order.save(update_fields=["reviewed_by"])
    return order


@move(ORDER, "issue")
def issue_report(actor: Actor, order: Order, *, conclusion: str = "") -> Attestation:
    """The signatory decides: the report is frozen, signed and numbered in this very transaction.

    Under amendment it is a further report, which names the one it replaces; that one is superseded with it.
    """
    conclusion = checked_text("conclusion", conclusion, 300, required=False)
    institution = order.case.handler
    assert institution is not None  # an order is always placed with one
    order.signed_by_id = actor.person_id
    order.conclusion = conclusion
    results = results_of(order.case_id)
    attestation = issue_attestation(
        actor,
        kind=KINDS[order.activity],
        issuer=institution,
        client=order.case.client,
        case=order.case,
        title=order.case.title,
        verdict=verdict_of(results),
        build=lambda issuance: statement_of(order, results, issuance),
        supersedes=order.attestation if order.amendment_reason else None,
    )
    order.attestation, order.amendment_reason = attestation, ""
    order.save(update_fields=["signed_by", "conclusion", "attestation", "amendment_reason"])
    if attestation.verdict == Result.Verdict.FAIL:
        notice_nonconforming(order.case, number=attestation.number)
    return attestation


@move(ORDER, "deliver")
def deliver_report(actor: Actor, order: Order) -> Order:
    """The client has the report; the order is done."""
    return order


@move(ORDER, "amend")
def amend_report(
    actor: Actor,
    order: Order,
    *,
    reason: str,
    suspend: bool = False,
    object_name: str | None = None,
    object_model: str | None = None,
) -> Order:
    """Take the order up again because its report is wrong; the report stays as it is until the next is issued.

    ``suspend``: nobody shall rely on it in the meantime. ``object_name`` and ``object_model`` correct what the object
    is called; results are corrected by entering them. The reason goes into the next report.
    """
    report = order.attestation
    assert report is not None  # the guard has seen it
    order.amendment_reason = need_reason(reason)
    _call_object(
        order,
        order.object_name if object_name is None else checked_text("object_name", object_name, 120),
        order.object_model if object_model is None else checked_text("object_model", object_model, 120, required=False),
    )
    order.save(update_fields=["amendment_reason"])
    remark(report=report.number)
    if suspend:
        suspend_attestation(actor, report, reason=order.amendment_reason)
    return order


@move(ORDER, "abandon_amendment")
def abandon_amendment(actor: Actor, order: Order, *, reason: str, reinstate: bool = False) -> Order:
    """There is nothing to amend after all: the report stands, and with it what it calls the object.

    ``reinstate``: a report that was suspended can be relied on again.
    """
    report = order.attestation
    assert report is not None  # the guard has seen it
    reason = need_reason(reason)
    reported = subject_of(report)["object"]
    _call_object(order, reported["nameZh"], reported.get("model", ""))
    order.amendment_reason = ""
    order.save(update_fields=["amendment_reason"])
    remark(report=report.number)
    if reinstate:
        reinstate_attestation(actor, report, reason=reason)
    return order


def _call_object(order: Order, name: str, model: str) -> None:
    """Name the object of an order anew, on its case and on the samples that bore its former name."""
    if (name, model) == (order.object_name, order.object_model):
        return
    order.case.samples.filter(name=order.object_name, model=order.object_model).update(name=name, model=model)
    order.object_name, order.object_model = name, model
    order.save(update_fields=["object_name", "object_model"])
    order.case.title = f"{name} {model}".strip()[:200]
    order.case.save(update_fields=["title"])
