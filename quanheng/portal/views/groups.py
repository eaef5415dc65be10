"""Groups that share one tenancy: what the lead sees of its members' work, and how organisations come in and go."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from quanheng.domains.services.across import Standing, late_and_waiting, reports_of, standings
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import acted, not_now, page_of, posted, pressed
from quanheng.kernel.base.checks import REASON_LENGTH
from quanheng.kernel.base.errors import Denied, Invalid, SignInNeeded
from quanheng.kernel.base.texts import filled, listed
from quanheng.kernel.cases.standing import running_clocks
from quanheng.kernel.parties import queries, services
from quanheng.kernel.parties.models import Group, Organisation
from quanheng.kernel.parties.roles import CLIENT_ROLES, Role
from quanheng.portal.templatetags.ui import local
from quanheng.portal.views.workbench import case_rows

SHOWN = 20


class GroupForm(forms.Form):
    """A new group, led by one of the administrator's organisations."""

    lead = forms.ChoiceField(label=gettext_lazy("牵头机构"))
    name_zh = forms.CharField(label=gettext_lazy("集团名称"), max_length=120)
    name_en = forms.CharField(label=gettext_lazy("英文名称"), max_length=200, required=False)

    def __init__(self, own: list[Organisation], data: Any = None) -> None:
        super().__init__(data)
        field = self.fields["lead"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(one.uid, local(one)) for one in own]


class InviteForm(forms.Form):
    """Who is invited, in the words that people have at hand."""

    firm = forms.CharField(label=gettext_lazy("企业信用代码或全称"), max_length=120)


class PartForm(forms.Form):
    """Why somebody leaves or is removed."""

    reason = forms.CharField(
        label=gettext_lazy("理由"), max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )


def _signed_in(request: ActorRequest) -> None:
    if not request.actor.signed_in:
        raise SignInNeeded(_("请先登录查看集团。"))


def _group(request: ActorRequest, uid: str) -> Group:
    _signed_in(request)
    return queries.by_uid(queries.groups_of(request.actor), uid)


@require_safe
def group_list(request: ActorRequest) -> HttpResponse:
    """The groups that the reader's organisations lead, belong to or are invited to; what can be done about each."""
    _signed_in(request)
    own = request.actor.all_organisations
    administers = request.actor.organisations(Role.ADMINISTRATOR)
    led, joined, invited = [], [], []
    for group in queries.groups_of(request.actor)[:100]:
        members, asked = list(group.members.all()), list(group.invited.all())
        if group.lead_id in own:
            led.append((group, len(members), len(asked)))
            continue
        joined += [(group, one, one.pk in administers) for one in members if one.pk in own]
        invited += [(group, one, one.pk in administers) for one in asked if one.pk in own]
    context = {
        "led": led,
        "joined": joined,
        "invited": invited,
        "may_found": bool(administers),
        "place": "workbench",
        "crumbs": [(_("工作台"), "/work/"), (_("集团"), "")],
    }
    return render(request, "portal/groups.html", context)


@require_http_methods(["GET", "POST"])
def group_new(request: ActorRequest) -> HttpResponse:
    """Make a group."""
    _signed_in(request)
    own = queries.managed_by(request.actor)
    if not own:
        raise Denied(_("只有机构管理员能建立集团，请联系本机构管理员。"))
    form, title, back = GroupForm(own, posted(request)), _("建立集团"), reverse("groups")

    def act(lead: str, **given: Any) -> Group:
        return services.create_group(request.actor, next(one for one in own if one.uid == lead), **given)

    answer = acted(
        request,
        form,
        act,
        back=back,
        done=_("集团已建立，可以邀请成员了。"),
        onward=lambda group: reverse("group", args=[group.uid]),
    )
    return answer or _page(request, form, title, back)


def _page(request: ActorRequest, form: forms.Form, title: str, back: str, lead: str = "") -> HttpResponse:
    crumbs = [(_("工作台"), "/work/"), (_("集团"), reverse("groups")), (title, "")]
    context = {"title": title, "lead": lead, "back": back, "place": "workbench", "crumbs": crumbs}
    return page_of(request, form, "portal/group_form.html", context)


