"""How often somebody may call the API: per minute and per day, over all processes of the web server.

Each process counts by itself and joins its count to the others' in the table ``Usage`` once every so many calls: a
twentieth of a limit, fewer as the limit comes near. So most calls cost microseconds and write nothing, whoever calls
seldom never writes at all, and together the processes let through at most the limit and, for each further process, a
twentieth more. Where the database is busy the count is joined later; a call never waits for it.
"""

from __future__ import annotations

import ipaddress
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from allauth.core.internal.httpkit import get_client_ip
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import Refusal
from quanheng.kernel.base.texts import filled

logger = logging.getLogger(__name__)

SPANS = (60, 86400)
NAMES = ("minute", "day")
SHARE, NEAR = 20, 4
# A database that is busy is asked again after so long, and never waited for longer than that.
AGAIN, PATIENCE = 1.0, 20  # s, ms
# So many callers are remembered before those of past minutes are forgotten.
REMEMBERED = 20_000

Limits = tuple[int, int]  # per minute and per day; 0: unlimited


class TooMany(Refusal):
    """The limit of a minute or a day is used up."""

    status: ClassVar[int] = 429
    code: ClassVar[str] = "rate-limited"
    title = _("调用过于频繁")


class Count:
    """One caller's calls in the current minute and day, as this process knows them."""

    __slots__ = ("again", "known", "limits", "own", "start")

    def __init__(self) -> None:
        self.start = [0, 0]
        # Of all processes, when it was last asked; and of this one since then.
        self.known = [0, 0]
        self.own = [0, 0]
        self.again = 0.0
        self.limits: Limits = (0, 0)

    def roll(self, now: float) -> None:
        """Begin anew where a minute or a day is over."""
        for place, span in enumerate(SPANS):
            start = int(now) // span * span
            if start != self.start[place]:
                self.start[place], self.known[place], self.own[place] = start, 0, 0

    def left(self, place: int) -> int:
        return max(0, self.limits[place] - self.known[place] - self.own[place])

    def due(self, now: float) -> bool:
        """Whether enough was counted to tell the others."""
        return now >= self.again and any(
            limit and self.own[place] >= max(1, min(limit // SHARE, self.left(place) // NEAR))
            for place, limit in enumerate(self.limits)
        )

    def headers(self, now: float) -> dict[str, str]:
        """What is left, as draft-ietf-httpapi-ratelimit-headers says it."""
        policy, left = [], []
        for place, limit in enumerate(self.limits):
            if limit:
                ends = self.start[place] + SPANS[place] - int(now)
                policy.append(f'"{NAMES[place]}";q={limit};w={SPANS[place]}')
                left.append(f'"{NAMES[place]}";r={self.left(place)};t={max(1, ends)}')
        return {"RateLimit-Policy": ", ".join(policy), "RateLimit": ", ".join(left)} if policy else {}


_counts: dict[str, Count] = {}
_lock = threading.Lock()


def forget() -> None:
    """Begin to count anew in this process (for tests)."""
    with _lock:
        _counts.clear()


def count(request: HttpRequest, name: str, limits: Limits) -> None:
    """Count one call of ``name``; TooMany where nothing is left. What is left is told with the answer."""
    if not any(limits):
        return
    now = time.time()
    with _lock:
        if len(_counts) >= REMEMBERED:
            _forget_past(now)
        mine = _counts.setdefault(name, Count())
        mine.limits = limits
        mine.roll(now)
        used_up = next((place for place, limit in enumerate(limits) if limit and not mine.left(place)), None)
        if used_up is None:
            mine.own = [own + 1 for own in mine.own]
            if mine.due(now):
                _join(name, mine, now)
        headers = mine.headers(now)
        if used_up is not None:
            wait = max(1, mine.start[used_up] + SPANS[used_up] - int(now))
            headers["Retry-After"] = str(wait)
    request.rate_headers = headers  # type: ignore[attr-defined]
    if used_up is not None:
        sentence = (
            _("每分钟最多 %(limit)s 次调用，已用完，请在 %(wait)s 秒后重试。"),
            _("每天最多 %(limit)s 次调用，已用完，请在 %(wait)s 秒后重试；批量读取请用“开放数据”的文件。"),
        )[used_up]
        raise TooMany(filled(sentence, limit=limits[used_up], wait=wait))


def tell(request: HttpRequest, answer: HttpResponse) -> None:
    """Put what is left of the limits on the answer."""
    for name, value in getattr(request, "rate_headers", {}).items():
        answer.headers[name] = value


def address_of(request: HttpRequest) -> str:
    """Where a request comes from, "" where it cannot be known (a socket); behind QH_TRUSTED_PROXIES as they say."""
    try:
        found = get_client_ip(request)
    except ImproperlyConfigured:
        # Fewer proxies than were named stood in between.
        found = request.META.get("REMOTE_ADDR")
    try:
        ip = ipaddress.ip_address(found or "")
    except ValueError:
        return ""
    return str(getattr(ip, "ipv4_mapped", None) or ip)


def count_address(request: HttpRequest) -> None:
    """Count a call of nobody in particular: by its address, of IPv6 by the network of one customer (/64)."""
    count_caller(request, "address", settings.API_LIMITS["anonymous"])


def count_caller(request: HttpRequest, what: str, limits: Limits) -> None:
    """Count something that is asked of us from an address, as ``count_address`` counts calls."""
    address = address_of(request)
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        name = "unknown"
    else:
        name = str(ip if ip.version == 4 else ipaddress.ip_network((int(ip) >> 64 << 64, 64)))
    count(request, f"{what} {name}", limits)


def narrower(own: tuple[int | None, int | None], limits: Limits) -> Limits:
    """A token's own limits where they are narrower than the deployment's.

    >>> narrower((10, None), (60, 1000)), narrower((99, 5), (60, 0))
    ((10, 1000), (60, 5))
    """
    return tuple(min(one, limit) if one and limit else one or limit for one, limit in zip(own, limits, strict=True))  # type: ignore[return-value]


def _forget_past(now: float) -> None:
    for name in [name for name, one in _counts.items() if one.start[0] + SPANS[0] <= now]:
        del _counts[name]
    if len(_counts) >= REMEMBERED:
        _counts.clear()


_JOINED = """
INSERT INTO parties_usage (name, span, start, used) VALUES (%s, %s, %s, %s), (%s, %s, %s, %s)
ON CONFLICT (name, span) DO UPDATE SET
  used = CASE WHEN parties_usage.start < excluded.start THEN excluded.used ELSE parties_usage.used + excluded.used END,
  start = CASE WHEN parties_usage.start < excluded.start THEN excluded.start ELSE parties_usage.start END
RETURNING span, used
"""


def _join(name: str, mine: Count, now: float) -> None:
    """Add this process's count to the others' and learn theirs."""
    values: list[Any] = []
    for place, span in enumerate(SPANS):
        values += [name[:60], span, mine.start[place], mine.own[place]]
    try:
        with _hasty(), connection.cursor() as cursor:
            cursor.execute(_JOINED, values)
            totals = dict(cursor.fetchall())
    except DatabaseError as error:
        logger.info("API usage of %s is joined later: %s", name, error)
        mine.again = now + AGAIN
        return
    mine.known = [int(totals[span]) for span in SPANS]
    mine.own = [0, 0]


@contextmanager
def _hasty() -> Iterator[None]:
    """Write without waiting: neither for another writer nor for the disk. A count may be lost with the power."""
    if connection.in_atomic_block:
        with transaction.atomic():
            yield
    elif connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            before = [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("busy_timeout", "synchronous")]
            cursor.execute(f"PRAGMA busy_timeout={PATIENCE}")
            cursor.execute("PRAGMA synchronous=NORMAL")
            try:
                yield
            finally:
                cursor.execute(f"PRAGMA busy_timeout={int(before[0])}")
                cursor.execute(f"PRAGMA synchronous={int(before[1])}")
    else:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = {PATIENCE}")
                cursor.execute("SET LOCAL synchronous_commit = off")
            yield
