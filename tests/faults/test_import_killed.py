"""Kill -9 of the worker while a file is brought in: there is nothing of it, or everything; in the end all, once."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest

from quanheng.cli.instance import Instance
from tests.faults.calls import call, inside

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

ROWS = 20_000
# A worker that dies with it three times is not given the task again.
KILLS = 2


def seen(instance: Instance, given: dict[str, str]) -> dict[str, Any]:
    """The import as its quality manager sees it."""
    request = urllib.request.Request(
        f"{instance.url}/api/v1/imports/{given['uid']}", headers={"Authorization": f"Bearer {given['token']}"}
    )
    with urllib.request.urlopen(request, timeout=40) as answer:
        return json.loads(answer.read())  # type: ignore[no-any-return]


def wait_until(true: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)


def test_kill_at_any_moment_leaves_nothing_or_everything(make_server: Callable[..., Instance]) -> None:
    instance, random = make_server(None, start=False), Random(20261126)
    given = inside(instance, f"staged({ROWS})", "imported")
    halfway = 0
    for kill in range(KILLS):
        instance.start()
        if kill:
            # The worker takes it up again by itself, and is somewhere in it.
            time.sleep(random.uniform(1, 5))
        else:
            assert call(instance.url, f"/imports/{given['uid']}/commit", given["token"])[0] == 200
            time.sleep(random.uniform(0.3, 1))
        instance.kill()
        found = inside(instance, f"look({given['uid']!r})", "imported")
        assert found["lines"] in (0, ROWS), found
        assert (found["state"] == "committed") is (found["lines"] == ROWS), found
        assert found["entries"] == (found["state"] == "committed"), found
        halfway += found["state"] == "committing"
    instance.start()
    wait_until(lambda: seen(instance, given)["state"] != "committing", 180)
    instance.stop()
    found = inside(instance, f"look({given['uid']!r})", "imported")
    assert found == {"state": "committed", "lines": ROWS, "entries": 1, "sound": True}
    assert halfway, "it was never killed in the middle"


def test_two_who_commit_the_same_file_at_once_bring_it_in_once(make_server: Callable[..., Instance]) -> None:
    instance = make_server(None, start=False)
    one, other = inside(instance, "twice(3000)", "imported")["both"]
    instance.start()
    with ThreadPoolExecutor(4) as clients:
        asked = [
            clients.submit(call, instance.url, f"/imports/{given['uid']}/commit", given["token"])
            for given in (one, other, one, other)
        ]
        answers = [each.result() for each in asked]
    assert sorted(status for status, _answer in answers) == [200, 409, 409, 409], answers
    chosen = next(
        given for given, (status, _answer) in zip((one, other, one, other), answers, strict=True) if status == 200
    )
    wait_until(lambda: seen(instance, chosen)["state"] != "committing", 120)
    instance.stop()
    found = inside(instance, f"look({chosen['uid']!r})", "imported")
    assert found == {"state": "committed", "lines": 3000, "entries": 1, "sound": True}
