"""The status lists over the API. Each list itself is a static file below /status/."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from ninja import Router
from pydantic import Field

from quanheng.kernel.base.api import ActorRequest, Shape
from quanheng.kernel.statuslists import queries
from quanheng.kernel.statuslists.models import StatusList
from quanheng.kernel.statuslists.views import bundle_response

router = Router(tags=["verification"])


class StatusListOut(Shape):
    """A W3C Bitstring Status List: where it is, and what it was when it was signed last."""

    url: str
    purpose: StatusList.Purpose
    sha256: str
    signed_at: datetime
    bytes: int = Field(description="Length of the signed credential")


@router.get("/status-lists", response={200: list[StatusListOut]})
def status_lists(request: ActorRequest) -> Any:
    """Every status list. Fetch them whole: nobody learns which document you look at."""
    return queries.told()


@router.get(
    "/verification-bundle",
    response={200: None},
    openapi_extra={"responses": {200: {"content": {"application/json": {}}}}},
)
def verification_bundle(request: ActorRequest) -> HttpResponse:
    """Keys, status lists and checkpoint in one file, each part signed: for ./qh verify --bundle, without network."""
    return bundle_response()
