"""What the reader and the reader's organisations watch."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.errors import Conflict, SignInNeeded
from quanheng.kernel.base.lists import listed
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.requirements import queries, services
from quanheng.kernel.requirements.models import Watch
from quanheng.kernel.requirements.views.lists import dressed
from quanheng.kernel.requirements.views.standard import may_end


@require_safe
def watch_list(request: ActorRequest) -> HttpResponse:
    """Watched standards with their status today; organisations whose scope could be watched."""
    if not request.actor.signed_in:
        raise SignInNeeded(_("请先登录再查看关注的标准。"))
    found = listed(request, queries.watches(request.actor))
    wide = set(Watch.objects.filter(standard=None).values_list("organisation_id", flat=True))
    posts = request.actor.organisations(Role.QUALITY_MANAGER) - wide
    return render(
        request,
        "requirements/watches.html",
        {
            "door": "standards",
            "watches": [
                {
                    "row": one,
                    "standard": dressed(one.standard) if one.standard else None,
                    "may_end": may_end(request, one),
                }
                for one in found["items"]
            ],
            "page": found["page"],
            "organisations": list(Organisation.objects.filter(pk__in=posts).order_by("name_zh")[:20]),
            "crumbs": [(_("标准"), "/standards/"), (_("关注的标准"), "")],
        },
    )


@require_POST
def watch_start(request: ActorRequest) -> HttpResponse:
    """Watch a standard, or an organisation's whole scope."""
    standard = request.POST.get("standard", "")[:13]
    try:
        services.start_watching(
            request.actor, standard=standard, organisation=request.POST.get("organisation", "")[:13]
        )
    except Conflict as refusal:
        messages.info(request, str(refusal))
    else:
        messages.success(request, _("已关注：有变化时会收到通知。"))
    return redirect("standard", uid=standard) if standard else redirect("watches")


@require_POST
def watch_end(request: ActorRequest, uid: str) -> HttpResponse:
    """Watch no more."""
    watch = queries.watch_by_uid(request.actor, uid)
    standard = watch.standard
    services.unwatch(request.actor, watch)
    messages.success(request, _("已取消关注。"))
    if standard and request.POST.get("back") == "standard":
        return redirect("standard", uid=standard.uid)
    return redirect("watches")
