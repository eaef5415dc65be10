"""Groups of organisations that share one tenancy."""

from __future__ import annotations

from typing import Any

from ninja import Query, Router, Status
from pydantic import Field

from quanheng.kernel.base.api import ActorRequest, Page, Related, Shape, problems
from quanheng.kernel.base.checks import REASON_LENGTH
from quanheng.kernel.base.paging import page_of
from quanheng.kernel.parties import queries, services
from quanheng.kernel.parties.api.organisations import organisation
from quanheng.kernel.parties.models import Group

router = Router(tags=["groups"])


class PartyOut(Shape):
    uid: str
    name_zh: str
    name_en: str


class GroupOut(Shape):
    """A group with its lead, its members and those invited."""

    uid: str
    name_zh: str
    name_en: str
    lead: PartyOut
    members: Related[PartyOut]
    invited: Related[PartyOut]


class GroupIn(Shape):
    organisation: str = Field(max_length=13, description="The lead: your own organisation")
    name_zh: str = Field(max_length=120)
    name_en: str = Field("", max_length=200)


class PartyIn(Shape):
    organisation: str = Field(max_length=13)


class PartingIn(PartyIn):
    """A member is left or removed with the reason; an invitation needs none."""

    reason: str = Field("", max_length=REASON_LENGTH)


_ACTED = {200: GroupOut, **problems(401, 403, 404, 409, 422)}


def _group(request: ActorRequest, uid: str) -> Group:
    return queries.by_uid(queries.groups_of(request.actor), uid)


@router.get("/groups", response={200: Page[GroupOut], **problems(422)})
def list_groups(request: ActorRequest, cursor: str = "", limit: int = Query(50, ge=1, le=100)) -> Any:
    """Groups that your organisations lead, belong to, or are invited to."""
    return page_of(queries.groups_of(request.actor), cursor, limit)


@router.post("/groups", response={201: GroupOut, **problems(401, 403, 404, 422)})
def create(request: ActorRequest, body: GroupIn) -> Any:
    """Make a group led by your organisation."""
    lead = organisation(body.organisation)
    return Status(201, services.create_group(request.actor, lead, name_zh=body.name_zh, name_en=body.name_en))


@router.post("/groups/{uid}/invite", response=_ACTED)
def invite(request: ActorRequest, uid: str, body: PartyIn) -> Any:
    """Invite an organisation into a group that you lead."""
    services.invite_to_group(request.actor, _group(request, uid), organisation=organisation(body.organisation))
    return _group(request, uid)


@router.post("/groups/{uid}/remove", response=_ACTED)
def remove(request: ActorRequest, uid: str, body: PartingIn) -> Any:
    """End an organisation's membership, with the reason, or take back its invitation."""
    party, group = organisation(body.organisation), _group(request, uid)
    services.remove_from_group(request.actor, group, organisation=party, reason=body.reason)
    return _group(request, uid)


@router.post("/groups/{uid}/join", response=_ACTED)
def join(request: ActorRequest, uid: str, body: PartyIn) -> Any:
    """Accept an invitation for your organisation."""
    services.join_group(request.actor, organisation(body.organisation), group=_group(request, uid))
    return _group(request, uid)


@router.post("/groups/{uid}/leave", response={204: None, **problems(401, 403, 404, 409, 422)})
def leave(request: ActorRequest, uid: str, body: PartingIn) -> Any:
    """Leave a group, with the reason, or decline its invitation."""
    party, group = organisation(body.organisation), _group(request, uid)
    services.leave_group(request.actor, party, group=group, reason=body.reason)
    return Status(204, None)
