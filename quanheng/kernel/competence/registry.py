"""The registers of scope lines and of recognitions."""

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
from quanheng.kernel.base.html import badge, local, markup, moment, yuan
from quanheng.kernel.competence import queries, shown
from quanheng.kernel.competence.models import Activity, Recognition, ScopeLine
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.registers.declare import BulkAct, Column, Filter, Register, Wanted, register
from quanheng.kernel.registers.narrowing import in_force_on, in_region, indexed, meaning, one_of, words
from quanheng.kernel.requirements.models import Item, ProductFamily, Standard
from quanheng.kernel.requirements.queries import numbered
from quanheng.kernel.requirements.shown import family_choices

DOORS = {"calibration": "metrology", "verification": "metrology", "certification": "certification"}


def _door(asked: Mapping[str, Any]) -> str:
    return DOORS.get(asked.get("activity", ""), "testing")


def _lines(actor: Actor) -> QuerySet[ScopeLine]:
    return restrict(queries.as_listed(ScopeLine.objects.all()), actor)


def _item_name(code: str) -> str:
    return local(Item.objects.filter(code=code).first())


def _organisation_name(uid: str) -> str:
    return local(Organisation.objects.filter(uid=uid).first())


def _by_method(rows: QuerySet[ScopeLine], number: str) -> QuerySet[ScopeLine]:
    try:
        return rows.filter(method__in=queries.keys_of(Standard.objects.filter(numbered(number))))
    except Invalid as refusal:
        raise Invalid.field("method", refusal.message) from None


def _method_status(value: str) -> Q:
    gone = queries.methods_gone(today())
    if value == "current":
        return ~Q(method__in=list(gone))
    # No line is entered under a method that is gone: such lines are old ones, and a list that begins with the newest
    # would pass over all the others first.
    return Q(method__in=list(gone), pk__lte=max(gone.values(), default=0))


def _in_family(rows: QuerySet[ScopeLine], code: str) -> QuerySet[ScopeLine]:
    return rows.filter(family=queries.key_of(ProductFamily, code=code))


def _method(row: ScopeLine) -> Any:
    number = markup('<span class="code">{}</span> {}', row.method.number, row.method_clause)
    if not row.stands_on_gone_method(today()):
        return number
    return markup('{}<span class="sub bad-text">▲ {}</span>', number, _("方法已不再现行"))


def _until(row: ScopeLine) -> Any:
    word, tone = shown.line_standing(row, today())
    day = moment(row.valid_until)
    return day if tone == "ok" else markup("{} {}", day, badge(word, tone))


def _range(row: ScopeLine) -> str:
    over = row.range()
    return over.text(shown.language()) if over else ""


def _sub(row: ScopeLine) -> Any:
    activity = Activity(row.activity).label
    return f"{activity} · {local(row.family)}" if row.family else activity


