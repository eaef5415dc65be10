"""A refusal on a page becomes a page that says why and what to do."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.contrib import messages
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import Invalid, Proposed, Refusal, SignInNeeded

logger = logging.getLogger(__name__)


class RefusalMiddleware:
    """Turns refusals that a view let pass into pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # No database keeps U+0000, and PostgreSQL refuses even to look for it.
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            refusal = Invalid(_("地址中含有空字符（U+0000），请删去后重试。"))
            return render(request, "portal/refusal.html", {"refusal": refusal}, status=refusal.status)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, SignInNeeded):
            return redirect(f"{reverse('account_login')}?{urlencode({'next': request.get_full_path()})}")
        if isinstance(exception, Proposed):
            messages.success(request, str(exception.message))
            return redirect("change", exception.proposal.uid)
        if isinstance(exception, Refusal):
            return render(request, "portal/refusal.html", {"refusal": exception}, status=exception.status)
        if isinstance(exception, OperationalError):
            # The database cannot write: its disk is full, or somebody else writes for too long. Nothing was kept.
            logger.error("database: %s", exception, exc_info=exception)
            return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "60"})
        return None
