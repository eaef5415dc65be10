"""The shapes in which standards, their families, conflicts and watches are told and taken."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils import timezone
from pydantic import Field

from quanheng.kernel.base.api import Shape
from quanheng.kernel.requirements.models import Conflict, Relation, Standard, Watch


class StandardRef(Shape):
    uid: str
    number: str
    title_zh: str
    title_en: str


class StandardOut(StandardRef):
    """A standard; ``status`` is computed for today.

    ``published_to`` says how much of ``published`` is known (day, month or year: the last day stands for it);
    where ``withdrawn_exact`` is false, it had ended by ``withdrawn`` at the latest.
    """

    kind: str
    doctype: str
    status: str
    mandatory: bool
    year: int | None
    edition: int | None
    stage: str
    published: date | None
    published_to: str
    effective: date | None
    withdrawn: date | None
    withdrawn_exact: bool
    superseded_on: date | None
    ics: list[str]
    ccs: list[str]
    committee: str
    body: str
    source: str
    confidence: str


class CitationOut(Shape):
    """A requirement that cites the standard; ``outdated`` when its standard or method is no longer in force."""

    uid: str
    family: str
    item: str
    outdated: bool


class CodeOut(Shape):
    """A code of a standard; names are empty where the table does not have it."""

    scheme: str
    code: str
    name_zh: str
    name_en: str


class StandardDetail(StandardOut):
    drafters: list[str]
    remark: str
    codes: list[CodeOut]
    predecessors: list[StandardRef]
    successors: list[StandardRef]
    requirements: list[CitationOut]
    scope_lines: int = Field(description="Scope lines that cite it, counted to 1000")
    scope_lines_more: bool
    reports: int = Field(description="Issued reports with results by it or against it, counted to 1000")
    reports_more: bool
    reports_late: int = Field(description="How many of those were issued after it had ended")
    outdated: bool


class MemberOut(StandardRef):
    """``generation`` 0 is the standard itself, 1 replaces it, -1 it replaces."""

    generation: int
    status: str


class LinkOut(Shape):
    successor: str
    predecessor: str


class RelationOut(Shape):
    """``number`` names the other; ``uid`` is empty where the register does not have it."""

    kind: str
    uid: str
    number: str
    degree: str
    doubt: str
    own: bool = Field(description="Whether this standard says it of the other, and not the other of this one")
    source: str


class FamilyTree(Shape):
    """Generations before and after, the nearest first until 40; ``more`` where there are others."""

    members: list[MemberOut]
    links: list[LinkOut]
    more: bool
    relations: list[RelationOut]


class EditionsOut(Shape):
    """All editions of the number, newest first, and the newest edition of each other part."""

    editions: list[StandardRef]
    editions_more: bool
    parts: list[StandardRef]
    parts_more: bool


class ClassificationOut(Shape):
    scheme: str
    code: str
    parent: str
    level: int
    name_zh: str
    name_en: str
    note_zh: str
    note_en: str
    see: list[str]


class ConflictOut(Shape):
    """Two records of one standard disagree on ``field``; the standard shows ``kept`` until it is settled."""

    uid: str
    standard: StandardRef
    field: str
    kept: str
    other: str
    kept_source: str
    other_source: str
    settled_at: datetime | None
    choice: str
    reason: str


class WatchOut(Shape):
    """``standard`` is null where all standards are watched that the organisation's scope cites."""

    uid: str
    standard: StandardRef | None
    status: str
    organisation: str = Field(description="Public name of the organisation that watches; empty where you do")


class StandardIn(Shape):
    """A standard to be registered by a regulator's case officer; ``number`` in any spelling."""

    registrar: str = Field(max_length=13, description="Public name of the regulator on whose behalf you act")
    number: str = Field(max_length=60)
    title_zh: str = Field("", max_length=300, description="May be empty for an international document only")
    title_en: str = Field("", max_length=600)
    kind: str = Field(max_length=20)
    mandatory: bool = False
    published: date | None = None
    effective: date | None = None
    doctype: str = Field("", max_length=14)
    edition: int | None = Field(None, ge=1, le=999)
    stage: str = Field("", max_length=5)
    ics: list[str] = Field(default_factory=list, max_length=20)
    ccs: list[str] = Field(default_factory=list, max_length=20)
    committee: str = Field("", max_length=160)
    body: str = Field("", max_length=200)
    drafters: list[str] = Field(default_factory=list, max_length=100)
    source: str = Field(max_length=300)


class CorrectionIn(Shape):
    """Absent is left as it is. What is corrected stays so whatever files say later."""

    reason: str = Field(max_length=300)
    title_zh: str | None = Field(None, max_length=300)
    title_en: str | None = Field(None, max_length=600)
    kind: str | None = Field(None, max_length=20)
    doctype: str | None = Field(None, max_length=14)
    mandatory: bool | None = None
    published: date | None = None
    effective: date | None = None
    withdrawn: date | None = None
    edition: int | None = Field(None, ge=1, le=999)
    stage: str | None = Field(None, max_length=5)
    ics: list[str] | None = Field(None, max_length=20)
    ccs: list[str] | None = Field(None, max_length=20)
    committee: str | None = Field(None, max_length=160)
    body: str | None = Field(None, max_length=200)
    drafters: list[str] | None = Field(None, max_length=100)
    remark: str | None = Field(None, max_length=600)


class ReplacementIn(Shape):
    predecessor: str = Field(max_length=13, description="Public name of the standard that is replaced")
    reason: str = Field("", max_length=300)


class WithdrawalIn(Shape):
    on: date
    reason: str = Field(max_length=300)


class AdoptionIn(Shape):
    number: str = Field(max_length=80, description="The international standard that is adopted")
    degree: str = Field(max_length=3, description="IDT, MOD or NEQ")
    reason: str = Field("", max_length=300)


class SettlementIn(Shape):
    choice: str = Field(max_length=5, description="kept or other")
    reason: str = Field(max_length=300)


class WatchIn(Shape):
    """Without ``organisation`` you watch for yourself; without ``standard`` an organisation watches its scope."""

    standard: str = Field("", max_length=13)
    organisation: str = Field("", max_length=13)


def shown_standard(one: Standard) -> dict[str, Any]:
    """A standard as lists show it."""
    facts = {name: getattr(one, name) for name in StandardOut.model_fields if name != "status"}
    return {**facts, "status": one.status_on(timezone.localdate())}


def shown_relation(one: Relation, standard: Standard) -> dict[str, Any]:
    """A relation from the side of one of its ends."""
    own = one.standard_id == standard.pk
    other = one.other if own else one.standard
    return {
        "kind": one.kind,
        "uid": other.uid if other else "",
        "number": other.number if other else one.number,
        "degree": one.degree,
        "doubt": one.doubt,
        "own": own,
        "source": one.source,
    }


def shown_conflict(one: Conflict) -> dict[str, Any]:
    """A conflict; who settled it is for the history."""
    return {name: getattr(one, name) for name in ConflictOut.model_fields}


def shown_watch(one: Watch) -> dict[str, Any]:
    """A watch with the status of its standard today."""
    return {
        "uid": one.uid,
        "standard": one.standard,
        "status": one.standard.status_on(timezone.localdate()) if one.standard else "",
        "organisation": one.organisation.uid if one.organisation else "",
    }
