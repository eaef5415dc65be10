"""The page of the search box, and what it offers while somebody types."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.competence.shown import language
from quanheng.kernel.region.queries import regions
from quanheng.kernel.search import queries
from quanheng.kernel.search.marking import marked
from quanheng.kernel.search.searchable import kinds
from quanheng.kernel.search.wordlist import page_label


class SearchForm(forms.Form):
    """The box, and what the results are narrowed by."""

    q = forms.CharField(max_length=400, required=False)
    kind = forms.CharField(max_length=20, required=False)
    region = forms.RegexField(r"^\d{6}$", required=False)
    status = forms.CharField(max_length=20, required=False)
    page = forms.IntegerField(min_value=1, max_value=queries.MOST_PAGES, required=False)


def _asked(request: HttpRequest) -> dict[str, Any]:
    """What the address asks for; what cannot be asked for is left out."""
    given = request.GET.copy()
    given["q"] = given.get("q", "").replace("\0", " ")[:400]
    form = SearchForm(given)
    form.is_valid()
    asked = form.cleaned_data
    kind = asked.get("kind") or ""
    kind = kind if kind in kinds() or kind == queries.PAGES else ""
    region = asked.get("region") or ""
    status = asked.get("status") or ""
    statuses = kinds()[kind].statuses if kind in kinds() else {}
    return {
        "q": asked.get("q") or "",
        "kind": kind,
        "region": region if not kind or (kind in kinds() and kinds()[kind].region) else "",
        "status": status if status in statuses else "",
        "page": asked.get("page") or 1,
    }


def _address(asked: dict[str, Any], **changed: Any) -> str:
    wanted = {**asked, "page": "", **changed}
    return "?" + urlencode({name: value for name, value in wanted.items() if value not in ("", 1)})


@require_safe
def search_page(request: ActorRequest) -> HttpResponse:
    """Everything public that fits: the best of each kind, or one kind page by page."""
    asked = _asked(request)
    found = queries.search(
        request.actor,
        asked["q"],
        kind=asked["kind"],
        region=asked["region"],
        status=asked["status"],
        page=asked["page"],
    )
    text = found.question.text
    page: dict[str, Any] = {"place": "search", "query": text, "asked": asked, "found": found}
    if found.question.words:
        page |= {
            "tabs": _tabs(asked, found),
            "sections": [_section(asked, found, kind, hits) for kind, hits in found.sections()],
            "statuses": _statuses(asked),
            "places": _places(asked),
            "similar": [hit.shown for hit in found.like],
            "before": _address(asked, page=found.page - 1) if asked["kind"] and found.page > 1 else "",
            "after": _address(asked, page=found.page + 1) if found.more and found.page < queries.MOST_PAGES else "",
            "nothing": not found.hits and not found.report,
            "filtered": bool(asked["kind"] or asked["region"] or asked["status"]),
            "unfiltered": _address({"q": text}),
        }
    return render(request, "search/search.html", page)


def _label(kind: str) -> Any:
    return page_label if kind == queries.PAGES else kinds()[kind].label


def _tabs(asked: dict[str, Any], found: queries.Found) -> list[dict[str, Any]]:
    """All kinds, then each that has results, with how many."""
    tabs: list[dict[str, Any]] = [
        {"label": _("全部"), "url": _address(asked, kind="", status=""), "current": not asked["kind"]}
    ]
    shown = {one.kind for one in found.tallies}
    for one in found.tallies:
        count = f"{one.count}+" if one.capped else str(one.count)
        url = _address(asked, kind=one.kind, status=asked["status"] if one.kind == asked["kind"] else "")
        current = one.kind == asked["kind"]
        tabs.append({"label": _label(one.kind), "url": url, "current": current, "count": count})
    if asked["kind"] and asked["kind"] not in shown:
        tabs.append({"label": _label(asked["kind"]), "url": _address(asked), "current": True, "count": "0"})
    return tabs


def _section(asked: dict[str, Any], found: queries.Found, kind: str, hits: list[queries.Hit]) -> dict[str, Any]:
    """The results of one kind, their words marked."""
    parts = found.read.parts if found.read else ()
    tally = next((one for one in found.tallies if one.kind == kind), None)
    return {
        "kind": kind,
        "label": _label(kind),
        "all": _address(asked, kind=kind) if not asked["kind"] and tally and tally.count > len(hits) else "",
        "register": _register(kind, found) if asked["kind"] else "",
        "rows": [
            {
                "url": hit.shown.url,
                "title": marked(hit.shown.title, found.question, parts),
                "code": marked(hit.shown.code, found.question, parts) if hit.shown.code else "",
                "note": hit.shown.note,
                "status": hit.shown.status,
            }
            for hit in hits
        ],
    }


def _register(kind: str, found: queries.Found) -> str:
    """The register that lists all of them, where the ranked pages come to their end."""
    if kind not in kinds() or not found.more or found.page < queries.MOST_PAGES:
        return ""
    return kinds()[kind].register.replace("{text}", urlencode({"": found.question.text})[1:])


def _statuses(asked: dict[str, Any]) -> list[tuple[str, Any, str, bool]]:
    """(name, word, address, chosen) of the statuses of a kind."""
    known = kinds()[asked["kind"]].statuses if asked["kind"] in kinds() else {}
    return [
        (name, word, _address(asked, status="" if asked["status"] == name else name), asked["status"] == name)
        for name, (word, _condition) in known.items()
    ]


def _places(asked: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """(code, name, chosen) of the regions of the deployment, where the results can have one."""
    if asked["kind"] and not (asked["kind"] in kinds() and kinds()[asked["kind"]].region):
        return []
    within = regions(within=settings.PACK["deployment"]["region"]).order_by("code")
    english = language() == "en"
    return [
        (code, (en or zh) if english else zh, code == asked["region"])
        for code, zh, en in within.values_list("code", "name_zh", "name_en")
    ]


@require_safe
def suggestions(request: ActorRequest) -> HttpResponse:
    """The list under the box while somebody types: a fragment of a page."""
    asked = _asked(request)
    hits = queries.suggest(request.actor, asked["q"])
    question = queries.read(asked["q"])
    rows = [
        {
            "url": hit.shown.url,
            "title": marked(hit.shown.title, question),
            "code": marked(hit.shown.code, question) if hit.shown.code else "",
            "label": _label(hit.kind),
        }
        for hit in hits
    ]
    answer = render(request, "search/suggestions.html", {"rows": rows, "query": asked["q"]})
    # The same few letters are typed again and again.
    answer.headers["Cache-Control"] = "private, max-age=60"
    return answer
