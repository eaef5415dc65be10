"""The notices of the actor's organisations."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from quanheng.kernel.audit import queries, services
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.errors import Invalid, SignInNeeded
from quanheng.kernel.base.paging import read_cursor


@require_safe
def notice_list(request: ActorRequest) -> HttpResponse:
    """Notices, newest first, those since the last look marked new."""
    if not request.actor.signed_in:
        raise SignInNeeded(_("请先登录再查看通知。"))
    try:
        before = read_cursor(request.GET.get("after", ""))
    except Invalid:
        before = None
    notices = queries.notices_for(request.actor, before=before, limit=queries.PAGE + 1)
    more, notices = len(notices) > queries.PAGE, notices[: queries.PAGE]
    return render(
        request,
        "audit/notices.html",
        {
            "place": "workbench",
            "notices": notices,
            "newest": notices[0].id if notices and notices[0].new and before is None else None,
            "page": {"after": f"a{notices[-1].id}" if more else "", "before": "", "count": None},
            "crumbs": [(_("工作台"), "/work/"), (_("通知"), "")],
        },
    )


@require_POST
def notices_seen(request: ActorRequest) -> HttpResponse:
    """Everything up to the newest notice that the page showed is no longer new."""
    upto = request.POST.get("upto", "")
    if not (upto.isascii() and upto.isdigit() and len(upto) <= 18):
        raise Invalid.field("upto", _("缺少最后一条通知的编号，请回到通知页重试。"))
    services.mark_seen(request.actor, int(upto))
    messages.success(request, _("已全部标为已读。"))
    return redirect("notices")
