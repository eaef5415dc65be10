"""Attestations over the API: one's own, the original, the PDF, verification, and the trust bundle."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import File, Query, Router
from ninja.files import UploadedFile
from pydantic import BeforeValidator, Field

from quanheng.kernel.attestations import queries, services
from quanheng.kernel.attestations.credentials.rawdata import raw_entries
from quanheng.kernel.attestations.credentials.untp import NotProjectable, projected
from quanheng.kernel.attestations.errors import RenderingError
from quanheng.kernel.attestations.falls.doubts import doubts_of
from quanheng.kernel.attestations.following import acts as following
from quanheng.kernel.attestations.keys.issuers import code_of, signing_of
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.pdf.typesetter import typesetter
from quanheng.kernel.base.api import ActorRequest, OrganisationRef, Page, ReasonIn, Shape, problems
from quanheng.kernel.base.errors import Invalid, NotFound, SignInNeeded, Unavailable, bilingual
from quanheng.kernel.base.paging import page_of
from quanheng.kernel.parties.models import Person
from quanheng.kernel.parties.queries import by_uid
from quanheng.kernel.translog.queries import evidence_of

router = Router(tags=["attestations"])

MAX_FILE = 5 * 1024 * 1024


# Another attestation, told by its number; "" where there is none.
Number = Annotated[str, BeforeValidator(lambda one: one.number if one else "")]


class StatusOut(Shape):
    """What anybody may know from a number alone."""

    number: str
    kind: str
    issuer: OrganisationRef
    issued_at: datetime
    valid_until: date | None
    state: str
    state_reason: str
    sha256: str
    supersedes: Number = Field("", description="Number of the attestation that this one replaces")
    superseded_by: Number = Field(
        "", validation_alias="replacement", description="Number of the attestation that replaces this one"
    )


class AttestationOut(StatusOut):
    uid: str
    title: str
    verdict: str


class DoubtOut(Shape):
    """Something fell on which a document rests; ``level`` 0 is an instrument that it names itself."""

    kind: str = Field(description="calibration, withdrawn, suspended, key or recognition")
    level: int
    since: date | None
    reasonZh: str
    reasonEn: str


class VerifiedOut(StatusOut):
    """A status, and what fell of that on which the document rests: the status itself is not changed by it."""

    doubts: list[DoubtOut]


class CheckOut(Shape):
    code: str
    outcome: str
    titleZh: str
    titleEn: str
    reasonZh: str
    reasonEn: str
    todoZh: str
    todoEn: str


class VerdictOut(Shape):
    """Genuine and competent are separate words; the checks come in a fixed order, each with its reason."""

    genuine: bool
    competent: str
    status: str
    synthetic: bool
    number: str
    checks: list[CheckOut]
    doubts: list[DoubtOut] = Field(description="What fell of that on which the document rests, computed now")


def _file(kind: str) -> dict[str, Any]:
    """What the document says of an answer that is a file of a kind."""
    return {"responses": {200: {"content": {kind: {}}}}}


def _doubts(found: Attestation) -> list[dict[str, Any]]:
    return [one.as_json() for one in doubts_of(found)]


def _verified(found: Attestation) -> dict[str, Any]:
    told = {name: getattr(found, name) for name in StatusOut.model_fields if name != "superseded_by"}
    return {**told, "replacement": found.replacement, "doubts": _doubts(found)}


@router.get("/attestations/", response={200: Page[AttestationOut], **problems(422)})
def list_attestations(request: ActorRequest, cursor: str = "", limit: int = Query(50, ge=1, le=100)) -> Any:
    """Attestations that you issued, hold or oversee, newest first."""
    return page_of(queries.attestations(request.actor), cursor, limit)


@router.get("/attestations/by-number/{number}", response={200: VerifiedOut, **problems(404)})
def status_by_number(request: ActorRequest, number: str) -> Any:
    """The status of a number. The content needs the address on the document itself."""
    return _verified(queries.by_number(number))


@router.get("/attestations/by-digest/{sha256}", response={200: VerifiedOut, **problems(404)})
def status_by_digest(request: ActorRequest, sha256: str) -> Any:
    """The status of the document whose original has a SHA-256 digest: for whoever hashes a file and sends none."""
    return _verified(queries.by_digest(sha256))


def _me(request: ActorRequest) -> Person:
    found = Person.objects.filter(pk=request.actor.person_id or 0).first()
    if found is None:
        raise SignInNeeded(_("请先登录再关注。访客可在查验页填写邮箱。"))
    return found


@router.get("/attestations/followed", response={200: Page[StatusOut], **problems(401, 422)})
def list_followed(request: ActorRequest, cursor: str = "", limit: int = Query(50, ge=1, le=100)) -> Any:
    """The attestations whose changes you want to be told of. Nobody but you sees this list."""
    return page_of(following.followed(_me(request).pk), cursor, limit, show=lambda one: one.attestation)


_FOLLOWED = {200: StatusOut, **problems(401, 403, 404, 409)}


@router.post("/attestations/by-number/{number}/follow", response=_FOLLOWED)
def follow(request: ActorRequest, number: str) -> Any:
    """Be told by a notice when the status of a number changes. Asking again changes nothing."""
    found = queries.by_number(number)
    following.follow(request.actor, _me(request), attestation=found)
    return found


@router.post("/attestations/by-number/{number}/unfollow", response=_FOLLOWED)
def unfollow(request: ActorRequest, number: str) -> Any:
    """Be told no more."""
    found = queries.by_number(number)
    following.unfollow(request.actor, _me(request), attestation=found)
    return found


@router.get("/attestations/{uid}", response={200: AttestationOut, **problems(404)})
def get_attestation(request: ActorRequest, uid: str) -> Any:
    """The register's entry for an attestation."""
    return queries.by_address(uid)


