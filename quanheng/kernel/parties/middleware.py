"""Every request carries its actor, worked out when first asked for."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.parties.models import Person
from quanheng.kernel.parties.queries import actor_of


def _actor(request: HttpRequest) -> Actor:
    person = request.user
    return actor_of(person) if isinstance(person, Person) else Actor.nobody()


class ActorMiddleware:
    """Sets ``request.actor``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: _actor(request))  # type: ignore[attr-defined]
        return self.get_response(request)
