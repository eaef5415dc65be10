"""The work of an order: its samples come in, results are recorded, a second person looks."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.testing.models import Order
from quanheng.domains.testing.periods import put_off, ready_on, waited
from quanheng.domains.testing.process import ORDER
from quanheng.domains.testing.services.placing import announce
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import remark
from quanheng.kernel.base.checks import checked_text, need_reason
from quanheng.kernel.cases.services import move
from quanheng.kernel.objects.custody import link, receive
from quanheng.kernel.objects.models import HandOver, Sample
from quanheng.kernel.results.services import Entered, record


@move(ORDER, "receive")
def receive_samples(actor: Actor, order: Order, *, quantity: str, condition: str, batch: str = "") -> Order:
    """The samples are here: counted, looked at, labelled (ISO/IEC 17025 7.4.3).

    The promise is put off by as many working days as the institution has waited for them.
    """
    quantity = checked_text("quantity", quantity, 40, missing=_("请填写样品数量，例如“3 件”。"))
    condition = checked_text("condition", condition, 200, missing=_("请填写样品状态，例如“包装完好，无损伤”。"))
    batch = checked_text("batch", batch, 80, required=False)
    announced = Sample.objects.filter(case_id=order.case_id, state=Sample.State.ANNOUNCED)
    # What came from another institution is locked before what goes on from it: whoever hands it over does the same.
    came = [key for key in announced.values_list("origin", flat=True) if key]
    list(Sample.objects.select_for_update(no_key=True).filter(pk__in=came).order_by("pk"))
    arrived = list(announced.select_related("origin__case__handler"))
    Sample.objects.filter(pk__in=[one.pk for one in arrived]).update(
        state=Sample.State.RECEIVED,
        quantity=quantity,
        condition=condition,
        batch=batch,
        received_at=timezone.now(),
        received_by_id=actor.person_id,
    )
    receive(actor, arrived, condition=condition)
    remark(quantity=quantity, condition=condition)
    if late := waited(order, timezone.localdate()):
        promised_on = put_off(order.promised_on, late)
        remark(promised_on=[str(order.promised_on), str(promised_on)])
        order.promised_on, order.first_promised_on = promised_on, put_off(order.first_promised_on, late)
        order.save(update_fields=["promised_on", "first_promised_on"])
    return order


@move(ORDER, "refuse_samples")
def refuse_samples(actor: Actor, order: Order, *, reason: str) -> Order:
    """The samples do not fit; the client sends others under the same order."""
    remark(refused=need_reason(reason))
    return order


@move(ORDER, "report_loss")
def report_loss(actor: Actor, order: Order, *, reason: str) -> Order:
    """The samples were lost or spoilt before the work was done: the client sends others under a further label.

    Results recorded so far stay; those of the lost sample can be entered anew.
    """
    reason = need_reason(reason)
    lost = list(order.case.samples.filter(state=Sample.State.RECEIVED))
    Sample.objects.filter(pk__in=[one.pk for one in lost]).update(state=Sample.State.LOST)
    link(actor, lost, HandOver.Kind.LOST, condition=reason[:200])
    further = announce(order)
    remark(lost=[one.label for one in lost], further=further.label)
    # The work begins anew with the further samples.
    promised_on = ready_on(timezone.localdate(), order.days)
    if order.promised_on and order.promised_on < promised_on:
        remark(promised_on=[str(order.promised_on), str(promised_on)])
        order.promised_on = promised_on
        order.save(update_fields=["promised_on"])
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
