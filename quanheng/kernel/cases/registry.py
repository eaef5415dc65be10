"""The register of rules: every clock with its source, its versions and how sure we are of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.base.html import badge, local
from quanheng.kernel.cases import queries
from quanheng.kernel.cases.models import Rule
from quanheng.kernel.cases.shown import CONFIDENCE, PROCESS_NAMES, length_of
from quanheng.kernel.cases.standing import source_of
from quanheng.kernel.registers.declare import Column, Register, register
from quanheng.kernel.registers.narrowing import in_force_on, one_of, words


def _rules(actor: Actor) -> QuerySet[Rule]:
    return restrict(queries.rules(), actor)


def _sub(row: Rule) -> Any:
    process = PROCESS_NAMES.get(row.process, row.process)
    return f"{process} · {local(row, 'actor')}" if row.actor_zh else process


def _confidence(row: Rule) -> Any:
    return badge(*CONFIDENCE.get(row.confidence, (row.confidence, "idle")))


register(
    Register(
        "rules",
        title=_("时限规则表"),
        lead=_("平台按这张表计时：多少天、从何时起、依据哪部法规哪一条。每个事项用触发那天有效的版本。"),
        path="/rules/",
        model=Rule,
        icon="clock",
        rows=_rules,
        search=words("step_zh", "step_en", "source", "key"),
        search_label=_("步骤或依据"),
        url=lambda row: f"/rules/{row.uid}/",
        sub=_sub,
        columns=(
            Column("step", _("步骤"), lambda row: row.step_zh, text=lambda row: local(row, "step")),
            Column("key", _("规则代码"), lambda row: row.key, code=True, hidden=True, sort="key"),
            Column("process", _("事项"), lambda row: row.process, hidden=True),
            Column("length", _("时限"), lambda row: row.value, text=length_of, number=True),
            Column("unit", _("单位"), lambda row: row.unit, hidden=True),
            Column("day_type", _("日的算法"), lambda row: row.day_type, hidden=True),
            Column("trigger", _("起算"), lambda row: row.trigger_zh, text=lambda row: local(row, "trigger")),
            Column("source", _("依据"), lambda row: f"{row.source} {row.article}".strip(), text=source_of),
            Column("valid_from", _("生效日期"), lambda row: row.valid_from, kind=date),
            Column("valid_to", _("失效日期"), lambda row: row.valid_to, kind=date),
            Column("confidence", _("核实程度"), lambda row: row.confidence, show=_confidence),
        ),
        filters=(
            one_of("process", _("事项"), PROCESS_NAMES.items()),
            one_of("confidence", _("核实程度"), [(name, word) for name, (word, _tone) in CONFIDENCE.items()]),
            in_force_on("valid_from", "valid_to"),
        ),
    )
)
