"""Files of an order over the API: its results by file, and its raw files."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import File, Form, Query, Router, Status
from ninja.files import UploadedFile
from pydantic import Field

from quanheng.domains.testing import queries
from quanheng.domains.testing.api import get_order
from quanheng.domains.testing.schemas import OrderDetail
from quanheng.domains.testing.sheet import enter_file
from quanheng.domains.testing.views.by_file import template_answer
from quanheng.kernel.base.api import ActorRequest, ReasonIn, Shape, problems
from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.base.texts import filled
from quanheng.kernel.results.models import RawFile
from quanheng.kernel.results.queries import raw_file_by_uid, raw_files
from quanheng.kernel.results.services import attach_raw_file, erase_raw_file, share_raw_file, withdraw_raw_file
from quanheng.kernel.results.serving import serve_raw_file

router = Router(tags=["orders"])


class RawFileOut(Shape):
    """A raw file of a case: what it is, and what it is for. ``position`` null: for the whole order."""

    uid: str
    name: str
    position: int | None
    media_type: str = Field(description="By the file's content; what the sender called it is not believed")
    size: int
    sha256: str
    attached_by: str
    created_at: datetime
    shared: bool = Field(description="The client gets it with the next report")
    withdrawn_at: datetime | None
    withdrawn_reason: str
    erased_at: datetime | None = Field(
        description="Its content is deleted: the time for which it had to be kept is over"
    )


class ShareIn(Shape):
    shared: bool


def _out(raw: RawFile) -> dict[str, Any]:
    names = ("uid", "name", "position", "media_type", "size", "sha256", "created_at", "withdrawn_at", "erased_at")
    return {
        **{name: getattr(raw, name) for name in names},
        "attached_by": raw.attached_by.name_zh if raw.attached_by else "",
        "shared": raw.shared_at is not None,
        "withdrawn_reason": raw.withdrawn_reason,
    }


_ACTED = problems(401, 403, 404, 409, 422)


@router.get("/{uid}/files", response={200: list[RawFileOut], **problems(404)})
def list_raw_files(request: ActorRequest, uid: str) -> Any:
    """The raw files of an order that you may see: its client those meant for it, once the report is issued."""
    order = queries.order_by_uid(request.actor, uid)
    return [_out(raw) for raw in raw_files(request.actor, order.case)]


@router.post("/{uid}/files", response={201: RawFileOut, **_ACTED, **problems(413, 503)})
def add_raw_file(
    request: ActorRequest,
    uid: str,
    file: File[UploadedFile],
    position: int | None = Form(None, ge=1, le=32767, description="Of the result it belongs to; none: the order"),
    shared: bool = Form(False, description="The client gets it with the next report"),
) -> Any:
    """Add a raw file (multipart/form-data) while results are entered."""
    order = queries.order_by_uid(request.actor, uid)
    raw = attach_raw_file(request.actor, order.case, file=file, name=file.name or "", position=position, shared=shared)
    return Status(201, _out(raw_file_by_uid(request.actor, order.case_id, raw.uid)))


@router.get("/{uid}/files/{raw}/content", response={200: None, **problems(404)})
def get_raw_file(request: ActorRequest, uid: str, raw: str) -> HttpResponseBase:
    """The file as it came, with its SHA-256 as ``Repr-Digest``."""
    order = queries.order_by_uid(request.actor, uid)
    return serve_raw_file(raw_file_by_uid(request.actor, order.case_id, raw))


@router.post("/{uid}/files/{raw}/share", response={200: RawFileOut, **_ACTED})
def share(request: ActorRequest, uid: str, raw: str, body: ShareIn) -> Any:
    """Mean a file for the client, or keep it inside."""
    order = queries.order_by_uid(request.actor, uid)
    found = raw_file_by_uid(request.actor, order.case_id, raw)
    return _out(share_raw_file(request.actor, found, shared=body.shared))


@router.post("/{uid}/files/{raw}/withdraw", response={200: RawFileOut, **_ACTED})
def withdraw(request: ActorRequest, uid: str, raw: str, body: ReasonIn) -> Any:
    """Say that a file does not count; it stays on record."""
    order = queries.order_by_uid(request.actor, uid)
    found = raw_file_by_uid(request.actor, order.case_id, raw)
    return _out(withdraw_raw_file(request.actor, found, reason=body.reason))


@router.post("/{uid}/files/{raw}/erase", response={200: RawFileOut, **_ACTED})
def erase(request: ActorRequest, uid: str, raw: str, body: ReasonIn) -> Any:
    """Delete the content of a file once the time is over for which it had to be kept; name and digest stay."""
    order = queries.order_by_uid(request.actor, uid)
    found = raw_file_by_uid(request.actor, order.case_id, raw)
    return _out(erase_raw_file(request.actor, found, reason=body.reason))


@router.get("/{uid}/results/template", response={200: None, **problems(404, 422)})
def get_results_template(request: ActorRequest, uid: str, format: str = Query("xlsx", max_length=4)) -> HttpResponse:
    """A table with the order's items, to be filled in: ``xlsx`` or ``csv``."""
    return template_answer(request, queries.order_by_uid(request.actor, uid), format)


@router.post("/{uid}/results/file", response={200: OrderDetail, **_ACTED, **problems(413)})
def enter_results_file(request: ActorRequest, uid: str, file: File[UploadedFile]) -> Any:
    """Record the results of a file (multipart/form-data): all rows or none. Errors name the position as ``row``."""
    order = queries.order_by_uid(request.actor, uid)
    found, saved = enter_file(request.actor, order, file, timezone.localdate())
    if saved is None:
        told = _("有 %(count)s 处需要修改，全部结果尚未保存。")
        raise Invalid(filled(told, count=len(found.errors)), errors=found.errors)
    return get_order(request, uid)
