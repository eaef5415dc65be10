"""The page of a signatory's stack: what waits for a signature, signed by ticking it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from quanheng.domains.testing import services
from quanheng.domains.testing.services import Signed
from quanheng.domains.testing.stack import MOST, chosen, stack_of
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.errors import Invalid


@require_http_methods(["GET", "POST"])
def stack_page(request: ActorRequest) -> HttpResponse:
    """The stack; sent, the ticked reports are issued as far as nothing speaks against them."""
    signed: list[Signed] = []
    error = ""
    if request.method == "POST":
        try:
            signed = services.issue_reports(request.actor, chosen(request.actor, request.POST.getlist("uid")))
        except Invalid as refusal:
            error = str(refusal.errors[0].message)
    waiting, more = stack_of(request.actor)
    return render(
        request,
        "testing/stack.html",
        {
            "waiting": waiting,
            "more": more,
            "most": MOST,
            "ready": sum(one.why_not is None for one in waiting),
            "issued": [one for one in signed if one.report],
            "left": [one for one in signed if one.refusal],
            "error": error,
            "place": "workbench",
            "crumbs": [(_("工作台"), "/work/"), (_("全部任务单"), "/orders/"), (_("待我签发"), "")],
        },
        status=422 if error else 200,
    )