@require_safe
def group_page(request: ActorRequest, uid: str) -> HttpResponse:
    """The lead's page: each member with its figures, what waits and what is late, the latest reports, the totals."""
    group = _group(request, uid)
    if group.lead_id not in request.actor.all_organisations:
        return redirect("groups")
    now = timezone.now()
    members = sorted(group.members.all(), key=lambda one: one.name_zh)
    rows = standings(request.actor, members, now)
    total = Standing(None)
    for row in rows:
        total.add(row)
    keys = [one.pk for one in members]
    cases = late_and_waiting(request.actor, keys, now, SHOWN)
    acts_for = request.actor.organisations(*CLIENT_ROLES)
    return render(
        request,
        "portal/group.html",
        {
            "group": group,
            "rows": rows,
            "total": total,
            "cases": case_rows(cases, running_clocks(cases, now)),
            "reports": reports_of(request.actor, keys, SHOWN),
            "invited": list(group.invited.all()),
            "runs": group.lead_id in request.actor.organisations(Role.ADMINISTRATOR),
            "can_state": [one for one in members if one.pk in acts_for],
            "form": InviteForm(),
            "place": "workbench",
            "crumbs": [(_("工作台"), "/work/"), (_("集团"), reverse("groups")), (local(group), "")],
        },
    )


def _organisation(words: str) -> Organisation:
    """The one organisation that a credit code or a full name means. Raises Invalid."""
    standing, text = Organisation.objects.filter(merged_into=None), words.strip()
    found = list(standing.filter(uscc=text.upper())[:1]) or list(standing.filter(name_zh=text)[:2])
    if len(found) == 1:
        return found[0]
    near = [one.name_zh for one in found or queries.named(standing, text)[:5]]
    if near:
        raise Invalid.field("firm", filled(_("请填写信用代码或全称。相近的有：%(names)s。"), names=listed(near)))
    raise Invalid.field("firm", _("名录中没有这家机构，请核对信用代码或全称。"))


@require_POST
def group_invite(request: ActorRequest, uid: str) -> HttpResponse:
    """Invite an organisation by its credit code or name."""
    group = _group(request, uid)
    form, back = InviteForm(request.POST), reverse("group", args=[uid])

    def act(firm: str) -> Organisation:
        organisation = _organisation(firm)
        services.invite_to_group(request.actor, group, organisation=organisation)
        return organisation

    def invited(organisation: Organisation) -> str:
        return _("已邀请 %(name)s，对方管理员接受后成为成员。") % {"name": local(organisation)}

    answer = acted(request, form, act, back=back, done=invited)
    return answer or _page(request, form, _("邀请加入集团"), back, local(group))


def _party(request: ActorRequest, group: Group, other: str) -> Organisation:
    """A member of the group, or somebody invited. Raises NotFound."""
    known = Organisation.objects.filter(pk__in=[one.pk for one in (*group.members.all(), *group.invited.all())])
    return queries.by_uid(known, other)


@require_POST
def group_join(request: ActorRequest, uid: str, other: str) -> HttpResponse:
    """Accept an invitation for one's organisation."""
    group = _group(request, uid)
    party = _party(request, group, other)
    return pressed(
        request,
        lambda: services.join_group(request.actor, party, group=group),
        back=reverse("groups"),
        done=_("已加入集团。牵头机构的人员可以代办并查看本机构的业务。"),
    )


@require_http_methods(["GET", "POST"])
def group_part(request: ActorRequest, uid: str, other: str) -> HttpResponse:
    """Leave with the reason, or be removed by the lead; an invitation is declined or taken back in the same way."""
    group = _group(request, uid)
    party = _party(request, group, other)
    leads = group.lead_id in request.actor.organisations(Role.ADMINISTRATOR)
    back = reverse("group", args=[uid]) if leads else reverse("groups")

    if leads:
        act = partial(services.remove_from_group, request.actor, group, organisation=party)
    else:
        act = partial(services.leave_group, request.actor, party, group=group)
    form, title = PartForm(posted(request)), _("移出集团") if leads else _("退出集团")
    why_not = None if leads or party.pk in request.actor.organisations(Role.ADMINISTRATOR) else not_now(title)
    answer = acted(request, form, act, back=back, done=_("已办理，立即生效。"), why_not=why_not)
    return answer or _page(request, form, title, back, f"{local(group)} · {local(party)}")
