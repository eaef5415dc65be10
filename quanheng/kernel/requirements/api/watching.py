"""Watching standards over the API."""

from __future__ import annotations

from typing import Any

from ninja import Query, Status

from quanheng.kernel.base.api import ActorRequest, Page, problems
from quanheng.kernel.base.paging import page_of
from quanheng.kernel.requirements import queries, services
from quanheng.kernel.requirements.api import schemas
from quanheng.kernel.requirements.api.routing import router

_ACTED = problems(401, 403, 404, 409, 422)


@router.get("/standard-watches", response={200: Page[schemas.WatchOut], **problems(422)})
def list_watches(request: ActorRequest, cursor: str = "", limit: int = Query(50, ge=1, le=100)) -> Any:
    """What you and your organisations watch, newest first; nothing where nobody is signed in."""
    return page_of(queries.watches(request.actor), cursor, limit, show=schemas.shown_watch)


@router.post("/standard-watches", response={200: schemas.WatchOut, **_ACTED})
def watch(request: ActorRequest, body: schemas.WatchIn) -> Any:
    """Watch a standard, or all that your organisation's scope cites: a notice tells each change."""
    return schemas.shown_watch(
        services.start_watching(request.actor, standard=body.standard, organisation=body.organisation)
    )


@router.delete("/standard-watches/{uid}", response={204: None, **_ACTED})
def unwatch(request: ActorRequest, uid: str) -> Any:
    """Watch no more."""
    services.unwatch(request.actor, queries.watch_by_uid(request.actor, uid))
    return Status(204, None)
