"""Bringing stations in from a file: a registrar's list of the stations of its region."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from quanheng.domains.stations.models import Station
from quanheng.domains.stations.offers import offer_choices
from quanheng.domains.stations.services.keeping import MAX_ROWS, StationReader, load_stations
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.imports.kinds import ImportColumn, ImportKind, Made, Reader, Row, register
from quanheng.kernel.imports.storing import last_key, made_since
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.services.loading import REGISTRAR

Column = ImportColumn

COLUMNS = (
    Column(
        "name_zh",
        _("站点名称"),
        required=True,
        example="示例区质量基础设施一站式服务站",
        synonyms=("名称", "服务站点", "站点", "name", "station"),
    ),
    Column("name_en", _("英文名称"), synonyms=("english name", "name (english)")),
    Column(
        "kind",
        _("站点形式"),
        required=True,
        example="实体站点",
        choices=tuple(Station.Kind.choices),
        synonyms=("形式", "类型", "type"),
    ),
    Column(
        "operator",
        _("运营机构信用代码"),
        required=True,
        example="91120116MA0000001X",
        help=_("运营机构须先登记。"),
        synonyms=("运营机构", "统一社会信用代码", "信用代码", "依托单位", "operator credit code"),
    ),
    Column(
        "region",
        _("区划代码"),
        required=True,
        example="120116",
        help=_("GB/T 2260 六位代码，如 120116。"),
        synonyms=("行政区划", "行政区划代码", "所在区划", "地区", "region code"),
    ),
    Column("zone", _("所在示范区"), help=_("示范区须先登记；填写其名称。"), synonyms=("示范区", "园区", "park")),
    Column("address", _("地址"), example="示例路 1 号", synonyms=("站点地址", "详细地址")),
    Column("latitude", _("纬度"), help=_("WGS 84 十进制度数，与经度同填或同空。"), synonyms=("lat",)),
    Column("longitude", _("经度"), help=_("WGS 84 十进制度数，与纬度同填或同空。"), synonyms=("lon", "lng")),
    Column("website", _("网址"), help=_("线上平台必填。"), synonyms=("网站", "url", "web")),
    Column("hours", _("服务时间"), example="工作日 9:00–17:00", synonyms=("办公时间", "开放时间", "opening hours")),
    Column("phone", _("联系电话"), synonyms=("电话", "联系方式", "telephone")),
    Column(
        "offers",
        _("服务内容"),
        required=True,
        example="质量技术咨询;检验检测受理",
        kind="many",
        choices=tuple(offer_choices()),
        help=_("多项用分号隔开。"),
        synonyms=("服务项目", "services"),
    ),
    Column(
        "opened_on", _("开通日期"), required=True, example="2026-01-31", kind="date", synonyms=("设立日期", "opened")
    ),
)


def _check(actor: Actor, owner: Organisation | None) -> Reader:
    return StationReader(actor)


def _commit(actor: Actor, owner: Organisation, rows: Sequence[Row]) -> list[Made]:
    since = last_key(Station)
    load_stations(actor, owner, rows=rows)
    return [made_since(Station, since, name_zh__in=[row["name_zh"].strip() for row in rows])]


STATIONS = register(
    ImportKind(
        name="stations",
        label=_("服务站点"),
        help=_("管辖区划内的“一站式”服务站点，由登记机关登记。"),
        model=Station,
        columns=COLUMNS,
        check=_check,
        commit=_commit,
        may=REGISTRAR,
        max_rows=MAX_ROWS,
        link=lambda owner: "/stations/",
    )
)
