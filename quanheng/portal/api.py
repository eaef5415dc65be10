"""What the plans ask for over the API: the same facts and numbers as the pages."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _
from ninja import Query, Router
from pydantic import Field

from quanheng.domains.governance.queries import course_of
from quanheng.kernel.base.api import ActorRequest, Shape, problems
from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.base.texts import filled, listed
from quanheng.portal.coverage import System, documents, find_systems
from quanheng.portal.indicators import Told, find_indicators, indicator_by_code
from quanheng.portal.projects import Project, find_projects

router = Router(tags=["plans"])

Words = Query("", max_length=60, description="In a name, or exactly the identifier")
Plan = Query("", max_length=20, description="Identifier of a plan, such as TJ-NQI-145")
State = Literal["reached", "on_the_way", "behind", "short", "open", "counted", "uncounted", "elsewhere", "waiting"]


class SystemRef(Shape):
    """A system of the plans by its identifier, and where it works here."""

    id: str
    name_zh: str
    name_en: str
    status: Literal["live", "prepared"]
    page: str | None


class SystemOut(SystemRef):
    """A system that a plan asks for; ``software`` says how far software can do it: yes, part, record-only."""

    document: str
    section: str
    kind: str
    must_do_zh: str
    must_do_en: str
    software: str
    note_zh: str
    note_en: str


class ProjectOut(Shape):
    """A key project of a plan's boxes. ``status``: one of its systems works here (live), all are in preparation
    (prepared), or the platform has no system for it (none)."""

    id: str
    document: str
    section: str
    box: str
    box_zh: str
    box_en: str
    name_zh: str
    name_en: str
    status: Literal["live", "prepared", "none"]
    systems: list[SystemRef]
    confidence: str


class IndicatorOut(Shape):
    """A number that a plan promises. Numbers are decimal strings in the indicator's unit.

    ``state``: reached; on_the_way or behind beside the straight line from base to target; short: not reached, no line;
    open: the count differs from the definition and cannot tell; counted: no target; uncounted: not counted yet;
    elsewhere: another region's; waiting: no register holds it.
    """

    id: str
    document: str
    section: str
    name_zh: str
    name_en: str
    unit_zh: str
    unit_en: str
    kind: str
    base_year: int | None
    base: str | None
    target_year: int | None
    target: str | None
    target_zh: str = Field(description="A target that is no number")
    target_en: str
    comparator: str
    confidence: str
    state: State
    value: str | None
    counted_at: datetime | None
    fit: Literal["exact", "fewer", "near"] | None = Field(description="How well the count meets the definition")
    differs_zh: str
    differs_en: str
    waits_zh: str = Field(description="The register that would be needed")
    waits_en: str


class RecordsOut(Shape):
    """The records that were counted: their page, and their address in this API."""

    page: str
    api: str


class ReadingOut(Shape):
    """What was counted on a day."""

    day: date
    count: int
    value: str


class IndicatorDetail(IndicatorOut):
    """An indicator with its lineage. ``due`` is what the straight line has on the day of counting."""

    wording: str
    note_zh: str
    note_en: str
    counts_zh: str
    counts_en: str
    count: int | None
    distinct: str = Field(description="The column of the register whose different values are counted; empty: rows")
    due: str | None
    missing: str | None = Field(description="Target less value")
    records: list[RecordsOut]
    course: list[ReadingOut] = Field(description="The last count of each month, oldest first")


def _of_plan(document: str) -> str:
    if document and document not in documents():
        sentence = _("没有这份规划，可选：%(ids)s。")
        raise Invalid.field("document", filled(sentence, ids=listed(documents())))
    return document


def _ref(one: System) -> dict[str, Any]:
    return {
        "id": one.id,
        "name_zh": one.name_zh,
        "name_en": one.name_en,
        "status": one.status,
        "page": one.live.page if one.live else None,
    }


def _system(one: System) -> dict[str, Any]:
    return {
        **_ref(one),
        **{name: getattr(one, name) for name in ("section", "kind", "must_do_zh", "must_do_en")},
        "document": one.document.id,
        "software": one.grade,
        "note_zh": one.live.note_zh if one.live else "",
        "note_en": one.live.note_en if one.live else "",
    }


@router.get("/systems", response={200: list[SystemOut], **problems(422)})
def list_systems(
    request: ActorRequest, q: str = Words, document: str = Plan, status: Literal["", "live", "prepared"] = ""
) -> Any:
    """The systems that the plans ask for, and where each works here."""
    return [_system(one) for one in find_systems(q=q, document=_of_plan(document), status=status)]


def _project(one: Project) -> dict[str, Any]:
    plain = ("id", "section", "name_zh", "name_en", "status", "confidence")
    return {
        **{name: getattr(one, name) for name in plain},
        "document": one.document.id,
        "box": one.box.id,
        "box_zh": one.box.name_zh,
        "box_en": one.box.name_en,
        "systems": [_ref(each) for each in one.systems],
    }


@router.get("/projects", response={200: list[ProjectOut], **problems(422)})
def list_projects(
    request: ActorRequest,
    q: str = Words,
    box: Literal["", "1", "2", "3", "4"] = "",
    status: Literal["", "live", "prepared", "none"] = "",
) -> Any:
    """The key projects of the plans, with the systems of the platform that each is about."""
    return [_project(one) for one in find_projects(q=q, box=box, status=status)]


def _decimal(number: Decimal | None) -> str | None:
    return None if number is None else f"{number.normalize():f}"


def _indicator(told: Told) -> dict[str, Any]:
    one, measure, waits = told.indicator, told.measure, told.indicator.waits
    plain = ("id", "section", "name_zh", "name_en", "unit_zh", "unit_en", "kind", "base_year", "target_year")
    return {
        **{name: getattr(one, name) for name in (*plain, "target_zh", "target_en", "comparator", "confidence")},
        "document": one.document.id,
        "base": _decimal(one.base),
        "target": _decimal(one.target),
        "state": str(told.state),
        "value": _decimal(told.value),
        "counted_at": told.reading.counted_at if told.reading else None,
        "fit": str(measure.fit) if measure else None,
        "differs_zh": measure.differs_zh if measure else "",
        "differs_en": measure.differs_en if measure else "",
        "waits_zh": waits.name_zh if waits else "",
        "waits_en": waits.name_en if waits else "",
    }


@router.get("/indicators", response={200: list[IndicatorOut], **problems(422)})
def list_indicators(
    request: ActorRequest, q: str = Words, document: str = Plan, state: Literal["", "live", State] = ""
) -> Any:
    """The indicators of the plans with base, target and what the registers hold; ``live``: those with a value."""
    return [_indicator(one) for one in find_indicators(q=q, document=_of_plan(document), state=state)]


@router.get("/indicators/{code}", response={200: IndicatorDetail, **problems(404)})
def get_indicator(request: ActorRequest, code: str) -> Any:
    """One indicator: its definition, its course, and the records that were counted."""
    told = indicator_by_code(code)
    one, measure, reading = told.indicator, told.measure, told.reading
    return {
        **_indicator(told),
        **{name: getattr(one, name) for name in ("wording", "note_zh", "note_en")},
        "counts_zh": measure.counts_zh if measure else "",
        "counts_en": measure.counts_en if measure else "",
        "count": reading.count if reading else None,
        "distinct": measure.distinct if measure else "",
        "due": _decimal(told.due),
        "missing": _decimal(told.missing),
        "records": measure.questions(reading.day) if measure and reading else [],
        "course": [
            {"day": each.day, "count": each.count, "value": _decimal(told.worth(each.count))}
            for each in (course_of(one.id) if reading else [])
        ],
    }
