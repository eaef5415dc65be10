"""The page of one standard: status by date, its family, and what on the platform cites it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.requirements import family, queries
from quanheng.kernel.requirements.drawing import draw
from quanheng.kernel.requirements.models import Standard, Watch
from quanheng.kernel.requirements.shown import CONFIDENCE, STATUS
from quanheng.kernel.requirements.views.lists import dressed


@require_safe
def standard_page(request: ActorRequest, uid: str) -> HttpResponse:
    """One standard: status by date, the editions before and after, what cites it."""
    standard = queries.standard_by_uid(uid)
    page = queries.standard_page(standard)
    tree = family.tree(standard, timezone.localdate())
    drawing = draw(tree)
    word, tone = STATUS[page.status]
    return render(
        request,
        "requirements/standard.html",
        {
            "door": "standards",
            "standard": standard,
            "shown": page,
            "word": word,
            "tone": tone,
            "published": _known(standard),
            "before": [dressed(one) for one in page.predecessors],
            "after": [dressed(one) for one in page.successors],
            "drawing": drawing,
            "boxes": [_box(one, standard) for one in drawing.boxes] if drawing else [],
            "generations": _generations(tree),
            "tree": tree,
            "numbers": family.editions(standard),
            "related": family.relations(standard),
            "conflicts": list(queries.conflicts(standard=standard)[:20]) if getattr(standard, "disputed", True) else [],
            "reports": queries.reports_of(request.actor, standard) if page.reports.count else [],
            "watching": _watching(request, standard),
            "confidence": CONFIDENCE.get(standard.confidence, standard.confidence),
            "crumbs": [(_("标准"), "/standards/"), (standard.number, "")],
        },
    )


def _known(standard: Standard) -> str:
    """The publication date as far as it is known."""
    if standard.published is None:
        return ""
    length = {"day": 10, "month": 7, "year": 4}[standard.published_to]
    return standard.published.isoformat()[:length]


def _box(box: Any, standard: Standard) -> dict[str, Any]:
    word, tone = STATUS[box.member.status]
    return {
        "at": box,
        "row": box.member.standard,
        "word": word,
        "tone": tone,
        "own": box.member.standard.pk == standard.pk,
        "text_x": box.x + 10,
        "number_y": box.y + 19,
        "status_y": box.y + 35,
    }


def _generations(tree: family.Tree) -> list[dict[str, Any]]:
    """The tree as a list: the newest generation first, each with its standards."""
    found: dict[int, list[dict[str, Any]]] = {}
    for member in tree.members:
        word, tone = STATUS[member.status]
        row = {"row": member.standard, "word": word, "tone": tone}
        found.setdefault(member.generation, []).append(row)
    return [{"generation": key, "distance": abs(key), "rows": found[key]} for key in sorted(found, reverse=True)]


def _watching(request: ActorRequest, standard: Standard) -> dict[str, Any]:
    """What the reader watches of it already, and for whom else it could be watched."""
    actor = request.actor
    if not actor.signed_in:
        return {}
    watches = list(queries.watches(actor).filter(standard=standard))
    watched = {one.organisation_id for one in watches}
    posts = actor.organisations(Role.QUALITY_MANAGER) - {key for key in watched if key}
    return {
        "watches": [{"row": one, "may_end": may_end(request, one)} for one in watches],
        "oneself": None not in watched,
        "organisations": list(Organisation.objects.filter(pk__in=posts).order_by("name_zh")[:20]) if posts else [],
    }


def may_end(request: ActorRequest, watch: Watch) -> bool:
    """Whether the reader may end a watch: one's own, or an organisation's as its quality manager."""
    if watch.person_id:
        return watch.person_id == request.actor.person_id
    return watch.organisation_id in request.actor.organisations(Role.QUALITY_MANAGER)