@router.get("/attestations/{uid}/verification", response={200: VerdictOut, **problems(404)})
def verification(request: ActorRequest, uid: str) -> Any:
    """Verify the stored original now."""
    found = queries.by_address(uid)
    return {**queries.check(found).as_json(), "doubts": _doubts(found)}


@router.get(
    "/attestations/{uid}/document", response={200: None, **problems(404)}, openapi_extra=_file("application/vc")
)
def original(request: ActorRequest, uid: str) -> HttpResponse:
    """The signed original: a W3C Verifiable Credential, byte for byte as issued."""
    found = queries.by_address(uid)
    answer = HttpResponse(found.document, content_type="application/vc")
    answer["Content-Disposition"] = f'attachment; filename="{found.number}.json"'
    return answer


@router.get(
    "/attestations/{uid}/pdf", response={200: None, **problems(404, 503)}, openapi_extra=_file("application/pdf")
)
def rendition(request: ActorRequest, uid: str) -> HttpResponse:
    """The original as PDF/A with the signed data attached, itself signed (PAdES) for PDF viewers."""
    return pdf_response(queries.by_address(uid))


def pdf_response(attestation: Attestation) -> HttpResponse:
    """The PDF of an attestation, laid out on demand; the same bytes every time."""
    try:
        document = queries.document_of(attestation)
        page = typesetter().render(document, signing=signing_of(attestation), code=code_of(attestation, document))
    except RenderingError as error:
        raise Unavailable(bilingual(error.zh, error.en), code=error.code) from error
    answer = HttpResponse(page, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{attestation.number}.pdf"'
    return answer


@router.get(
    "/attestations/{uid}/untp", response={200: None, **problems(404)}, openapi_extra=_file("application/ld+json")
)
def untp(request: ActorRequest, uid: str) -> HttpResponse:
    """A UNTP Digital Conformity Credential made from the original: a projection, not signed, which names the original
    and its SHA-256. The original stays the proof."""
    return projection_response(queries.by_address(uid))


def projection_response(attestation: Attestation) -> HttpResponse:
    """The UNTP projection of an attestation as a file; its original is told in the head of the answer too."""
    try:
        found = projected(queries.document_of(attestation))
    except NotProjectable as error:
        raise NotFound(bilingual(error.zh, error.en)) from error
    answer = HttpResponse(json.dumps(found, ensure_ascii=False, indent=1) + "\n", content_type="application/ld+json")
    answer["Content-Disposition"] = f'attachment; filename="{attestation.number}.untp.json"'
    answer["Link"] = f'<{attestation.address}/json>; rel="canonical"; type="application/vc"'
    return answer


class RawDataOut(Shape):
    """A file that the report names; ``position`` is that of its item, 0 of the whole."""

    position: int
    item_zh: str
    item_en: str
    name: str
    media_type: str
    sha256: str
    size: int = Field(description="Bytes")


@router.get("/attestations/{uid}/raw-data", response={200: list[RawDataOut], **problems(404, 422)})
def raw_data(
    request: ActorRequest, uid: str, sha256: str = Query("", max_length=64, description="Only files with this digest")
) -> Any:
    """The raw data that the report names. Ask for the digest of a file in hand: an empty list means that it is none."""
    named = raw_entries(queries.document_of(queries.by_address(uid)))
    return [one for one in named if sha256.lower() in ("", one.sha256)]


@router.get(
    "/attestations/{uid}/proof", response={200: None, **problems(404, 503)}, openapi_extra=_file("application/json")
)
def log_proof(request: ActorRequest, uid: str) -> HttpResponse:
    """Entries, inclusion proofs, the checkpoint with its cosignatures: verifies offline, with the original."""
    return proof_response(queries.by_address(uid))


def proof_response(attestation: Attestation) -> HttpResponse:
    """The log proof of an attestation as a file."""
    found = evidence_of(attestation.uid).proof
    if found is None:
        raise NotFound(_("日志中没有这份文件的签发条目，无法给出证明。请向平台运维反映。"))
    if not found["checkpoint"]:
        raise Unavailable(_("已登入日志，下一个检查点（一分钟内）之后才能给出证明，请稍后再试。"), code="no-checkpoint")
    answer = HttpResponse(json.dumps(found, ensure_ascii=False, indent=1) + "\n", content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{attestation.number}.proof.json"'
    return answer


@router.post("/verifications", response={200: VerdictOut, **problems(422)})
def verify_upload(request: ActorRequest, file: File[UploadedFile]) -> Any:
    """Verify a JSON or PDF. It is checked and forgotten; nothing is kept."""
    if (file.size or 0) > MAX_FILE:
        raise Invalid.field("file", _("文件超过 5 MB，不像是本平台签发的文件。请上传原始文件。"))
    verdict, stored = queries.check_file(file.read())
    return {**verdict.as_json(), "doubts": _doubts(stored) if stored else []}


@router.get("/trust", response={200: dict[str, Any]})
def trust_bundle(request: ActorRequest) -> HttpResponse:
    """Every issuer's keys and recognitions and every changed status, signed by the platform."""
    return HttpResponse(queries.whole_bundle(), content_type="application/json")


def _own(request: ActorRequest, uid: str) -> Attestation:
    return by_uid(Attestation.objects.all(), uid, request.actor)


_CHANGED = {200: AttestationOut, **problems(401, 403, 404, 409, 422)}


@router.post("/attestations/{uid}/suspend", response=_CHANGED)
def suspend(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Temporarily not to be relied on."""
    return services.suspend_attestation(request.actor, _own(request, uid), reason=body.reason)


@router.post("/attestations/{uid}/reinstate", response=_CHANGED)
def reinstate(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """End a suspension."""
    return services.reinstate_attestation(request.actor, _own(request, uid), reason=body.reason)


@router.post("/attestations/{uid}/withdraw", response=_CHANGED)
def withdraw(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Never to be relied on again."""
    return services.withdraw_attestation(request.actor, _own(request, uid), reason=body.reason)
