"""The registers of reports and certificates: those that concern the reader, and the public face of all of a region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.attestations import queries
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.base.grants import Oversees
from quanheng.kernel.base.html import badge, local
from quanheng.kernel.base.lean import all_but_names
from quanheng.kernel.base.words import with_words
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import REGULATORS, Role
from quanheng.kernel.registers.declare import Column, Filter, Register, register
from quanheng.kernel.registers.narrowing import before, in_region, one_of, within

# Who may see of every report of a region that it was issued.
FACE = Oversees("issuer__region_code", *REGULATORS, Role.PLANNER)
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


def _faces(actor: Actor) -> QuerySet[Attestation]:
    """What was issued in the region that the actor plans for or oversees, and what concerns it."""
    rows = Attestation.objects.filter(FACE.q(actor) | Attestation.visible_to.q(actor)).select_related("issuer")
    return rows.defer("document", *all_but_names(Organisation, "issuer"))


def _by_number(rows: QuerySet[Attestation], text: str, asked: Mapping[str, Any]) -> QuerySet[Attestation]:
    return with_words(rows, text, begins=["number"])


def _of_clients_in(rows: QuerySet[Attestation], code: str) -> QuerySet[Attestation]:
    """A city or a province: a district would tell more of a single client than its report's number does."""
    if not code.endswith("00"):
        raise Invalid.field("client_region", _("这里只能按省或市查询委托方所在区划，如 120000。"))
    return _CLIENTS.apply(rows, code)


def _state(row: Attestation) -> Any:
    return badge(row.get_state_display(), TONES.get(row.state, "idle"))


_KIND = one_of("kind", _("种类"), Attestation.Kind.choices)
_STATES = one_of("state", _("状态"), Attestation.State.choices)
_ISSUED = before("issued", _("签发不晚于"), "issued_at__date")
_ISSUED_FROM = Filter(
    "issued_from",
    _("签发不早于"),
    lambda rows, day: rows.filter(issued_at__gte=_begins(day)),
    kind=date,
    offered=False,
)
_ON = Filter("on", _("某日未过期"), _in_force, kind=date, offered=False)
_REGION = in_region("issuer__region_code")
_CLIENTS = within("client_region", _("委托方所在区划"), "client__region_code")

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
        filters=(_KIND, _STATES, _ISSUED, _ISSUED_FROM, _ON, _REGION, _CLIENTS),
    )
)

# What anybody is told who knows a number (``queries.by_number``): who issued it, when, and whether it stands. What was
# tested for whom is the client's (ISO/IEC 17025:2017, 4.2.1), and the address of a report is its content: rows are
# called by their numbers.
register(
    Register(
        "issued-reports",
        title=_("签发的报告与证书（公开信息）"),
        lead=_(
            "本地区机构签发的报告和证书：编号、种类、签发机构、日期和状态，与凭编号查验所见相同。对象、结果和委托方是委托方的信息，"
            "只对有关各方和监管人员开放。"
        ),
        path="/issued-reports/",
        model=Attestation,
        icon="file-check",
        rows=_faces,
        signed_in=True,
        search=_by_number,
        search_label=_("编号"),
        called=lambda row: row.number,
        url=lambda row: f"/verify/?{urlencode({'number': row.number})}",
        columns=(
            Column("number", _("编号"), lambda row: row.number, code=True, sort="number"),
            Column("kind", _("种类"), lambda row: row.kind, text=lambda row: row.get_kind_display()),
            Column("issuer", _("签发机构"), lambda row: row.issuer.uid, text=lambda row: local(row.issuer)),
            Column("issued_at", _("签发时间"), lambda row: row.issued_at, kind=datetime),
            Column("state", _("状态"), lambda row: row.state, show=_state),
        ),
        filters=(_KIND, _STATES, _ISSUED, _ISSUED_FROM, _ON, _REGION, replace(_CLIENTS, apply=_of_clients_in)),
    )
)
