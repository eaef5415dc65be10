"""People of an organisation and what they are in it."""

from __future__ import annotations

from datetime import date
from typing import Any

from ninja import Query, Router, Status
from pydantic import Field

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.api import ActorRequest, Page, ReasonIn, Shape, problems
from quanheng.kernel.base.paging import page_of
from quanheng.kernel.parties import queries, services
from quanheng.kernel.parties.api.organisations import organisation
from quanheng.kernel.parties.models import Membership, Person, SignatoryField
from quanheng.kernel.parties.roles import Role

router = Router(tags=["people"])


class FieldOut(Shape):
    """A field for which a signatory may sign; "*" is every field."""

    uid: str
    category: str
    valid_from: date
    valid_until: date | None


class MembershipOut(Shape):
    """A role that a person holds. Contact details are shown to the organisation's administrators only."""

    uid: str
    person: str = Field(description="Public name of the person")
    name_zh: str
    name_en: str
    username: str | None
    email: str | None
    phone: str | None
    role: str
    valid_from: date | None
    valid_until: date | None
    fields: list[FieldOut]


class PersonIn(Shape):
    """A person to be. Without a password, a link to set one is sent to the e-mail address."""

    username: str = Field(max_length=60)
    name_zh: str = Field(max_length=60)
    name_en: str = Field("", max_length=120)
    email: str = Field("", max_length=254)
    phone: str = Field("", max_length=40)
    password: str = Field("", max_length=200)


class RegisterPersonIn(PersonIn):
    roles: list[Role] = Field(default_factory=lambda: [Role.MEMBER], max_length=10)


class PersonOut(Shape):
    uid: str
    username: str
    name_zh: str
    name_en: str


class GrantIn(Shape):
    person: str = Field(max_length=13, description="Public name, told by the person: see GET /me")
    role: Role
    valid_from: date | None = None
    valid_until: date | None = None
    reason: str = Field("", max_length=300)


class SignatoryIn(Shape):
    person: str = Field(max_length=13)
    categories: list[str] = Field(max_length=100)
    valid_from: date | None = None
    valid_until: date | None = None
    reason: str = Field("", max_length=300)


def _shown(actor: Actor, held: Membership) -> dict[str, Any]:
    near = held.organisation_id in actor.organisations(Role.ADMINISTRATOR) or held.person_id == actor.person_id
    person = held.person
    return {
        "uid": held.uid,
        "person": person.uid if near else "",
        "name_zh": person.name_zh,
        "name_en": person.name_en,
        "username": person.username if near else None,
        "email": person.email if near else None,
        "phone": person.phone if near else None,
        "role": held.role,
        "valid_from": held.valid_from,
        "valid_until": held.valid_until,
        "fields": list(held.fields.all()),
    }


def _membership(request: ActorRequest, uid: str) -> Membership:
    return queries.by_uid(Membership.objects.select_related("person", "organisation"), uid, request.actor)


_ACTED = {200: MembershipOut, **problems(401, 403, 404, 409, 422)}


@router.get("/organisations/{uid}/memberships", response={200: Page[MembershipOut], **problems(404, 422)})
def list_memberships(request: ActorRequest, uid: str, cursor: str = "", limit: int = Query(50, ge=1, le=100)) -> Any:
    """Who is what in an organisation, as far as you may see: your own, and those that you oversee."""
    rows = queries.memberships_of(request.actor, organisation(uid))
    return page_of(rows, cursor, limit, show=lambda held: _shown(request.actor, held))


@router.post("/organisations/{uid}/people", response={201: PersonOut, **problems(401, 403, 404, 422)})
def register_person(request: ActorRequest, uid: str, body: RegisterPersonIn) -> Any:
    """Make an account for a person of your organisation."""
    return Status(201, services.register_person(request.actor, organisation(uid), **body.model_dump()))


@router.post("/organisations/{uid}/administrator", response={201: PersonOut, **problems(401, 403, 404, 409, 422)})
def appoint_administrator(request: ActorRequest, uid: str, body: PersonIn) -> Any:
    """Make the first administrator of an organisation that has none."""
    return Status(201, services.appoint_administrator(request.actor, organisation(uid), **body.model_dump()))


@router.post("/organisations/{uid}/memberships", response=_ACTED)
def grant(request: ActorRequest, uid: str, body: GrantIn) -> Any:
    """Give a person a role in your organisation."""
    person = queries.by_uid(Person.objects.all(), body.person)
    held = services.grant_role(
        request.actor,
        organisation(uid),
        person=person,
        role=body.role,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
        reason=body.reason,
    )
    return _shown(request.actor, held)


@router.post("/organisations/{uid}/signatories", response=_ACTED)
def authorise(request: ActorRequest, uid: str, body: SignatoryIn) -> Any:
    """Authorise a person of your organisation to sign in certain fields."""
    person = queries.by_uid(Person.objects.all(), body.person)
    held = services.authorise_signatory(
        request.actor,
        organisation(uid),
        person=person,
        categories=body.categories,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
        reason=body.reason,
    )
    return _shown(request.actor, held)


@router.post("/signatory-fields/{uid}/withdraw", response={200: FieldOut, **problems(401, 403, 404, 422)})
def withdraw(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """End the authorisation for one field."""
    field = queries.by_uid(SignatoryField.objects.all(), uid, request.actor)
    return services.withdraw_signatory_field(request.actor, field, reason=body.reason)


@router.post("/memberships/{uid}/end", response=_ACTED)
def end(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """End a role at once."""
    held = services.end_role(request.actor, _membership(request, uid), reason=body.reason)
    return _shown(request.actor, held)


@router.post("/memberships/{uid}/unlock", response=_ACTED)
def unlock(request: ActorRequest, uid: str) -> Any:
    """Lift the lock that failed sign-ins have put on a colleague's account."""
    return _shown(request.actor, services.unlock_account(request.actor, _membership(request, uid)))


@router.post("/memberships/{uid}/password-link", response=_ACTED)
def password_link(request: ActorRequest, uid: str) -> Any:
    """Send a colleague the link to set a new password."""
    return _shown(request.actor, services.send_password_link(request.actor, _membership(request, uid)))
