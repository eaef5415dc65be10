"""Registering people, and what people may change of themselves."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from allauth.account.models import EmailAddress
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.checks import REASON_LENGTH, checked_text
from quanheng.kernel.base.errors import Conflict
from quanheng.kernel.base.grants import Holds, Is, Oversees
from quanheng.kernel.parties.mail import send_set_password_link
from quanheng.kernel.parties.models import EmailStanding, Membership, Organisation, Person
from quanheng.kernel.parties.queries import in_force
from quanheng.kernel.parties.roles import REGULATORS, Role
from quanheng.kernel.parties.services import checks
from quanheng.kernel.parties.services.addresses import COLUMNS, ask_address, forget_address, tell_old
from quanheng.kernel.parties.services.posts import check_role, hold


def make_person(
    *,
    username: str,
    name_zh: str,
    name_en: str,
    email: str,
    phone: str,
    password: str,
    complaints: checks.Complaints,
    taken: Collection[str] | None = None,
) -> Person:
    """A checked, unsaved person. Without a password an e-mail address is needed to send the link to.

    ``taken``: the user names that are in use, where they have been looked up for many people at once.
    """
    person = Person(
        username=checks.username(username, complaints, taken),
        name_zh=checks.text(Person, "name_zh", name_zh, complaints, needed=True),
        name_en=checks.text(Person, "name_en", name_en, complaints),
        email=checks.email(email, complaints, needed=not password),
        phone=checks.text(Person, "phone", phone, complaints),
    )
    if password:
        checks.password(password, person, complaints)
        person.set_password(password)
    else:
        person.set_unusable_password()
    return person


def enter_person(person: Person, organisation: Organisation, roles: Sequence[str], *, invited: bool) -> Person:
    """Store a checked person with roles. Called inside an act that has checked."""
    with checks.taken("username", checks.USERNAME_TAKEN):
        person.save()
    for role in roles:
        hold(person, organisation, role, timezone.localdate(), None)
    remark(roles=list(roles), organisation=organisation.uid)
    if invited:
        send_set_password_link(person)
    return person


@act("parties.person.register", on=Organisation, label=_("登记人员"), may=Holds("", Role.ADMINISTRATOR))
def register_person(
    actor: Actor,
    organisation: Organisation,
    *,
    username: str,
    name_zh: str,
    name_en: str = "",
    email: str = "",
    phone: str = "",
    roles: Sequence[str] = (Role.MEMBER,),
    password: str = "",
) -> Person:
    """Make an account for a person of the administrator's organisation.

    With ``password`` it is set; without, a link to set one is sent to ``email``. Raises Invalid with every
    field that is wrong.
    """
    complaints = checks.Complaints()
    person = make_person(
        username=username,
        name_zh=name_zh,
        name_en=name_en,
        email=email,
        phone=phone,
        password=password,
        complaints=complaints,
    )
    roles = sorted(set(roles))
    if not roles:
        complaints.add("roles", _("请至少选择一个角色。"))
    for role in roles:
        check_role(organisation, role, complaints)
    complaints.raise_any()
    return enter_person(person, organisation, roles, invited=not password)


@act(
    "parties.organisation.appoint_administrator",
    on=Organisation,
    label=_("指定首位管理员"),
    may=Oversees("region_code", Role.ADMINISTRATOR, *REGULATORS),
    tells=("",),
)
def appoint_administrator(
    actor: Actor,
    organisation: Organisation,
    *,
    username: str,
    name_zh: str,
    name_en: str = "",
    email: str = "",
    phone: str = "",
    password: str = "",
) -> Person:
    """Make the first administrator of an organisation that has none; from then on it manages itself."""
    present = Membership.objects.filter(
        in_force(timezone.localdate()),
        organisation=organisation,
        role=Role.ADMINISTRATOR,
        person__is_active=True,
    )
    if present.exists():
        raise Conflict(_("该机构已有管理员，人员由其自行管理。请联系该机构管理员。"))
    complaints = checks.Complaints()
    person = make_person(
        username=username,
        name_zh=name_zh,
        name_en=name_en,
        email=email,
        phone=phone,
        password=password,
        complaints=complaints,
    )
    complaints.raise_any()
    return enter_person(person, organisation, [Role.ADMINISTRATOR], invited=not password)


@act("parties.person.change", on=Person, label=_("变更个人资料"), may=Is())
def change_profile(
    actor: Actor,
    person: Person,
    *,
    name_en: str | None = None,
    email: str | None = None,
    phone: str | None = None,
    reason: str = "",
) -> Person:
    """Change one's own English name, e-mail address or telephone; None leaves as it is. The reason is one's own.

    A new address is used once the link sent there was opened; until then mail goes where it went. None is none at once,
    and the address before is told: passwords are reset by e-mail.
    """
    checked_text("reason", reason, REASON_LENGTH, required=False)
    complaints = checks.Complaints()
    old = person.email
    if name_en is not None:
        person.name_en = checks.text(Person, "name_en", name_en, complaints)
    if phone is not None:
        person.phone = checks.text(Person, "phone", phone, complaints)
    wanted = None if email is None else checks.email(email, complaints)
    complaints.raise_any()
    if wanted == "" or wanted == old:
        forget_address(person)
    if wanted == "":
        person.email, person.email_standing, person.email_verified_at = "", EmailStanding.GIVEN, None
    elif wanted is not None and wanted not in (old, person.email_pending):
        ask_address(person, wanted)
    person.save(update_fields=["name_en", "phone", *COLUMNS])
    if old != person.email:
        EmailAddress.objects.filter(user=person).delete()
        tell_old(person, old)
    return person
