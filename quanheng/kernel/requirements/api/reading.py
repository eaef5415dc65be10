"""Reading the register of standards over the API."""

from __future__ import annotations

from itertools import chain
from typing import Any

from django.utils import timezone
from ninja import Query

from quanheng.kernel.base.api import ActorRequest, Page, problems
from quanheng.kernel.base.paging import page_of
from quanheng.kernel.requirements import family, queries
from quanheng.kernel.requirements.api import schemas
from quanheng.kernel.requirements.api.routing import router


def detail(uid: str) -> dict[str, Any]:
    """A standard as its own endpoint and every act on it answer."""
    page = queries.standard_page(queries.standard_by_uid(uid))
    return {
        **schemas.shown_standard(page.standard),
        "drafters": page.standard.drafters,
        "remark": page.standard.remark,
        "codes": [
            {
                "scheme": one.scheme,
                "code": one.code,
                "name_zh": one.row.name_zh if one.row else "",
                "name_en": one.row.name_en if one.row else "",
            }
            for one in page.codes
        ],
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
        "reports": page.reports.count,
        "reports_more": page.reports.more,
        "reports_late": page.reports.late,
        "outdated": page.outdated,
    }


@router.get("/standards", response={200: Page[schemas.StandardOut], **problems(422)})
def list_standards(
    request: ActorRequest,
    cursor: str = "",
    limit: int = Query(50, ge=1, le=100),
    kind: str = Query("", max_length=20),
    status: str = Query("", max_length=12, description="draft, upcoming, in_force, superseded or withdrawn, today"),
    text: str = Query("", max_length=100, description="Words of the title or the number"),
    number: str = Query("", max_length=80, description="In any spelling; without a year, all editions"),
    ics: str = Query("", max_length=12, description="A code of any level of ICS, like 17 or 17.040.30"),
    ccs: str = Query("", max_length=12, description="A code of any level of CCS, like A, A50/64 or A50"),
    year: int | None = Query(None, ge=1900, le=2100),
) -> Any:
    """The register of standards, newest entries first."""
    rows = queries.standards(kind=kind, status=status, text=text, number=number, ics=ics, ccs=ccs, year=year)
    return page_of(rows, cursor, limit, show=schemas.shown_standard)


@router.get("/standards/{uid}", response={200: schemas.StandardDetail, **problems(404)})
def get_standard(request: ActorRequest, uid: str) -> Any:
    """One standard: status, editions before and after, and what cites it."""
    return detail(uid)


@router.get("/standards/{uid}/family", response={200: schemas.FamilyTree, **problems(404)})
def get_family_tree(request: ActorRequest, uid: str) -> Any:
    """The generations around a standard, and its other relations: adopted, amended, replaced in part, unresolved."""
    standard = queries.standard_by_uid(uid)
    tree = family.tree(standard, timezone.localdate())
    uids = {one.standard.pk: one.standard.uid for one in tree.members}
    related = family.relations(standard)
    return {
        "members": [
            {
                **{name: getattr(one.standard, name) for name in schemas.StandardRef.model_fields},
                "generation": one.generation,
                "status": one.status,
            }
            for one in tree.members
        ],
        "links": [{"successor": uids[new], "predecessor": uids[old]} for new, old in tree.links],
        "more": tree.more,
        "relations": [schemas.shown_relation(one, standard) for one in chain.from_iterable(vars(related).values())],
    }


@router.get("/standards/{uid}/editions", response={200: schemas.EditionsOut, **problems(404)})
def get_editions(request: ActorRequest, uid: str) -> Any:
    """All editions of a number and its other parts."""
    return family.editions(queries.standard_by_uid(uid))


@router.get("/classifications", response={200: Page[schemas.ClassificationOut], **problems(422)})
def list_classifications(
    request: ActorRequest,
    cursor: str = "",
    limit: int = Query(50, ge=1, le=100),
    scheme: str = Query("", max_length=6, description="ics or ccs"),
    parent: str | None = Query(None, max_length=12, description="The code above; empty for the top"),
    text: str = Query("", max_length=100, description="Words of the name, or the beginning of the code"),
) -> Any:
    """Codes of the classifications of standards, with names and notes."""
    return page_of(queries.classes(scheme, parent, text), cursor, limit)


@router.get("/standard-conflicts", response={200: Page[schemas.ConflictOut], **problems(422)})
def list_conflicts(
    request: ActorRequest,
    cursor: str = "",
    limit: int = Query(50, ge=1, le=100),
    settled: bool = False,
    field: str = Query("", max_length=20),
) -> Any:
    """Where two records of one standard disagree: what waits for a decision, or what was decided."""
    return page_of(queries.conflicts(settled=settled, field=field), cursor, limit, show=schemas.shown_conflict)
