"""Bringing the rule table and the holidays in: what binds every case is loaded by the platform alone."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.cases import loading
from quanheng.kernel.cases.models import Holiday, Rule
from quanheng.kernel.imports.kinds import ImportColumn, ImportKind, Made, Reader, Row, register
from quanheng.kernel.imports.storing import Watched
from quanheng.kernel.parties.models import Organisation

Column = ImportColumn
_LASTING = _("期限已按新的规定起算，不能撤销。请导入更正后的文件。")

RULE_COLUMNS = (
    Column("key", _("规则编码"), required=True),
    Column("process", _("流程"), required=True),
    Column("step_zh", _("环节"), required=True),
    Column("step_en", _("环节（英文）"), required=True),
    Column("actor_zh", _("承担者")),
    Column("actor_en", _("承担者（英文）")),
    Column("value", _("期限")),
    Column("unit", _("期限单位")),
    Column("day_type", _("日历")),
    Column("direction", _("方向"), required=True),
    Column("trigger_zh", _("起算事由")),
    Column("trigger_en", _("起算事由（英文）")),
    Column("source", _("依据"), required=True),
    Column("article", _("条")),
    Column("valid_from", _("有效期自"), kind="date"),
    Column("valid_to", _("有效期至"), kind="date"),
    Column("confidence", _("可信程度"), required=True),
    Column("note", _("说明")),
)
HOLIDAY_COLUMNS = (
    Column("date", _("日期"), required=True, kind="date"),
    Column("kind", _("类别"), required=True, choices=tuple(Holiday.Kind.choices)),
    Column("name_zh", _("名称"), required=True),
    Column("name_en", _("英文名称"), required=True),
    Column("source", _("通知文号"), required=True),
    Column("confidence", _("可信程度")),
)


def _rules(actor: Actor, owner: Organisation | None) -> Reader:
    build = loading.rule_reader()
    return lambda rows: build


def _commit_rules(actor: Actor, owner: Organisation, rows: Sequence[Row]) -> list[Made]:
    watched = Watched(Rule.objects.filter(key__in={row["key"] for row in rows}))
    loading.load_rules(rows)
    return [watched.made()]


def _holidays(actor: Actor, owner: Organisation | None) -> Reader:
    build = loading.holiday_reader()
    return lambda rows: build


def _commit_holidays(actor: Actor, owner: Organisation, rows: Sequence[Row]) -> list[Made]:
    watched = Watched(Holiday.objects.all())
    loading.load_holidays(rows)
    return [watched.made()]


RULES = register(ImportKind("rules", _("时限规则"), Rule, RULE_COLUMNS, _commit_rules, _rules, lasting=_LASTING))
HOLIDAYS = register(
    ImportKind("holidays", _("节假日"), Holiday, HOLIDAY_COLUMNS, _commit_holidays, _holidays, lasting=_LASTING)
)
