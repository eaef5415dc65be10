"""The register of settlements: what orders are charged at, and how far they are paid."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from quanheng.domains.testing import queries
from quanheng.domains.testing.models import Settlement
from quanheng.domains.testing.process import ORDER
from quanheng.domains.testing.services.refunding import why_owed
from quanheng.kernel.base.html import badge, local, yuan
from quanheng.kernel.registers.declare import Column, Register, register
from quanheng.kernel.registers.narrowing import in_region, one_of, words

TONES = {
    Settlement.State.BILLED: "wait",
    Settlement.State.PAID: "info",
    Settlement.State.SETTLED: "ok",
    Settlement.State.VOID: "ended",
}


def page_of(row: Settlement) -> str:
    """Where a settlement is told and acted on: a charge on the page of its order, the rest on one of its own."""
    return ORDER.path.format(uid=row.case.uid) if row.kind == Settlement.Kind.CHARGE else f"/settlements/{row.uid}/"


register(
    Register(
        "settlements",
        title=_("结算"),
        lead=_("任务单应付金额和付款情况，以及复测费由谁承担。款项在平台之外支付，这里只作登记。"),
        path="/settlements/",
        model=Settlement,
        icon="receipt",
        rows=queries.settlements,
        signed_in=True,
        url=page_of,
        search=words("case__number", "case__title", "invoice", "reference"),
        search_label=_("任务单、发票或凭证号"),
        columns=(
            Column("order", _("任务单"), lambda row: row.case.number),
            Column("title", _("样品"), lambda row: row.case.title),
            Column("kind", _("款项"), lambda row: row.kind, text=lambda row: row.get_kind_display()),
            Column(
                "client",
                _("委托方"),
                lambda row: row.case.client.uid,
                text=lambda row: local(row.case.client),
            ),
            Column(
                "institution",
                _("承接机构"),
                lambda row: row.case.handler.uid,
                text=lambda row: local(row.case.handler),
            ),
            Column(
                "amount_cents",
                _("应付金额（元）"),
                lambda row: row.amount_cents,
                text=lambda row: yuan(row.amount_cents),
                kind=int,
                number=True,
            ),
            Column("reason", _("说明"), lambda row: str(why_owed(row)), hidden=True),
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
        filters=(
            one_of("state", _("状态"), Settlement.State.choices),
            one_of("kind", _("款项"), Settlement.Kind.choices),
            in_region("case__region_code"),
        ),
    )
)
