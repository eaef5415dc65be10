"""Searching over the API."""

from __future__ import annotations

from typing import Any

from ninja import Query, Router
from pydantic import Field

from quanheng.kernel.base.api import ActorRequest, Shape, problems
from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.base.texts import filled, listed
from quanheng.kernel.search import queries
from quanheng.kernel.search.searchable import kinds
from quanheng.kernel.search.wordlist import LEVELS, bad_kind, bad_region, bad_status

router = Router(tags=["search"])


class HitOut(Shape):
    """One result. ``level`` says how it fits: exact, start, name or text."""

    kind: str
    code: str
    title_zh: str
    title_en: str
    note: str = Field(description="What it is, in the language asked for")
    status: str = Field("", description="Its status in words, where it has one")
    url: str = Field(description="Its page")
    level: str


class HitReportOut(Shape):
    """A report or certificate with exactly the number asked for: its status, nothing of its content."""

    number: str
    status: str
    url: str


class HitCountOut(Shape):
    """Results of one kind, counted to 1000; ``more`` where there are more."""

    kind: str
    count: int
    more: bool


class SearchOut(Shape):
    """The answer. ``parts`` are what the text was cut into, where nothing held it whole; ``similar`` sounds alike."""

    results: list[HitOut]
    counts: list[HitCountOut]
    report: HitReportOut | None
    parts: list[str]
    similar: list[HitOut]
    page: int
    more: bool


def _result(hit: queries.Hit) -> dict[str, Any]:
    shown = hit.shown
    return {
        "kind": hit.kind,
        "code": shown.code,
        "title_zh": shown.title_zh,
        "title_en": shown.title_en,
        "note": shown.note,
        "status": str(shown.status[0]) if shown.status else "",
        "url": shown.url,
        "level": LEVELS[hit.level],
    }


@router.get("/search", response={200: SearchOut, **problems(422)})
def search(
    request: ActorRequest,
    q: str = Query("", max_length=200, description="Words, fragments, pinyin, a number or a code"),
    kind: str = Query("", max_length=20, description="organisation, standard, family, item, recognition, scope, page"),
    region: str = Query("", max_length=6, description="GB/T 2260 code; what lies below it counts too"),
    status: str = Query("", max_length=20, description="A status of the kind, such as in_force"),
    page: int = Query(1, ge=1, le=queries.MOST_PAGES, description="Of one kind; of all kinds only the first of each"),
) -> Any:
    """Everything public that fits a text, best first: of one kind twenty a page, of all kinds five each."""
    _known(kind, region, status)
    found = queries.search(request.actor, q, kind=kind, region=region, status=status, page=page)
    report = found.report
    return {
        "results": [_result(hit) for hit in found.hits],
        "counts": [{"kind": one.kind, "count": one.count, "more": one.capped} for one in found.tallies],
        "report": {"number": report.number, "status": report.status, "url": report.url} if report else None,
        "parts": list(found.read.parts) if found.read else [],
        "similar": [_result(hit) for hit in found.like],
        "page": found.page,
        "more": found.more,
    }


@router.get("/search/suggest", response=list[HitOut])
def suggest(
    request: ActorRequest,
    q: str = Query("", max_length=200, description="What has been typed so far"),
    limit: int = Query(queries.SUGGESTIONS, ge=1, le=20),
) -> Any:
    """Names and numbers that begin with or hold what has been typed."""
    return [_result(hit) for hit in queries.suggest(request.actor, q, limit)]


def _known(kind: str, region: str, status: str) -> None:
    if kind and kind not in kinds() and kind != queries.PAGES:
        raise Invalid.field("kind", filled(bad_kind, kinds=listed((*kinds(), queries.PAGES))))
    if region and not (region.isascii() and region.isdigit() and len(region) == 6):
        raise Invalid.field("region", bad_region)
    allowed = kinds()[kind].statuses if kind in kinds() else {}
    if status and status not in allowed:
        raise Invalid.field("status", filled(bad_status, statuses=listed(allowed or "—")))
