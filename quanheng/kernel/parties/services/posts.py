"""What people are in organisations: roles granted and ended, signatories authorised by field."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.checks import REASON_LENGTH, checked_text, need_reason
from quanheng.kernel.base.errors import Conflict, Denied, Invalid
from quanheng.kernel.base.grants import Holds
from quanheng.kernel.base.texts import filled, listed
from quanheng.kernel.parties.models import Membership, Organisation, Person, SignatoryField
from quanheng.kernel.parties.queries import in_force
from quanheng.kernel.parties.roles import INSTITUTIONS, OrganisationKind, Role
from quanheng.kernel.parties.services import checks

# Which kinds of organisation have such roles at all; a role not named here may be held anywhere.
ONLY_IN = {
    Role.CASE_OFFICER: (OrganisationKind.REGULATOR,),
    Role.DISTRICT_OFFICER: (OrganisationKind.REGULATOR,),
    Role.PLANNER: (OrganisationKind.REGULATOR, OrganisationKind.SERVICE_STATION),
    Role.OPERATOR: (*INSTITUTIONS, OrganisationKind.SCHEME_PROVIDER, OrganisationKind.STANDARDS_BODY),
    Role.REVIEWER: (*INSTITUTIONS, OrganisationKind.SCHEME_PROVIDER, OrganisationKind.STANDARDS_BODY),
    Role.SIGNATORY: (*INSTITUTIONS, OrganisationKind.SCHEME_PROVIDER),
}


def roles_for(organisation: Organisation) -> list[Role]:
    """The roles that can be granted in an organisation; the signatory's is authorised field by field instead."""
    return [
        role for role in Role if role != Role.SIGNATORY and organisation.kind in ONLY_IN.get(role, (organisation.kind,))
    ]


def signs(organisation: Organisation) -> bool:
    """Whether an organisation of this kind has authorised signatories at all."""
    return organisation.kind in ONLY_IN[Role.SIGNATORY]


def check_role(organisation: Organisation, role: str, complaints: checks.Complaints) -> None:
    """The role exists, suits the kind of organisation, and is not the signatory's (which needs fields)."""
    if role not in Role.values:
        complaints.add("role", filled(_("没有这个角色，可选：%(roles)s。"), roles=listed(Role.values)))
    elif role == Role.SIGNATORY:
        complaints.add("role", _("授权签字人须逐个领域授权，请使用“授权签字人”办理。"))
    else:
        _check_kind(organisation, Role(role), complaints)


def _check_kind(organisation: Organisation, role: Role, complaints: checks.Complaints) -> None:
    kinds = ONLY_IN.get(role)
    if kinds and organisation.kind not in kinds:
        complaints.add(
            "role",
            filled(
                _("“%(kind)s”没有“%(role)s”这一角色，请另选角色。"),
                kind=OrganisationKind(organisation.kind).label,
                role=role.label,
            ),
        )


def hold(
    person: Person, organisation: Organisation, role: str, valid_from: date | None, valid_until: date | None
) -> Membership:
    """Store the membership, or take up again one that had ended. Called inside an act that has checked."""
    membership, _made = Membership.objects.update_or_create(
        person=person,
        organisation=organisation,
        role=role,
        defaults={"valid_from": valid_from, "valid_until": valid_until},
    )
    return membership


@act("parties.role.grant", on=Organisation, label=_("授予角色"), may=Holds("", Role.ADMINISTRATOR))
def grant_role(
    actor: Actor,
    organisation: Organisation,
    *,
    person: Person,
    role: str,
    valid_from: date | None = None,
    valid_until: date | None = None,
    reason: str = "",
) -> Membership:
    """Give a person a role in the administrator's own organisation, from today where no day is named."""
    checked_text("reason", reason, REASON_LENGTH, required=False)
    complaints = checks.Complaints()
    check_role(organisation, role, complaints)
    checks.period(valid_from, valid_until, complaints)
    complaints.raise_any()
    if _posts_today(organisation).filter(person=person, role=role, valid_until=valid_until).exists():
        raise Conflict(
            filled(_("%(name)s 已经是“%(role)s”，无需再次授予。"), name=person.name_zh, role=Role(role).label)
        )
    remark(person=person.name_zh, role=role)
    return hold(person, organisation, role, valid_from or timezone.localdate(), valid_until)


