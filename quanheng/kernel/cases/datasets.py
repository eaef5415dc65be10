"""The rule table and the holidays as open data."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.cases.models import Holiday, Rule
from quanheng.kernel.opendata.declare import Column, Dataset, declare

declare(
    Dataset(
        name="rules",
        model=Rule,
        title=_("时限规则"),
        about=_("法定与承诺的办理时限，一行为一条规则的一个版本；同一规则的各版本共用 key。"),
        source=_("法律、法规与规章是公开文件，每行注明文件与条款；许可适用于本平台的整理与编排。"),
        columns=(
            Column("uid", "text", _("规则版本的公开编号；本行的键")),
            Column("key", "text", _("规则的名称，各版本相同")),
            Column("process", "text", _("所属流程")),
            Column("step_zh", "text", _("环节")),
            Column("step_en", "text", _("英文环节名称")),
            Column("actor_zh", "text", _("办理方")),
            Column("actor_en", "text", _("英文办理方名称")),
            Column("value", "text", _("期限的数值")),
            Column("unit", "text", _("期限的单位")),
            Column("day_type", "text", _("日的算法：工作日或自然日")),
            Column("direction", "text", _("after 从起算点往后，before 从到期日往前")),
            Column("trigger_zh", "text", _("起算点")),
            Column("trigger_en", "text", _("英文起算点")),
            Column("source", "text", _("来源文件")),
            Column("article", "text", _("条款")),
            Column("valid_from", "date", _("版本的第一天，不限为空")),
            Column("valid_to", "date", _("版本的最后一天，不限为空")),
            Column("confidence", "text", _("可信程度：confirmed、secondary、unconfirmed 或 platform")),
            Column("note", "text", _("说明")),
        ),
    )
)

declare(
    Dataset(
        name="holidays",
        model=Holiday,
        key="date",
        title=_("节假日与调休"),
        about=_("国务院办公厅通知的放假日与调休上班日；未列出的日子按周一至周五上班。"),
        source=_("国务院办公厅关于节假日安排的通知，每行注明文号。"),
        columns=(
            Column("date", "date", _("日期；本行的键")),
            Column("kind", "text", _("holiday 放假，workday 调休上班")),
            Column("name_zh", "text", _("名称")),
            Column("name_en", "text", _("英文名称")),
            Column("source", "text", _("来源文件")),
        ),
    )
)
