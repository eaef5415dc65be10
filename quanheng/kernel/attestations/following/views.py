"""Pages of being told: ask, confirm, end. What they answer is the same whether an address is known or not."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from quanheng.kernel.attestations import queries, shown
from quanheng.kernel.attestations.following import acts as following
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import tell
from quanheng.kernel.base.errors import NotFound, Refusal, SignInNeeded
from quanheng.kernel.base.lists import listed
from quanheng.kernel.parties.limits import count_caller
from quanheng.kernel.parties.models import Person


class FollowForm(forms.Form):
    """Where a visitor wants to be told."""

    email = forms.CharField(
        label=gettext_lazy("邮箱"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=gettext_lazy(
            "先发确认链接，确认后只在状态变化时发信，每封信都可一键退订。地址不给任何人看，不再需要即删除。"
        ),
    )


def offered(actor: Actor, attestation: Attestation) -> dict[str, Any] | None:
    """What a page offers of it; None where nothing can change any more."""
    if attestation.state in following.FINAL:
        return None
    on = following.is_followed(actor, attestation)
    return {"number": attestation.number, "on": on, "form": None if actor.signed_in else FollowForm()}


def _back(request: ActorRequest, found: Attestation) -> HttpResponse:
    """To the page that was come from: the report's own is for those who know its address already."""
    if request.POST.get("uid") == found.uid:
        return redirect("attestation", uid=found.uid)
    if request.POST.get("list"):
        return redirect("following")
    return redirect(f"{reverse('verify')}?{urlencode({'number': found.number})}")


@require_http_methods(["GET", "POST"])
def follow_page(request: ActorRequest) -> HttpResponse:
    """Ask to be told when a report changes: one click for whoever is signed in, an address for a visitor."""
    given = request.POST if request.method == "POST" else request.GET
    number = given.get("number", "").strip()[:80]
    try:
        found = queries.by_number(number)
    except NotFound as refusal:
        page = {"place": "verify", "refusal": refusal, "number": number}
        return render(request, "attestations/verify.html", page, status=refusal.status)
    person = Person.objects.filter(pk=request.actor.person_id or 0).first()
    here = f"{reverse('verify')}?{urlencode({'number': found.number})}"
    page = {
        "place": "verify",
        "found": found,
        "on": following.is_followed(request.actor, found),
        "crumbs": [(_("查验"), "/verify/"), (found.number, here), (_("变化时告诉我"), "")],
    }
    if person is None:
        return _visitor(request, found, page)
    if request.method == "POST":
        try:
            if request.POST.get("end"):
                following.unfollow(request.actor, person, attestation=found)
                messages.success(request, _("已取消关注。"))
            else:
                following.follow(request.actor, person, attestation=found)
                messages.success(request, _("已关注：这份文件变化时，您会收到通知。"))
        except Refusal as refusal:
            messages.error(request, str(refusal))
        return _back(request, found)
    return render(request, "attestations/follow_page.html", page)


def _visitor(request: ActorRequest, found: Attestation, page: dict[str, Any]) -> HttpResponse:
    form = FollowForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            count_caller(request, "follow", settings.FOLLOW_LIMITS)
            following.ask_by_mail(found, form.cleaned_data["email"])
            page["sent"] = settings.EMAIL_LINK_TIMEOUT // 86400
        except Refusal as refusal:
            tell(form, refusal)
            status = refusal.status
    elif form.errors:
        status = 422
    return render(request, "attestations/follow_page.html", page | {"form": form}, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_page(request: ActorRequest, token: str) -> HttpResponse:
    """The link that confirms an address: asked once more, since programs follow links in letters."""
    found = following.confirm(token) if request.method == "POST" else following.asked_by(token)
    page = {"place": "verify", "found": found.attestation, "done": request.method == "POST"}
    return render(request, "attestations/follow_confirm.html", page)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop_page(request: ActorRequest, token: str) -> HttpResponse:
    """End it: a reader's one click posts here (RFC 8058), a person is asked first; looking ends nothing."""
    if request.method == "POST":
        following.stop(token)
    else:
        following.check_stop(token)
    return render(request, "attestations/follow_stop.html", {"place": "verify", "done": request.method == "POST"})


@require_safe
def following_page(request: ActorRequest) -> HttpResponse:
    """What the person wants to be told of."""
    if request.actor.person_id is None:
        raise SignInNeeded(_("请先登录查看您关注的文件。"))
    found = listed(request, following.followed(request.actor.person_id))
    rows = [(one.attestation, *shown.STATUS[shown.status_of(one.attestation)][:2]) for one in found["items"]]
    page = {"place": "verify", "rows": rows, "page": found["page"]}
    page["crumbs"] = [(_("查验"), "/verify/"), (_("我关注的文件"), "")]
    return render(request, "attestations/following.html", page)
