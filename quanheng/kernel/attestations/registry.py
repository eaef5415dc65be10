"""The register of reports and certificates: those that concern the reader."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.attestations import queries
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.html import badge, local
from quanheng.kernel.base.lean import all_but_names
from quanheng.kernel.base.words import with_words
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.registers.declare import Column, Filter, Register, register
from quanheng.kernel.registers.narrowing import before, in_region, one_of, within

TONES = {"issued": "ok", "superseded": "ended", "suspended": "wait", "withdrawn": "bad"}


def _rows(actor: Actor) -> QuerySet[Attestation]:
    rows = queries.attestations(actor).select_related(None).select_related("issuer", "client")
    return rows.defer(None).defer(
        "document", *all_but_names(Organisation, "issuer"), *all_but_names(Organisation, "client")
    )


def _numbered(rows: QuerySet[Attestation], text: str, asked: Mapping[str, Any]) -> QuerySet[Attestation]:
    return with_words(rows, text, "title", begins=["number"])


# No attestation is older or younger, and every moment between has a UTC.
FIRST, LAST = date(1900, 1, 1), date(9000, 1, 1)


def _begins(day: date) -> datetime:
    """The first moment of a day here: to compare moments is quicker than to work out the day of each row."""
    near = min(max(day, FIRST), LAST)
    return timezone.make_aware(datetime.combine(near, time.min), timezone.get_default_timezone())


def _in_force(rows: QuerySet[Attestation], day: date) -> QuerySet[Attestation]:
    lasting = Q(valid_until__gte=day) | Q(valid_until=None)
    return rows.filter(lasting, issued_at__lt=_begins(day) + timedelta(days=1))


def _state(row: Attestation) -> Any:
    return badge(row.get_state_display(), TONES.get(row.state, "idle"))


register(
    Register(
        "reports",
        title=_("报告与证书"),
        lead=_("与您所在机构有关的报告和证书：签发的、收到的、辖区内的。点开即可查验。"),
        path="/reports/",
        model=Attestation,
        icon="file-check",
        rows=_rows,
        signed_in=True,
        search=_numbered,
        search_label=_("编号或对象"),
        url=lambda row: f"/r/{row.uid}",
        columns=(
            Column("number", _("编号"), lambda row: row.number, code=True, sort="number"),
            Column("title", _("对象"), lambda row: row.title),
            Column("kind", _("种类"), lambda row: row.kind, text=lambda row: row.get_kind_display()),
            Column("issuer", _("签发机构"), lambda row: row.issuer.uid, text=lambda row: local(row.issuer)),
            Column(
                "client",
                _("委托方"),
                lambda row: row.client.uid if row.client else "",
                text=lambda row: local(row.client),
            ),
            Column("issued_at", _("签发时间"), lambda row: row.issued_at, kind=datetime),
            Column("state", _("状态"), lambda row: row.state, show=_state),
        ),
        filters=(
            one_of("kind", _("种类"), Attestation.Kind.choices),
            one_of("state", _("状态"), Attestation.State.choices),
            before("issued", _("签发不晚于"), "issued_at__date"),
            Filter(
                "issued_from",
                _("签发不早于"),
                lambda rows, day: rows.filter(issued_at__gte=_begins(day)),
                kind=date,
                offered=False,
            ),
            Filter("on", _("某日未过期"), _in_force, kind=date, offered=False),
            in_region("issuer__region_code"),
            within("client_region", _("委托方所在区划"), "client__region_code"),
        ),
    )
)
