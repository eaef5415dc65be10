"""The decision: the report issued, delivered, and amended where it turns out to be wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from quanheng.domains.testing.amending import subject_of
from quanheng.domains.testing.gate.evaluation import evaluate, frozen, keep, require
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.process import ORDER, read_results
from quanheng.domains.testing.queries import results_of_all
from quanheng.domains.testing.statement import KINDS, statement_of, verdict_of
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.services import issue_attestation, reinstate_attestation, suspend_attestation
from quanheng.kernel.audit.services import written_together
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import locked_together, remark
from quanheng.kernel.base.checks import checked_text, need_reason
from quanheng.kernel.base.errors import Refusal
from quanheng.kernel.base.statements import answers_kept, keep_related, read_related
from quanheng.kernel.cases.services import move
from quanheng.kernel.results.models import Result
from quanheng.kernel.signals.services import notice_nonconforming


@move(ORDER, "issue")
def issue_report(
    actor: Actor, order: Order, *, conclusion: str = "", reasons: Mapping[str, str] | None = None
) -> Attestation:
    """The signatory decides: the report is frozen, signed and numbered in this very transaction.

    It is held against the platform's records first (``gate``), and what came out is signed with it. A hard rule that is
    not kept raises Conflict; a soft one needs the signatory's reason, by its key in ``reasons``, or raises Invalid.
    Under amendment it is a further report, which names the one it replaces; that one is superseded with it.
    """
    conclusion = checked_text("conclusion", conclusion, 300, required=False)
    read_related(order.case, "client", "handler")
    institution = order.case.handler
    assert institution is not None  # an order is always placed with one
    order.signed_by_id = actor.person_id
    order.conclusion = conclusion
    results = read_results(order)
    evaluation = evaluate(order, results, day=timezone.localdate(), signatory=actor.person_id)
    given = require(evaluation, reasons or {})
    attestation = issue_attestation(
        actor,
        kind=KINDS[order.activity],
        issuer=institution,
        client=order.case.client,
        case=order.case,
        title=order.case.title,
        verdict=verdict_of(results),
        build=lambda issuance: statement_of(
            order, results, evaluation.records.evidence, issuance, frozen(evaluation, issuance.issued, given)
        ),
        supersedes=order.attestation if order.amendment_reason else None,
    )
    order.attestation, order.amendment_reason = attestation, ""
    order.save(update_fields=["signed_by", "conclusion", "attestation", "amendment_reason"])
    keep(attestation, evaluation, given)
    if attestation.verdict == Result.Verdict.FAIL:
        notice_nonconforming(order.case, number=attestation.number)
    return attestation


# So many reports share a transaction: who writes meanwhile waits for less than a tenth of a second.
TOGETHER = 10


class Signed(NamedTuple):
    """What became of an order in a stack: its report, or why there is none."""

    order: Order
    report: Attestation | None
    refusal: Refusal | None


def issue_reports(actor: Actor, orders: Sequence[Order]) -> list[Signed]:
    """A signatory's stack: each report is issued by an act of its own, as ``issue_report`` issues it alone.

    What has something against it, or wants a reason, is left as it is, with the refusal; the others are issued. What
    the acts ask of the platform alike is asked once for some of them, which share a transaction.
    """
    return [
        one for start in range(0, len(orders), TOGETHER) for one in _issued(actor, orders[start : start + TOGETHER])
    ]


def _issued(actor: Actor, orders: Sequence[Order]) -> list[Signed]:
    done = []
    with transaction.atomic(), written_together(), answers_kept(), locked_together(orders) as fresh:
        found = results_of_all([order.pk for order in fresh])
        for order in fresh:
            keep_related(order.case, "results", found[order.pk])
        for order in orders:
            try:
                done.append(Signed(order, issue_report(actor, order), None))
            except Refusal as refusal:
                done.append(Signed(order, None, refusal))
    return done


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
