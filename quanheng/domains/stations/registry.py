"""The registers of stations, of visits to them, of mandates given to them, and of zones."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from quanheng.domains.stations import queries
from quanheng.domains.stations.models import Contest, Mandate, Station, Visit, Zone
from quanheng.domains.stations.offers import named, offer_choices, offers
from quanheng.domains.stations.process import CONTEST
from quanheng.kernel.base.days import today
from quanheng.kernel.base.html import badge, deadline, last_moment, local
from quanheng.kernel.cases.head import badge_of
from quanheng.kernel.parties.services.organisations import REGISTRARS
from quanheng.kernel.registers.declare import Column, Register, register
from quanheng.kernel.registers.narrowing import in_region, meaning, one_of, words


def standing(row: Station) -> tuple[Any, str]:
    """Whether a station serves, as a word and a shape."""
    if row.closed_on is not None:
        return _("已停办"), "ended"
    return (_("尚未开通"), "idle") if row.opened_on > today() else (_("服务中"), "ok")


def _serving(value: str) -> Q:
    return Q(closed_on__isnull=value == "open")


def may_register(request: Any) -> dict[str, Any]:
    """Whether the reader enters stations and zones: whoever oversees a region."""
    return {"may_register": bool(request.actor.regions(*REGISTRARS))}


def around(request: Any) -> dict[str, Any]:
    """Beside the stations of a district, those nearest to it: the next may be across its border."""
    return {**may_register(request), "nearest": queries.nearest(request.actor, request.GET.get("region", "")[:6])}


def mean(row: Any) -> str:
    """The mean of the ratings to one digit."""
    return f"{row.mean_stars:.1f}" if row.mean_stars is not None else ""


register(
    Register(
        "stations",
        title=_("“一站式”服务站点"),
        lead=_("就近找到质量基础设施服务站点：能办什么、在哪里、几点开门，以及来访企业是否满意。"),
        path="/stations/",
        model=Station,
        icon="map-pin",
        rows=queries.stations,
        template="stations/stations.html",
        extra=around,
        search=words("name_zh", "name_en", "address", "operator__name_zh"),
        search_label=_("名称、地址或运营机构"),
        url=lambda row: f"/stations/{row.uid}/",
        importing="stations",
        columns=(
            Column("name", _("名称"), lambda row: row.name_zh, text=local, sort="name_zh"),
            Column("name_en", _("英文名称"), lambda row: row.name_en, hidden=True),
            Column("kind", _("形式"), lambda row: row.kind, text=lambda row: row.get_kind_display()),
            Column("region", _("所在区划"), lambda row: row.region_code, text=lambda row: local(row.region)),
            Column("address", _("地址"), lambda row: row.address or row.website),
            Column(
                "offers",
                _("服务内容"),
                lambda row: row.offers.split(),
                text=lambda row: "; ".join(map(str, named(row.offers))),
                kind=list[str],
                hidden=True,
            ),
            Column("hours", _("服务时间"), lambda row: row.hours, hidden=True),
            Column("phone", _("联系电话"), lambda row: row.phone),
            Column("operator", _("运营机构"), lambda row: row.operator.uid, text=lambda row: local(row.operator)),
            Column(
                "zone",
                _("所在示范区"),
                lambda row: row.zone.uid if row.zone else "",
                text=lambda row: local(row.zone) if row.zone else "",
                hidden=True,
            ),
            Column("staff", _("站点人员"), lambda row: row.staff_count, kind=int, number=True, hidden=True),
            Column("visits", _("来访"), lambda row: row.visit_count, kind=int, number=True),
            Column("on_behalf", _("代办"), lambda row: row.behalf_count, kind=int, number=True),
            Column("satisfaction", _("满意度"), mean, number=True),
            Column("ratings", _("评价数"), lambda row: row.rating_count, kind=int, number=True, hidden=True),
            Column("opened_on", _("开通日期"), lambda row: row.opened_on, kind=date, sort="opened_on", hidden=True),
            Column("closed_on", _("停办日期"), lambda row: row.closed_on, kind=date, hidden=True),
            Column(
                "status",
                _("状态"),
                lambda row: "closed" if row.closed_on else "open",
                text=lambda row: standing(row)[0],
                show=lambda row: badge(*standing(row)),
            ),
        ),
        filters=(
            in_region(),
            meaning("offer", _("服务内容"), offer_choices(), lambda code: Q(offers__contains=f" {code} ")),
            one_of("kind", _("形式"), Station.Kind.choices),
            meaning("status", _("状态"), [("open", _("服务中")), ("closed", _("已停办"))], _serving),
        ),
    )
)

TONES = {"open": "wait", "answered": "info", "closed": "ok"}


def visitor(row: Visit) -> str:
    """The firm as people call it."""
    return local(row.client) if row.client else row.client_name


def topic(row: Visit) -> Any:
    return offers()[row.topic].label if row.topic in offers() else row.topic


register(
    Register(
        "visits",
        title=_("来访台账"),
        lead=_("企业到站、来电、线上与上门的每一次服务：问了什么、怎样答复、代办了什么、是否满意。"),
        path="/visits/",
        model=Visit,
        icon="list-checks",
        rows=queries.visits,
        signed_in=True,
        search=words("client__name_zh", "client_name", "question"),
        search_label=_("企业或内容"),
        url=lambda row: f"/visits/{row.uid}/",
        columns=(
            Column("firm", _("企业"), lambda row: row.client.uid if row.client else row.client_name, text=visitor),
            Column("station", _("服务站点"), lambda row: row.station.uid, text=lambda row: local(row.station)),
            Column("visited_on", _("来访日期"), lambda row: row.visited_on, kind=date, sort="visited_on"),
            Column("channel", _("方式"), lambda row: row.channel, text=lambda row: row.get_channel_display()),
            Column("topic", _("事项"), lambda row: row.topic, text=topic),
            Column(
                "question", _("咨询内容"), lambda row: row.question, text=lambda row: row.question[:60], hidden=True
            ),
            Column("on_behalf", _("代办"), lambda row: row.need_id is not None, kind=bool),
            Column("stars", _("满意度"), lambda row: row.stars, kind=int, number=True),
            Column(
                "state",
                _("状态"),
                lambda row: row.state,
                text=lambda row: row.get_state_display(),
                show=lambda row: badge(row.get_state_display(), TONES[row.state]),
            ),
            Column(
                "standing",
                _("记录效力"),
                lambda row: row.standing,
                text=lambda row: row.get_standing_display(),
                show=lambda row: badge(*visit_standing(row)),
                hidden=True,
            ),
        ),
        filters=(
            one_of("state", _("状态"), Visit.State.choices),
            one_of("standing", _("记录效力"), Visit.Standing.choices),
            one_of("channel", _("方式"), Visit.Channel.choices),
            one_of("topic", _("事项"), offer_choices()),
            meaning(
                "on_behalf", _("代办"), [("yes", _("有代办")), ("no", _("无代办"))], lambda v: Q(need__isnull=v == "no")
            ),
            in_region("station__region_code"),
        ),
    )
)


STANDINGS = {"counts": "ok", "contested": "wait", "struck": "ended"}


def visit_standing(row: Visit) -> tuple[Any, str]:
    """Whether a record counts, as a word and a shape."""
    return row.get_standing_display(), STANDINGS[row.standing]


def _state_shown(row: Contest) -> Any:
    state = badge_of(row.case)
    return badge(state["label"], state["tone"])


def _until(row: Contest) -> str:
    return last_moment(row.case.due_at) if row.case.due_at else ""


def _until_shown(row: Contest) -> Any:
    return deadline(row.case.due_at) if row.case.due_at else "—"


def mandate_standing(row: Mandate) -> tuple[Any, str]:
    """A mandate's state of today: one that has run out is no longer in force, whatever its row says."""
    if row.state == Mandate.State.GIVEN:
        return (_("授权有效"), "ok") if row.in_force else (_("已到期"), "ended")
    return row.get_state_display(), "wait" if row.state == Mandate.State.ASKED else "ended"


