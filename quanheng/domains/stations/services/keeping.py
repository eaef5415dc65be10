"""The register of stations: entered by whoever oversees the region, kept by the operator."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from operator import attrgetter
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.stations.models import Station, Zone
from quanheng.domains.stations.offers import joined
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.bulk import Unstorable, load
from quanheng.kernel.base.cells import Cells, once, read_rows, refuse
from quanheng.kernel.base.checks import need_reason
from quanheng.kernel.base.errors import Conflict, Invalid
from quanheng.kernel.base.grants import Holds, Oversees
from quanheng.kernel.base.texts import filled
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.parties.services.loading import REGISTRAR
from quanheng.kernel.parties.services.organisations import REGISTRARS
from quanheng.kernel.region.models import Region

KEEPS = Holds("operator", Role.ADMINISTRATOR) | Oversees("region_code", *REGISTRARS)
MAX_ROWS = 2000
_STORED = tuple(one.attname for one in Station._meta.concrete_fields if one.attname not in ("id", "created_at"))
_TEXTS = ("name_zh", "name_en", "address", "website", "hours", "phone")
_TAKEN = _("该区划已有同名站点，请换一个名称，或直接使用已登记的站点。")
# What its keepers may change; operator and region are those of another station.
CHANGEABLE = ("kind", "zone", "offers", "opened_on", "latitude", "longitude", *_TEXTS)


class StationReader:
    """Reads rows of stations: ``region`` a code, ``operator`` a credit code, ``zone`` a name, ``offers`` joined."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.regions = {one.code: one for one in Region.objects.all()}
        self.prefixes = actor.regions(*REGISTRARS)
        self.zones = {one.name_zh: one for one in Zone.objects.all()}
        self.operators: dict[str, Organisation] = {}
        self.taken: set[tuple[str, str]] = set()

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> Callable[[Cells], Station]:
        codes = {str(row.get("operator") or "").strip() for row in rows}
        self.operators |= {one.uscc: one for one in Organisation.objects.filter(uscc__in=codes, merged_into=None)}
        names = {str(row.get("name_zh") or "").strip() for row in rows}
        self.taken |= set(Station.objects.filter(name_zh__in=names).values_list("region_code", "name_zh"))
        return once("name_zh", self._read, lambda one: (one.region_code, one.name_zh))

    def _read(self, cells: Cells) -> Station:
        region = cells.known("region", self.regions)
        if region and not self.actor.system and not any(region.code.startswith(one) for one in self.prefixes):
            cells.wrong("region", _("该区划不在您的管辖范围内，请由当地或上级部门登记。"))
        station = Station(
            region=region,
            region_code=region.code if region else "",
            operator=cells.known("operator", self.operators),
            # Only the platform makes up stations; nobody's file can say so.
            synthetic=self.actor.system and bool(cells.row.get("synthetic")),
        )
        read_facts(station, cells, self.zones)
        if (station.region_code, station.name_zh) in self.taken:
            cells.wrong("name_zh", _TAKEN)
        return station


def read_facts(station: Station, cells: Cells, zones: Mapping[str, Zone]) -> None:
    """What a station says of itself, from cells; what is wrong stays in them."""
    for name, value in cells.texts(Station, *_TEXTS).items():
        setattr(station, name, value)
    station.kind = cells.choice("kind", Station.Kind.values)
    station.zone = cells.known("zone", zones, required=False)
    station.opened_on = cells.day("opened_on", required=True) or date.min
    station.latitude, station.longitude = cells.degrees("latitude", 90), cells.degrees("longitude", 180)
    if (station.latitude is None) != (station.longitude is None):
        cells.wrong("latitude", _("纬度和经度须同时填写或同时留空。"))
    if station.website and not _is_address(station.website):
        cells.wrong("website", _("请填写以 https:// 或 http:// 开头的网址。"))
    if station.kind == Station.Kind.ONLINE and not station.website:
        cells.wrong("website", _("线上平台须填写网址。"))
    if station.kind == Station.Kind.PHYSICAL and not station.address:
        cells.wrong("address", _("实体站点须填写地址，企业才能找到。"))
    try:
        station.offers = joined(cells.many("offers"))
    except Invalid as wrong:
        cells.wrong("offers", wrong.errors[0].message)
    else:
        if not station.offers:
            cells.wrong("offers", _("请至少选择一项服务内容。"))


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(one.isspace() for one in text)


