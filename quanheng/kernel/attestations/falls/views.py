"""Pages of worklists: what fell, and the reports to be looked at again. Each sees of them what is his own."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from quanheng.kernel.attestations import shown
from quanheng.kernel.attestations.falls import graph, worklists
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.errors import SignInNeeded
from quanheng.kernel.base.html import local
from quanheng.kernel.base.lists import listed
from quanheng.kernel.objects.models import Instrument


@require_safe
def worklists_page(request: ActorRequest) -> HttpResponse:
    """What fell that concerns the actor's organisations or region."""
    if not request.actor.signed_in:
        raise SignInNeeded(_("请先登录查看复核清单。"))
    page = {"rows": list(worklists.falls(request.actor)), "place": "workbench"}
    page["crumbs"] = [(_("工作台"), "/work/"), (_("复核清单"), "")]
    return render(request, "attestations/worklists.html", page)


@require_safe
def worklist_page(request: ActorRequest, kind: str, uid: str) -> HttpResponse:
    """The reports that depend on what fell, as far as they are the actor's to see."""
    fall, found, rows = worklists.worklist(request.actor, kind, uid)
    slice_ = listed(request, rows, limit=worklists.SHOWN)
    links = {one.pk: found.links[one.pk] for one in slice_["items"]}
    names = Instrument.objects.in_bulk({link.instrument for link in links.values() if link.instrument})
    page = {
        "fall": fall,
        "cut": found.cut,
        "most": graph.MOST,
        "page": slice_["page"],
        "rows": [_row(request, one, links[one.pk], names) for one in slice_["items"]],
        "place": "workbench",
        "crumbs": [(_("工作台"), "/work/"), (_("复核清单"), reverse("worklists")), (str(fall.title), "")],
    }
    return render(request, "attestations/worklist.html", page)


def _row(request: ActorRequest, one: Attestation, link: graph.Link, names: dict[int, Instrument]) -> dict[str, Any]:
    own = Attestation.visible_to.allows(request.actor, one)
    # Whoever only asked to be told knows the number: it leads to the status, as for everybody.
    url = reverse("attestation", args=[one.uid]) if own else f"{reverse('verify')}?{urlencode({'number': one.number})}"
    used = names.get(link.instrument or 0)
    tone, word, _why = shown.STATUS[shown.status_of(one)]
    how = _("直接") if link.level == 0 else _("第 %(level)s 级") % {"level": link.level}
    if used is not None and Instrument.visible_to.allows(request.actor, used):
        how += f" · {local(used)} {used.serial}"
    elif link.number and own:
        how += f" · {link.number}"
    return {"one": one, "own": own, "url": url, "tone": tone, "word": word, "how": how}
