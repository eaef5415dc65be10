"""Duplicates of the register of organisations: candidates, mergers, other names."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from ninja import Query, Router, Status
from pydantic import Field

from quanheng.kernel.base.api import ActorRequest, Page, ReasonIn, Shape, problems, waits
from quanheng.kernel.base.paging import page_of
from quanheng.kernel.parties import queries, services
from quanheng.kernel.parties.api.organisations import NameOut, organisation
from quanheng.kernel.parties.models import DuplicatePair, Merger, OrganisationName

router = Router(tags=["organisations"])


class EntryRef(Shape):
    """An entry of the register, as far as is needed to tell it from its twin."""

    uid: str
    uscc: str
    name_zh: str
    name_en: str


class PairOut(Shape):
    """Two entries that may be one organisation, with what speaks for it and how much (to 100)."""

    uid: str
    first: EntryRef
    second: EntryRef
    score: int
    reasons: list[str]
    state: str
    decided_at: datetime | None


class MergeIn(ReasonIn):
    """The entry of the path is merged into ``survivor``, which takes over what ``take`` names."""

    survivor: str = Field(max_length=13)
    take: list[Literal["name_zh", "name_en", "address", "phone", "position", "introduction"]] = Field(
        default_factory=list, max_length=6
    )
    with_recognitions: bool = Field(False, description="The certificates in force are the same legal person's")


class MergerOut(Shape):
    """A merger; ``counts`` says how many rows moved, by relation."""

    uid: str
    loser: EntryRef
    survivor: EntryRef
    counts: dict[str, int]
    created_at: datetime
    undone_at: datetime | None


class NameIn(ReasonIn):
    text: str = Field(max_length=200)
    kind: Literal["former", "other"]
    until: date | None = None


_ACTED = problems(401, 403, 404, 409, 422)


@router.get("/duplicates", response={200: Page[PairOut], **problems(422)})
def list_pairs(
    request: ActorRequest,
    state: DuplicatePair.State = DuplicatePair.State.OPEN,
    cursor: str = "",
    limit: int = Query(50, ge=1, le=100),
) -> Any:
    """Pairs whose both entries you oversee, the likeliest first."""
    return page_of(queries.duplicate_pairs(request.actor, state=state), cursor, limit, key="rank")


@router.post("/duplicates/{uid}/dismiss", response={200: PairOut, **_ACTED})
def dismiss(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Say that the two are not one organisation."""
    pair = queries.by_uid(DuplicatePair.objects.all(), uid, request.actor)
    return services.dismiss_pair(request.actor, pair, reason=body.reason)


@router.post("/organisations/{uid}/merge", response={200: MergerOut, **waits(), **_ACTED})
def merge(request: ActorRequest, uid: str, body: MergeIn) -> Any:
    """Merge an entry into another of the same legal person."""
    return services.merge_organisation(
        request.actor,
        organisation(uid),
        survivor=organisation(body.survivor),
        take=list(body.take),
        with_recognitions=body.with_recognitions,
        reason=body.reason,
    )


@router.get("/mergers", response={200: Page[MergerOut], **problems(422)})
def list_mergers(request: ActorRequest, cursor: str = "", limit: int = Query(50, ge=1, le=100)) -> Any:
    """Mergers of organisations that you oversee, newest first."""
    return page_of(queries.mergers(request.actor), cursor, limit)


@router.post("/mergers/{uid}/undo", response={200: MergerOut, **waits(), **_ACTED})
def undo(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Take a merger back: what it moved returns, unless it was changed again since."""
    merger = queries.by_uid(Merger.objects.all(), uid, request.actor)
    return services.undo_merger(request.actor, merger, reason=body.reason)


@router.post("/organisations/{uid}/names", response={201: NameOut, **_ACTED})
def add_name(request: ActorRequest, uid: str, body: NameIn) -> Any:
    """Enter a former or other name."""
    return Status(201, services.add_name(request.actor, organisation(uid), **body.model_dump()))


@router.post("/organisation-names/{uid}/drop", response={204: None, **_ACTED})
def drop_name(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Take a name out that was entered by mistake."""
    name = queries.by_uid(OrganisationName.objects.all(), uid)
    services.drop_name(request.actor, name, reason=body.reason)
    return Status(204, None)
