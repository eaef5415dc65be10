"""Who calls the API: a bearer token, a browser's session (with its CSRF token), or nobody.

``AUTH`` is the default of every endpoint. It always succeeds or refuses with a reason; what nobody may not do
is refused by the service that does it.
"""

from __future__ import annotations

from collections.abc import Callable
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
from quanheng.kernel.parties.models import ApiToken, Person
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.parties.services.access import token_digest

# The last use is written at most this often: reading must not become writing.
USED_EVERY = timedelta(minutes=10)


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
            raise SignInNeeded(_("令牌无效、已撤销或已过期，请重新获取令牌。"), code="bad-token")
        if held.last_used_at is None or now - held.last_used_at > USED_EVERY:
            ApiToken.objects.filter(pk=held.pk).update(last_used_at=now)
        request.user = held.person
        request.token = held  # type: ignore[attr-defined]
        request.actor = actor_of(held.person)  # type: ignore[attr-defined]
        return request.actor  # type: ignore[attr-defined]


class Session(APIKeyCookie):
    """The browser's own session; what changes something must carry the CSRF token."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Actor | None:
        if self.param_name not in request.COOKIES or not isinstance(request.user, Person):
            return None
        if check_csrf(request):
            raise Denied(_("请求缺少有效的 CSRF 令牌，请刷新页面后重试；程序调用请使用令牌。"), code="csrf")
        return request.actor  # type: ignore[attr-defined]

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        return self(request)


def anyone(request: HttpRequest) -> Actor:
    """Nobody in particular: public reads need no account."""
    request.actor = Actor.nobody()  # type: ignore[attr-defined]
    return Actor.nobody()


AUTH: list[Callable[..., Any]] = [Bearer(), Session(), anyone]
