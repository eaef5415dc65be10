"""The stack on a signatory's desk: the orders that wait for a signature, and what speaks against one at first sight.

What the checks before issue find is not asked here: they look into the records around each order, and are asked when
it is signed. A report that they stop stays on the stack with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from quanheng.domains.testing import queries
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.process import ORDER, SIGNATORY
from quanheng.domains.testing.statement import verdict_of
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import require
from quanheng.kernel.base.errors import FieldError, Invalid, SignInNeeded
from quanheng.kernel.base.statements import answers_kept, keep_related
from quanheng.kernel.base.texts import filled
from quanheng.kernel.results.models import Result

# What one page shows and one request signs.
MOST = 50
_ISSUE = ORDER.by_move["issue"]


@dataclass(frozen=True)
class Waiting:
    """An order that waits for a signature. ``why_not``: why this signatory cannot sign it; None where nothing is known
    against it yet."""

    order: Order
    verdict: str
    verdict_label: str
    results: int
    why_not: Any | None


def stack_of(actor: Actor) -> tuple[list[Waiting], bool]:
    """What waits for the actor's signature, the most urgent first, and whether there is more; five queries."""
    if not actor.signed_in:
        raise SignInNeeded(_("请先登录查看待签发的任务单。"))
    rows = queries.orders(actor).filter(SIGNATORY.q(actor), case__state="for_decision").select_related("family")
    orders = list(rows.order_by("case__due_at", "case_id")[: MOST + 1])
    more, orders = len(orders) > MOST, orders[:MOST]
    results = queries.results_of_all([order.pk for order in orders]) if orders else {}
    with answers_kept():
        return [_waiting(actor, order, results[order.pk]) for order in orders], more


def _waiting(actor: Actor, order: Order, results: list[Result]) -> Waiting:
    keep_related(order.case, "results", results)
    verdict = verdict_of(results)
    reasons = (guard.check(actor, order, {}) for guard in _ISSUE.guards)
    why_not = next((reason for reason in reasons if reason), None)
    return Waiting(order, verdict, str(Result.Verdict(verdict).label), len(results), why_not)


def chosen(actor: Actor, uids: Sequence[str]) -> list[Order]:
    """Orders by their public names, each once, in the order in which they were named.

    Raises SignInNeeded; Invalid for none, for more than ``MOST`` and, naming their places, for those that are not the
    actor's to see; Denied where the actor is no signatory of the institution of one of them.
    """
    if not actor.signed_in:
        raise SignInNeeded(_("请先登录再进行此操作。"))
    named = list(dict.fromkeys(uids))
    if not named:
        raise Invalid.field("orders", _("请至少勾选一份报告。"))
    if len(named) > MOST:
        raise Invalid.field("orders", filled(_("一次最多签发 %(limit)s 份，请分批签发。"), limit=MOST))
    found = {order.case.uid: order for order in queries.orders(actor).filter(case__uid__in=named)}
    unknown = _("没有找到该任务单，或您无权查看。请核对编号。")
    if errors := [FieldError("orders", unknown, row) for row, uid in enumerate(uids, 1) if uid not in found]:
        raise Invalid(unknown, errors=errors)
    for uid in named:
        require(actor, _ISSUE.may, found[uid])
    return [found[uid] for uid in named]
