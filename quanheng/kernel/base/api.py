"""What every router shares: the shapes of a page, of a problem and of what is named everywhere."""

from __future__ import annotations

from functools import cache, partial
from typing import Annotated, Any, Generic, TypeVar

from django.http import HttpRequest
from ninja import Schema
from ninja.operation import Operation
from ninja.params.models import BodyModel, FileModel, FormModel, PathModel, QueryModel
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.checks import REASON_LENGTH

T = TypeVar("T")
# Rows at the other end of a relation: the model's attribute is their manager.
Related = Annotated[list[T], BeforeValidator(lambda rows: list(rows.all()))]


# Ninja wraps the shape of each answer of each operation in a model of its own. Most answers of most operations are a
# problem: one wrapper for each shape saves a start a quarter of its time.
_operations: Any = Operation
_wrapped = cache(partial(_operations._create_response_model, None))
_operations._create_response_model = lambda _operation, shape: _wrapped(shape)

# A thousand shapes, of which a process meets a few: each is compiled when it is first asked for, not at the start.
for _made_by_ninja in (Schema, BodyModel, FileModel, FormModel, PathModel, QueryModel):
    _made_by_ninja.model_config["defer_build"] = True


class ActorRequest(HttpRequest):
    """A request with its actor, as the middleware or the token made it."""

    actor: Actor


class Shape(BaseModel):
    """What the API takes or answers. Pydantic's own model: Ninja's reads each attribute of each row in Python, to allow
    for ways of naming them that nobody uses here."""

    model_config = ConfigDict(from_attributes=True, defer_build=True)


class Page(Shape, Generic[T]):
    """One keyset page; pass ``next`` or ``previous`` as ``cursor`` to go on."""

    items: list[T]
    next: str = ""
    previous: str = ""


class OrganisationRef(Shape):
    """An organisation by its public name."""

    uid: str
    name_zh: str
    name_en: str


class ReasonIn(Shape):
    """Why the act is done; it stays on record."""

    reason: str = Field(max_length=REASON_LENGTH)


class ProblemError(Shape):
    """One thing wrong with one input."""

    field: str
    row: int | None = None
    message: str
    message_zh: str
    message_en: str


class ProblemOut(Shape):
    """A problem (RFC 9457), in both languages."""

    type: str
    title: str
    status: int
    detail: str
    detail_zh: str
    detail_en: str
    errors: list[ProblemError] = Field(default_factory=list)


class WaitingOut(Shape):
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
