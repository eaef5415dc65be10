"""The registers of settlements (what orders are charged at, how far they are paid) and of checks before issue."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from quanheng.domains.testing import queries
from quanheng.domains.testing.gate.rules import all_rules
from quanheng.domains.testing.models import GateRecord, Settlement
from quanheng.domains.testing.process import ORDER
from quanheng.domains.testing.services.refunding import why_owed
from quanheng.kernel.base.errors import bilingual
from quanheng.kernel.base.html import badge, local, yuan
from quanheng.kernel.parties.queries import organisations
from quanheng.kernel.registers.declare import Column, Filter, Register, register
from quanheng.kernel.registers.narrowing import in_region, meaning, one_of, words

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


def _rules() -> dict[str, Any]:
    """Every rule by its key with its latest title."""
    return {rule.key: bilingual(rule.title_zh, rule.title_en) for rule in all_rules()}


def _not_kept(row: GateRecord) -> list[str]:
    return [key for key, outcome in row.outcomes.items() if outcome == "fail"]


def _not_kept_told(row: GateRecord) -> str:
    """The rules that were not kept with the signatory's reasons, in the reader's language."""
    titles = _rules()
    told = [f"{titles.get(key, key)}（{row.reasons.get(key, '')}）" for key in _not_kept(row)]
    return "；".join(told) or "—"


def _issuer(uid: str) -> str:
    return local(organisations().filter(uid=uid).first())


_LIKE = Exists(GateRecord.objects.filter(likeness=OuterRef("likeness")).exclude(pk=OuterRef("pk")))

register(
    Register(
        "gate-records",
        title=_("签发前核查记录"),
        lead=_("每份报告签发前对照记录核查了什么、哪些规则不符合、签字人为什么仍然签发。"),
        path="/gate-records/",
        model=GateRecord,
        icon="shield-check",
        rows=queries.gate_records,
        url=lambda row: f"/r/{row.attestation.uid}",
        sub=lambda row: row.attestation.title,
        order="-failed",
        signed_in=True,
        search=words("attestation__number", "attestation__title"),
        search_label=_("报告编号或名称"),
        columns=(
            Column("report", _("报告"), lambda row: row.attestation.number, code=True),
            Column(
                "issuer",
                _("出具机构"),
                lambda row: row.attestation.issuer.uid,
                text=lambda row: local(row.attestation.issuer),
            ),
            Column("failed", _("不符合"), lambda row: row.failed, kind=int, sort="failed", number=True),
            Column("rules", _("不符合的规则和签字人理由"), _not_kept, text=_not_kept_told, kind=list[str]),
            Column("missing", _("未判断"), lambda row: row.missing, kind=int, number=True),
            Column("issued_at", _("签发时间"), lambda row: row.attestation.issued_at, kind=datetime),
        ),
        filters=(
            meaning(
                "rule",
                _("不符合的规则"),
                list(_rules().items()),
                lambda key: Q(failed__gt=0, **{f"outcomes__{key}": "fail"}),
            ),
            meaning(
                "alike",
                _("数值结果"),
                [("yes", _("与另一份报告逐项相同"))],
                lambda _value: Q(~Q(likeness=""), _LIKE),
            ),
            Filter(
                "issuer",
                _("出具机构"),
                lambda rows, uid: rows.filter(attestation__issuer__uid=uid),
                longest=13,
                offered=False,
                word=_issuer,
            ),
            in_region("attestation__issuer__region_code"),
        ),
    )
)
