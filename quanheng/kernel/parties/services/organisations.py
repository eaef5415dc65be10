"""Registering organisations and keeping their public face right."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.checks import need_reason
from quanheng.kernel.base.errors import Denied
from quanheng.kernel.base.grants import Holds, Oversees
from quanheng.kernel.base.texts import filled, listed
from quanheng.kernel.parties.models import Organisation, OrganisationName
from quanheng.kernel.parties.roles import REGULATORS, OrganisationKind, Role
from quanheng.kernel.parties.services import checks
from quanheng.kernel.parties.signals import organisation_moved
from quanheng.kernel.region.models import Region

# Columns that an organisation answers for itself; its identity is the registrar's.
OWN = ("name_en", "address", "phone", "introduction_zh", "introduction_en")
REGISTRARS = (Role.ADMINISTRATOR, *REGULATORS)


def check_kind(actor: Actor, region_code: str, kind: str, complaints: checks.Complaints) -> None:
    """The kind exists; a regulator is registered from above only (Denied)."""
    if kind not in OrganisationKind.values:
        kinds = listed(OrganisationKind.values)
        complaints.add("kind", filled(_("没有这种机构类型，可选：%(kinds)s。"), kinds=kinds))
    elif kind == OrganisationKind.REGULATOR and not actor.system:
        prefixes = actor.regions(Role.ADMINISTRATOR)
        if not any(region_code.startswith(prefix) for prefix in prefixes):
            raise Denied(_("市场监管部门只能由上级部门的机构管理员登记，请联系上级部门。"))


@act(
    "parties.organisation.register",
    on=Region,
    label=_("登记机构"),
    may=Oversees("code", *REGISTRARS),
)
def register_organisation(
    actor: Actor,
    region: Region,
    *,
    uscc: str,
    name_zh: str,
    kind: str,
    name_en: str = "",
    address: str = "",
    phone: str = "",
    introduction_zh: str = "",
    introduction_en: str = "",
    latitude: float | None = None,
    longitude: float | None = None,
    synthetic: bool = False,
) -> Organisation:
    """Enter an organisation in the register of a region. Done by whoever oversees the region.

    Raises Invalid with every field that is wrong: the credit code's check characters, a code already
    registered, names and positions; Denied where a regulator is registered from below.
    """
    complaints = checks.Complaints()
    code = checks.uscc(uscc, complaints)
    if known := Organisation.objects.filter(uscc=code).first():
        complaints.add(
            "uscc", filled(_("该代码已登记为“%(name)s”，请直接使用该机构，或核对代码。"), name=known.name_zh)
        )
    check_kind(actor, region.code, kind, complaints)
    facts = {
        "name_en": name_en,
        "address": address,
        "phone": phone,
        "introduction_zh": introduction_zh,
        "introduction_en": introduction_en,
    }
    facts = {name: checks.text(Organisation, name, value, complaints) for name, value in facts.items()}
    name_zh = checks.text(Organisation, "name_zh", name_zh, complaints, needed=True)
    checks.position(latitude, longitude, complaints)
    complaints.raise_any()
    with checks.taken("uscc", _("该代码刚刚被登记，请刷新后直接使用该机构。")):
        return Organisation.objects.create(
            uscc=code,
            name_zh=name_zh,
            kind=kind,
            region=region,
            region_code=region.code,
            latitude=latitude,
            longitude=longitude,
            synthetic=synthetic,
            **facts,
        )


@act(
    "parties.organisation.change",
    on=Organisation,
    label=_("变更机构资料"),
    may=Holds("", Role.ADMINISTRATOR),
)
def change_organisation(actor: Actor, organisation: Organisation, *, reason: str, **facts: Any) -> Organisation:
    """Change what an organisation says of itself: ``OWN`` columns and its position, with the reason.

    Others are kept as they are.
    """
    need_reason(reason)
    complaints = checks.Complaints()
    for name, value in facts.items():
        if name in OWN:
            setattr(organisation, name, checks.text(Organisation, name, value, complaints))
        elif name in ("latitude", "longitude"):
            setattr(organisation, name, value)
        else:
            complaints.add(name, _("该项不能由机构自行变更，请联系登记机关。"))
    checks.position(organisation.latitude, organisation.longitude, complaints)
    complaints.raise_any()
    organisation.save()
    return organisation


@act(
    "parties.organisation.correct",
    on=Organisation,
    label=_("更正登记事项"),
    may=Oversees("region_code", *REGISTRARS),
)
def correct_registration(
    actor: Actor,
    organisation: Organisation,
    *,
    reason: str,
    name_zh: str | None = None,
    kind: str | None = None,
    region: Region | None = None,
) -> Organisation:
    """Correct name, kind or region, with the reason. A move is made by whoever oversees both regions."""
    need_reason(reason)
    complaints = checks.Complaints()
    before = organisation.name_zh
    if name_zh is not None:
        organisation.name_zh = checks.text(Organisation, "name_zh", name_zh, complaints, needed=True)
    if region is not None:
        if not Oversees("code", *REGISTRARS).allows(actor, region):
            raise Denied(_("迁入地不在您的管辖范围内，请由两地共同的上级部门办理。"))
        organisation.region, organisation.region_code = region, region.code
    if kind is not None and kind != organisation.kind:
        check_kind(actor, organisation.region_code, kind, complaints)
        organisation.kind = kind
    complaints.raise_any()
    organisation.save()
    if region is not None:
        organisation_moved.send(Organisation, organisation=organisation)
    if organisation.name_zh != before:
        # It is found under its former name too.
        facts = {"kind": OrganisationName.Kind.FORMER, "until": timezone.localdate()}
        OrganisationName.objects.update_or_create(organisation=organisation, text=before, defaults=facts)
        OrganisationName.objects.filter(organisation=organisation, text=organisation.name_zh).delete()
        remark(former_name=before)
    return organisation
