"""Imports over the API: upload, match, look, mend, commit, undo."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from ninja import File, Form, Query, Router
from ninja.files import UploadedFile
from pydantic import Field

from quanheng.kernel.base.api import ActorRequest, OrganisationRef, Page, Shape, problems
from quanheng.kernel.base.errors import SignInNeeded
from quanheng.kernel.base.paging import page_of
from quanheng.kernel.imports import queries, services, sheets
from quanheng.kernel.imports.kinds import kind_named
from quanheng.kernel.imports.models import Batch
from quanheng.kernel.imports.services import MAX_MENDED, Mend
from quanheng.kernel.imports.staging import Row

router = Router(tags=["imports"])

_ACTED = problems(401, 403, 404, 409, 422)


class ImportText(Shape):
    """A sentence in both languages."""

    zh: str
    en: str


class ImportChoice(Shape):
    """Where a column of the kind comes from: a column of the file, counted from 0, or one value for all rows."""

    column: int | None = Field(None, ge=0, le=1000)
    value: str | None = Field(None, max_length=500)


class ImportOut(Shape):
    """An import. ``done`` of ``total`` rows in the step under way; ``bad`` rows have errors; ``problem`` stopped it."""

    uid: str
    kind: str
    organisation: OrganisationRef
    state: str
    file_name: str
    size: int
    sha256: str
    created_at: datetime
    total: int
    bad: int
    dropped: int
    done: int
    made: int
    version: int
    committed_at: datetime | None
    problem: ImportText | None


class ImportDetailOut(ImportOut):
    """The same with the file's columns, how they are matched, and what should be known of the file."""

    format: str
    sheet: str
    head: list[str]
    mapping: dict[str, ImportChoice]
    remarks: list[ImportText]


class ImportErrorOut(Shape):
    """What is wrong with a cell ("" : with the row) and how to mend it."""

    field: str
    message: str
    message_zh: str
    message_en: str


class ImportRowOut(Shape):
    """A row by its number in the file, as the kind names its columns."""

    number: int
    cells: dict[str, str]
    dropped: bool
    errors: list[ImportErrorOut]


class ImportMappingIn(Shape):
    mapping: dict[str, ImportChoice] = Field(max_length=200, description="Column of the kind → where it comes from")


class ImportMendIn(Shape):
    number: int = Field(ge=0, le=2_000_000_000)
    values: dict[str, str] = Field(default_factory=dict, max_length=200)
    drop: bool | None = Field(None, description="Leave the row out; false brings it back")


class ImportMendsIn(Shape):
    rows: list[ImportMendIn] = Field(min_length=1, max_length=MAX_MENDED)
    version: int | None = Field(None, description="Refused where rows were changed since this version")


class ImportColumnOut(Shape):
    name: str
    label: str
    required: bool
    help: str
    example: str
    choices: list[str]


class ImportKindOut(Shape):
    """What you may import, with its columns, and for which organisations."""

    name: str
    label: str
    help: str
    columns: list[ImportColumnOut]
    organisations: list[OrganisationRef]


def _batch(one: Batch) -> dict[str, Any]:
    names = ("uid", "kind", "state", "file_name", "size", "created_at", "total", "bad", "dropped", "done", "version")
    return {
        **{name: getattr(one, name) for name in names},
        "organisation": one.owner,
        "sha256": one.sha256,
        "made": one.made_count,
        "committed_at": one.committed_at,
        "problem": one.problem or None,
    }


def _detail(one: Batch) -> dict[str, Any]:
    return {
        **_batch(one),
        "format": one.format,
        "sheet": one.sheet,
        "head": one.head,
        "mapping": one.mapping,
        "remarks": one.remarks,
    }


def _row(row: Row) -> dict[str, Any]:
    english = (get_language() or "").startswith("en")
    return {
        "number": row.number,
        "cells": row.cells,
        "dropped": row.dropped,
        "errors": [
            {
                "field": one["field"],
                "message": one["en" if english else "zh"],
                "message_zh": one["zh"],
                "message_en": one["en"],
            }
            for one in row.errors
        ],
    }


def _fresh(request: ActorRequest, uid: str) -> dict[str, Any]:
    return _detail(queries.batch_by_uid(request.actor, uid))


@router.get("/imports/kinds", response={200: list[ImportKindOut], **problems(401)})
def list_import_kinds(request: ActorRequest) -> Any:
    """What you may import, and the columns of each kind."""
    if not request.actor.signed_in:
        raise SignInNeeded(_("请先登录再导入。"))
    return [
        {
            "name": kind.name,
            "label": str(kind.label),
            "help": str(kind.help),
            "columns": [
                {
                    "name": column.name,
                    "label": str(column.label),
                    "required": column.required,
                    "help": str(column.help),
                    "example": column.example,
                    "choices": [value for value, _label in column.choices],
                }
                for column in kind.columns
            ],
            "organisations": owners,
        }
        for kind, owners in queries.offered(request.actor)
    ]


