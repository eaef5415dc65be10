"""Recognitions and scopes of competence as open data."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.competence.models import Recognition, ScopeLine
from quanheng.kernel.opendata.declare import Column, Dataset, declare

declare(
    Dataset(
        name="recognitions",
        model=Recognition,
        title=_("机构资质"),
        about=_("检验检测机构资质认定、实验室认可、法定计量授权等资质及其有效期与状态。"),
        synthetic="organisation__synthetic",
        columns=(
            Column("uid", "text", _("资质的公开编号；本行的键")),
            Column("organisation", "text", _("持有机构的公开编号（机构名录的 uid）"), path="organisation__uid"),
            Column("organisation_name", "text", _("持有机构的名称"), path="organisation__name_zh"),
            Column("scheme", "text", _("资质类型：CMA、CNAS、statutory、standard 或 certifier")),
            Column("number", "text", _("证书编号")),
            Column("valid_from", "date", _("有效期的第一天")),
            Column("valid_until", "date", _("有效期的最后一天")),
            Column("state", "text", _("状态：valid 有效，suspended 暂停，withdrawn 撤销，cancelled 注销")),
            Column("state_since", "date", _("现状态自哪一天起；从未变化为空")),
        ),
    )
)

declare(
    Dataset(
        name="scope-lines",
        model=ScopeLine,
        title=_("能力范围"),
        about=_(
            "每个机构能做什么：活动、项目、方法、范围与最佳不确定度。终止的行保留，其 valid_until 为最后一天；"
            "能否承接还取决于资质的状态，请与“机构资质”对照。"
        ),
        synthetic="organisation__synthetic",
        columns=(
            Column("uid", "text", _("能力行的公开编号；本行的键")),
            Column("organisation", "text", _("机构的公开编号（机构名录的 uid）"), path="organisation__uid"),
            Column("organisation_name", "text", _("机构的名称"), path="organisation__name_zh"),
            Column("recognition", "text", _("所依资质的公开编号（机构资质的 uid）"), path="recognition__uid"),
            Column("activity", "text", _("活动：testing、calibration、verification、inspection 或 certification")),
            Column("family", "text", _("产品类别的代码，不限类别为空"), path="family__code"),
            Column("item", "text", _("项目的代码"), path="item__code"),
            Column("item_name", "text", _("项目的名称"), path="item__name_zh"),
            Column("method", "text", _("方法的标准号"), path="method__number"),
            Column("method_clause", "text", _("方法的条款")),
            Column("quantity", "text", _("量的种类")),
            Column("unit", "text", _("范围的单位")),
            Column("range_lower", "text", _("范围下限，十进制文本，无下限为空")),
            Column("range_upper", "text", _("范围上限，十进制文本，无上限为空")),
            Column("lower_open", "boolean", _("下限本身不在范围内")),
            Column("upper_open", "boolean", _("上限本身不在范围内")),
            Column("uncertainty", "text", _("最佳扩展不确定度，为量值 x 的公式")),
            Column("k", "text", _("包含因子")),
            Column("restriction_zh", "text", _("限制说明")),
            Column("restriction_en", "text", _("英文限制说明")),
            Column("valid_from", "date", _("有效期的第一天")),
            Column("valid_until", "date", _("有效期的最后一天")),
            Column("price_cents", "integer", _("公示价格，人民币分"), unit="CNY/100"),
            Column("days", "integer", _("通常所需的工作日"), unit="d"),
        ),
    )
)
