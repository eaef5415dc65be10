"""Pages of mail: what I want, ending it by a letter's link, and what did not arrive."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from quanheng.kernel.audit.mailing import choose_mail, mailbox_of, person_of, stop_mail
from quanheng.kernel.audit.models import Letter, Mailbox
from quanheng.kernel.audit.queries import failed_letters
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.errors import Denied, Invalid, Refusal, SignInNeeded
from quanheng.kernel.base.lists import listed
from quanheng.kernel.parties.models import Person
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.parties.services.addresses import check_link, send_link, verify_address

_TONES = {Letter.State.WAITING: "wait", Letter.State.UNCERTAIN: "info", Letter.State.GIVEN_UP: "bad"}


class MailForm(forms.ModelForm):
    """The few choices there are."""

    class Meta:
        model = Mailbox
        fields = ("told", "waiting", "language")


def _me(request: ActorRequest) -> Person:
    person = Person.objects.filter(pk=request.actor.person_id or 0).first()
    if person is None:
        raise SignInNeeded(_("请先登录查看账户。"))
    return person


@require_http_methods(["GET", "HEAD", "POST"])
def mail_choice(request: ActorRequest) -> HttpResponse:
    """Choose what comes by e-mail."""
    person = _me(request)
    form = MailForm(request.POST if request.method == "POST" else None, instance=mailbox_of(person))
    if request.method == "POST" and form.is_valid():
        choose_mail(request.actor, person, **form.cleaned_data)
        messages.success(request, _("已保存。"))
        return redirect("mail-choice")
    tone = {"verified": "ok", "unverified": "wait"}.get(person.email_standing, "info")
    context = {"form": form, "person": person, "tone": tone, "place": "workbench"}
    context["crumbs"] = [(_("工作台"), "/work/"), (_("账户与安全"), "/profile/"), (_("邮件通知"), "")]
    return render(request, "audit/mail.html", context, status=422 if form.errors else 200)


@require_POST
def mail_link(request: ActorRequest) -> HttpResponse:
    """Send another link to the address that waits for it."""
    person = _me(request)
    try:
        send_link(request.actor, person)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("验证链接已发出，请查收邮件。"))
    return redirect("mail-choice")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mail_verify(request: ActorRequest, token: str) -> HttpResponse:
    """The link that proves an address: its person is asked once more, since programs follow links in letters."""
    person = _me(request)
    wrong, address = "", person.email_pending or person.email
    try:
        if request.method == "POST":
            verify_address(request.actor, person, token=token)
            messages.success(request, _("邮箱已验证，今后的邮件发到这里。"))
            return redirect("mail-choice")
        check_link(person, token)
    except Invalid as refusal:
        wrong = str(refusal.errors[0].message)
    context = {"wrong": wrong, "address": address, "person": person, "place": "workbench"}
    context["crumbs"] = [(_("工作台"), "/work/"), (_("账户与安全"), "/profile/"), (_("验证邮箱"), "")]
    return render(request, "audit/mail_verify.html", context, status=422 if wrong else 200)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mail_stop(request: ActorRequest, token: str) -> HttpResponse:
    """End all letters to whom the link was sent: a reader's one click posts here (RFC 8058), a person is asked first.

    Looking ends nothing: programs follow the links in letters to see where they lead.
    """
    person = person_of(token)
    if request.method == "POST":
        stop_mail(person)
    return render(request, "audit/mail_stop.html", {"stopped": request.method == "POST"})


@require_safe
def mail_failures(request: ActorRequest) -> HttpResponse:
    """Letters to the people of the actor's organisations that did not arrive, newest first."""
    if not request.actor.signed_in:
        raise SignInNeeded(_("请先登录再查看邮件投递。"))
    if not request.actor.holds(Role.ADMINISTRATOR):
        raise Denied(_("邮件投递情况由本机构管理员查看。"))
    found = listed(request, failed_letters(request.actor))
    return render(
        request,
        "audit/mail_failures.html",
        {
            "rows": [(one, _TONES.get(Letter.State(one.state), "idle")) for one in found["items"]],
            "page": found["page"],
            "place": "workbench",
            "crumbs": [(_("工作台"), "/work/"), (_("本机构人员"), "/organisation/"), (_("邮件投递"), "")],
        },
    )
