"""Pages of a sample's hand-overs: moved within the institution, returned, disposed of."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from quanheng.domains.testing import queries
from quanheng.domains.testing.forms import HandOverForm, MoveSampleForm, ReasonForm, ReturnSampleForm
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.process import ORDER
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import acted, not_now
from quanheng.kernel.objects.custody import (
    KEEPERS,
    dispose_sample,
    hand_over_sample,
    move_sample,
    return_sample,
    why_not,
)

ACTS: dict[str, tuple[Any, type[Any], Any]] = {
    "move": (gettext_lazy("移交样品"), MoveSampleForm, move_sample),
    "hand_over": (gettext_lazy("移交留样"), HandOverForm, hand_over_sample),
    "return": (gettext_lazy("退还样品"), ReturnSampleForm, return_sample),
    "dispose": (gettext_lazy("处置样品"), ReasonForm, dispose_sample),
}


def samples_of(actor: Actor, order: Order) -> list[dict[str, Any]]:
    """The samples of an order with their chains of custody and what may be done with them; its samples are fetched."""
    chains = queries.custody(actor, order)
    keeps = KEEPERS.allows(actor, order)
    shown = []
    for sample in order.case.samples.all():
        sample.case = order.case
        acts = [(name, ACTS[name][0]) for name in ACTS if keeps and why_not(name, sample) is None]
        chain = chains.get(sample.pk, [])
        crosses = any(one.sample_id != sample.pk for one in chain)
        shown.append({"row": sample, "chain": chain, "crosses": crosses, "acts": acts})
    return shown


@require_http_methods(["GET", "POST"])
def sample_act(request: ActorRequest, uid: str, label: str, name: str) -> HttpResponse:
    """One hand-over of a sample."""
    order = queries.order_by_uid(request.actor, uid)
    sample = queries.sample_of(order, label)
    title, form_class, service = ACTS[name]
    back = ORDER.path.format(uid=uid)
    form = form_class(request.POST if request.method == "POST" else None)
    done = _("已%(act)s。") % {"act": title}
    reason = why_not(name, sample) if KEEPERS.allows(request.actor, sample) else not_now(title)
    act = partial(service, request.actor, sample)
    if answer := acted(request, form, act, back=back, done=done, why_not=reason):
        return answer
    context = {"order": order, "sample": sample, "form": form, "label": title, "back": back, "place": "workbench"}
    context["crumbs"] = [(_("工作台"), "/work/"), (order.case.number, back), (str(title), "")]
    return render(request, "testing/sample.html", context, status=422 if form.errors else 200)
