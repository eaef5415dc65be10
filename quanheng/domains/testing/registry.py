"""The register of settlements: what orders are charged at, and how far they are paid."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from quanheng.domains.testing import queries
from quanheng.domains.testing.models import Settlement
from quanheng.domains.testing.process import ORDER
from quanheng.kernel.base.html import badge, local, yuan
from quanheng.kernel.registers.declare import Column, Register, register
from quanheng.kernel.registers.narrowing import in_region, one_of, words

TONES = {Settlement.State.BILLED: "wait", Settlement.State.PAID: "info", Settlement.State.SETTLED: "ok"}

register(
    Register(
        "settlements",
        title=_("结算"),
        lead=_("任务单应付金额和付款情况。款项在平台之外支付，这里只作登记。"),
        path="/settlements/",
        model=Settlement,
        icon="receipt",
        rows=queries.settlements,
        signed_in=True,
        url=lambda row: ORDER.path.format(uid=row.order.case.uid),
        search=words("order__case__number", "order__case__title", "invoice", "reference"),
        search_label=_("任务单、发票或凭证号"),
        columns=(
            Column("order", _("任务单"), lambda row: row.order.case.number),
            Column("title", _("样品"), lambda row: row.order.case.title),
            Column(
                "client",
                _("委托方"),
                lambda row: row.order.case.client.uid,
                text=lambda row: local(row.order.case.client),
            ),
            Column(
                "institution",
                _("承接机构"),
                lambda row: row.order.case.handler.uid,
                text=lambda row: local(row.order.case.handler),
            ),
            Column(
                "amount_cents",
                _("应付金额（元）"),
                lambda row: row.amount_cents,
                text=lambda row: yuan(row.amount_cents),
                kind=int,
                number=True,
            ),
            Column("invoice", _("发票号码"), lambda row: row.invoice),
            Column("paid_on", _("付款日期"), lambda row: row.paid_on, kind=date),
            Column(
                "state",
                _("状态"),
                lambda row: row.state,
                text=lambda row: row.get_state_display(),
                show=lambda row: badge(row.get_state_display(), TONES[row.state]),
            ),
        ),
        filters=(one_of("state", _("状态"), Settlement.State.choices), in_region("order__case__region_code")),
    )
)
