"""The disk is full: issuing stops with a problem, nothing is half-written, and it goes on once there is room.

The limit on the size of files that the kernel enforces on the server's processes stands for the full disk: a
write beyond it fails exactly where a write to a full disk would, and it can be lifted again.
"""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from quanheng.cli.instance import Instance, temporary_instance
from tests.faults.calls import Page, call, inside

pytestmark = pytest.mark.faults

FULL = 4096


def web_processes(instance: Instance) -> list[int]:
    """The web server and its workers."""
    main = instance.processes["web server"].pid
    children = [path.read_text().split() for path in Path(f"/proc/{main}/task").glob("*/children")]
    return [main, *(int(pid) for some in children for pid in some)]


def fill(instance: Instance, size: int) -> None:
    """Let no process of the web server write beyond ``size`` bytes of any file; resource.RLIM_INFINITY for no limit."""
    for pid in web_processes(instance):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_issuing_stops_cleanly_and_goes_on() -> None:
    with temporary_instance(None) as instance:
        instance.stop()
        orders: dict[str, str] = inside(instance, "stock(6)")["reviewed"]
        instance.start()
        (first, token), *others = orders.items()
        assert call(instance.url, f"/orders/{first}/issue", token)[0] == 200
        before = inside(instance, "outcome()")
        last = list(orders)[-1]
        page = Page(instance.url, f"/orders/{last}/issue/", inside(instance, f"browsed({last!r})"))

        fill(instance, FULL)
        for uid, one in others:
            status, problem = call(instance.url, f"/orders/{uid}/issue", one)
            assert status == 503, problem
            assert problem["type"] == "/problems/unavailable"
            assert "没有写入" in problem["detail_zh"]
            assert "disk" in problem["detail_en"]
        status, told = page.send()
        assert status == 503 and "没有写入任何内容" in told and "检查磁盘空间" in told, told
        assert inside(instance, "outcome()") == before

        fill(instance, resource.RLIM_INFINITY)
        for uid, one in others[:-1]:
            assert call(instance.url, f"/orders/{uid}/issue", one)[0] == 200
        assert page.send()[0] == 302, "the page that could not be sent is sent again"
        found = inside(instance, "outcome()")
        assert len(found["reports"]) == len(orders)
        for numbers in found["numbers"]:
            assert sorted(numbers) == list(range(1, len(numbers) + 1))
        assert found["sound"]
        assert found["forged"] == []
        assert found["log"] == [], "an entry without its report, a report without its entry, or a gap"
