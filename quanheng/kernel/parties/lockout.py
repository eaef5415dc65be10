"""The lock that repeated failures put on an account; its counters lie in the shared cache, so all processes agree."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any, ClassVar

from allauth.account.adapter import get_adapter
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import Refusal
from quanheng.kernel.base.texts import filled
from quanheng.kernel.parties.models import Person

APP, ACTION = "allauth.account", "login_failed"


class Locked(Refusal):
    """Too many failures: nobody gets in by trying until the lock has run out or is lifted."""

    status: ClassVar[int] = 429
    code: ClassVar[str] = "locked"
    title = _("登录已暂时锁定")


def key(login: str) -> str:
    """The name under which failures of one user name are counted, whatever host or case it is typed with."""
    return f"login:{login.strip().lower()}"


def seconds_left(request: HttpRequest, login: str) -> int:
    """How long sign-ins by this name, or from this address, are still refused; 0 when they are not."""
    left, now = 0.0, time.time()
    for rate in ratelimit.get_rates(app=APP, action=ACTION):
        name = ratelimit.get_cache_key(request, app=APP, action=ACTION, rate=rate, key=key(login))
        failures: list[float] = cache.get(name, [])
        if len(failures) >= rate.amount:
            left = max(left, failures[rate.amount - 1] + rate.duration - now)
    return math.ceil(max(left, 0.0))


def explain(seconds: int) -> Locked:
    """The refusal: how long, and what to do meanwhile."""
    return Locked(
        filled(
            _(
                "登录失败次数过多，已暂时锁定，请在 %(minutes)s 分钟后重试。"
                "忘记密码可用“重设密码”，或请本机构管理员解除锁定。"
            ),
            minutes=max(1, math.ceil(seconds / 60)),
        )
    )


def _counts(person: Person) -> Iterator[tuple[str, Any]]:
    """Where failures of a person's password and second factor are counted, each with its rate."""
    for rate in ratelimit.get_rates(app=APP, action=ACTION):
        if rate.per == "key":
            for name in (key(person.username), f"mfa-auth-user-{person.pk}"):
                yield ratelimit.get_cache_key(HttpRequest(), app=APP, action=ACTION, rate=rate, key=name), rate


def locked(person: Person) -> bool:
    """Whether failed sign-ins keep a person out just now, wherever from."""
    now = time.time()
    for name, rate in _counts(person):
        failures: list[float] = cache.get(name, [])
        if len(failures) >= rate.amount and failures[rate.amount - 1] + rate.duration > now:
            return True
    return False


def lift(person: Person) -> None:
    """Forget the failures counted against a person: of the password and of the second factor."""
    for name, _rate in _counts(person):
        cache.delete(name)


def authenticate(request: HttpRequest, username: str, password: str) -> Person | None:
    """The person that a user name and password belong to, or None; a failure counts towards the lock.

    Raises ValidationError (code ``too_many_login_attempts``) while the lock holds.
    """
    person = get_adapter().authenticate(request, username=username.strip().lower(), password=password)
    return person if isinstance(person, Person) else None
