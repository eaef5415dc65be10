"""What the pages share: who asks, and the way back to the list."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.errors import SignInNeeded
from quanheng.kernel.parties.models import Person
from quanheng.kernel.registers.declare import Register

# Rows of a page.
LIMIT = 50


def person_of(request: ActorRequest) -> Person:
    """Whoever is signed in. Raises SignInNeeded."""
    if not request.actor.signed_in:
        raise SignInNeeded(_("请先登录再进行此操作。"))
    return Person.objects.get(pk=request.actor.person_id or 0)


def back_to(register: Register, query: str) -> HttpResponse:
    """To the list of the register, as it was asked for."""
    return redirect(f"{register.path}?{query}" if query else register.path)
