"""An issuer's signing keys over the API: for its administrator, and for those who oversee it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Query, Router, Status
from pydantic import AwareDatetime, Field

from quanheng.kernel.attestations import queries
from quanheng.kernel.attestations.api import AttestationOut
from quanheng.kernel.attestations.keys.acts import declare_compromised, rotate_key
from quanheng.kernel.attestations.keys.platform import declare_platform_compromised, rotate_platform_key
from quanheng.kernel.attestations.keys.views import concerned, key_of
from quanheng.kernel.base.api import ActorRequest, Page, ReasonIn, Shape, problems
from quanheng.kernel.base.paging import page_of
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.queries import by_uid
from quanheng.kernel.translog.services import operator_of

router = Router(tags=["attestations"])


class KeyOut(Shape):
    """A signing key: its public half, and when it may sign."""

    uid: str
    key_id: str
    suite: str
    public_multibase: str
    valid_from: datetime
    valid_until: datetime | None
    compromised_from: datetime | None = Field(description="Since when others may have had it")
    compromise_reason: str


class RotateIn(ReasonIn):
    suite: str = Field("", max_length=40, description="By which the new key signs; empty: as the old one")


class CertificateOut(Shape):
    """A certificate under which an issuer's PDFs are signed; its key signs when the issuer's key beside it does."""

    sha256: str = Field(description="Fingerprint, as PDF viewers show it")
    key_id: str = Field(description="The issuer's key that it belongs to")
    valid_from: datetime
    valid_until: datetime | None
    compromised_from: datetime | None = Field(description="Since when others may have had its key")
    pem: str


@router.get("/organisations/{uid}/pdf-certificates", response={200: list[CertificateOut], **problems(404)})
def pdf_certificates(request: ActorRequest, uid: str) -> Any:
    """The certificates under which the PDFs of an issuer are signed, newest first; the bundle tells their digests."""
    return queries.certificates_of(by_uid(Organisation.objects.all(), uid, request.actor))


class CompromiseIn(Shape):
    since: AwareDatetime
    reason: str = Field(max_length=300)


@router.get("/organisations/{uid}/keys", response={200: list[KeyOut], **problems(401, 403, 404)})
def keys(request: ActorRequest, uid: str) -> Any:
    """The keys with which an organisation signs and signed, the newest first."""
    return list(queries.keys_of(concerned(request.actor, uid)))


@router.post("/organisations/{uid}/keys", response={201: KeyOut, **problems(401, 403, 404, 409, 422)})
def rotate(request: ActorRequest, uid: str, body: RotateIn) -> Any:
    """A new key signs from the next minute on; the old one stays good for what it signed."""
    made = rotate_key(request.actor, concerned(request.actor, uid), reason=body.reason, suite=body.suite)
    return Status(201, made)


@router.post("/organisations/{uid}/keys/{key}/compromise", response={200: KeyOut, **problems(401, 403, 404, 409, 422)})
def compromise(request: ActorRequest, uid: str, key: str, body: CompromiseIn) -> Any:
    """Others may have had the key since a moment: what was logged with it from then on is in doubt. For good."""
    organisation = concerned(request.actor, uid)
    return declare_compromised(request.actor, organisation, key=key, since=body.since, reason=body.reason)


@router.get(
    "/organisations/{uid}/keys/{key}/in-doubt", response={200: Page[AttestationOut], **problems(401, 403, 404, 422)}
)
def in_doubt(request: ActorRequest, uid: str, key: str, cursor: str = "", limit: int = Query(50, ge=1, le=100)) -> Any:
    """What was logged with a key after others may have had it: to be examined again."""
    return page_of(queries.in_doubt(key_of(concerned(request.actor, uid), key)), cursor, limit)


@router.get("/verify/platform-keys", response=list[KeyOut])
def platform_keys(request: ActorRequest) -> Any:
    """The platform's own keys, the newest first: they sign trust bundles and status lists. To be pinned beforehand."""
    return list(queries.keys_of(None))


_OPERATED = problems(401, 403, 404, 409, 422)


@router.post("/verify/platform-keys", response={201: KeyOut, **_OPERATED})
def rotate_platform(request: ActorRequest, body: ReasonIn) -> Any:
    """A new key of the platform from the next minute on, named by the old one so that whoever pinned that follows; for
    the administrator of the regulator that runs the platform."""
    return Status(201, rotate_platform_key(request.actor, operator_of(request.actor), reason=body.reason))


@router.post("/verify/platform-keys/{key}/compromise", response={200: KeyOut, **_OPERATED})
def compromise_platform(request: ActorRequest, key: str, body: CompromiseIn) -> Any:
    """Others may have had a key of the platform since a moment: what it signed from then on is worth nothing."""
    operator = operator_of(request.actor)
    return declare_platform_compromised(request.actor, operator, key=key, since=body.since, reason=body.reason)
