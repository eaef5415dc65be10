"""Pages of an organisation's administrator: who is here, with which role, until when, and who may sign for what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import tell
from quanheng.kernel.base.errors import Denied, Invalid, Refusal, SignInNeeded
from quanheng.kernel.base.lists import asked, chips, listed
from quanheng.kernel.parties import lockout, queries, services
from quanheng.kernel.parties.forms import (
    JoinForm,
    PeopleFilter,
    PersonForm,
    RoleForm,
    SignatoryForm,
    field_choices,
)
from quanheng.kernel.parties.models import Membership, Organisation, Person, SignatoryField
from quanheng.kernel.parties.services.posts import signs

ACTS: dict[str, tuple[Callable[..., Membership], Any]] = {
    "end": (services.end_role, lambda: _("已终止该角色。")),
    "unlock": (services.unlock_account, lambda: _("已解除登录锁定。")),
    "link": (services.send_password_link, lambda: _("设置密码的链接已发往登记的邮箱。")),
}


def managed(request: ActorRequest) -> tuple[Organisation, list[Organisation]]:
    """The organisation that the page is about (``of`` in the address), among those that the actor manages."""
    if not request.actor.signed_in:
        raise SignInNeeded(_("请先登录再管理机构。"))
    own = queries.managed_by(request.actor)
    wanted = request.GET.get("of", "")
    found = next((one for one in own if one.uid == wanted or not wanted), None)
    if found is None:
        raise Denied(_("只有机构管理员能管理本机构的人员，请联系本机构管理员。"))
    return found, own


def _page(organisation: Organisation, own: list[Organisation], *crumbs: tuple[str, str]) -> dict[str, Any]:
    here = f"{reverse('own-organisation')}?of={organisation.uid}"
    return {
        "organisation": organisation,
        "own": own,
        "here": here,
        "place": "workbench",
        "crumbs": [(_("工作台"), "/work/"), (_("本机构人员"), here if crumbs else ""), *crumbs],
    }


def _place(name: str, organisation: Organisation, *args: str) -> str:
    query = QueryDict(mutable=True)
    query["of"] = organisation.uid
    return f"{reverse(name, args=args)}?{query.urlencode()}"


@require_safe
def people(request: ActorRequest) -> HttpResponse:
    """People of the organisation with what they are in it."""
    organisation, own = managed(request)
    form = PeopleFilter(request.GET, auto_id="filter_%s")
    wanted = asked(form)
    rows = queries.people_of(request.actor, organisation, show=wanted["show"], text=wanted["q"])
    found = listed(request, rows)
    today = timezone.localdate()
    return render(
        request,
        "parties/people.html",
        {
            "form": form,
            "active": chips(form),
            "people": [
                (person, [(held, held.in_force_on(today)) for held in _held(person)]) for person in found["items"]
            ],
            "page": found["page"],
            **_page(organisation, own),
        },
    )


def _held(person: Person) -> list[Membership]:
    """What ``people_of`` has read with a person."""
    held: list[Membership] = getattr(person, "held")  # noqa: B009
    return held


@require_http_methods(["GET", "POST"])
def person_new(request: ActorRequest) -> HttpResponse:
    """Make an account for a colleague; the link to set the password goes to the address given."""
    organisation, own = managed(request)
    form = PersonForm(organisation, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            person = services.register_person(request.actor, organisation, **form.cleaned_data)
        except Invalid as refusal:
            tell(form, refusal)
        else:
            messages.success(request, _("已登记 %(name)s。") % {"name": person.name_zh})
            return redirect(_place("person", organisation, person.uid))
    return _form(request, organisation, own, form, _("登记人员"), _("为同事开设账户并授予角色。"))


@require_http_methods(["GET", "POST"])
def person_join(request: ActorRequest) -> HttpResponse:
    """Give a role to somebody whose account another organisation made; the person tells the public name."""
    organisation, own = managed(request)
    form = JoinForm(organisation, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        person = Person.objects.filter(uid=form.cleaned_data.pop("person").strip()).first()
        if person is None:
            form.add_error("person", _("没有这个人员编号，请与对方核对。"))
        elif _granted(request, organisation, person, form):
            return redirect(_place("person", organisation, person.uid))
    return _form(request, organisation, own, form, _("加入已有账户的人员"), _("对方在别的机构已有账户时用。"))


def _form(
    request: ActorRequest, organisation: Organisation, own: list[Organisation], form: Any, title: str, lead: str
) -> HttpResponse:
    context = {"form": form, "title": title, "lead": lead, **_page(organisation, own, (title, ""))}
    return render(request, "parties/form.html", context, status=422 if form.errors else 200)


def _granted(request: ActorRequest, organisation: Organisation, person: Person, form: Any) -> bool:
    try:
        services.grant_role(request.actor, organisation, person=person, **form.cleaned_data)
    except Refusal as refusal:
        tell(form, refusal)
        return False
    messages.success(request, _("已授予角色。"))
    return True


def _authorised(request: ActorRequest, organisation: Organisation, person: Person, form: Any) -> bool:
    try:
        services.authorise_signatory(request.actor, organisation, person=person, **form.cleaned_data)
    except Refusal as refusal:
        tell(form, refusal)
        return False
    messages.success(request, _("已授权签字。"))
    return True


@require_http_methods(["GET", "POST"])
def person_page(request: ActorRequest, uid: str) -> HttpResponse:
    """One colleague: account, roles, fields to sign for; and the acts on them."""
    organisation, own = managed(request)
    person = queries.by_uid(queries.people_of(request.actor, organisation), uid)
    asks = request.POST.get("act", "") if request.method == "POST" else ""
    grant = RoleForm(organisation, request.POST if asks == "grant" else None, auto_id="grant_%s")
    authorise = SignatoryForm(request.POST if asks == "authorise" else None, auto_id="sign_%s")
    done = (grant.is_valid() and _granted(request, organisation, person, grant)) or (
        authorise.is_valid() and _authorised(request, organisation, person, authorise)
    )
    if done:
        return redirect(_place("person", organisation, uid))
    today = timezone.localdate()
    held = [(one, one.in_force_on(today)) for one in _held(person)]
    names = dict(field_choices())
    return render(
        request,
        "parties/person.html",
        {
            "person": person,
            "held": held,
            "fields": [
                (field, names.get(field.category, field.category), field.in_force_on(today))
                for one, _now in held
                for field in sorted(one.fields.all(), key=lambda field: -field.pk)
            ],
            "account": next((one for one, now in held if now), None),
            "locked": lockout.locked(person),
            "grant": grant,
            "authorise": authorise if signs(organisation) and person.pk != request.actor.person_id else None,
            "signatories": signs(organisation),
            **_page(organisation, own, (person.name_zh, "")),
        },
        status=422 if grant.errors or authorise.errors else 200,
    )


@require_POST
def role_act(request: ActorRequest, uid: str, name: str) -> HttpResponse:
    """End a role, lift a lock, or send a link to set a password."""
    rows = Membership.objects.select_related("person", "organisation")
    membership = queries.by_uid(rows, uid, request.actor)
    perform, told = ACTS[name]
    extra = {"reason": request.POST.get("reason", "")} if name == "end" else {}
    return _acted(request, membership, told, lambda: perform(request.actor, membership, **extra))


@require_POST
def field_withdraw(request: ActorRequest, uid: str) -> HttpResponse:
    """End the authorisation to sign in one field."""
    rows = SignatoryField.objects.select_related("membership__person", "membership__organisation")
    field = queries.by_uid(rows, uid, request.actor)
    reason = request.POST.get("reason", "")
    return _acted(
        request,
        field.membership,
        lambda: _("已撤销该领域的授权。"),
        lambda: services.withdraw_signatory_field(request.actor, field, reason=reason),
    )


def _acted(
    request: ActorRequest, membership: Membership, told: Callable[[], str], perform: Callable[[], Any]
) -> HttpResponse:
    try:
        perform()
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, told())
    # Whoever has just ended the own administration has no more to do here.
    if membership.person_id == request.actor.person_id:
        return redirect("workbench")
    return redirect(_place("person", membership.organisation, membership.person.uid))
