"""The history of one row."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from quanheng.kernel.audit.queries import row_story
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.errors import SignInNeeded
from quanheng.kernel.parties.queries import by_uid
from quanheng.kernel.registers.declare import register_named
from quanheng.kernel.registers.views.common import LIMIT


@require_safe
def history(request: ActorRequest, name: str, uid: str) -> HttpResponse:
    """What was done to one row: who, when, what it changed and why."""
    register = register_named(name)
    if not request.actor.signed_in:
        # The row may be public, but who changed it is for those who work here.
        raise SignInNeeded(_("请先登录再查看变更记录。"))
    row = by_uid(register.rows(request.actor), uid, request.actor)
    given = request.GET.get("before", "")
    upto = int(given) if given.isascii() and given.isdigit() and len(given) < 18 else None
    told = row_story(request.actor, row, before=upto, limit=LIMIT)
    return render(
        request,
        "registers/history.html",
        {
            "register": register,
            "title": register.columns[0].reads(row),
            "events": [
                {"what": one.what, "when": one.when, "who": one.who, "detail": one.reason, "changes": one.changes}
                for one in told
            ],
            "older": told[-1].id if len(told) == LIMIT else None,
            "url": register.url(row) if register.url else "",
            "crumbs": [
                (register.title, register.path),
                (register.columns[0].reads(row), register.url(row) if register.url else ""),
                (_("变更记录"), ""),
            ],
        },
    )
