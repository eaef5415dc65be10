"""What planners and regulators see of needs and results: counts by field, and why contacts came to nothing."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from quanheng.domains.exchange import queries
from quanheng.kernel.base.api import ActorRequest


@require_safe
def figures_page(request: ActorRequest) -> HttpResponse:
    """Counts by field."""
    return render(
        request,
        "exchange/figures.html",
        {
            "figures": queries.figures(request.actor),
            "place": "workbench",
            "crumbs": [(_("工作台"), "/work/"), (_("供需对接统计"), "")],
        },
    )
