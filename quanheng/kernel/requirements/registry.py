"""The registers of items and product families."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.base.html import local
from quanheng.kernel.registers.declare import Column, Register, register
from quanheng.kernel.registers.narrowing import words
from quanheng.kernel.requirements import queries
from quanheng.kernel.requirements.models import Item


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
