"""The log over HTTP (C2SP tlog-tiles), and its page."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import acted
from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.parties.queries import by_uid
from quanheng.kernel.translog import queries, services, tiles
from quanheng.kernel.translog.forms import EndForm, PeerForm
from quanheng.kernel.translog.models import Peer

TONES = {"new": "idle", "ok": "ok", "unreachable": "wait", "refused": "bad"}

# A checkpoint lasts a minute; a mirror in between may keep it for a moment.
BRIEFLY = "public, max-age=5"
# What is in a tile stays in it.
FOR_EVER = "public, max-age=31536000, immutable"


@require_http_methods(["GET", "POST"])
def log_page(request: ActorRequest) -> HttpResponse:
    """What the log is, how large, how not to take our word for it; who watches whom, and who may choose that."""
    operator = services.operator_of(request.actor) if request.method == "POST" else services.operated_by(request.actor)
    form = PeerForm(request.POST if request.method == "POST" else None)
    if operator and (
        done := acted(
            request,
            form,
            lambda **given: services.register_peer(request.actor, operator, **given),
            back=reverse("log"),
            done=_("已登记日志同伴，后台一分钟内联系。"),
        )
    ):
        return done
    page = queries.state()
    page |= {"site": settings.SITE_URL, "crumbs": [(_("透明日志"), "")], "form": form if operator else None}
    page["peers"] = [(one, TONES[one.state]) for one in page["peers"]]
    return render(request, "translog/log.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def peer_end(request: ActorRequest, uid: str) -> HttpResponse:
    """End a peer, with the reason."""
    services.operator_of(request.actor)
    peer = by_uid(Peer.objects.select_related("organisation"), uid, request.actor)
    form, back = EndForm(request.POST if request.method == "POST" else None), reverse("log")
    done = acted(
        request,
        form,
        lambda **given: services.end_peer(request.actor, peer, **given),
        back=back,
        done=_("已停用该日志同伴。"),
    )
    crumbs = [(_("透明日志"), back), (peer.name, "")]
    page = {"peer": peer, "form": form, "back": back, "crumbs": crumbs}
    return done or render(request, "translog/peer_end.html", page, status=422 if form.errors else 200)


@require_safe
def witness(request: HttpRequest, log: str) -> HttpResponse:
    """The newest checkpoint of a watched log, with the cosignature made here."""
    found = queries.countersigned(log)
    if found is None:
        raise NotFound(_("本平台没有为这个日志会签过。"))
    return _answer(found.encode(), "text/plain; charset=utf-8", BRIEFLY)


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
