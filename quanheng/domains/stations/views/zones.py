"""Pages of a zone: its public face with its outcomes, its entry in the register, joining and leaving."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from quanheng.domains.services.across import kind_of
from quanheng.domains.stations import queries, services
from quanheng.domains.stations.forms import ConsentForm, FirmForm, ReasonForm, ZoneForm
from quanheng.domains.stations.models import Zone, ZoneMember, ZoneRelease
from quanheng.domains.stations.releasing import FEWEST
from quanheng.domains.stations.services.zones import OPERATOR, OWN
from quanheng.domains.stations.views.shared import form_page, must_sign_in, organisation_named, own
from quanheng.domains.stations.views.stations import registered
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import acted, not_now, posted, pressed
from quanheng.kernel.base.errors import Denied
from quanheng.kernel.base.html import local
from quanheng.kernel.base.lists import listed
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.parties.services.organisations import REGISTRARS
from quanheng.kernel.region.queries import region_by_code


def _crumbs(zone: Zone | None, *more: tuple[str, str]) -> list[tuple[str, str]]:
    crumbs = [(_("公共服务平台示范区"), reverse("zones"))]
    if zone is not None:
        crumbs.append((local(zone), reverse("stations:zone", args=[zone.uid]) if more else ""))
    return [*crumbs, *more]


_COUNTED = ("needs", "commissions", "reports", "gaps", "ratings")


def quarter_name(first: date) -> str:
    """A quarter as people read it."""
    return _("%(year)s 年第 %(quarter)s 季度") % {"year": first.year, "quarter": (first.month + 2) // 3}


def _runs(request: ActorRequest, zone: Zone) -> bool:
    return zone.operator_id in request.actor.organisations(Role.ADMINISTRATOR)


@require_safe
def zone_page(request: ActorRequest, uid: str) -> HttpResponse:
    """One zone: who is there, what is offered, what came of it; for those inside, the memberships and what waits."""
    page = queries.zone_page(request.actor, uid)
    zone, runs = page.zone, _runs(request, page.zone)
    in_or_on_the_way = {zone.operator_id, *(one.organisation_id for one in page.members)}
    could_join = [one for one in own(request.actor, Role.ADMINISTRATOR) if one.pk not in in_or_on_the_way]
    latest = next((one for one in page.releases if one.state == ZoneRelease.State.PUBLISHED), None)
    tiles = []
    if latest is not None:
        for kind in _COUNTED:
            url = reverse("stations:zone-records", args=[uid, kind]) if request.actor.signed_in else ""
            tiles.append((kind_of(kind).label, getattr(latest, kind), url))
    return render(
        request,
        "stations/zone.html",
        {
            "page_of": page,
            "zone": zone,
            "tiles": tiles,
            "fewest": FEWEST,
            "latest": latest,
            "quarters": [(one, quarter_name(one.quarter)) for one in page.releases],
            "quarter": quarter_name(latest.quarter) if latest else "",
            "runs": runs,
            "keeps": _keeps(request, zone),
            "members": [
                (one, OWN.allows(request.actor, one), OPERATOR.allows(request.actor, one)) for one in page.members
            ],
            "could_join": could_join if request.actor.signed_in else [],
            "invite": FirmForm() if runs else None,
            "crumbs": _crumbs(zone),
        },
    )


@require_safe
def zone_records(request: ActorRequest, uid: str, name: str) -> HttpResponse:
    """The rows behind a count, as far as the reader may see them."""
    must_sign_in(request)
    zone, kind = queries.zone_by_uid(request.actor, uid), kind_of(name)
    key = "case_id" if name in ("commissions", "reports") else "pk"
    found = listed(request, queries.records(request.actor, zone, name), key=key)
    context = {
        "zone": zone,
        "label": kind.label,
        "rows": [kind.show(row) for row in found["items"]],
        "page": found["page"],
        "crumbs": _crumbs(zone, (str(kind.label), "")),
    }
    return render(request, "stations/records.html", context)


@require_http_methods(["GET", "POST"])
def zone_new(request: ActorRequest) -> HttpResponse:
    """Enter a zone in the register."""
    must_sign_in(request)
    if not request.actor.regions(*REGISTRARS):
        raise Denied(_("示范区由市场监管部门登记，请联系当地市场监管局。"))
    form = ZoneForm(request.actor, None, posted(request))

    def act(region: str, operator: str, **given: Any) -> Zone:
        place = region_by_code(region)
        return services.register_zone(request.actor, place, operator=organisation_named("operator", operator), **given)

    title, back = _("登记示范区"), reverse("zones")
    if answer := acted(request, form, act, back=back, done=registered, onward=_address):
        return answer
    return form_page(request, form, {"title": title, "cancel": back, "crumbs": _crumbs(None, (title, ""))})


def _address(zone: Zone) -> str:
    return reverse("stations:zone", args=[zone.uid])


def _keeps(request: ActorRequest, zone: Zone) -> bool:
    return _runs(request, zone) or any(zone.region_code.startswith(one) for one in request.actor.regions(*REGISTRARS))


@require_http_methods(["GET", "POST"])
def zone_change(request: ActorRequest, uid: str) -> HttpResponse:
    """Change what a zone says of itself."""
    zone = queries.zone_by_uid(request.actor, uid)
    form, back, title = ZoneForm(request.actor, zone, posted(request)), _address(zone), _("变更示范区资料")
    act, why_not = partial(services.change_zone, request.actor, zone), None if _keeps(request, zone) else not_now(title)
    if answer := acted(request, form, act, back=back, done=_("已保存。"), why_not=why_not):
        return answer
    return form_page(request, form, {"title": title, "cancel": back, "crumbs": _crumbs(zone, (title, ""))})


@require_POST
def zone_invite(request: ActorRequest, uid: str) -> HttpResponse:
    """Invite an organisation by its credit code or name."""
    zone = queries.zone_by_uid(request.actor, uid)
    form, back, title = FirmForm(request.POST), _address(zone), _("邀请加入示范区")

    def act(firm: str) -> ZoneMember:
        organisation = organisation_named("firm", firm)
        return services.invite_to_zone(request.actor, zone, organisation=organisation)

    def invited(made: ZoneMember) -> str:
        return _("已邀请 %(name)s，对方接受后成为成员。") % {"name": local(made.organisation)}

    if answer := acted(request, form, act, back=back, done=invited):
        return answer
    return form_page(request, form, {"title": title, "cancel": back, "crumbs": _crumbs(zone, (title, ""))})


@require_POST
def zone_apply(request: ActorRequest, uid: str) -> HttpResponse:
    """Ask for one of the reader's organisations to be admitted."""
    zone = queries.zone_by_uid(request.actor, uid)
    wanted = request.POST.get("organisation", "")
    organisation = next((one for one in own(request.actor, Role.ADMINISTRATOR) if one.uid == wanted), None)
    if organisation is None:
        raise Denied(_("只有机构管理员能为本机构申请加入。"))
    named = bool(request.POST.get("named"))
    return pressed(
        request,
        lambda: services.ask_to_join(request.actor, organisation, zone=zone, named=named),
        back=_address(zone),
        done=_("已申请，运营机构同意后成为成员。"),
    )