register(
    Register(
        "scope-lines",
        title=_("能力范围"),
        lead=_("每家机构能做什么：项目、方法、量程、最佳不确定度，凭哪份资质、到哪天为止。"),
        path="/scope-lines/",
        model=ScopeLine,
        icon="list-checks",
        rows=_lines,
        search=indexed("activity", "scheme", "family", "item", "region"),
        search_label=_("项目或方法"),
        url=lambda row: f"/scope/{row.uid}/",
        sub=_sub,
        importing="scope-lines",
        bulk=(BulkAct("competence.scope.end", _("终止能力范围"), (Wanted("on", _("最后一天"), date),), danger=True),),
        door=_door,
        columns=(
            Column("item", _("项目"), lambda row: row.item.code, text=lambda row: local(row.item)),
            Column(
                "activity",
                _("活动"),
                lambda row: row.activity,
                text=lambda row: row.get_activity_display(),
                hidden=True,
            ),
            Column(
                "family",
                _("产品类别"),
                lambda row: row.family.code if row.family else "",
                text=lambda row: local(row.family),
                hidden=True,
            ),
            Column(
                "organisation", _("机构"), lambda row: row.organisation.uid, text=lambda row: local(row.organisation)
            ),
            Column("method", _("方法"), lambda row: row.method.number, show=_method),
            Column("method_clause", _("方法条款"), lambda row: row.method_clause, hidden=True),
            Column("range", _("范围"), _range),
            Column("uncertainty", _("最佳不确定度"), lambda row: row.uncertainty, show=shown.uncertainty_text),
            Column("k", _("包含因子 k"), lambda row: row.k, hidden=True, number=True),
            Column(
                "scheme",
                _("资质"),
                lambda row: row.recognition.scheme,
                text=lambda row: row.recognition.get_scheme_display(),
                hidden=True,
            ),
            Column("recognition", _("资质证书编号"), lambda row: row.recognition.number, hidden=True, code=True),
            Column("restriction", _("限制"), lambda row: row.restriction_zh, hidden=True),
            Column("valid_from", _("有效期自"), lambda row: row.valid_from, kind=date, hidden=True),
            Column(
                "valid_until", _("有效期至"), lambda row: row.valid_until, show=_until, kind=date, sort="valid_until"
            ),
            Column(
                "price_cents",
                _("价格"),
                lambda row: row.price_cents,
                text=lambda row: yuan(row.price_cents),
                kind=int,
                unit=_("元"),
                number=True,
                sort="price_cents",
            ),
            Column("days", _("工期"), lambda row: row.days, kind=int, unit=_("工作日"), number=True, hidden=True),
            Column(
                "outdated",
                _("方法已不再现行"),
                lambda row: row.stands_on_gone_method(today()),
                kind=bool,
                hidden=True,
            ),
        ),
        filters=(
            one_of("activity", _("活动"), Activity.choices),
            Filter("family", _("产品类别"), _in_family, family_choices, longest=40),
            Filter(
                "item",
                _("项目"),
                lambda rows, value: rows.filter(item=queries.key_of(Item, code=value)),
                longest=60,
                offered=False,
                word=_item_name,
            ),
            Filter("method", _("方法标准"), _by_method, placeholder="GB/T 3836.1", longest=60),
            meaning(
                "method_status",
                _("方法状态"),
                [("current", _("方法现行")), ("outdated", _("方法已不再现行"))],
                _method_status,
            ),
            one_of("scheme", _("资质"), Recognition.Scheme.choices),
            in_region(within=queries.in_region),
            Filter(
                "organisation",
                _("机构"),
                lambda rows, value: rows.filter(organisation=queries.key_of(Organisation, uid=value)),
                longest=13,
                offered=False,
                word=_organisation_name,
            ),
            in_force_on(),
        ),
    )
)


def _recognitions(actor: Actor) -> QuerySet[Recognition]:
    return restrict(queries.recognitions(), actor)


def _recognition_state(row: Recognition) -> Any:
    return badge(*shown.standing(row, today()))


register(
    Register(
        "recognitions",
        title=_("资质名录"),
        lead=_("检验检测机构资质认定、实验室认可、法定计量授权、计量标准考核与认证机构批准：是否有效，到哪天为止。"),
        path="/recognitions/",
        model=Recognition,
        icon="badge-check",
        rows=_recognitions,
        search=words("number", "organisation__name_zh", "organisation__name_en"),
        search_label=_("证书编号或机构"),
        bulk=(
            BulkAct("competence.recognition.suspend", _("暂停资质"), danger=True),
            BulkAct("competence.recognition.reinstate", _("恢复资质")),
        ),
        url=lambda row: f"/organisations/{row.organisation.uid}/",
        columns=(
            Column("number", _("证书编号"), lambda row: row.number, code=True),
            Column("scheme", _("资质类型"), lambda row: row.scheme, text=lambda row: row.get_scheme_display()),
            Column(
                "organisation", _("机构"), lambda row: row.organisation.uid, text=lambda row: local(row.organisation)
            ),
            Column("valid_from", _("有效期自"), lambda row: row.valid_from, kind=date),
            Column("valid_until", _("有效期至"), lambda row: row.valid_until, kind=date, sort="valid_until"),
            Column("state", _("状态"), lambda row: row.state, show=_recognition_state),
        ),
        filters=(
            one_of("scheme", _("资质类型"), Recognition.Scheme.choices),
            one_of("state", _("状态"), Recognition.State.choices),
            in_region("organisation__region_code"),
            in_force_on(),
        ),
    )
)