@router.get("/imports/kinds/{name}/template", response={200: None, **problems(401, 404, 422)})
def get_import_template(request: ActorRequest, name: str, format: str = Query("xlsx", max_length=4)) -> HttpResponse:
    """An empty table of a kind with an example row: ``xlsx`` (with an explanation of every column) or ``csv``."""
    if not request.actor.signed_in:
        raise SignInNeeded(_("请先登录再导入。"))
    return sheets.template(kind_named(name), format)


@router.get("/imports", response={200: Page[ImportOut], **problems(422)})
def list_imports(
    request: ActorRequest,
    cursor: str = "",
    limit: int = Query(50, ge=1, le=100),
    kind: str = Query("", max_length=40),
    state: str = Query("", max_length=10),
) -> Any:
    """Imports of your organisations that you may commit, newest first."""
    return page_of(queries.batches(request.actor, kind=kind, state=state), cursor, limit, show=_batch)


@router.post("/imports", response={200: ImportDetailOut, **_ACTED, **problems(413)})
def upload_import(
    request: ActorRequest,
    file: File[UploadedFile],
    kind: str = Form(..., max_length=40),
    organisation: str = Form("", max_length=13, description="Public name; may be left out where there is only one"),
) -> Any:
    """Upload a file (multipart/form-data): CSV, XLSX, XLS, ODS, or JSON (an array, or an object on each line).

    It is read in the background: ask for its state until it is ``staged``.
    Where the columns leave a question it stays ``matching``: see ``head`` and ``mapping``, and send the mapping.
    """
    if not request.actor.signed_in:
        raise SignInNeeded(_("请先登录再导入。"))
    owner = queries.owner_of(request.actor, kind_named(kind), organisation)
    batch = services.upload(request.actor, owner, kind=kind, file=file, name=file.name or "")
    return _fresh(request, batch.uid)


@router.get("/imports/{uid}", response={200: ImportDetailOut, **problems(404)})
def get_import(request: ActorRequest, uid: str) -> Any:
    """How far an import has come."""
    return _fresh(request, uid)


@router.get("/imports/{uid}/rows", response={200: Page[ImportRowOut], **problems(404, 422)})
def list_import_rows(
    request: ActorRequest,
    uid: str,
    cursor: str = Query("", max_length=12),
    limit: int = Query(50, ge=1, le=100),
    errors: bool = Query(False, description="Only rows with errors"),
) -> Any:
    """The rows of an import in the order of the file."""
    batch = queries.batch_by_uid(request.actor, uid)
    page = queries.rows_page(batch, wrong=errors, cursor=cursor, limit=limit)
    return {**page, "items": [_row(row) for row in page["items"]]}


@router.patch("/imports/{uid}/rows", response={200: ImportDetailOut, **_ACTED})
def mend_import_rows(request: ActorRequest, uid: str, body: ImportMendsIn) -> Any:
    """Change cells of rows, or leave rows out. What is wrong with them afterwards is found in the rows."""
    batch = queries.batch_by_uid(request.actor, uid)
    mends = [Mend(one.number, one.values, one.drop) for one in body.rows]
    services.mend(request.actor, batch, mends=mends, version=body.version)
    return _fresh(request, uid)


@router.put("/imports/{uid}/mapping", response={200: ImportDetailOut, **_ACTED})
def match_import(request: ActorRequest, uid: str, body: ImportMappingIn) -> Any:
    """Say which column of the file is which; the rows are then checked in the background."""
    batch = queries.batch_by_uid(request.actor, uid)
    mapping = {name: choice.model_dump() for name, choice in body.mapping.items()}
    services.match(request.actor, batch, mapping=mapping)
    return _fresh(request, uid)


@router.post("/imports/{uid}/check", response={200: ImportDetailOut, **_ACTED})
def recheck_import(request: ActorRequest, uid: str) -> Any:
    """Check every row again, against the registers as they are now."""
    services.recheck(request.actor, queries.batch_by_uid(request.actor, uid))
    return _fresh(request, uid)


@router.post("/imports/{uid}/commit", response={200: ImportDetailOut, **_ACTED})
def commit_import(request: ActorRequest, uid: str) -> Any:
    """Bring all rows in, in the background and in one act: all or none. Refused while rows have errors."""
    services.request_commit(request.actor, queries.batch_by_uid(request.actor, uid))
    return _fresh(request, uid)


@router.post("/imports/{uid}/undo", response={200: ImportDetailOut, **_ACTED})
def undo_import(request: ActorRequest, uid: str) -> Any:
    """Take out again what was brought in. Refused, with what depends on it, where something does."""
    services.request_undo(request.actor, queries.batch_by_uid(request.actor, uid))
    return _fresh(request, uid)


@router.post("/imports/{uid}/discard", response={200: ImportDetailOut, **_ACTED})
def discard_import(request: ActorRequest, uid: str) -> Any:
    """Give an import up before it was committed."""
    services.discard(request.actor, queries.batch_by_uid(request.actor, uid))
    return _fresh(request, uid)
