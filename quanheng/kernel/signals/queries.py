"""Reads of signals, already restricted to what the actor may see."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.signals.models import Signal


def signals(actor: Actor, *, kind: str = "", settled: bool | None = None) -> QuerySet[Signal]:
    """Signals that concern the actor's organisations or regions, newest first; ``settled`` None: both sorts."""
    found = restrict(Signal.objects.all(), actor).select_related("organisation", "case").order_by("-pk")
    if kind:
        found = found.filter(kind=kind)
    if settled is not None:
        found = found.filter(settled_at__isnull=not settled)
    return found


def signal_by_uid(actor: Actor, uid: str) -> Signal:
    """One signal for its page. Raises NotFound, also where the actor may not see it."""
    found = signals(actor).filter(uid=uid).first()
    if found is None:
        raise NotFound(_("没有找到该信号，或您无权查看。请核对编号。"))
    return found
