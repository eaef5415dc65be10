"""Industrial chains: one map, three lists (links, standards, weak links)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from quanheng.domains.services.chains import chain_by_code, chains, waiting
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.html import local


@require_safe
def chain_list(request: ActorRequest) -> HttpResponse:
    """All chains with how much of what their products need can be done here."""
    counted, found = chains()
    return render(
        request,
        "services/chains.html",
        {"chains": found, "counted": counted, "place": "testing", "crumbs": [(_("产业链"), "")]},
    )


@require_safe
def chain_page(request: ActorRequest, code: str) -> HttpResponse:
    """One chain: its links side by side, each with its standards, capacity and what is missing."""
    chain, enterprises = chain_by_code(code), waiting(request.actor)
    return render(
        request,
        "services/chain.html",
        {
            "chain": chain,
            "links": [(link, enterprises.get(link.family.pk, 0)) for link in chain.links],
            "demand": any(enterprises.get(link.family.pk) for link in chain.links),
            "place": "testing",
            "crumbs": [(_("产业链"), reverse("services:chains")), (local(chain), "")],
        },
    )
