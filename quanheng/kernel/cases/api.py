"""The rule table and the cases over the API."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any

from ninja import Query, Router
from pydantic import Field

from quanheng.kernel.base.api import ActorRequest, OrganisationRef, Page, Shape, problems
from quanheng.kernel.base.paging import page_of
from quanheng.kernel.cases import queries
from quanheng.kernel.cases.models import Case
from quanheng.kernel.cases.process import PROCESSES
from quanheng.kernel.cases.services import Option, options, record_of
from quanheng.kernel.cases.standing import standing

rules = Router(tags=["rules"])
cases = Router(tags=["cases"])


class RuleOut(Shape):
    """One version of a rule: a period (``value``, ``unit``, ``day_type``) after or before its trigger."""

    uid: str
    key: str
    process: str
    step_zh: str
    step_en: str
    actor_zh: str
    actor_en: str
    value: str
    unit: str
    day_type: str
    direction: str
    trigger_zh: str
    trigger_en: str
    source: str
    article: str
    valid_from: date | None
    valid_to: date | None
    confidence: str
    note: str


class RuleDetail(RuleOut):
    versions: list[RuleOut] = Field(description="Every version of the rule, this one included, the latest first")


class CaseOut(Shape):
    """A case as a list shows it."""

    uid: str
    number: str
    title: str
    process: str
    process_label: str
    state: str
    state_label: str
    path: str = Field(description="Page of the case")
    client: OrganisationRef
    handler: OrganisationRef | None
    waiting_on: OrganisationRef | None
    waiting_role: str
    opened_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    due_at: datetime | None


class ClockOut(Shape):
    """A clock: ``amount`` whole ``unit``s (working_day, day, minute) are left, or overdue when ``late``."""

    name: str
    label: str
    started_at: datetime
    due_at: datetime
    last_day: date
    amount: int
    unit: str
    late: bool
    words: str
    spent: float = Field(description="Share of the period spent: 1 at the deadline")
    paused_since: datetime | None
    stopped_at: datetime | None
    provisional: bool = Field(description="Depends on a holiday notice that is not published yet")
    rule: str | None = Field(description="Public name of the rule; null where the parties agreed the time")
    source: str


class MoveOut(Shape):
    """A move that you may make now, or the reason why not yet."""

    name: str
    label: str
    possible: bool
    why_not: str | None


def moves_out(found: Iterable[Option]) -> list[MoveOut]:
    """The moves that an actor has, as every page of a case over the API tells them."""
    return [
        MoveOut(
            name=one.step.name,
            label=str(one.step.label),
            possible=one.possible,
            why_not=str(one.why_not) if one.why_not else None,
        )
        for one in found
    ]


class CaseDetail(CaseOut):
    parent: str | None
    late: bool
    clocks: list[ClockOut] = Field(description="Open clocks first, the nearest end first")
    options: list[MoveOut]


def _case(case: Case) -> dict[str, Any]:
    process = PROCESSES[case.process]
    return {
        **{name: getattr(case, name) for name in _PLAIN},
        "process_label": str(process.label),
        "state_label": str(process.by_state[case.state].label),
        "path": process.path.format(uid=case.uid),
    }


_PLAIN = (
    *("uid", "number", "title", "process", "state", "client", "handler", "waiting_on", "waiting_role"),
    *("opened_at", "changed_at", "closed_at", "due_at"),
)


@rules.get("/", response={200: Page[RuleOut], **problems(422)})
def list_rules(
    request: ActorRequest,
    cursor: str = "",
    limit: int = Query(50, ge=1, le=100),
    process: str = Query("", max_length=60),
    key: str = Query("", max_length=120),
    confidence: str = Query("", max_length=20),
    on: Annotated[date | None, Query(description="Only the versions in force on this day")] = None,
) -> Any:
    """The rule table: every clock that law or this platform lays down, with its source. Open to everyone."""
    return page_of(queries.rules(process=process, key=key, confidence=confidence, on=on), cursor, limit)


@rules.get("/{uid}", response={200: RuleDetail, **problems(404)})
def get_rule(request: ActorRequest, uid: str) -> Any:
    """One version of a rule, with the others."""
    versions = queries.rule_versions(uid)
    shown = next(rule for rule in versions if rule.uid == uid)
    return {**{name: getattr(shown, name) for name in RuleOut.model_fields}, "versions": versions}


@cases.get("/", response={200: Page[CaseOut], **problems(422)})
def list_cases(
    request: ActorRequest,
    cursor: str = "",
    limit: int = Query(50, ge=1, le=100),
    process: str = Query("", max_length=40),
    state: str = Query("", max_length=24),
    late: bool = Query(False, description="Only open cases past their deadline"),
    waiting: bool = Query(False, description="Only cases in which it is your turn"),
) -> Any:
    """Cases that concern you, newest first."""
    found = queries.waiting_for(request.actor) if waiting else queries.cases(request.actor)
    if late:
        found = found.filter(queries.is_late())
    if process:
        found = found.filter(process=process)
    if state:
        found = found.filter(state=state)
    return page_of(found, cursor, limit, show=_case)


@cases.get("/{uid}", response={200: CaseDetail, **problems(404)})
def get_case(request: ActorRequest, uid: str) -> Any:
    """One case: its state, who has it, until when and by which rule, and what you can do now."""
    case = queries.case_by_uid(request.actor, uid)
    stands = standing(case)
    return {
        **_case(case),
        "parent": case.parent.uid if case.parent and Case.visible_to.allows(request.actor, case.parent) else None,
        "late": stands.late,
        "clocks": [
            {
                **{name: getattr(clock, name) for name in _CLOCK},
                "label": str(clock.label),
                "words": str(clock.words),
                "rule": clock.rule.uid if clock.rule else None,
                "source": str(clock.source),
            }
            for clock in stands.clocks
        ],
        "options": moves_out(options(request.actor, record_of(case))),
    }


_CLOCK = (
    *("name", "started_at", "due_at", "last_day", "amount", "unit", "late", "spent"),
    *("paused_since", "stopped_at", "provisional"),
)
