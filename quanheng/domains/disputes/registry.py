"""The registers of complaints and objections: each side's own, and those of a region for its regulators."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from quanheng.domains.disputes import queries
from quanheng.domains.disputes.models import Complaint, Objection
from quanheng.domains.disputes.process import COMPLAINT, OBJECTION
from quanheng.kernel.base.html import badge, deadline, last_moment, local
from quanheng.kernel.cases.head import badge_of
from quanheng.kernel.cases.process import Process
from quanheng.kernel.registers.declare import Column, Register, register
from quanheng.kernel.registers.narrowing import in_region, one_of, words


def _shown(row: Any) -> Any:
    state = badge_of(row.case)
    return badge(state["label"], state["tone"])


def _until(row: Any) -> str:
    return last_moment(row.case.due_at) if row.case.due_at else ""


def _until_shown(row: Any) -> Any:
    return deadline(row.case.due_at) if row.case.due_at else "—"


def _states(process: Process) -> list[tuple[str, Any]]:
    return [(state.name, state.label) for state in process.states]


def _label(process: Process) -> Any:
    return lambda row: process.by_state[row.case.state].label


def _columns(process: Process, *own: Column) -> tuple[Column, ...]:
    """What both registers show of the case, with their own columns in between."""
    return (
        Column("title", _("样品"), lambda row: row.case.title),
        *own,
        Column("client", _("委托方"), lambda row: row.case.client.uid, text=lambda row: local(row.case.client)),
        Column("institution", _("机构"), lambda row: row.case.handler.uid, text=lambda row: local(row.case.handler)),
        Column("state", _("状态"), lambda row: row.case.state, text=_label(process), show=_shown),
        Column("opened_at", _("提出时间"), lambda row: row.case.opened_at, kind=datetime),
        Column("due_at", _("期限"), lambda row: row.case.due_at, text=_until, show=_until_shown, kind=datetime),
        Column("order", _("任务单"), lambda row: row.order.case.number, code=True, hidden=True),
        Column("closed_at", _("办结时间"), lambda row: row.case.closed_at, kind=datetime, hidden=True),
    )


_SEARCH = words("case__number", "case__title", "order__case__number")

register(
    Register(
        "complaints",
        title=_("投诉登记册"),
        lead=_("对任务单服务的投诉：双方看到自己的，监管部门看到本辖区的，可只看未解决的。"),
        path="/complaints/",
        model=Complaint,
        icon="triangle-alert",
        rows=queries.complaints,
        url=lambda row: COMPLAINT.path.format(uid=row.case.uid),
        sub=lambda row: row.case.number,
        signed_in=True,
        search=_SEARCH,
        search_label=_("编号或样品名称"),
        columns=_columns(
            COMPLAINT, Column("topic", _("事项"), lambda row: row.topic, text=lambda row: row.get_topic_display())
        ),
        filters=(
            one_of("state", _("状态"), _states(COMPLAINT), path="case__state"),
            one_of("topic", _("事项"), Complaint.Topic.choices),
            in_region("case__region_code"),
        ),
    )
)

register(
    Register(
        "objections",
        title=_("异议与复测登记册"),
        lead=_("对报告结果的异议，和由其他机构复测后的判定。"),
        path="/objections/",
        model=Objection,
        icon="scale",
        rows=queries.objections,
        url=lambda row: OBJECTION.path.format(uid=row.case.uid),
        sub=lambda row: row.case.number,
        signed_in=True,
        search=_SEARCH,
        search_label=_("编号或样品名称"),
        columns=_columns(
            OBJECTION,
            Column("report", _("报告"), lambda row: row.report.number, code=True),
            Column(
                "outcome",
                _("处理结果"),
                lambda row: row.outcome,
                text=lambda row: row.get_outcome_display() if row.outcome else "",
            ),
        ),
        filters=(
            one_of("state", _("状态"), _states(OBJECTION), path="case__state"),
            one_of("outcome", _("处理结果"), Objection.Outcome.choices),
            in_region("case__region_code"),
        ),
    )
)