def _row(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as a row of a file states them."""
    row = {name: "" if value is None else value for name, value in facts.items()}
    if "offers" in row and not isinstance(row["offers"], str):
        row["offers"] = ";".join(row["offers"])
    return row


@act("stations.station.register", on=Region, label=_("登记服务站点"), may=Oversees("code", *REGISTRARS))
def register_station(actor: Actor, region: Region, *, operator: Organisation, **facts: Any) -> Station:
    """Enter a station of a region: ``CHANGEABLE`` facts, ``zone`` by its name. Raises Invalid by field."""
    row = {**_row(facts), "region": region.code, "operator": operator.uscc}
    cells = Cells(row)
    station = StationReader(actor)([row])(cells)
    refuse(cells.errors)
    _store(station)
    return station


def _store(station: Station) -> None:
    try:
        with transaction.atomic():
            station.save()
    except IntegrityError:
        raise Invalid.field("name_zh", _TAKEN) from None


@act("stations.station.load", on=Organisation, label=_("批量登记服务站点"), may=REGISTRAR)
def load_stations(actor: Actor, registrar: Organisation, *, rows: Iterable[Mapping[str, Any]]) -> Organisation:
    """Enter many stations of the registrar's region, all or none, under one entry. Raises Invalid by row."""
    given = list(rows)
    if len(given) > MAX_ROWS:
        raise Invalid(filled(_("一次最多登记 %(limit)s 行，请分批。"), limit=MAX_ROWS))
    made = read_rows(given, StationReader(actor)(given))
    try:
        load(Station, _STORED, map(attrgetter(*_STORED), made))
    except Unstorable:
        raise Invalid(_("文件中有站点刚刚被他人登记，请重新检查。")) from None
    names = hashlib.sha256("\n".join(one.name_zh for one in made).encode())
    remark(stations=len(made), sha256=names.hexdigest())
    return registrar


@act("stations.station.change", on=Station, label=_("变更站点资料"), may=KEEPS, tells=("operator",))
def change_station(actor: Actor, station: Station, *, reason: str, **facts: Any) -> Station:
    """Change what a station says of itself (``CHANGEABLE``), with the reason. Others are kept as they are."""
    need_reason(reason)
    for name in facts:
        if name not in CHANGEABLE:
            raise Invalid.field(name, _("该项不能变更；运营机构或区划不同的，请停办后另行登记。"))
    kept = {name: getattr(station, name) for name in CHANGEABLE}
    kept |= {"zone": station.zone.name_zh if station.zone else "", "offers": station.offers.split()}
    cells = Cells(_row({**kept, **facts}))
    read_facts(station, cells, {one.name_zh: one for one in Zone.objects.all()})
    if station.closed_on and station.opened_on > station.closed_on:
        cells.wrong("opened_on", _("开通日期晚于停办日期，请核对。"))
    refuse(cells.errors)
    _store(station)
    return station


@act("stations.station.close", on=Station, label=_("停办站点"), may=KEEPS, tells=("operator",))
def close_station(actor: Actor, station: Station, *, reason: str, on: date | None = None) -> Station:
    """No visit is recorded from that day on (today where none is named); the reason is public."""
    reason = need_reason(reason)
    day = on or timezone.localdate()
    if station.closed_on is not None:
        raise Conflict(filled(_("该站点已于 %(day)s 停办。"), day=station.closed_on))
    if not station.opened_on <= day <= timezone.localdate():
        raise Invalid.field("on", _("停办日期须在开通日期之后、今天或以前。"))
    station.closed_on, station.closing_reason = day, reason
    station.save(update_fields=["closed_on", "closing_reason"])
    return station


@act("stations.station.reopen", on=Station, label=_("恢复站点"), may=KEEPS, tells=("operator",))
def reopen_station(actor: Actor, station: Station, *, reason: str) -> Station:
    """A closed station serves again, with the reason."""
    need_reason(reason)
    if station.closed_on is None:
        raise Conflict(_("该站点正在服务，无需恢复。"))
    station.closed_on, station.closing_reason = None, ""
    station.save(update_fields=["closed_on", "closing_reason"])
    return station
