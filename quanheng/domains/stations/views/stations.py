"""Pages of a station: its public face, its entry in the register, its closing, and mandates given to it."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from quanheng.domains.stations import queries, services
from quanheng.domains.stations.forms import CloseForm, MandateForm, ReasonForm, StaffForm, StationForm
from quanheng.domains.stations.models import Station
from quanheng.domains.stations.offers import named
from quanheng.domains.stations.registry import standing
from quanheng.domains.stations.services.keeping import KEEPS
from quanheng.domains.stations.views.shared import form_page, must_sign_in, organisation_named, own
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import acted, not_now, page_of, posted
from quanheng.kernel.base.errors import Denied
from quanheng.kernel.base.html import local
from quanheng.kernel.parties.roles import CLIENT_ROLES, Role
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
    return queries.acts_for(request.actor, station)


def _administers(request: ActorRequest, station: Station) -> bool:
    return station.operator_id in request.actor.organisations(Role.ADMINISTRATOR)


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
            "people": queries.staff_of(request.actor, station) if request.actor.signed_in else [],
            "staffs": _administers(request, station),
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
    form = StationForm(request.actor, None, posted(request))

    def act(region: str, operator: str, **given: Any) -> Station:
        place = region_by_code(region)
        return services.register_station(
            request.actor, place, operator=organisation_named("operator", operator), **given
        )

    title, back = _("登记服务站点"), reverse("stations")
    if answer := acted(request, form, act, back=back, done=registered, onward=_address):
        return answer
    context = {"title": title, "cancel": back, "crumbs": station_crumbs(None, (title, ""))}
    return form_page(request, form, context)


def registered(row: Any) -> str:
    """That something is in the register now."""
    return _("已登记 %(name)s。") % {"name": local(row)}


def _address(station: Station) -> str:
    return reverse("stations:station", args=[station.uid])


def _kept(
    request: ActorRequest, station: Station, form: Any, title: str, act: Any, *, possible: bool = True, **more: Any
) -> HttpResponse:
    """A form for whoever keeps a station's entry, that leads back to it."""
    back, done = _address(station), _("已办理：%(act)s。") % {"act": title}
    why_not = None if possible and KEEPS.allows(request.actor, station) else not_now(title)
    if answer := acted(request, form, partial(act, request.actor, station), back=back, done=done, why_not=why_not):
        return answer
    context = {"title": title, "lead": local(station), "cancel": back, "crumbs": station_crumbs(station, (title, ""))}
    return form_page(request, form, {**context, **more})


@require_http_methods(["GET", "POST"])
def station_change(request: ActorRequest, uid: str) -> HttpResponse:
    """Change what a station says of itself."""
    station = queries.station_by_uid(request.actor, uid)
    form = StationForm(request.actor, station, posted(request))
    return _kept(request, station, form, _("变更站点资料"), services.change_station)


@require_http_methods(["GET", "POST"])
def station_close(request: ActorRequest, uid: str) -> HttpResponse:
    """Close a station, from a day and with the reason."""
    station = queries.station_by_uid(request.actor, uid)
    form = CloseForm(posted(request))
    form.initial = {"on": timezone.localdate()}
    possible = station.closed_on is None
    return _kept(request, station, form, _("停办站点"), services.close_station, possible=possible, danger=True)


@require_http_methods(["GET", "POST"])
def station_reopen(request: ActorRequest, uid: str) -> HttpResponse:
    """Let a closed station serve again."""
    station = queries.station_by_uid(request.actor, uid)
    form, possible = ReasonForm(posted(request)), station.closed_on is not None
    return _kept(request, station, form, _("恢复站点"), services.reopen_station, possible=possible)


@require_http_methods(["GET", "POST"])
def station_staff(request: ActorRequest, uid: str) -> HttpResponse:
    """Who works at a station, now and before; the operator's administrator assigns and ends."""
    must_sign_in(request)
    station = queries.station_by_uid(request.actor, uid)
    assigns = _administers(request, station)
    rows = list(queries.staff(request.actor).filter(station=station)[:300])
    if not rows and not assigns:
        raise Denied(_("站点人员由运营机构安排，只有运营机构和主管部门能查看名单。"))
    people = queries.assignable(station) if assigns else []
    form = StaffForm(people, posted(request))

    def act(person: str, **filled: Any) -> Any:
        chosen = next(one for one in people if one.uid == person)
        return services.assign_staff(request.actor, station, person=chosen, **filled)

    def assigned(made: Any) -> str:
        return _("已安排 %(name)s，对方会收到通知。") % {"name": local(made.person)}

    if answer := acted(request, form, act, back=reverse("stations:station-staff", args=[uid]), done=assigned):
        return answer
    today = timezone.localdate()
    title = _("站点人员")
    context = {
        "title": title,
        "station": station,
        "rows": [(one, one.in_force_on(today), one.valid_from > today) for one in rows],
        "assigns": assigns and station.closed_on is None,
        "place": "workbench",
        "crumbs": station_crumbs(station, (title, "")),
    }
    return page_of(request, form, "stations/staff.html", context)


@require_http_methods(["GET", "POST"])
def staff_end(request: ActorRequest, uid: str) -> HttpResponse:
    """Somebody stops working at a station."""
    must_sign_in(request)
    staff = queries.staff_by_uid(request.actor, uid)
    form, title = ReasonForm(posted(request)), _("结束站点岗位")
    back = reverse("stations:station-staff", args=[staff.station.uid])
    act, done = partial(services.end_staff, request.actor, staff), _("岗位已结束，立即生效。")
    why_not = None if _administers(request, staff.station) else not_now(title)
    if answer := acted(request, form, act, back=back, done=done, why_not=why_not):
        return answer
    lead = f"{local(staff.station)} · {local(staff.person)} · {staff.get_role_display()}"
    crumbs = station_crumbs(staff.station, (_("站点人员"), back), (title, ""))
    context = {"title": title, "lead": lead, "cancel": back, "danger": True, "crumbs": crumbs}
    return form_page(request, form, context)


@require_http_methods(["GET", "POST"])
def mandate_give(request: ActorRequest, uid: str) -> HttpResponse:
    """A firm lets a station act for it."""
    must_sign_in(request)
    station = queries.station_by_uid(request.actor, uid)
    clients = own(request.actor, *CLIENT_ROLES)
    form = MandateForm(clients, posted(request))
    form.initial = {"client": request.GET.get("client", "")}

    def act(client: str, valid_until: date) -> Any:
        firm = next(one for one in clients if one.uid == client)
        return services.give_mandate(request.actor, firm, station=station, valid_until=valid_until)

    title = _("授权站点代办")
    answer = acted(
        request,
        form,
        act,
        back=_address(station),
        done=_("已授权。站点代办的每一件事都会通知您。"),
        why_not=None if clients else not_now(title),
        onward=lambda mandate: reverse("stations:mandate", args=[mandate.uid]),
    )
    if answer:
        return answer
    context = {
        "title": title,
        "lead": local(station),
        "note": _("站点可以代您提出需求、生成方案；确认方案、下达委托只能由您自己办理。您可以随时终止授权。"),
        "cancel": reverse("stations:station", args=[uid]),
        "crumbs": station_crumbs(station, (title, "")),
    }
    return form_page(request, form, context)
