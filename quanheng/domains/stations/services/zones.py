"""Zones: registered from above, run by their operator, joined and left by consent of both sides."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.stations.models import Zone, ZoneMember
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.cells import Cells, refuse
from quanheng.kernel.base.checks import need_reason
from quanheng.kernel.base.errors import Conflict, Invalid
from quanheng.kernel.base.grants import Holds, Oversees
from quanheng.kernel.base.texts import filled
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import OrganisationKind, Role
from quanheng.kernel.parties.services.organisations import REGISTRARS
from quanheng.kernel.region.models import Region

State = ZoneMember.State
_TEXTS = ("name_zh", "name_en", "address", "introduction_zh", "introduction_en")
_TAKEN = _("该区划已有同名示范区，请换一个名称。")
OPERATOR = Holds("zone__operator", Role.ADMINISTRATOR)
OWN = Holds("organisation", Role.ADMINISTRATOR)


def _read(zone: Zone, facts: dict[str, Any]) -> None:
    row = {name: getattr(zone, name) for name in (*_TEXTS, "hectares")}
    cells = Cells({name: "" if value is None else value for name, value in {**row, **facts}.items()})
    for name, value in cells.texts(Zone, *_TEXTS).items():
        setattr(zone, name, value)
    zone.hectares = cells.integer("hectares", 1, 1_000_000, default=0) or None
    refuse(cells.errors)
    try:
        with transaction.atomic():
            zone.save()
    except IntegrityError:
        raise Invalid.field("name_zh", _TAKEN) from None


@act("stations.zone.register", on=Region, label=_("登记示范区"), may=Oversees("code", *REGISTRARS))
def register_zone(
    actor: Actor, region: Region, *, operator: Organisation, synthetic: bool = False, **facts: Any
) -> Zone:
    """Enter a zone of a region and who runs it. Raises Invalid by field."""
    if refusal := operator.ended():
        raise refusal
    zone = Zone(operator=operator, region=region, region_code=region.code, synthetic=synthetic and actor.system)
    _read(zone, facts)
    return zone


@act(
    "stations.zone.change",
    on=Zone,
    label=_("变更示范区资料"),
    may=Holds("operator", Role.ADMINISTRATOR) | Oversees("region_code", *REGISTRARS),
    tells=("operator",),
)
def change_zone(actor: Actor, zone: Zone, *, reason: str, **facts: Any) -> Zone:
    """Change what a zone says of itself, with the reason. Others are kept as they are."""
    need_reason(reason)
    for name in facts:
        if name not in (*_TEXTS, "hectares"):
            raise Invalid.field(name, _("该项不能变更，请联系登记机关。"))
    _read(zone, facts)
    return zone


def _about(member: ZoneMember) -> dict[str, Any]:
    zone = member.zone
    return {"title_zh": zone.name_zh, "title_en": zone.name_en or zone.name_zh, "path": f"/zones/{zone.uid}/"}


def _begin(zone: Zone, organisation: Organisation, state: str) -> ZoneMember:
    """The one row of an organisation in a zone, taken up anew. Raises Conflict where it is a member or on its way."""
    if organisation.pk == zone.operator_id:
        raise Conflict(_("运营机构本身无需加入。"))
    if organisation.kind == OrganisationKind.REGULATOR:
        raise Conflict(_("市场监管部门不能作为示范区成员。"))
    if refusal := organisation.ended():
        raise refusal
    member = ZoneMember.objects.select_for_update().filter(zone=zone, organisation=organisation).first()
    member = member or ZoneMember(zone=zone, organisation=organisation, state=State.LEFT)
    if member.state != State.LEFT:
        sentence = _("“%(name)s”已是该示范区的成员，或已在办理加入。")
        raise Conflict(filled(sentence, name=organisation.name_zh), code=member.state)
    member.state, member.left_on = state, None
    member.named = member.shown = False
    try:
        with transaction.atomic():
            member.save()
    except IntegrityError:
        raise Conflict(_("刚刚有人办理了同一机构的加入，请刷新页面。"), code="twice") from None
    remark(about=_about(member), organisation=organisation.uid, name=organisation.name_zh)
    return member


@act(
    "stations.zone.invite",
    on=Zone,
    label=_("邀请加入示范区"),
    may=Holds("operator", Role.ADMINISTRATOR),
    tells=("organisation",),
)
def invite_to_zone(actor: Actor, zone: Zone, *, organisation: Organisation) -> ZoneMember:
    """Invite an organisation; it is a member once its own administrator has accepted."""
    return _begin(zone, organisation, State.INVITED)


@act(
    "stations.zone.ask",
    on=Organisation,
    label=_("申请加入示范区"),
    may=Holds("", Role.ADMINISTRATOR),
    tells=("zone__operator",),
)
def ask_to_join(actor: Actor, organisation: Organisation, *, zone: Zone, named: bool = False) -> ZoneMember:
    """Ask to be admitted; ``named``: the public page may name the organisation."""
    member = _begin(zone, organisation, State.ASKED)
    member.named = named
    member.save(update_fields=["named"])
    return member


def _join(member: ZoneMember) -> None:
    member.state, member.joined_on = State.JOINED, timezone.localdate()
    remark(about=_about(member))


def _must_be(member: ZoneMember, state: str, message: Any) -> None:
    if member.state != state:
        raise Conflict(message, code=member.state)


@act("stations.zone.admit", on=ZoneMember, label=_("同意加入示范区"), may=OPERATOR, tells=("organisation",))
def admit_member(actor: Actor, member: ZoneMember) -> ZoneMember:
    """The operator admits an organisation that asked. Raises Conflict where it did not, or is in already."""
    _must_be(member, State.ASKED, _("该机构没有待批准的申请，可能已被他人办理，请刷新页面。"))
    _join(member)
    member.save(update_fields=["state", "joined_on"])
    return member


@act("stations.zone.join", on=ZoneMember, label=_("接受示范区邀请"), may=OWN, tells=("zone__operator",))
def join_zone(actor: Actor, member: ZoneMember, *, named: bool = False, shown: bool = False) -> ZoneMember:
    """An organisation accepts an invitation and says what of it may be seen. Raises Conflict."""
    _must_be(member, State.INVITED, _("没有待接受的邀请，可能已被他人办理，请刷新页面。"))
    member.named, member.shown = named, shown
    _join(member)
    member.save(update_fields=["state", "joined_on", "named", "shown"])
    return member


@act("stations.zone.consent", on=ZoneMember, label=_("变更公开范围"), may=OWN)
def settle_consent(actor: Actor, member: ZoneMember, *, named: bool, shown: bool) -> ZoneMember:
    """A member says anew what of it may be seen: its name by everybody, its own figures by the operator."""
    _must_be(member, State.JOINED, _("只有成员能变更公开范围。"))
    member.named, member.shown = named, shown
    member.save(update_fields=["named", "shown"])
    return member


@act(
    "stations.zone.part",
    on=ZoneMember,
    label=_("退出或移出示范区"),
    may=OPERATOR | OWN,
    tells=("organisation", "zone__operator"),
)
def part_from_zone(actor: Actor, member: ZoneMember, *, reason: str) -> ZoneMember:
    """Either side ends a membership, an invitation or an application, at once and with the reason."""
    need_reason(reason)
    if member.state == State.LEFT:
        raise Conflict(_("该机构已退出示范区。"), code="left")
    member.state, member.left_on = State.LEFT, timezone.localdate()
    member.named = member.shown = False
    member.save(update_fields=["state", "left_on", "named", "shown"])
    remark(about=_about(member))
    return member
