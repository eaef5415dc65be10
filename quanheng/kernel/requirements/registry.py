"""The registers of standards and of items."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.days import today
from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.base.html import badge, local
from quanheng.kernel.registers.declare import Column, Filter, Register, register
from quanheng.kernel.registers.narrowing import indexed, meaning, one_of, words
from quanheng.kernel.requirements import queries
from quanheng.kernel.requirements.models import Item, Standard
from quanheng.kernel.requirements.shown import STATUS


def _standards(actor: Actor) -> QuerySet[Standard]:
    return restrict(Standard.objects.defer("drafters", "remark", "fixed", "told"), actor)


def _status(value: str) -> Q:
    return queries.with_status(value, today())


def _classified(scheme: str) -> Any:
    def apply(rows: QuerySet[Standard], code: str) -> QuerySet[Standard]:
        return rows.filter(pk__in=queries.classified(scheme, code))

    return apply


def _of_year(rows: QuerySet[Standard], value: str) -> QuerySet[Standard]:
    if not (value.isascii() and value.isdigit() and len(value) == 4):
        raise Invalid.field("year", _("年份应为四位数字，如 2024。"))
    return rows.filter(year=int(value))


def _of_area(rows: QuerySet[Standard], value: str) -> QuerySet[Standard]:
    if not (value.isascii() and value.isdigit() and len(value) in (2, 4)):
        raise Invalid.field("area", _("地方标准的地区代码为 2 位或 4 位数字，如 12。"))
    return rows.filter(
        Q(number__startswith=f"DB{value}/") | Q(number__startswith=f"DB{value} "), kind=Standard.Kind.LOCAL
    )


def _families(_request: Any) -> dict[str, Any]:
    return {"families": list(queries.families().order_by("name_zh"))}


def _today(row: Standard) -> str:
    return row.status_on(today())


def _found(rows: QuerySet[Standard], text: str, asked: Mapping[str, Any]) -> QuerySet[Standard]:
    """By number in any spelling where the text is one that the register has, else by its words."""
    if any(char.isdigit() for char in text):
        try:
            numbered = queries.numbered(text)
        except Invalid:
            numbered = None
        if numbered is not None and Standard.objects.filter(numbered).exists():
            return rows.filter(numbered)
    return indexed()(rows, text, asked)


register(
    Register(
        "standards",
        title=_("标准"),
        lead=_("查标准是否现行、被什么代替、谁在引用；按产品看要满足哪些要求。状态由日期推算，不靠人工改写。"),
        path="/standards/",
        model=Standard,
        icon="book-open",
        rows=_standards,
        search=_found,
        search_label=_("标准号或名称"),
        url=lambda row: f"/standards/{row.uid}/",
        sub=lambda row: local(row, "title"),
        importing="standards",
        template="requirements/standards.html",
        extra=_families,
        door=lambda asked: "standards",
        columns=(
            Column("number", _("标准号与名称"), lambda row: row.number, code=True, sort="number"),
            Column("title_zh", _("标准名称"), lambda row: row.title_zh, hidden=True),
            Column("title_en", _("英文名称"), lambda row: row.title_en, hidden=True),
            Column("kind", _("类别"), lambda row: row.kind, text=lambda row: row.get_kind_display()),
            Column("mandatory", _("强制性"), lambda row: row.mandatory, kind=bool, hidden=True),
            Column("doctype", _("文件类型"), lambda row: row.doctype, hidden=True),
            Column("published", _("发布日期"), lambda row: row.published, kind=date, hidden=True),
            Column("effective", _("实施日期"), lambda row: row.effective, kind=date, sort="effective"),
            Column("withdrawn", _("废止日期"), lambda row: row.withdrawn, kind=date, hidden=True),
            Column(
                "status",
                _("状态"),
                _today,
                text=lambda row: STATUS[_today(row)][0],
                show=lambda row: badge(*STATUS[_today(row)]),
            ),
            Column("ics", _("ICS 分类号"), lambda row: list(row.ics), kind=list[str], hidden=True),
            Column("ccs", _("CCS 分类号"), lambda row: list(row.ccs), kind=list[str], hidden=True),
            Column("committee", _("技术委员会"), lambda row: row.committee, hidden=True),
            Column("body", _("发布或归口单位"), lambda row: row.body, hidden=True),
            Column("source", _("来源"), lambda row: row.source, hidden=True),
            Column("confidence", _("核实程度"), lambda row: row.confidence, hidden=True),
        ),
        filters=(
            one_of("kind", _("类别"), Standard.Kind.choices),
            meaning("status", _("状态"), [(name, word) for name, (word, _tone) in STATUS.items()], _status),
            Filter("ics", _("ICS 分类号"), _classified("ics"), placeholder="17.020", longest=12),
            Filter("ccs", _("CCS 分类号"), _classified("ccs"), placeholder="A50", longest=12),
            Filter("year", _("年份"), _of_year, placeholder="2024", longest=4),
            Filter("area", _("地方标准的地区代码"), _of_area, placeholder="12", longest=4, offered=False),
        ),
    )
)


def _items(actor: Actor) -> QuerySet[Item]:
    return restrict(queries.items(), actor)


register(
    Register(
        "items",
        title=_("检测项目"),
        lead=_("能测、能校的参数：各是什么量、用什么单位；点开看谁能做。"),
        path="/items/",
        model=Item,
        icon="ruler",
        rows=_items,
        search=words("name_zh", "name_en", "code"),
        search_label=_("名称或代码"),
        url=lambda row: f"/scope/?item={row.code}",
        importing="items",
        columns=(
            Column("name", _("名称"), lambda row: row.name_zh, text=local),
            Column("name_en", _("英文名称"), lambda row: row.name_en, hidden=True),
            Column("code", _("代码"), lambda row: row.code, code=True, sort="code"),
            Column("quantity", _("量"), lambda row: row.quantity),
            Column("unit", _("单位"), lambda row: row.unit),
            Column("aliases", _("别名"), lambda row: list(row.aliases), kind=list[str], hidden=True),
            Column("source", _("来源"), lambda row: row.source, hidden=True),
            Column("confidence", _("核实程度"), lambda row: row.confidence, hidden=True),
        ),
    )
)
