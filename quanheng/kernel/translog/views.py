"""The log over HTTP (C2SP tlog-tiles), and its page."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.translog import queries, tiles

# A checkpoint lasts a minute; a mirror in between may keep it for a moment.
BRIEFLY = "public, max-age=5"
# What is in a tile stays in it.
FOR_EVER = "public, max-age=31536000, immutable"


@require_safe
def log_page(request: ActorRequest) -> HttpResponse:
    """What the log is, how large, and how not to take our word for it."""
    page = {"site": settings.SITE_URL, "crumbs": [(_("透明日志"), "")]}
    return render(request, "translog/log.html", queries.state() | page)


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest checkpoint."""
    found = queries.latest()
    if found is None:
        raise NotFound(_("日志还没有检查点。后台每分钟签一个，请稍后再来。"))
    return _answer(found.note.encode(), "text/plain; charset=utf-8", BRIEFLY)


@require_safe
def tile(request: HttpRequest, tile: str) -> HttpResponse:
    """A tile of hashes, or a bundle of entries."""
    found = queries.served(tile)
    if found is None:
        raise NotFound(_("日志没有这一片。请先取检查点，按其中的条数取片。"))
    answer = _answer(found, "application/octet-stream", FOR_EVER)
    place = tiles.place_of(tile)
    answer.headers["ETag"] = f'"{place}"'
    return answer


def _answer(body: bytes, kind: str, caching: str) -> HttpResponse:
    answer = HttpResponse(body, content_type=kind)
    answer.headers["Cache-Control"] = caching
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer
