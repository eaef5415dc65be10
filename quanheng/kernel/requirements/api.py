"""Standards, product families and items over the API."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from quanheng.kernel.base.api import ActorRequest, Page, problems, waits
from quanheng.kernel.base.paging import page_of
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.queries import by_uid
from quanheng.kernel.requirements import queries, services
from quanheng.kernel.requirements.models import Standard

router = Router(tags=["requirements"])


class StandardRef(Schema):
    uid: str
    number: str
    title_zh: str
    title_en: str


class StandardOut(StandardRef):
    """A standard; ``status`` is computed for today."""

    kind: str
    status: str
    mandatory: bool
    published: date | None
    effective: date | None
    withdrawn: date | None
    superseded_on: date | None
    source: str
    confidence: str


class ItemOut(Schema):
    """A characteristic that is determined, with its kind of quantity and usual unit."""

    code: str
    name_zh: str
    name_en: str
    quantity: str
    unit: str
    aliases: list[str]


class FamilyOut(Schema):
    """A product family; ``hs`` and ``ccs`` are customs and standards classification codes."""

    code: str
    name_zh: str
    name_en: str
    aliases: list[str]
    chain: str
    schemes: list[str]
    hs: list[str]
    ccs: list[str]


class RequirementOut(Schema):
    """Item, limit and method for a product family. Limits are decimal strings in ``unit``."""

    uid: str
    item: ItemOut
    standard: StandardRef
    clause: str
    method: StandardRef
    method_clause: str
    limit: str
    lower: str
    upper: str
    unit: str
    limit_text_zh: str
    limit_text_en: str
    mandatory: bool
    sample_size: str
    usual_days: int
    source: str
    confidence: str


class CitationOut(Schema):
    """A requirement that cites the standard; ``outdated`` when its standard or method is no longer in force."""

    uid: str
    family: str
    item: str
    outdated: bool


class StandardDetail(StandardOut):
    predecessors: list[StandardRef]
    successors: list[StandardRef]
    requirements: list[CitationOut]
    scope_lines: int = Field(description="Scope lines that cite it, counted to 1000")
    scope_lines_more: bool
    outdated: bool


class FamilyDetail(FamilyOut):
    requirements: list[RequirementOut]


class StandardIn(Schema):
    """A standard to be registered by a regulator's case officer; ``number`` in any spelling."""

    registrar: str = Field(max_length=13, description="Public name of the regulator on whose behalf you act")
    number: str = Field(max_length=60)
    title_zh: str = Field(max_length=300)
    title_en: str = Field("", max_length=400)
    kind: str = Field(max_length=20)
    mandatory: bool = False
    published: date | None = None
    effective: date | None = None
    source: str = Field(max_length=300)


class ReplacementIn(Schema):
    predecessor: str = Field(max_length=13, description="Public name of the standard that is replaced")
    reason: str = Field("", max_length=300)


class WithdrawalIn(Schema):
    on: date
    reason: str = Field(max_length=300)


def _standard(one: Standard) -> dict[str, Any]:
    facts = {name: getattr(one, name) for name in StandardOut.model_fields if name != "status"}
    return {**facts, "status": one.status_on(timezone.localdate())}


def _detail(uid: str) -> dict[str, Any]:
    page = queries.standard_page(queries.standard_by_uid(uid))
    return {
        **_standard(page.standard),
        "predecessors": page.predecessors,
        "successors": page.successors,
        "requirements": [
            {
                "uid": one.requirement.uid,
                "family": one.requirement.family.code,
                "item": one.requirement.item.code,
                "outdated": one.outdated,
            }
            for one in page.requirements
        ],
        "scope_lines": page.scope_lines,
        "scope_lines_more": page.scope_lines_more,
        "outdated": page.outdated,
    }


@router.get("/standards", response={200: Page[StandardOut], **problems(422)})
def list_standards(
    request: ActorRequest,
    cursor: str = "",
    limit: int = Query(50, ge=1, le=100),
    kind: str = Query("", max_length=20),
    status: str = Query("", max_length=12, description="upcoming, in_force, superseded or withdrawn, today"),
    text: str = Query("", max_length=100, description="Words of the title or the number"),
    number: str = Query("", max_length=60, description="In any spelling; without a year, all editions"),
) -> Any:
    """The register of standards, newest entries first."""
    rows = queries.standards(kind=kind, status=status, text=text, number=number)
    return page_of(rows, cursor, limit, show=_standard)


@router.get("/standards/{uid}", response={200: StandardDetail, **problems(404)})
def get_standard(request: ActorRequest, uid: str) -> Any:
    """One standard: status, editions before and after, and what cites it."""
    return _detail(uid)


_ACTED = problems(401, 403, 404, 409, 422)


@router.post("/standards", response={200: StandardDetail, **_ACTED})
def register(request: ActorRequest, body: StandardIn) -> Any:
    """Enter a standard in the register."""
    registrar = by_uid(Organisation.objects.all(), body.registrar)
    facts = services.StandardFacts(**body.dict(exclude={"registrar"}))
    return _detail(services.register_standard(request.actor, registrar, facts=facts).uid)


@router.post("/standards/{uid}/replace", response={200: StandardDetail, **waits(), **_ACTED})
def replace(request: ActorRequest, uid: str, body: ReplacementIn) -> Any:
    """Record that this standard replaces another."""
    predecessor = queries.standard_by_uid(body.predecessor)
    services.record_replacement(
        request.actor, queries.standard_by_uid(uid), predecessor=predecessor, reason=body.reason
    )
    return _detail(uid)


@router.post("/standards/{uid}/withdraw", response={200: StandardDetail, **waits(), **_ACTED})
def withdraw(request: ActorRequest, uid: str, body: WithdrawalIn) -> Any:
    """Withdraw a standard that has no successor."""
    services.withdraw_standard(request.actor, queries.standard_by_uid(uid), on=body.on, reason=body.reason)
    return _detail(uid)


@router.get("/families", response={200: Page[FamilyOut], **problems(422)})
def list_families(request: ActorRequest, cursor: str = "", limit: int = Query(50, ge=1, le=100)) -> Any:
    """Product families that the platform knows."""
    return page_of(queries.families(), cursor, limit)


@router.get("/families/{code}", response={200: FamilyDetail, **problems(404)})
def get_family(request: ActorRequest, code: str) -> Any:
    """One product family with its requirements of standards in force today."""
    family = queries.family_by_code(code)
    facts = {name: getattr(family, name) for name in FamilyOut.model_fields}
    return {**facts, "requirements": list(queries.requirements_for(family))}


@router.get("/items", response={200: Page[ItemOut], **problems(422)})
def list_items(
    request: ActorRequest,
    cursor: str = "",
    limit: int = Query(50, ge=1, le=100),
    text: str = Query("", max_length=100),
    quantity: str = Query("", max_length=40),
) -> Any:
    """Items that can be determined."""
    return page_of(queries.items(text, quantity), cursor, limit)
