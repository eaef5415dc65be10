"""Product families and items over the API."""

from __future__ import annotations

from typing import Any

from ninja import Query

from quanheng.kernel.base.api import ActorRequest, Page, Shape, problems
from quanheng.kernel.base.paging import page_of
from quanheng.kernel.requirements import queries
from quanheng.kernel.requirements.api.routing import router
from quanheng.kernel.requirements.api.schemas import StandardRef


class ItemOut(Shape):
    """A characteristic that is determined, with its kind of quantity and usual unit."""

    code: str
    name_zh: str
    name_en: str
    quantity: str
    unit: str
    aliases: list[str]


class FamilyOut(Shape):
    """A product family; ``hs`` and ``ccs`` are customs and standards classification codes."""

    code: str
    name_zh: str
    name_en: str
    aliases: list[str]
    chain: str
    schemes: list[str]
    schemes_en: list[str]
    hs: list[str]
    ccs: list[str]


class RequirementOut(Shape):
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


class FamilyDetail(FamilyOut):
    requirements: list[RequirementOut]


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
