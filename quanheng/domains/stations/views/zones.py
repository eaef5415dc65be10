"""Pages of a zone: its public face with its outcomes, its entry in the register, joining and leaving."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from quanheng.domains.services.across import kind_of
from quanheng.domains.stations import queries, services
from quanheng.domains.stations.forms import ConsentForm, FirmForm, ReasonForm, ZoneForm
from quanheng.domains.stations.models import Zone, ZoneMember, ZoneRelease
from quanheng.domains.stations.releasing import FEWEST
from quanheng.domains.stations.services.zones import OPERATOR, OWN
from quanheng.domains.stations.views.shared import asked, done, must_sign_in, organisation_named, own
from quanheng.kernel.base.api import ActorRequest
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
            "keeps": runs or any(zone.region_code.startswith(one) for one in request.actor.regions(*REGISTRARS)),
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
    form = ZoneForm(request.actor, None, request.POST if request.method == "POST" else None)

    def act(given: dict[str, Any]) -> str:
        region = region_by_code(given.pop("region"))
        operator = organisation_named("operator", given.pop("operator"))
        zone = services.register_zone(request.actor, region, operator=operator, **given)
        messages.success(request, _("已登记 %(name)s。") % {"name": local(zone)})
        return reverse("stations:zone", args=[zone.uid])

    title = _("登记示范区")
    context = {"title": title, "cancel": reverse("zones"), "crumbs": _crumbs(None, (title, ""))}
    return asked(request, form, act, context)


@require_http_methods(["GET", "POST"])
def zone_change(request: ActorRequest, uid: str) -> HttpResponse:
    """Change what a zone says of itself."""
    zone = queries.zone_by_uid(request.actor, uid)
    form = ZoneForm(request.actor, zone, request.POST if request.method == "POST" else None)
    back, title = reverse("stations:zone", args=[uid]), _("变更示范区资料")

    def act(given: dict[str, Any]) -> str:
        services.change_zone(request.actor, zone, **given)
        messages.success(request, _("已保存。"))
        return back

    return asked(request, form, act, {"title": title, "cancel": back, "crumbs": _crumbs(zone, (title, ""))})


@require_POST
def zone_invite(request: ActorRequest, uid: str) -> HttpResponse:
    """Invite an organisation by its credit code or name."""
    zone = queries.zone_by_uid(request.actor, uid)
    back, title = reverse("stations:zone", args=[uid]), _("邀请加入示范区")

    def act(given: dict[str, Any]) -> str:
        organisation = organisation_named("firm", given["firm"])
        services.invite_to_zone(request.actor, zone, organisation=organisation)
        messages.success(request, _("已邀请 %(name)s，对方接受后成为成员。") % {"name": local(organisation)})
        return back

    form = FirmForm(request.POST)
    return asked(request, form, act, {"title": title, "cancel": back, "crumbs": _crumbs(zone, (title, ""))})


@require_POST
def zone_apply(request: ActorRequest, uid: str) -> HttpResponse:
    """Ask for one of the reader's organisations to be admitted."""
    zone = queries.zone_by_uid(request.actor, uid)
    wanted = request.POST.get("organisation", "")
    organisation = next((one for one in own(request.actor, Role.ADMINISTRATOR) if one.uid == wanted), None)
    if organisation is None:
        raise Denied(_("只有机构管理员能为本机构申请加入。"))
    named = bool(request.POST.get("named"))
    done(
        request,
        lambda: services.ask_to_join(request.actor, organisation, zone=zone, named=named),
        _("已申请，运营机构同意后成为成员。"),
    )
    return redirect("stations:zone", uid=uid)


@require_http_methods(["GET", "POST"])
def member_act(request: ActorRequest, uid: str, name: str) -> HttpResponse:
    """Admit, accept, change what may be seen, or part."""
    must_sign_in(request)
    member = queries.member_by_uid(request.actor, uid)
    back = reverse("stations:zone", args=[member.zone.uid])
    if name == "admit":
        if request.method == "POST":
            done(request, lambda: services.admit_member(request.actor, member), _("已同意加入。"))
        return redirect(back)
    given = request.POST if request.method == "POST" else None
    form: Any = ReasonForm(given) if name == "part" else ConsentForm(given)
    form.initial = {} if name == "part" else {"named": member.named, "shown": member.shown}

    def act(filled: dict[str, Any]) -> str:
        _MEMBER[name][1](request.actor, member, **filled)
        messages.success(request, _("已保存。"))
        return back

    title = _MEMBER[name][0]()
    context = {"title": title, "lead": local(member.organisation), "cancel": back, "danger": name == "part"}
    return asked(request, form, act, {**context, "crumbs": _crumbs(member.zone, (title, ""))})


_MEMBER: dict[str, Any] = {
    "join": (lambda: _("接受示范区邀请"), services.join_zone),
    "consent": (lambda: _("变更公开范围"), services.settle_consent),
    "part": (lambda: _("退出或移出示范区"), services.part_from_zone),
}


@require_safe
def member_figures(request: ActorRequest, uid: str) -> HttpResponse:
    """One member's own figures, for itself and for the operator where the member allows it."""
    member: ZoneMember = queries.member_by_uid(request.actor, uid)
    figures = queries.own_figures(request.actor, member)
    tiles = [(kind_of(kind).label, getattr(figures, kind), "") for kind in _COUNTED]
    context = {"member": member, "tiles": tiles, "crumbs": _crumbs(member.zone, (local(member.organisation), ""))}
    return render(request, "stations/figures.html", context)
