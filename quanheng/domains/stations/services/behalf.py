"""What a station does in a firm's name: only under a mandate in force, only stating and planning, all of it visible.

The mandate is asked of its own row, locked, at each act: whoever takes it back and whoever acts on it at once come one
after the other. Confirming a plan is not among these acts: there is no order that the firm itself has not accepted.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.services import services as one_stop
from quanheng.domains.services.models import Need, Plan
from quanheng.domains.services.revising import Revision
from quanheng.domains.stations.models import Mandate, Station, Visit
from quanheng.domains.stations.services.visits import FIRM, LONGEST, STAFF, about, refuse_closed
from quanheng.kernel.base.actor import Actor, Post
from quanheng.kernel.base.acts import act, beside, lock, remark
from quanheng.kernel.base.checks import checked_text, need_reason
from quanheng.kernel.base.errors import Conflict, Denied, Invalid
from quanheng.kernel.base.grants import Holds
from quanheng.kernel.base.texts import filled
from quanheng.kernel.cases.running import last_day
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import CLIENT_ROLES, Role

_ASKED_ALREADY = _("已向该企业提出授权请求，请等待企业办理。")


def _about(mandate: Mandate) -> dict[str, Any]:
    station = mandate.station
    path = f"/mandates/{mandate.uid}/"
    return {"title_zh": station.name_zh, "title_en": station.name_en or station.name_zh, "path": path}


def _open(station: Station, client: Organisation) -> Mandate | None:
    """The mandate asked for or in force; one that has run out ends here."""
    found = Mandate.objects.select_for_update().filter(station=station, client=client).exclude(state="ended").first()
    if found is not None and found.state == Mandate.State.GIVEN and not found.in_force:
        found.state, found.ended_at = Mandate.State.ENDED, timezone.now()
        found.save(update_fields=["state", "ended_at"])
        return None
    return found


def _store(mandate: Mandate) -> None:
    try:
        with transaction.atomic():
            mandate.save()
    except IntegrityError:
        raise Conflict(_ASKED_ALREADY, code="asked") from None


@act("stations.mandate.ask", on=Visit, label=_("请企业授权代办"), may=STAFF, tells=("client",))
def ask_mandate(actor: Actor, visit: Visit) -> Mandate:
    """Ask the firm of a visit to let the station act for it. Raises Conflict: no firm, asked or given already."""
    refuse_closed(visit)
    if visit.client is None:
        raise Conflict(_("来访企业尚未在平台登记，不能代办。请先补登企业。"))
    found = _open(visit.station, visit.client)
    if found is not None:
        asked = found.state == Mandate.State.ASKED
        raise Conflict(_ASKED_ALREADY if asked else _("企业已授权，可以代办。"), code=found.state)
    mandate = Mandate(station=visit.station, client=visit.client, asked_by_id=actor.person_id)
    _store(mandate)
    remark(about=_about(mandate))
    return mandate


@act(
    "stations.mandate.give",
    on=Organisation,
    label=_("授权站点代办"),
    may=Holds("", *CLIENT_ROLES),
    tells=("station__operator",),
)
def give_mandate(actor: Actor, client: Organisation, *, station: Station, valid_until: date) -> Mandate:
    """The firm lets a station state needs and have plans made for it until a day, whether it was asked or not.

    Raises Invalid (a day past, or later than the rule ``one_stop.mandate_longest`` allows), Conflict (given already).
    """
    today = timezone.localdate()
    longest = last_day("one_stop.mandate_longest", timezone.now())
    if not today <= valid_until <= longest:
        raise Invalid.field("valid_until", filled(_("有效期须在今天至 %(day)s 之间。"), day=longest))
    if station.closed_on is not None:
        raise Conflict(_("该站点已停办，不能授权。"))
    if client.pk == station.operator_id:
        raise Conflict(_("本机构运营该站点，无需授权。"))
    mandate = _open(station, client) or Mandate(station=station, client=client)
    if mandate.state == Mandate.State.GIVEN:
        raise Conflict(_("已授权该站点。需要改变期限时，请先终止再授权。"), code="given")
    mandate.state, mandate.valid_until = Mandate.State.GIVEN, valid_until
    mandate.given_by_id, mandate.given_at = actor.person_id, timezone.now()
    _store(mandate)
    remark(about=_about(mandate))
    return mandate


@act(
    "stations.mandate.end",
    on=Mandate,
    label=_("终止代办授权"),
    may=FIRM | STAFF,
    tells=("client", "station__operator"),
)
def end_mandate(actor: Actor, mandate: Mandate, *, reason: str) -> Mandate:
    """The firm refuses or takes back, or the station gives back: at once, with the reason."""
    need_reason(reason)
    if mandate.state == Mandate.State.ENDED:
        raise Conflict(_("该授权已经终止。"), code="ended")
    mandate.state, mandate.ended_at = Mandate.State.ENDED, timezone.now()
    mandate.save(update_fields=["state", "ended_at"])
    remark(about=_about(mandate))
    return mandate


def _in_force(visit: Visit) -> Mandate:
    """The mandate on which a visit's firm can be acted for, locked. Raises Denied."""
    if visit.client is not None:
        # Before the mandate, as whoever gives one does: the two never wait for each other.
        lock(visit.client)
    found = Mandate.objects.filter(station=visit.station_id, client=visit.client_id, state="given").first()
    mandate = lock(found) if found else None
    if mandate is None or not mandate.in_force:
        raise Denied(_("企业没有授权本站点代办，或授权已过期、已终止。请先请企业授权。"))
    return mandate


