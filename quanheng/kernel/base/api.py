"""What every router shares: the shapes of a page, of a problem and of what is named everywhere."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.checks import REASON_LENGTH

T = TypeVar("T")


class ActorRequest(HttpRequest):
    """A request with its actor, as the middleware or the token made it."""

    actor: Actor


class Page(Schema, Generic[T]):
    """One keyset page; pass ``next`` or ``previous`` as ``cursor`` to go on."""

    items: list[T]
    next: str = ""
    previous: str = ""


class OrganisationRef(Schema):
    """An organisation by its public name."""

    uid: str
    name_zh: str
    name_en: str


class ReasonIn(Schema):
    """Why the act is done; it stays on record."""

    reason: str = Field(max_length=REASON_LENGTH)


class ProblemError(Schema):
    """One thing wrong with one input."""

    field: str
    row: int | None = None
    message: str
    message_zh: str
    message_en: str


class ProblemOut(Schema):
    """A problem (RFC 9457), in both languages."""

    type: str
    title: str
    status: int
    detail: str
    detail_zh: str
    detail_en: str
    errors: list[ProblemError] = Field(default_factory=list)


class WaitingOut(Schema):
    """An act that needs a second person was stored as a proposal; nothing has changed yet."""

    proposal: str = Field(description="Public name: GET /changes/{uid}")
    act: str
    detail: str
    detail_zh: str
    detail_en: str


def waits() -> dict[int, Any]:
    """The response declaration of an endpoint whose act may have to wait for a second person."""
    return {202: WaitingOut}


def problems(*statuses: int) -> dict[int, Any]:
    """Response declarations for the problems that an endpoint can answer."""
    return dict.fromkeys(statuses, ProblemOut)
