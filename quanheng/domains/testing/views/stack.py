"""The page of a signatory's stack: what waits for a signature, signed by ticking it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from quanheng.domains.testing import services
from quanheng.domains.testing.services import Signed
from quanheng.domains.testing.stack import MOST, chosen, stack_of
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.errors import Invalid

# What became of the last stack, in the session: the page that tells it can be reloaded, left and come back to.
_OUTCOME = "signed_stack"


@require_http_methods(["GET", "POST"])
def stack_page(request: ActorRequest) -> HttpResponse:
    """The stack; sent, the ticked reports are issued as far as nothing speaks against them."""
    error = ""
    if request.method == "POST":
        try:
            signed = services.issue_reports(request.actor, chosen(request.actor, request.POST.getlist("uid")))
        except Invalid as refusal:
            error = str(refusal.errors[0].message)
        else:
            request.session[_OUTCOME] = {"person": request.actor.person_id, "orders": list(map(_told, signed))}
            return redirect(f"{request.path}?done=1")
    waiting, more = stack_of(request.actor)
    outcome = request.session.get(_OUTCOME) if "done" in request.GET else None
    told = outcome["orders"] if outcome and outcome["person"] == request.actor.person_id else []
    return render(
        request,
        "testing/stack.html",
        {
            "waiting": waiting,
            "more": more,
            "most": MOST,
            "ready": sum(one.why_not is None for one in waiting),
            "issued": [one for one in told if "report" in one],
            "left": list(_in_language(one for one in told if "problem" in one)),
            "error": error,
            "place": "workbench",
            "crumbs": [(_("工作台"), "/work/"), (_("全部任务单"), "/orders/"), (_("待我签发"), "")],
        },
        status=422 if error else 200,
    )


def _told(one: Signed) -> dict[str, Any]:
    """What became of an order as a session keeps it, in both languages."""
    case = one.order.case
    facts: dict[str, Any] = {"uid": case.uid, "number": case.number, "title": case.title}
    if one.report:
        return facts | {"report": {"uid": one.report.uid, "number": one.report.number}}
    assert one.refusal is not None  # there is a report, or a reason
    return facts | {"problem": one.refusal.problem()}


def _in_language(orders: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """Orders that were left, each with the reason in the reader's language."""
    language = "en" if (get_language() or "").startswith("en") else "zh"
    for one in orders:
        parts = [part[f"message_{language}"] for part in one["problem"].get("errors", ())]
        yield {**one, "why": one["problem"][f"detail_{language}"], "parts": parts}