def stand_in(actor: Actor, client: Organisation) -> Actor:
    """Whoever acts, as somebody of the firm: for the acts of this module alone, once a mandate was found in force."""
    return Actor(person_id=actor.person_id, name=actor.name, posts=(Post(client.pk, Role.MEMBER),))


def _told(mandate: Mandate) -> dict[str, Any]:
    return {"on_behalf_of": mandate.client.uid, "mandate": mandate.uid, "station": mandate.station.uid}


@act("stations.behalf.state", on=Visit, label=_("代企业提出需求"), may=STAFF, tells=("client",))
def state_need_for(actor: Actor, visit: Visit, *, text: str) -> Need:
    """State a need for the visit's firm and have a plan made, under its mandate. One need for each visit.

    Raises Denied (no mandate in force), Conflict (closed, or stated already), Invalid.
    """
    refuse_closed(visit)
    mandate = _in_force(visit)
    if visit.need_id is not None:
        raise Conflict(_("本次来访已代为提出需求，可以修改后重新生成方案。"), code="stated")
    acting = stand_in(actor, mandate.client)
    with beside(**_told(mandate)):
        need = one_stop.state_need(acting, mandate.client, text=checked_text("text", text, LONGEST))
        plan = one_stop.propose_plan(acting, need)
    visit.need, visit.mandate = need, mandate
    visit.save(update_fields=["need", "mandate"])
    remark(**_told(mandate), plan=plan.uid, about=about(visit))
    return need


@act("stations.behalf.plan", on=Visit, label=_("代企业生成方案"), may=STAFF, tells=("client",))
def plan_for(actor: Actor, visit: Visit, *, text: str = "", prefer: str = "") -> Plan:
    """Another plan for the need stated before, said in other words first where ``text`` is given.

    Raises Denied, Conflict (closed, no need stated, or the firm has commissioned it), Invalid.
    """
    refuse_closed(visit)
    mandate = _in_force(visit)
    need = visit.need
    if need is None:
        raise Conflict(_("请先代为提出需求。"), code="not-stated")
    if need.plans.filter(commission__isnull=False).exists():
        raise Conflict(_("企业已确认方案并委托，不能再代为修改。"), code="commissioned")
    acting = stand_in(actor, mandate.client)
    with beside(**_told(mandate)):
        if text.strip():
            one_stop.revise_need(acting, need, revision=Revision(text=checked_text("text", text, LONGEST)))
        plan = one_stop.propose_plan(acting, need, prefer=prefer)
    remark(**_told(mandate), about=about(visit))
    return plan
