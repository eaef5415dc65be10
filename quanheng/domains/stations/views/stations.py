"""Pages of a station: its public face, its entry in the register, its closing, and mandates given to it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from quanheng.domains.stations import queries, services
from quanheng.domains.stations.forms import CloseForm, MandateForm, ReasonForm, StationForm
from quanheng.domains.stations.models import Station
from quanheng.domains.stations.offers import named
from quanheng.domains.stations.registry import standing
from quanheng.domains.stations.services.keeping import KEEPS
from quanheng.domains.stations.views.shared import asked, must_sign_in, organisation_named, own
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.errors import Denied
from quanheng.kernel.base.html import local
from quanheng.kernel.parties.roles import CLIENT_ROLES
from quanheng.kernel.parties.services.organisations import REGISTRARS
from quanheng.kernel.region.queries import region_by_code


def station_crumbs(station: Station | None, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a station's pages."""
    crumbs = [(_("“一站式”服务站点"), reverse("stations"))]
    if station is not None:
        crumbs.append((local(station), reverse("stations:station", args=[station.uid]) if more else ""))
    return [*crumbs, *more]


def works_at(request: ActorRequest, station: Station) -> bool:
    """Whether the reader stands at the station's counter; services ask again."""
    return station.operator_id in request.actor.organisations(*CLIENT_ROLES)


def bookings_of(request: ActorRequest, station: Station) -> list[tuple[Any, list[Any]]]:
    """The station's people with their roles, for those who may see them."""
    people: dict[Any, list[Any]] = {}
    for post in queries.staff_of(request.actor, station):
        people.setdefault(post.person, []).append(post.get_role_display())
    return list(people.items())


@require_safe
def station_page(request: ActorRequest, uid: str) -> HttpResponse:
    """One station: where, when, what for, and how satisfied those were who came."""
    station = queries.station_by_uid(request.actor, uid)
    works = works_at(request, station)
    clients = [one for one in own(request.actor, *CLIENT_ROLES) if one.pk != station.operator_id]
    visits = queries.visits(request.actor).filter(station=station) if request.actor.signed_in else None
    return render(
        request,
        "stations/station.html",
        {
            "station": station,
            "standing": standing(station),
            "offers": named(station.offers),
            "works": works,
            "keeps": KEEPS.allows(request.actor, station),
            "people": bookings_of(request, station),
            "visits": list(visits[:10]) if visits is not None else [],
            "clients": clients,
            "mandates": list(queries.mandates(request.actor).filter(station=station).exclude(state="ended")[:20])
            if request.actor.signed_in
            else [],
            "crumbs": station_crumbs(station),
        },
    )


@require_http_methods(["GET", "POST"])
def station_new(request: ActorRequest) -> HttpResponse:
    """Enter a station in the register."""
    must_sign_in(request)
    if not request.actor.regions(*REGISTRARS):
        raise Denied(_("服务站点由市场监管部门登记，请联系当地市场监管局。"))
    form = StationForm(request.actor, None, request.POST if request.method == "POST" else None)

    def act(given: dict[str, Any]) -> str:
        region = region_by_code(given.pop("region"))
        operator = organisation_named("operator", given.pop("operator"))
        station = services.register_station(request.actor, region, operator=operator, **given)
        messages.success(request, _("已登记 %(name)s。") % {"name": local(station)})
        return reverse("stations:station", args=[station.uid])

    title = _("登记服务站点")
    context = {"title": title, "cancel": reverse("stations"), "crumbs": station_crumbs(None, (title, ""))}
    return asked(request, form, act, context)


def _on(request: ActorRequest, station: Station, form: Any, title: str, act: Any, **more: Any) -> HttpResponse:
    """A form about one station that leads back to it."""
    back = reverse("stations:station", args=[station.uid])

    def perform(given: dict[str, Any]) -> str:
        act(given)
        messages.success(request, _("已办理：%(act)s。") % {"act": title})
        return back

    context = {"title": title, "lead": local(station), "cancel": back, "crumbs": station_crumbs(station, (title, ""))}
    return asked(request, form, perform, {**context, **more})


@require_http_methods(["GET", "POST"])
def station_change(request: ActorRequest, uid: str) -> HttpResponse:
    """Change what a station says of itself."""
    station = queries.station_by_uid(request.actor, uid)
    form = StationForm(request.actor, station, request.POST if request.method == "POST" else None)

    def act(given: dict[str, Any]) -> None:
        services.change_station(request.actor, station, **given)

    return _on(request, station, form, _("变更站点资料"), act)


@require_http_methods(["GET", "POST"])
def station_close(request: ActorRequest, uid: str) -> HttpResponse:
    """Close a station, from a day and with the reason."""
    station = queries.station_by_uid(request.actor, uid)
    form = CloseForm(request.POST if request.method == "POST" else None)
    form.initial = {"on": timezone.localdate()}

    def act(given: dict[str, Any]) -> None:
        services.close_station(request.actor, station, **given)

    return _on(request, station, form, _("停办站点"), act, danger=True)


@require_http_methods(["GET", "POST"])
def station_reopen(request: ActorRequest, uid: str) -> HttpResponse:
    """Let a closed station serve again."""
    station = queries.station_by_uid(request.actor, uid)
    form = ReasonForm(request.POST if request.method == "POST" else None)

    def act(given: dict[str, Any]) -> None:
        services.reopen_station(request.actor, station, **given)

    return _on(request, station, form, _("恢复站点"), act)


@require_http_methods(["GET", "POST"])
def mandate_give(request: ActorRequest, uid: str) -> HttpResponse:
    """A firm lets a station act for it."""
    must_sign_in(request)
    station = queries.station_by_uid(request.actor, uid)
    clients = own(request.actor, *CLIENT_ROLES)
    form = MandateForm(clients, request.POST if request.method == "POST" else None)
    form.initial = {"client": request.GET.get("client", "")}

    def act(given: dict[str, Any]) -> str:
        client = next(one for one in clients if one.uid == given["client"])
        mandate = services.give_mandate(request.actor, client, station=station, valid_until=given["valid_until"])
        messages.success(request, _("已授权。站点代办的每一件事都会通知您。"))
        return reverse("stations:mandate", args=[mandate.uid])

    title = _("授权站点代办")
    context = {
        "title": title,
        "lead": local(station),
        "note": _("站点可以代您提出需求、生成方案；确认方案、下达委托只能由您自己办理。您可以随时终止授权。"),
        "cancel": reverse("stations:station", args=[uid]),
        "crumbs": station_crumbs(station, (title, "")),
    }
    return asked(request, form, act, context)
