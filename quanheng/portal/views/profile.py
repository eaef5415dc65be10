"""One's own account: who I am here, what I may do where, and how I sign in."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import tell
from quanheng.kernel.base.errors import Invalid, SignInNeeded
from quanheng.kernel.parties.models import Person
from quanheng.kernel.parties.queries import posts_of
from quanheng.kernel.parties.services import change_profile


@require_safe
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


class ProfileForm(forms.Form):
    """What people may change of themselves; the name is the administrator's to keep."""

    name_en = forms.CharField(label=gettext_lazy("英文姓名"), max_length=120, required=False)
    email = forms.CharField(
        label=gettext_lazy("电子邮箱"),
        max_length=254,
        required=False,
        widget=forms.EmailInput(),
        help_text=gettext_lazy(
            "通知和重设密码的链接发到这里。新邮箱须打开发到那里的链接验证后才使用，并告知原来的邮箱。"
        ),
    )
    phone = forms.CharField(label=gettext_lazy("手机"), max_length=40, required=False)


@require_http_methods(["GET", "POST"])
def profile_change(request: ActorRequest) -> HttpResponse:
    """Change one's own English name, e-mail address or telephone."""
    key = request.actor.person_id
    person = Person.objects.filter(pk=key).first() if key is not None else None
    if person is None:
        raise SignInNeeded(_("请先登录查看账户。"))
    initial = {name: getattr(person, name) for name in ProfileForm.base_fields}
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            change_profile(request.actor, person, **form.cleaned_data)
        except Invalid as refusal:
            tell(form, refusal)
        else:
            messages.success(request, _("已保存。"))
            wanted = form.cleaned_data["email"].strip()
            # A new address has still to be proved: the next page says how.
            return redirect("mail-choice" if wanted and wanted != initial["email"] else "profile")
    crumbs = [(_("工作台"), "/work/"), (_("账户与安全"), "/profile/"), (_("修改资料"), "")]
    context = {"form": form, "crumbs": crumbs, "place": "workbench"}
    return render(request, "portal/profile_change.html", context, status=422 if form.errors else 200)