@act(
    "parties.role.end",
    on=Membership,
    label=_("终止角色"),
    may=Holds("organisation", Role.ADMINISTRATOR),
)
def end_role(actor: Actor, membership: Membership, *, reason: str) -> Membership:
    """End a role at once, with the reason. The last administrator stays until there is another."""
    need_reason(reason)
    today = timezone.localdate()
    if membership.valid_until is not None and membership.valid_until < today:
        raise Conflict(filled(_("该角色已于 %(day)s 终止。"), day=membership.valid_until))
    if membership.role == Role.ADMINISTRATOR:
        others = _posts_today(membership.organisation).filter(role=Role.ADMINISTRATOR).exclude(pk=membership.pk)
        if not others.exists():
            raise Conflict(_("这是本机构唯一的管理员。请先授予另一人管理员角色，再终止此角色。"))
    membership.valid_until = today - timedelta(days=1)
    membership.save(update_fields=["valid_until"])
    membership.fields.filter(in_force(today)).update(valid_until=membership.valid_until)
    return membership


def _posts_today(organisation: Organisation) -> QuerySet[Membership]:
    return Membership.objects.filter(in_force(timezone.localdate()), organisation=organisation, person__is_active=True)


@act(
    "parties.signatory.authorise",
    on=Organisation,
    label=_("授权签字人"),
    may=Holds("", Role.ADMINISTRATOR),
)
def authorise_signatory(
    actor: Actor,
    organisation: Organisation,
    *,
    person: Person,
    categories: Sequence[str],
    valid_from: date | None = None,
    valid_until: date | None = None,
    reason: str = "",
) -> Membership:
    """Authorise a person to sign for the organisation in the named fields, for a time.

    ``categories`` are product families or activity codes; "*" is every field. ISO/IEC 17025 6.2.6: by the
    laboratory, never by the person himself.
    """
    if actor.person_id == person.pk:
        raise Denied(_("任何人不能授权自己为签字人，请由本机构另一名管理员办理。"))
    checked_text("reason", reason, REASON_LENGTH, required=False)
    valid_from = valid_from or timezone.localdate()
    complaints = checks.Complaints()
    wanted = sorted({category.strip() for category in categories})
    if not wanted or "" in wanted:
        complaints.add("categories", _("请至少选择一个授权领域。"))
    if any(len(category) > 40 for category in wanted):
        complaints.add("categories", _("领域代码最多 40 个字符，请核对。"))
    _check_kind(organisation, Role.SIGNATORY, complaints)
    checks.period(valid_from, valid_until, complaints)
    if not _posts_today(organisation).filter(person=person).exists():
        complaints.add("person", _("该人员不在本机构任职，请先登记人员或授予角色。"))
    complaints.raise_any()
    membership = Membership.objects.filter(person=person, organisation=organisation, role=Role.SIGNATORY).first()
    since = min(valid_from, membership.valid_from or valid_from) if membership else valid_from
    until = _later(membership.valid_until, valid_until) if membership else valid_until
    membership = hold(person, organisation, Role.SIGNATORY, since, until)
    membership.fields.filter(in_force(valid_from), category__in=wanted).update(valid_until=valid_from - timedelta(1))
    SignatoryField.objects.bulk_create(
        [
            SignatoryField(membership=membership, category=category, valid_from=valid_from, valid_until=valid_until)
            for category in wanted
        ]
    )
    remark(person=person.name_zh, categories=wanted, valid_from=valid_from, valid_until=valid_until)
    return membership


def _later(one: date | None, other: date | None) -> date | None:
    """The later end of two validities; None is open."""
    return None if one is None or other is None else max(one, other)


@act(
    "parties.signatory.withdraw",
    on=SignatoryField,
    label=_("撤销签字领域"),
    may=Holds("membership__organisation", Role.ADMINISTRATOR, Role.QUALITY_MANAGER),
)
def withdraw_signatory_field(actor: Actor, field: SignatoryField, *, reason: str) -> SignatoryField:
    """End the authorisation for one field at once, with the reason."""
    need_reason(reason)
    today = timezone.localdate()
    if field.valid_until is not None and field.valid_until < today:
        raise Invalid(filled(_("该领域的授权已于 %(day)s 终止。"), day=field.valid_until))
    field.valid_until = today - timedelta(days=1)
    field.save(update_fields=["valid_until"])
    return field
