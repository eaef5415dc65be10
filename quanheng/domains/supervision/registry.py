"""The registers of supervision: laboratories ranked by what was found, and inquiries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from quanheng.domains.supervision import queries
from quanheng.domains.supervision.measures import measures
from quanheng.domains.supervision.models import Inquiry, Scrutiny
from quanheng.domains.supervision.process import INQUIRY
from quanheng.kernel.base.errors import bilingual
from quanheng.kernel.base.html import badge, deadline, last_moment, local
from quanheng.kernel.cases.head import badge_of
from quanheng.kernel.registers.declare import Column, Register, register
from quanheng.kernel.registers.narrowing import in_region, meaning, one_of, words


def _named(row: Scrutiny) -> list[str]:
    """The findings by their names, in the reader's language."""
    known = measures()
    found = [known[one["key"]] for one in row.measured if one["finding"] and one["key"] in known]
    return [str(bilingual(one.title_zh, one.title_en)) for one in found]


def _keys(row: Scrutiny) -> list[str]:
    return [one["key"] for one in row.measured if one["finding"]]


register(
    Register(
        "laboratory-comparisons",
        title=_("机构比对"),
        lead=_("检验检测机构按最近十二个月与同行的差异排序：差异提出问题，不证明问题。打开可看依据、发起核查。"),
        path="/supervision/laboratories/",
        model=Scrutiny,
        icon="scale",
        rows=queries.scrutinies,
        url=lambda row: f"/supervision/laboratories/{row.organisation.uid}/",
        sub=lambda row: row.organisation.uscc,
        order="-weight",
        signed_in=True,
        search=words("organisation__name_zh", "organisation__name_en", "organisation__uscc"),
        search_label=_("机构名称或统一社会信用代码"),
        columns=(
            Column(
                "laboratory",
                _("机构"),
                lambda row: row.organisation.uid,
                text=lambda row: local(row.organisation),
            ),
            Column(
                "weight",
                _("权重"),
                lambda row: row.weight,
                text=lambda row: f"{row.weight:.1f}",
                kind=float,
                sort="weight",
                number=True,
            ),
            Column(
                "findings",
                _("线索"),
                _keys,
                text=lambda row: "；".join(_named(row)) or "—",
                kind=list[str],
            ),
            Column("reports", _("报告数"), lambda row: row.reports, kind=int, sort="reports", number=True),
            Column("until", _("统计至"), lambda row: row.until, kind=datetime),
        ),
        filters=(
            meaning(
                "finding",
                _("线索"),
                [("yes", _("有线索")), ("no", _("没有线索"))],
                lambda value: Q(findings__gt=0) if value == "yes" else Q(findings=0),
            ),
            in_region("organisation__region_code"),
        ),
    )
)


def _shown(row: Inquiry) -> Any:
    state = badge_of(row.case)
    return badge(state["label"], state["tone"])


register(
    Register(
        "inquiries",
        title=_("核查登记册"),
        lead=_("监管部门要求机构说明的事项：机构看到本机构的，监管部门看到本辖区的。"),
        path="/inquiries/",
        model=Inquiry,
        icon="scan-line",
        rows=queries.inquiries,
        url=lambda row: INQUIRY.path.format(uid=row.case.uid),
        sub=lambda row: row.case.number,
        signed_in=True,
        search=words("case__number", "case__title", "case__handler__name_en"),
        search_label=_("编号或机构名称"),
        columns=(
            Column(
                "laboratory",
                _("机构"),
                lambda row: row.case.handler.uid,
                text=lambda row: local(row.case.handler),
            ),
            Column(
                "regulator", _("监管部门"), lambda row: row.case.client.uid, text=lambda row: local(row.case.client)
            ),
            Column(
                "state",
                _("状态"),
                lambda row: row.case.state,
                text=lambda row: INQUIRY.by_state[row.case.state].label,
                show=_shown,
            ),
            Column(
                "outcome",
                _("结论"),
                lambda row: row.outcome,
                text=lambda row: row.get_outcome_display() or "—",
            ),
            Column("opened_at", _("发起时间"), lambda row: row.case.opened_at, kind=datetime),
            Column(
                "due_at",
                _("期限"),
                lambda row: row.case.due_at,
                text=lambda row: last_moment(row.case.due_at) if row.case.due_at else "",
                show=lambda row: deadline(row.case.due_at) if row.case.due_at else "—",
                kind=datetime,
            ),
            Column("closed_at", _("办结时间"), lambda row: row.case.closed_at, kind=datetime, hidden=True),
        ),
        filters=(
            one_of("state", _("状态"), [(one.name, one.label) for one in INQUIRY.states], path="case__state"),
            in_region("case__region_code"),
        ),
    )
)
