"""One's own account: who I am here, what I may do where, and how I sign in."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.errors import SignInNeeded
from quanheng.kernel.parties.models import Person
from quanheng.kernel.parties.queries import posts_of


@require_GET
def profile(request: ActorRequest) -> HttpResponse:
    """The person, the posts held today, and the ways to password, second factor and passkeys."""
    person = request.user
    if not isinstance(person, Person):
        raise SignInNeeded(_("请先登录查看账户。"))
    return render(
        request,
        "portal/profile.html",
        {"person": person, "posts": posts_of(person), "crumbs": [(_("工作台"), "/work/"), (_("账户与安全"), "")]},
    )
