"""The log and its peers over the API. Checkpoint, tiles and entries are static files below /log/."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Router, Status
from pydantic import Field

from quanheng.kernel.base.api import ActorRequest, ReasonIn, Shape, problems
from quanheng.kernel.parties.queries import by_uid
from quanheng.kernel.translog import queries, services
from quanheng.kernel.translog.models import Peer

router = Router(tags=["log"])


class PeerOut(Shape):
    """Another platform: one whose log is watched here, or a witness of this one."""

    uid: str
    role: Peer.Relation
    name: str
    key: str
    url: str
    active: bool
    state: Peer.Standing
    problem: str
    size: int = Field(description="Entries of the last checkpoint that was countersigned here")
    seen_at: datetime | None


class LogOut(Shape):
    """The transparency log as it stands."""

    origin: str
    key: str = Field(description="Verifier key of the log (C2SP signed-note); empty before the first checkpoint")
    witness_key: str = Field(description="Verifier key with which this platform countersigns other logs")
    entered: int
    checkpoint: str = Field(description="The newest checkpoint with its signatures; empty before the first")
    peers: list[PeerOut]


class PeerIn(Shape):
    role: Peer.Relation
    key: str = Field(max_length=300)
    url: str = Field(max_length=300)


@router.get("", response={200: LogOut})
def get_log(request: ActorRequest) -> Any:
    """Name, keys, size and newest checkpoint of the log, and who watches whom."""
    found = queries.state()
    return found | {"checkpoint": found["checkpoint"].note if found["checkpoint"] else ""}


@router.post("/peers", response={201: PeerOut, **problems(401, 403, 409, 422)})
def register(request: ActorRequest, body: PeerIn) -> Any:
    """Watch another log, or name a witness; for the administrator of the regulator that runs the platform."""
    return Status(201, services.register_peer(request.actor, services.operator_of(request.actor), **body.model_dump()))


@router.post("/peers/{uid}/end", response={200: PeerOut, **problems(401, 403, 404, 409, 422)})
def end(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Watch it, or count on it, no more."""
    return services.end_peer(request.actor, by_uid(Peer.objects.all(), uid, request.actor), reason=body.reason)
