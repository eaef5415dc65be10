"""The platform answers each request in one thread and knows no asynchronous tasks.

Django keeps the language, the time zone, the prefix of addresses and the connections of databases and caches in
``asgiref``'s locals, which find out at each question in which task of which thread they are asked: 2 to 5 µs, and a
list asks some hundred times. What stands in a plain ``threading.local`` is the same to whoever has no tasks, and is
there in 0.05 µs.
"""

from __future__ import annotations

import threading
from typing import Any

from django.core.cache import caches
from django.db import connections
from django.urls import base as addresses
from django.utils import timezone
from django.utils.translation import trans_real as translation

_KEPT: tuple[tuple[Any, str], ...] = (
    (translation, "_active"),
    (timezone, "_active"),
    (addresses, "_prefixes"),
    (addresses, "_urlconfs"),
    (connections, "_connections"),
    (caches, "_connections"),
)


def keep_by_thread() -> None:
    """Let Django keep by thread what it keeps by task. Once, while the apps are loaded and one thread runs."""
    for owner, name in _KEPT:
        before, after = getattr(owner, name), threading.local()
        if not isinstance(before, threading.local):
            for key in _set_in(owner):
                if hasattr(before, key):
                    setattr(after, key, getattr(before, key))
            setattr(owner, name, after)


def _set_in(owner: Any) -> tuple[str, ...]:
    """What a local may hold: its value, or the connections by their names."""
    return tuple(owner) if owner in (connections, caches) else ("value",)
