"""Every register over the API, alike: typed rows, the filters and orders of its page, keyset pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import Field, create_model
from pydantic_core import to_json

from quanheng.kernel.base.api import ActorRequest, Page, Shape, problems
from quanheng.kernel.registers.declare import Register, every_register
from quanheng.kernel.registers.queries import registers_for
from quanheng.kernel.registers.reading import LONGEST_TEXT, Asked, ask, page, rows_of

router = Router(tags=["registers"])


class ColumnOut(Shape):
    """One column: its key in rows, its name in the reader's language, whether ``sort`` takes it."""

    key: str
    label: str
    sorts: bool


class FilterOut(Shape):
    """One filter: the parameter, and its name in the reader's language."""

    key: str
    label: str


class RegisterOut(Shape):
    """A register with what can be asked of it."""

    name: str
    title: str
    url: str
    page: str
    signed_in: bool
    columns: list[ColumnOut]
    filters: list[FilterOut]


def _described(register: Register) -> dict[str, Any]:
    return {
        "name": register.name,
        "title": str(register.title),
        "url": f"/api/v1/registers/{register.name}",
        "page": register.path,
        "signed_in": register.signed_in,
        "columns": [{"key": one.key, "label": str(one.label), "sorts": bool(one.sort)} for one in register.columns],
        "filters": [{"key": one.key, "label": str(one.label)} for one in register.filters],
    }


@router.get("/registers", response=list[RegisterOut])
def list_registers(request: ActorRequest) -> Any:
    """The registers, with the columns and filters of each."""
    return [_described(one) for one in registers_for(request.actor)]


def answer(request: ActorRequest, register: Register, given: dict[str, Any]) -> HttpResponse:
    """One page of a register: the rows with every column, and the cursors of its neighbours.

    Written as it is: the schema says what columns hold (a test holds every register to it), and to check fifty rows
    by it each time would take as long as to read them.
    """
    cursor, limit = given.pop("cursor") or "", given.pop("limit")
    asked: Asked = ask(register, given)
    found = page(register, rows_of(register, request.actor, asked), asked, cursor, limit)
    readers = [("uid", register.called), *((column.key, column.value) for column in register.columns)]
    items = [{key: read(row) for key, read in readers} for row in found.items]
    content = to_json({"items": items, "next": found.next, "previous": found.previous}, fallback=str)
    return HttpResponse(content, content_type="application/json")


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))


def row_schema(register: Register) -> type[Shape]:
    """The rows of a register as a schema: what a column holds, or null where it holds nothing."""
    fields: dict[str, Any] = {"uid": (str, Field(description="Public name of the row"))}
    for column in register.columns:
        kind = column.kind if column.kind in (str, bool, list[str]) else column.kind | None
        fields[column.key] = (kind, ...)
    made: type[Shape] = create_model(f"{_pascal(register.name)}Row", __base__=Shape, **fields)
    return made


def query_schema(register: Register) -> type[Shape]:
    """What the address of a register's list takes."""
    fields: dict[str, Any] = {
        "cursor": (str, Field("", max_length=700, description="next or previous of another page")),
        "limit": (int, Field(50, ge=1, le=100)),
        "sort": (str, Field("", max_length=60, description="; ".join(register.sorts()) + "; - in front: descending")),
    }
    if register.search:
        fields["q"] = (str, Field("", max_length=LONGEST_TEXT, description="Words, all of them"))
    for one in register.filters:
        if one.kind is date:
            fields[one.key] = (date | None, None)
        elif one.kind is bool:
            fields[one.key] = (bool, False)
        else:
            fields[one.key] = (str, Field("", max_length=one.longest))
    made: type[Shape] = create_model(f"{_pascal(register.name)}Query", __base__=Shape, **fields)
    return made


def _operation(register: Register, asks: type[Shape]) -> Callable[..., Any]:
    def list_rows(request: ActorRequest, given: Any) -> Any:
        return answer(request, register, given.model_dump())

    list_rows.__annotations__["given"] = Query[asks]  # type: ignore[misc, valid-type]
    list_rows.__name__ = f"list_{register.name.replace('-', '_')}"
    return list_rows


def _page(rows: type[Shape]) -> Any:
    # A type made at run time: no checker can follow it.
    return Page.__class_getitem__(rows)


def mount() -> None:
    """One operation for each register, from its declaration."""
    for register in every_register().values():
        statuses = (401, 422) if register.signed_in else (422,)
        router.add_api_operation(
            f"/registers/{register.name}",
            ["GET"],
            _operation(register, query_schema(register)),
            response={200: _page(row_schema(register)), **problems(*statuses)},
            summary=f"The register {register.name}",
            operation_id=f"registers_{register.name.replace('-', '_')}",
        )


mount()
