"""Who calls the API: a bearer token, a browser's session (with its CSRF token), or nobody.

``AUTH`` is the default of every endpoint. It always succeeds or refuses with a reason; what nobody may not do
is refused by the service that does it. Calls are counted here (``limits``): by token, person or address. An endpoint
that declares ``auth=None`` (health) is not counted; nor are pages and static files.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Denied, SignInNeeded
from quanheng.kernel.base.scopes import Scope, require_scope
from quanheng.kernel.parties import limits
from quanheng.kernel.parties.models import ApiToken, Person
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.parties.services.access import token_digest

# The last use is written at most this often: reading must not become writing.
USED_EVERY = timedelta(minutes=10)
SAFE = ("GET", "HEAD", "OPTIONS")


class Bearer(HttpBearer):
    """``Authorization: Bearer qh_…``: the person whose token it is. A token that does not hold is refused."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        now = timezone.now()
        held = (
            ApiToken.objects.select_related("person")
            .filter(digest=token_digest(token), revoked_at=None, expires_at__gt=now, person__is_active=True)
            .first()
        )
        if held is None:
            # Whoever tries out tokens is counted like any visitor.
            limits.count_address(request)
            raise SignInNeeded(_("令牌无效、已撤销或已过期，请重新获取令牌。"), code="bad-token")
        _check_address(request, held)
        limits.count(
            request,
            f"token {held.pk}",
            limits.narrower((held.per_minute, held.per_day), settings.API_LIMITS["token"]),
        )
        if held.last_used_at is None or now - held.last_used_at > USED_EVERY:
            ApiToken.objects.filter(pk=held.pk).update(last_used_at=now)
        request.user = held.person
        request.token = held  # type: ignore[attr-defined]
        scopes = None if Scope.ALL in held.scopes else frozenset(held.scopes)
        actor = replace(actor_of(held.person), scopes=scopes)
        if request.method in SAFE:
            require_scope(actor, Scope.READ)
        request.actor = actor  # type: ignore[attr-defined]
        return actor


def _check_address(request: HttpRequest, token: ApiToken) -> None:
    """Refuse a token that is used from elsewhere than its person said."""
    if not token.addresses:
        return
    try:
        address = ipaddress.ip_address(limits.address_of(request))
    except ValueError:
        address = None
    if address is None or not any(address in ipaddress.ip_network(one) for one in token.addresses):
        limits.count_address(request)
        raise Denied(
            _("该令牌不能从这个网络地址使用，请从允许的地址调用，或重新签发令牌。"), code="address-not-allowed"
        )


class Session(APIKeyCookie):
    """The browser's own session; what changes something must carry the CSRF token."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Actor | None:
        if self.param_name not in request.COOKIES or not isinstance(request.user, Person):
            return None
        if check_csrf(request):
            raise Denied(_("请求缺少有效的 CSRF 令牌，请刷新页面后重试；程序调用请使用令牌。"), code="csrf")
        limits.count(request, f"person {request.user.pk}", settings.API_LIMITS["token"])
        return request.actor  # type: ignore[attr-defined]

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        return self(request)


def anyone(request: HttpRequest) -> Actor:
    """Nobody in particular: public reads need no account."""
    limits.count_address(request)
    request.actor = Actor.nobody()  # type: ignore[attr-defined]
    return Actor.nobody()


AUTH: list[Callable[..., Any]] = [Bearer(), Session(), anyone]