@require_http_methods(["GET", "POST"])
def member_act(request: ActorRequest, uid: str, name: str) -> HttpResponse:
    """Admit, accept, change what may be seen, or part."""
    must_sign_in(request)
    member = queries.member_by_uid(request.actor, uid)
    back = _address(member.zone)
    if name == "admit":
        act = partial(services.admit_member, request.actor, member)
        return pressed(request, act, back=back, done=_("已同意加入。"))
    form: Any = ReasonForm(posted(request)) if name == "part" else ConsentForm(posted(request))
    form.initial = {} if name == "part" else {"named": member.named, "shown": member.shown}
    title, perform, states = _MEMBER[name]
    may = OWN.allows(request.actor, member) or (name == "part" and OPERATOR.allows(request.actor, member))
    why_not = None if may and member.state in states else not_now(title)
    answer = acted(
        request, form, partial(perform, request.actor, member), back=back, done=_("已保存。"), why_not=why_not
    )
    if answer:
        return answer
    context = {"title": title, "lead": local(member.organisation), "cancel": back, "danger": name == "part"}
    return form_page(request, form, {**context, "crumbs": _crumbs(member.zone, (title, ""))})


_STATE = ZoneMember.State
# What each act is called, what it does, and the memberships that it is possible for.
_MEMBER: dict[str, tuple[Any, Any, tuple[str, ...]]] = {
    "join": (gettext_lazy("接受示范区邀请"), services.join_zone, (_STATE.INVITED,)),
    "consent": (gettext_lazy("变更公开范围"), services.settle_consent, (_STATE.JOINED,)),
    "part": (gettext_lazy("退出或移出示范区"), services.part_from_zone, (_STATE.ASKED, _STATE.INVITED, _STATE.JOINED)),
}


@require_safe
def member_figures(request: ActorRequest, uid: str) -> HttpResponse:
    """One member's own figures, for itself and for the operator where the member allows it."""
    member: ZoneMember = queries.member_by_uid(request.actor, uid)
    figures = queries.own_figures(request.actor, member)
    tiles = [(kind_of(kind).label, getattr(figures, kind), "") for kind in _COUNTED]
    context = {"member": member, "tiles": tiles, "crumbs": _crumbs(member.zone, (local(member.organisation), ""))}
    return render(request, "stations/figures.html", context)
