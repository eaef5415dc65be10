"""Registering many organisations or people at once: each row under the checks of a single one, one entry for all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.bulk import load
from quanheng.kernel.base.cells import Cells, read_rows
from quanheng.kernel.base.errors import Denied, Invalid
from quanheng.kernel.base.grants import Having, Holds
from quanheng.kernel.base.texts import filled
from quanheng.kernel.parties.models import Organisation, Person
from quanheng.kernel.parties.roles import OrganisationKind, Role
from quanheng.kernel.parties.services import checks
from quanheng.kernel.parties.services.organisations import REGISTRARS, check_kind
from quanheng.kernel.parties.services.people import enter_person, make_person
from quanheng.kernel.parties.services.posts import check_role
from quanheng.kernel.region.models import Region

# Each gets a letter and a password link: so many at a time can still be answered for.
MAX_PEOPLE = 2000
REGISTRAR = Having("kind", OrganisationKind.REGULATOR) & Holds("", *REGISTRARS)
_STORED = tuple(one.attname for one in Organisation._meta.concrete_fields if one.attname not in ("id", "created_at"))
_ORGANISATION_TEXTS = ("name_en", "address", "phone", "introduction_zh", "introduction_en")


def _told(cells: Cells, complaints: checks.Complaints, rename: Mapping[str, str] | None = None) -> None:
    for error in complaints.errors:
        cells.wrong((rename or {}).get(error.field, error.field), error.message)


class OrganisationReader:
    """Reads rows of organisations, some at a time: columns of ``register_organisation`` with ``region``, a code."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.regions = {one.code: one for one in Region.objects.all()}
        self.prefixes = actor.regions(*REGISTRARS)
        self.known: dict[str, str] = {}

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> Callable[[Cells], Organisation]:
        codes = {"".join(str(row.get("uscc") or "").split()).upper() for row in rows}
        for code, name in Organisation.objects.filter(uscc__in=codes).values_list("uscc", "name_zh"):
            self.known.setdefault(code, name)
        return self._read

    def _read(self, cells: Cells) -> Organisation:
        complaints = checks.Complaints()
        row = {name: str(cells.row.get(name) or "") for name in ("uscc", "name_zh", "kind", *_ORGANISATION_TEXTS)}
        code = checks.uscc(row["uscc"], complaints)
        if code in self.known:
            told = _("该代码已登记为“%(name)s”，或在本文件中重复。请删除该行，或核对代码。")
            complaints.add("uscc", filled(told, name=self.known[code]))
        region = self._region(cells)
        try:
            check_kind(self.actor, region.code if region else "", row["kind"], complaints)
        except Denied as denied:
            complaints.add("kind", denied.message)
        facts = {name: checks.text(Organisation, name, row[name], complaints) for name in _ORGANISATION_TEXTS}
        name_zh = checks.text(Organisation, "name_zh", row["name_zh"], complaints, needed=True)
        latitude, longitude = cells.degrees("latitude", 90), cells.degrees("longitude", 180)
        if not {error.field for error in cells.errors} & {"latitude", "longitude"}:
            checks.position(latitude, longitude, complaints)
        _told(cells, complaints)
        if code:
            self.known.setdefault(code, name_zh)
        return Organisation(
            uscc=code,
            name_zh=name_zh,
            kind=row["kind"],
            region=region,
            region_code=region.code if region else "",
            latitude=latitude,
            longitude=longitude,
            # Only the platform makes up organisations; nobody's file can say so.
            synthetic=self.actor.system and bool(cells.row.get("synthetic")),
            **facts,
        )

    def _region(self, cells: Cells) -> Region | None:
        region = cells.known("region", self.regions)
        if region and not self.actor.system and not any(region.code.startswith(one) for one in self.prefixes):
            cells.wrong("region", _("该区划不在您的管辖范围内，请由当地或上级部门登记。"))
        return region


@act("parties.organisation.load", on=Organisation, label=_("批量登记机构"), may=REGISTRAR)
def load_organisations(actor: Actor, registrar: Organisation, *, rows: Iterable[Mapping[str, Any]]) -> Organisation:
    """Enter many organisations of the registrar's region, all or none, under one entry. Raises Invalid by row."""
    given = list(rows)
    made = read_rows(given, OrganisationReader(actor)(given))
    with checks.taken("uscc", _("文件中有代码刚刚被他人登记，请重新检查。")):
        load(Organisation, _STORED, map(attrgetter(*_STORED), made))
    codes = hashlib.sha256("\n".join(one.uscc for one in made).encode())
    remark(organisations=len(made), sha256=codes.hexdigest())
    return registrar


@dataclass(frozen=True)
class Recruit:
    """A person as a row states it: checked, not stored."""

    person: Person
    roles: list[str] = field(default_factory=list)


class PeopleReader:
    """Reads rows of people, some at a time: columns of ``register_person``; roles are joined with semicolons."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self.taken: set[str] = set()

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> Callable[[Cells], Recruit]:
        names = {str(row.get("username") or "").strip().lower() for row in rows}
        self.taken |= set(Person.objects.filter(username__in=names).values_list("username", flat=True))
        return self._read

    def _read(self, cells: Cells) -> Recruit:
        complaints = checks.Complaints()
        facts = {name: str(cells.row.get(name) or "") for name in ("username", "name_zh", "name_en", "email", "phone")}
        person = make_person(**facts, password="", complaints=complaints, taken=self.taken)
        self.taken.add(person.username)
        roles = sorted(set(cells.many("roles"))) or [Role.MEMBER.value]
        for role in roles:
            check_role(self.organisation, role, complaints)
        _told(cells, complaints, {"role": "roles"})
        return Recruit(person, roles)


@act("parties.person.load", on=Organisation, label=_("批量登记人员"), may=Holds("", Role.ADMINISTRATOR))
def load_people(actor: Actor, organisation: Organisation, *, rows: Iterable[Mapping[str, Any]]) -> Organisation:
    """Make accounts for many people of the administrator's organisation, all or none, under one entry.

    Each is sent a link to set a password. Raises Invalid by row.
    """
    given = list(rows)
    if len(given) > MAX_PEOPLE:
        raise Invalid(filled(_("一次最多登记 %(limit)s 行，请分批。"), limit=MAX_PEOPLE))
    recruits = read_rows(given, PeopleReader(organisation)(given))
    for one in recruits:
        enter_person(one.person, organisation, one.roles, invited=True)
    remark(people=len(recruits), roles=sorted({role for one in recruits for role in one.roles}))
    return organisation
