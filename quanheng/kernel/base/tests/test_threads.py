"""What Django keeps for a request stays with the thread that answers it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core.cache import caches
from django.db import connections
from django.urls import get_script_prefix, reverse, set_script_prefix
from django.utils import timezone
from django.utils.translation import get_language, gettext, override

from quanheng.kernel.base.threads import _KEPT, keep_by_thread


def elsewhere(act: Callable[[], Any]) -> Any:
    """What another thread answers."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(act).result()


def test_everything_is_kept_by_thread_and_doing_it_twice_changes_nothing() -> None:
    before = [getattr(owner, name) for owner, name in _KEPT]
    assert all(isinstance(one, threading.local) for one in before)
    keep_by_thread()
    assert [getattr(owner, name) for owner, name in _KEPT] == before


def test_the_language_of_one_request_is_not_that_of_another() -> None:
    with override("en"):
        assert gettext("是") == "Yes"
        assert elsewhere(get_language) == "zh-hans"
        assert elsewhere(lambda: gettext("是")) == "是"

        def other() -> str:
            with override("zh-hans"):
                return gettext("是")

        assert elsewhere(other) == "是"
        assert get_language() == "en"
    assert get_language() == "zh-hans"


def test_time_zone_and_prefix_of_addresses_too() -> None:
    home = reverse("verify")
    with timezone.override("UTC"):
        assert elsewhere(timezone.get_current_timezone_name) == "Asia/Shanghai"
        assert timezone.get_current_timezone_name() == "UTC"
    try:
        set_script_prefix("/under/")
        assert reverse("verify") == f"/under{home}"
        assert elsewhere(lambda: reverse("verify")) == home
    finally:
        set_script_prefix("/")
    assert get_script_prefix() == "/"


def test_each_thread_has_a_connection_of_its_own_and_keeps_it() -> None:
    def connection() -> tuple[int, bool]:
        first = connections["default"]
        return id(first), first is connections["default"]

    mine, other = connection(), elsewhere(connection)
    assert mine[1] and other[1] and mine[0] != other[0]
    assert caches["default"] is caches["default"]
