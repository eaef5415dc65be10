"""Views of a list, kept under a name."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.errors import Refusal
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.queries import by_uid
from quanheng.kernel.registers import services
from quanheng.kernel.registers.declare import register_named
from quanheng.kernel.registers.models import SavedView
from quanheng.kernel.registers.reading import ask
from quanheng.kernel.registers.views.common import back_to, person_of


@require_POST
def view_save(request: ActorRequest, name: str) -> HttpResponse:
    """Keep the filters of the page under a name."""
    register, person = register_named(name), person_of(request)
    asked = ask(register, QueryDict(request.POST.get("query", "")).dict(), strict=False)
    shared = request.POST.get("organisation", "")
    try:
        organisation = by_uid(Organisation.objects.all(), shared) if shared else None
        view = services.save_view(
            request.actor,
            person,
            register=register,
            name=request.POST.get("name", ""),
            asked=asked,
            organisation=organisation,
        )
        messages.success(request, _("已保存视图“%(name)s”。") % {"name": view.name})
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return back_to(register, asked.query())


@require_POST
def view_forget(request: ActorRequest, uid: str) -> HttpResponse:
    """Drop a view of one's own."""
    person_of(request)
    view = by_uid(SavedView.objects.select_related("person"), uid, request.actor)
    services.forget_view(request.actor, view)
    messages.success(request, _("已删除视图“%(name)s”。") % {"name": view.name})
    return back_to(register_named(view.register), "")
