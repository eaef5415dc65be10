"""The register of missing capacity: what enterprises needed and nobody here can do."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from quanheng.domains.services import queries
from quanheng.domains.services.models import Gap
from quanheng.kernel.base.html import badge, local
from quanheng.kernel.competence.models import Activity
from quanheng.kernel.registers.declare import Column, Register, register
from quanheng.kernel.registers.narrowing import coded, in_region, meaning, one_of, words
from quanheng.kernel.requirements.shown import family_choices


def _most_missed(request: Any) -> dict[str, Any]:
    return {"most_missed": queries.most_missed(request.actor)}


def _posted(row: Any) -> Any:
    """The technical need posted from a gap, or the way to post one, filled in already."""
    if row.posted:
        return format_html('<a href="/exchange/needs/{}/">{}</a>', row.posted, _("查看技术需求"))
    if row.own and not row.met_on:
        return format_html('<a href="/exchange/needs/new/?gap={}">{}</a>', row.uid, _("发布为技术需求"))
    return "—"


def _open(value: str) -> Q:
    return Q(met_on__isnull=value == "open")


register(
    Register(
        "gaps",
        title=_("能力缺口"),
        lead=_("企业需要而本地区没有机构能做的项目。生成方案时自动记录；以后的方案有人能做时自动注明。"),
        path="/gaps/",
        model=Gap,
        icon="triangle-alert",
        rows=queries.gaps_with_posts,
        signed_in=True,
        template="services/gaps.html",
        extra=_most_missed,
        search=words("item__name_zh", "item__name_en", "item__code"),
        search_label=_("项目名称"),
        columns=(
            Column("item", _("项目"), lambda row: row.item.code, text=lambda row: local(row.item)),
            Column(
                "family",
                _("产品类别"),
                lambda row: row.family.code if row.family else "",
                text=lambda row: local(row.family) if row.family else "",
            ),
            Column("activity", _("活动"), lambda row: row.activity, text=lambda row: row.get_activity_display()),
            Column("region", _("地区"), lambda row: row.region_code, text=lambda row: local(row.organisation.region)),
            Column(
                "organisation", _("企业"), lambda row: row.organisation.uid, text=lambda row: local(row.organisation)
            ),
            Column("nearly", _("差一项的机构"), lambda row: row.nearly, kind=int, number=True),
            Column("since", _("记录日期"), lambda row: row.since, kind=date, sort="since"),
            Column(
                "met_on",
                _("状态"),
                lambda row: row.met_on,
                show=lambda row: badge(_("已有机构能做"), "ok") if row.met_on else badge(_("仍缺"), "wait"),
                kind=date,
            ),
            Column("technical_need", _("技术需求"), lambda row: row.posted or "", show=_posted),
        ),
        filters=(
            meaning("status", _("状态"), [("open", _("仍缺")), ("met", _("已有机构能做"))], _open),
            coded("family", _("产品类别"), "family__code", family_choices),
            one_of("activity", _("活动"), Activity.choices),
            in_region(),
        ),
    )
)
