"""The registers of measuring instruments and of products: an organisation's own, and its regulator's to see."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.days import today
from quanheng.kernel.base.html import badge, local
from quanheng.kernel.base.lean import all_but_names
from quanheng.kernel.objects import queries
from quanheng.kernel.objects.models import Instrument, Product
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.registers.declare import BulkAct, Column, Register, Wanted, register
from quanheng.kernel.registers.narrowing import before, coded, in_region, meaning, words
from quanheng.kernel.requirements.shown import family_choices

SOON = timedelta(days=30)


_UNREAD = all_but_names(Organisation, "owner")


def _instruments(actor: Actor) -> QuerySet[Instrument]:
    return queries.instruments(actor).defer(*_UNREAD)


def _standing(row: Instrument) -> tuple[Any, str]:
    """May results rest on it today (ISO/IEC 17025 6.4.9), and for how long still."""
    day = today()
    if not row.in_service:
        return _("停用"), "ended"
    if row.usable_on(day):
        soon = row.calibrated_until is not None and row.calibrated_until - day <= SOON
        return (_("即将到期"), "wait") if soon else (_("校准有效"), "ok")
    return _("校准已过期") if row.calibrated_until else _("未校准"), "bad"


def _status(value: str) -> Q:
    day = today()
    conditions = {
        "usable": queries.usable(day),
        "soon": queries.usable(day) & Q(calibrated_until__lte=day + SOON),
        "overdue": Q(in_service=True) & (Q(calibrated_until__lt=day) | Q(calibrated_until=None)),
        "stopped": Q(in_service=False),
    }
    return conditions[value]


register(
    Register(
        "instruments",
        title=_("测量设备台账"),
        lead=_("每台设备的校准到哪天、凭哪份证书；停用或过期的设备出不了结果。"),
        path="/equipment/",
        model=Instrument,
        icon="gauge",
        rows=_instruments,
        signed_in=True,
        search=words("name_zh", "name_en", "serial", "model"),
        search_label=_("名称、型号或出厂编号"),
        importing="instruments",
        bulk=(
            BulkAct("objects.instrument.stop", _("停用")),
            BulkAct(
                "objects.instrument.change",
                _("写明每日能力"),
                (Wanted("tests_a_day", _("每日最多检测项数（0 为不写明）"), int),),
            ),
            BulkAct("objects.instrument.retire", _("报废或移出台账"), danger=True),
            BulkAct(
                "attestations.calibration.void",
                _("宣布校准无效"),
                (Wanted("since", _("自哪一天起无效"), date),),
                danger=True,
            ),
        ),
        columns=(
            Column("name", _("名称"), lambda row: row.name_zh, text=local, sort="name_zh"),
            Column("model", _("型号"), lambda row: row.model),
            Column("serial", _("出厂编号"), lambda row: row.serial, code=True),
            Column("owner", _("所属机构"), lambda row: row.owner.uid, text=lambda row: local(row.owner)),
            Column("range_text", _("测量范围"), lambda row: row.range_text),
            Column("accuracy", _("准确度等级或最大允许误差"), lambda row: row.accuracy, hidden=True),
            Column("calibration_number", _("校准证书号"), lambda row: row.calibration_number, hidden=True, code=True),
            Column("calibrated_on", _("校准日期"), lambda row: row.calibrated_on, kind=date, hidden=True),
            Column(
                "calibrated_until",
                _("校准有效期至"),
                lambda row: row.calibrated_until,
                kind=date,
                sort="calibrated_until",
            ),
            Column("calibrated_by", _("校准机构"), lambda row: row.calibrated_by, hidden=True),
            Column(
                "tests_a_day", _("每日最多检测项数"), lambda row: row.tests_a_day, kind=int, number=True, hidden=True
            ),
            Column("in_service", _("在用"), lambda row: row.in_service, kind=bool, hidden=True),
            Column(
                "usable",
                _("状态"),
                lambda row: row.usable_on(today()),
                show=lambda row: badge(*_standing(row)),
                kind=bool,
            ),
        ),
        filters=(
            meaning(
                "status",
                _("状态"),
                [
                    ("usable", _("校准有效")),
                    ("soon", _("30 天内到期")),
                    ("overdue", _("过期或未校准")),
                    ("stopped", _("停用")),
                ],
                _status,
            ),
            before("due", _("校准到期不晚于"), "calibrated_until"),
            in_region("owner__region_code"),
        ),
    )
)


def _products(actor: Actor) -> QuerySet[Product]:
    return queries.products(actor).defer(*_UNREAD, *(f"family__{name}" for name in ("aliases", "schemes", "hs", "ccs")))


register(
    Register(
        "products",
        title=_("产品台账"),
        lead=_("本企业的产品与型号：属于哪一类，就适用哪些标准和要求。"),
        path="/products/",
        model=Product,
        icon="award",
        rows=_products,
        signed_in=True,
        search=words("name", "model", "brand"),
        search_label=_("名称、型号或商标"),
        importing="products",
        bulk=(BulkAct("objects.product.retire", _("移出台账"), danger=True),),
        columns=(
            Column("name", _("产品名称"), lambda row: row.name),
            Column("model", _("规格型号"), lambda row: row.model),
            Column("brand", _("商标"), lambda row: row.brand),
            Column("family", _("产品类别"), lambda row: row.family.code, text=lambda row: local(row.family)),
            Column("owner", _("所属企业"), lambda row: row.owner.uid, text=lambda row: local(row.owner)),
        ),
        filters=(coded("family", _("产品类别"), "family__code", family_choices), in_region("owner__region_code")),
    )
)
