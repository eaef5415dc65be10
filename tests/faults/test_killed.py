"""Kill -9 of the real server while reports are issued over HTTP: nothing acknowledged is lost, no number skipped,
and the transparency log has just what there is."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, Queue
from random import Random

import pytest

from quanheng.cli.instance import Instance
from tests.faults.calls import BROKEN, call, inside

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

# QH_FAULT_REPORTS=500 ./qh test tests/faults/test_killed.py takes the time that so many take.
REPORTS = int(os.environ.get("QH_FAULT_REPORTS", "200"))
KILLS = 10
CLIENTS = 4


class Issuing:
    """Clients that issue until every order has its report; an answer that never came is asked for again."""

    def __init__(self, instance: Instance, orders: dict[str, str]) -> None:
        self.instance = instance
        self.left: Queue[tuple[str, str]] = Queue()
        for one in orders.items():
            self.left.put(one)
        self.acknowledged: dict[str, tuple[str, str]] = {}
        self.unanswered: set[str] = set()
        self.wrong: list[str] = []
        self.unfinished = len(orders)
        self.lock = threading.Lock()

    def work(self) -> None:
        while self.unfinished and not self.wrong:
            try:
                uid, token = self.left.get(timeout=0.2)
            except Empty:
                continue
            try:
                status, answer = call(self.instance.url, f"/orders/{uid}/issue", token)
            except BROKEN:
                self.unanswered.add(uid)
                self.left.put((uid, token))
                time.sleep(0.02)
                continue
            with self.lock:
                if status == 200:
                    self.acknowledged[uid] = (answer["uid"], answer["number"])
                    self.unfinished -= 1
                elif status == 409 and uid in self.unanswered:
                    # It had been issued before the kill, only the answer was lost.
                    self.unfinished -= 1
                else:
                    self.wrong.append(f"{status} {answer}")


def test_kill_at_any_moment_loses_no_acknowledged_report(make_server: Callable[..., Instance]) -> None:
    instance, random = make_server(None, start=False), Random(20261121)
    orders: dict[str, str] = inside(instance, f"stock({REPORTS})")["reviewed"]
    instance.start()
    issuing = Issuing(instance, orders)
    kills = 0
    with ThreadPoolExecutor(CLIENTS) as clients:
        working = [clients.submit(issuing.work) for _ in range(CLIENTS)]
        while issuing.unfinished and not issuing.wrong:
            enough = issuing.unfinished - random.randint(6, 2 * REPORTS // KILLS - 8)
            while issuing.unfinished > max(enough, 0) and not issuing.wrong:
                time.sleep(0.001)
            if not issuing.unfinished or kills == KILLS:
                continue
            time.sleep(random.uniform(0, 0.03))
            instance.kill()
            kills += 1
            instance.start()
        for one in working:
            one.result()
    instance.kill()
    assert not issuing.wrong, issuing.wrong
    assert kills >= 10
    assert len(issuing.acknowledged) >= 100, "hardly anything was acknowledged"

    found = inside(instance, "outcome()")
    kept = {uid: tuple(report) for uid, report in found["reports"].items()}
    assert issuing.acknowledged.items() <= kept.items()
    assert set(kept) == set(orders)
    assert len(found["numbers"]) == 2
    for numbers in found["numbers"]:
        assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert sum(map(len, found["numbers"])) == REPORTS
    assert found["issued_without_report"] == found["reports_without_order"] == 0
    assert found["forged"] == []
    assert found["sound"]
    assert found["log"] == [], "an entry without its report, a report without its entry, or a gap"
