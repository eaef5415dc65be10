"""The register of stated capacity with its load: an institution's own, and a planner's of a region."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from quanheng.domains.capacity import queries, shown
from quanheng.domains.capacity.models import Capacity
from quanheng.kernel.base.html import local
from quanheng.kernel.competence.models import Activity
from quanheng.kernel.competence.services import STEWARDS
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import REGULATORS, Role
from quanheng.kernel.registers.declare import Column, Filter, Register, register
from quanheng.kernel.registers.narrowing import coded, in_region, meaning, one_of, words
from quanheng.kernel.requirements.shown import family_choices


def _extra(request: Any) -> dict[str, Any]:
    return {
        "states": request.actor.signed_in and bool(queries.stating(request.actor, *STEWARDS)),
        "oversees": bool(request.actor.regions(*REGULATORS, Role.PLANNER)),
    }


def _standing(value: str) -> Q:
    return Q(ended_on__isnull=value == "standing")


def _organisation(uid: str) -> str:
    return local(Organisation.objects.filter(uid=uid).only("name_zh", "name_en").first())


register(
    Register(
        "capacities",
        title=_("承接能力与负荷"),
        lead=_(
            "机构申报每周能完成多少；平台上已下达、尚未测完的自动计入负荷，平台外在手的由机构申报。方案的日期按此排队。"
        ),
        path="/capacities/",
        model=Capacity,
        icon="gauge",
        rows=queries.capacities,
        signed_in=True,
        template="capacity/list.html",
        extra=_extra,
        importing="capacities",
        search=words("organisation__name_zh", "organisation__name_en", "family__name_zh", "scope_line__item__name_zh"),
        search_label=_("机构、产品或项目"),
        url=lambda row: f"/capacities/{row.uid}/",
        columns=(
            Column(
                "organisation", _("机构"), lambda row: row.organisation.uid, text=lambda row: local(row.organisation)
            ),
            Column("activity", _("活动"), lambda row: row.activity, text=lambda row: row.get_activity_display()),
            Column(
                "field",
                _("领域"),
                lambda row: row.family.code if row.family_id else "",
                text=shown.field_of,
            ),
            Column("line", _("能力范围编号"), lambda row: row.scope_line.uid if row.scope_line_id else "", hidden=True),
            Column(
                "per_week",
                _("每周能力"),
                lambda row: row.per_week,
                show=lambda row: f"{row.per_week} {row.get_unit_display()}",
                kind=int,
                number=True,
            ),
            Column("unit", _("计数单位"), lambda row: row.unit, text=lambda row: row.get_unit_display(), hidden=True),
            Column("ahead", _("平台在手"), lambda row: row.ahead, kind=int, number=True),
            Column("outside", _("平台外在手"), lambda row: row.outside, kind=int, number=True),
            Column("outside_on", _("申报日期"), lambda row: row.outside_on, kind=date, hidden=True),
            Column("waits", _("等待"), lambda row: shown.queue_of(row).waits, kind=int, number=True, unit=_("工作日")),
            Column(
                "most_weeks",
                _("最多排期"),
                lambda row: row.most_weeks,
                kind=int,
                number=True,
                unit=_("周"),
                hidden=True,
            ),
            Column("opens_on", _("最早开工"), lambda row: row.opens_on, kind=date, hidden=True),
            Column(
                "standing",
                _("状态"),
                lambda row: "ended" if row.ended_on else "full" if shown.queue_of(row).full(1) else "open",
                show=shown.standing_badge,
            ),
        ),
        filters=(
            meaning("status", _("状态"), [("standing", _("有效")), ("ended", _("已撤回"))], _standing),
            one_of("activity", _("活动"), Activity.choices),
            coded("family", _("产品类别"), "family__code", family_choices),
            in_region("organisation__region_code"),
            Filter(
                "organisation",
                _("机构"),
                lambda rows, value: rows.filter(organisation__uid=value),
                longest=13,
                offered=False,
                word=_organisation,
            ),
        ),
    )
)