register(
    Register(
        "mandates",
        title=_("代办授权"),
        lead=_("哪家企业授权哪个站点代为提出需求、生成方案，到何时为止。确认方案始终由企业自己办理。"),
        path="/mandates/",
        model=Mandate,
        icon="shield-check",
        rows=queries.mandates,
        signed_in=True,
        search=words("client__name_zh", "station__name_zh"),
        search_label=_("企业或站点"),
        url=lambda row: f"/mandates/{row.uid}/",
        columns=(
            Column("client", _("企业"), lambda row: row.client.uid, text=lambda row: local(row.client)),
            Column("station", _("服务站点"), lambda row: row.station.uid, text=lambda row: local(row.station)),
            Column("given_at", _("授权时间"), lambda row: row.given_at.date() if row.given_at else None, kind=date),
            Column("valid_until", _("有效期至"), lambda row: row.valid_until, kind=date),
            Column(
                "state",
                _("状态"),
                lambda row: row.state,
                text=lambda row: mandate_standing(row)[0],
                show=lambda row: badge(*mandate_standing(row)),
            ),
        ),
        filters=(one_of("state", _("状态"), Mandate.State.choices), in_region("station__region_code")),
    )
)

register(
    Register(
        "visit-contests",
        title=_("来访异议"),
        lead=_("企业对以其名义登记的来访提出的异议：双方和裁定机构看到自己的，主管部门看到本辖区的。"),
        path="/visit-contests/",
        model=Contest,
        icon="triangle-alert",
        rows=queries.contests,
        url=lambda row: CONTEST.path.format(uid=row.case.uid),
        sub=lambda row: row.case.number,
        signed_in=True,
        search=words("case__number", "case__title"),
        search_label=_("编号或站点名称"),
        columns=(
            Column("station", _("服务站点"), lambda row: row.visit.station.uid, text=lambda r: local(r.visit.station)),
            Column("client", _("企业"), lambda row: row.case.client.uid, text=lambda row: local(row.case.client)),
            Column("ground", _("异议"), lambda row: row.ground, text=lambda row: row.get_ground_display()),
            Column(
                "state",
                _("状态"),
                lambda row: row.case.state,
                text=lambda row: CONTEST.by_state[row.case.state].label,
                show=_state_shown,
            ),
            Column("opened_at", _("提出时间"), lambda row: row.case.opened_at, kind=datetime),
            Column("due_at", _("期限"), lambda row: row.case.due_at, text=_until, show=_until_shown, kind=datetime),
            Column("visit", _("来访"), lambda row: row.visit.uid, hidden=True),
            Column("closed_at", _("办结时间"), lambda row: row.case.closed_at, kind=datetime, hidden=True),
        ),
        filters=(
            one_of("state", _("状态"), [(one.name, one.label) for one in CONTEST.states], path="case__state"),
            one_of("ground", _("异议"), Contest.Ground.choices),
            in_region("visit__station__region_code"),
        ),
    )
)

register(
    Register(
        "zones",
        title=_("公共服务平台示范区"),
        lead=_("检验检测认证公共服务平台示范区与园区：成员、进驻机构、服务站点，以及从记录算出的成效。"),
        path="/zones/",
        model=Zone,
        icon="building-2",
        rows=queries.zones,
        template="stations/zones.html",
        extra=may_register,
        search=words("name_zh", "name_en", "address", "operator__name_zh"),
        search_label=_("名称、地址或运营机构"),
        url=lambda row: f"/zones/{row.uid}/",
        columns=(
            Column("name", _("名称"), lambda row: row.name_zh, text=local, sort="name_zh"),
            Column("region", _("所在区划"), lambda row: row.region_code, text=lambda row: local(row.region)),
            Column("address", _("地址"), lambda row: row.address, hidden=True),
            Column("operator", _("运营机构"), lambda row: row.operator.uid, text=lambda row: local(row.operator)),
            Column("hectares", _("面积（公顷）"), lambda row: row.hectares, kind=int, number=True),
            Column("members", _("成员"), lambda row: row.member_count, kind=int, number=True),
            Column("stations", _("服务站点"), lambda row: row.station_count, kind=int, number=True),
        ),
        filters=(in_region(),),
    )
)
