"""Regions as open data."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.opendata.declare import Column, Dataset, declare
from quanheng.kernel.region.models import Region

declare(
    Dataset(
        name="regions",
        model=Region,
        key="code",
        title=_("行政区划"),
        about=_("平台使用的省、市、县三级行政区划及其代码。"),
        source=_("GB/T 2260 及民政部公布的区划代码；每行注明来源与可信程度。"),
        columns=(
            Column("code", "text", _("GB/T 2260 六位代码；本行的键")),
            Column("name_zh", "text", _("名称")),
            Column("name_en", "text", _("英文名称")),
            Column("level", "text", _("级别：province 省级，city 地级，county 县级")),
            Column("parent", "text", _("上级区划的代码，省级为空"), path="parent_id"),
            Column("latitude", "number", _("中心点纬度，WGS 84"), unit="°"),
            Column("longitude", "number", _("中心点经度，WGS 84"), unit="°"),
            Column("source", "text", _("来源")),
            Column("confidence", "text", _("可信程度：confirmed、secondary、unconfirmed 或 platform")),
        ),
    )
)
