"""How long a report's records are kept: shown to its issuer and regulators, lengthened by these."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from quanheng.kernel.attestations.forms import HoldForm
from quanheng.kernel.attestations.keeping.retention import MAY_HOLD, SEEN_BY, hold_records, kept
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import ACTS
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import acted, not_now
from quanheng.kernel.parties.queries import by_uid


def keep_link(actor: Actor, attestation: Attestation) -> list[dict[str, Any]]:
    """The way to the retention clock from the report's page; none for those whose matter it is not."""
    if not SEEN_BY.allows(actor, attestation):
        return []
    return [{"label": _("保存期限"), "url": reverse("attestation-keep", args=[attestation.uid]), "method": "get"}]


def clock(attestation: Attestation) -> dict[str, Any]:
    """The retention clock as its page shows it."""
    found, day = kept(attestation), timezone.localdate()
    left = (found.until - day).days if found.until else None
    return {
        "kept": found,
        "left": left,
        "over": left is not None and left < 0,
        "holds": list(attestation.holds.order_by("-id")),
    }


@require_http_methods(["GET", "POST"])
def keep_page(request: ActorRequest, uid: str) -> HttpResponse:
    """Until when the records are kept, by which rule; regulators have them kept longer here, with the reason."""
    found = by_uid(Attestation.objects.select_related("issuer", "client"), uid, request.actor)
    back, label, title = reverse("attestation", args=[uid]), ACTS["attestations.retention.hold"].label, _("保存期限")
    form = HoldForm(request.POST if request.method == "POST" else None)
    act, done = partial(hold_records, request.actor, found), _("已延长保存期限。")
    why_not = None if SEEN_BY.allows(request.actor, found) else not_now(title)
    if answer := acted(request, form, act, back=back, done=done, why_not=why_not):
        return answer
    page = {"attestation": found, "keeping": clock(found), "label": label, "title": title, "back": back}
    page |= {"form": form if MAY_HOLD.allows(request.actor, found) else None, "place": "verify"}
    page["text"] = _("原始记录和报告在此之前不能删除。只能延长，签发机构和监管机构都不能缩短。")
    page["crumbs"] = [(_("查验"), "/verify/"), (found.number, back), (title, "")]
    return render(request, "attestations/keep.html", page, status=422 if form.errors else 200)
