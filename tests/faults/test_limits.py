"""Limits over several processes: together they let through what is allowed, and a busy database is no hurdle."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from quanheng.cli.client import Client
from quanheng.cli.instance import PYTHON, Instance

pytestmark = pytest.mark.faults
LIMIT = 60
_LOCK = """
import time
from django.db import connection
cursor = connection.cursor()
cursor.execute("BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "BEGIN")
cursor.execute("DELETE FROM parties_usage")
print("held", flush=True)
time.sleep(120)
"""


def whole_minute() -> None:
    """Wait for the next minute where this one could end in the middle: all is asked within seconds."""
    left = 60 - time.time() % 60
    if left < 12:
        time.sleep(left + 0.2)


def test_two_processes_keep_one_limit(make_server: Callable[..., Instance], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QH_API_ANONYMOUS", f"{LIMIT}/100000")
    instance = make_server(None)

    def ask(_number: int) -> int:
        return Client(instance.url).send("GET", "/api/v1/open").status

    whole_minute()
    with ThreadPoolExecutor(4) as clients:
        answers = Counter(clients.map(ask, range(2 * LIMIT)))
    assert set(answers) == {200, 429}
    assert LIMIT - 2 <= answers[200] <= LIMIT + LIMIT // 20

    # Somebody holds the table (on SQLite: the whole database) for a long time; reading goes on.
    holder = subprocess.Popen(
        [*PYTHON, "django", "shell", "--no-imports", "-c", _LOCK],
        env=instance.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    if time.time() % 60 > 50:
        time.sleep(60 - time.time() % 60)
    with ThreadPoolExecutor(2) as clients:
        told = list(clients.map(ask, range(20)))
    held = holder.poll() is None
    holder.kill()
    holder.wait()
    assert set(told) <= {200, 429}
    assert held, "the answers waited for whoever held the table"
