"""The registers of organisations and of who is what in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.days import today
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.base.html import badge, local
from quanheng.kernel.base.lean import all_but_names
from quanheng.kernel.competence.models import Recognition
from quanheng.kernel.competence.queries import recognised
from quanheng.kernel.parties import queries
from quanheng.kernel.parties.models import Membership, Organisation, Person
from quanheng.kernel.parties.roles import OrganisationKind, Role
from quanheng.kernel.registers.declare import Column, Filter, Register, register
from quanheng.kernel.registers.narrowing import in_force_on, in_region, meaning, one_of, words

DOORS = {
    "metrology_institute": "metrology",
    "standards_body": "standards",
    "certification_body": "certification",
    "laboratory": "testing",
    "inspection_body": "testing",
}


def _organisations(actor: Actor) -> QuerySet[Organisation]:
    return restrict(queries.organisations(), actor).select_related("region")


def _door(asked: Mapping[str, Any]) -> str:
    return DOORS.get(asked.get("kind", ""), "")


def _synthetic(rows: QuerySet[Any], value: bool) -> QuerySet[Any]:
    return rows.filter(synthetic=True)


register(
    Register(
        "organisations",
        title=_("机构名录"),
        lead=_("企业、实验室、计量机构、认证机构与监管部门；点开看资质、能力与评价。"),
        path="/organisations/",
        model=Organisation,
        icon="building-2",
        rows=_organisations,
        search=lambda rows, text, asked: queries.named(rows, text),
        search_label=_("名称或信用代码"),
        url=lambda row: f"/organisations/{row.uid}/",
        door=_door,
        columns=(
            Column("name", _("名称"), lambda row: row.name_zh, text=local, sort="name_zh"),
            Column("name_en", _("英文名称"), lambda row: row.name_en, hidden=True),
            Column("kind", _("类型"), lambda row: row.kind, text=lambda row: row.get_kind_display()),
            Column("region", _("所在区划"), lambda row: row.region_code, text=lambda row: local(row.region)),
            Column("uscc", _("统一社会信用代码"), lambda row: row.uscc, code=True, sort="uscc"),
            Column("address", _("地址"), lambda row: row.address, hidden=True),
            Column("phone", _("联系电话"), lambda row: row.phone, hidden=True),
            Column("synthetic", _("示范数据"), lambda row: row.synthetic, kind=bool, hidden=True),
        ),
        filters=(
            one_of("kind", _("类型"), OrganisationKind.choices),
            in_region(),
            meaning(
                "recognised",
                _("有效资质"),
                Recognition.Scheme.choices,
                lambda value: Q(pk__in=recognised(value, today())),
            ),
            Filter("synthetic", _("仅示范数据"), _synthetic, kind=bool),
        ),
    )
)


def _memberships(actor: Actor) -> QuerySet[Membership]:
    rows = restrict(Membership.objects.all(), actor).select_related("person", "organisation")
    return rows.defer(*all_but_names(Person, "person"), *all_but_names(Organisation, "organisation"))


def _standing(row: Membership) -> Any:
    return badge(_("在任"), "ok") if row.in_force_on(today()) else badge(_("不在任"), "ended")


register(
    Register(
        "people",
        title=_("人员名册"),
        lead=_("本机构与辖区内机构的人员：谁担任什么角色，从何时到何时。"),
        path="/people/",
        model=Membership,
        icon="user",
        rows=_memberships,
        signed_in=True,
        search=words("person__name_zh", "person__name_en", "organisation__name_zh"),
        search_label=_("姓名或机构"),
        url=lambda row: f"/organisations/{row.organisation.uid}/",
        columns=(
            Column("person", _("姓名"), lambda row: row.person.name_zh, text=lambda row: local(row.person)),
            Column("role", _("角色"), lambda row: row.role, text=lambda row: row.get_role_display()),
            Column(
                "organisation", _("机构"), lambda row: row.organisation.uid, text=lambda row: local(row.organisation)
            ),
            Column("valid_from", _("生效日期"), lambda row: row.valid_from, kind=date),
            Column("valid_until", _("截止日期"), lambda row: row.valid_until, kind=date),
            Column(
                "in_force",
                _("状态"),
                lambda row: row.in_force_on(today()),
                show=_standing,
                kind=bool,
            ),
        ),
        filters=(one_of("role", _("角色"), Role.choices), in_region("organisation__region_code"), in_force_on()),
    )
)
