"""A platform at work: its memory after serving pages and PDFs, and how long the reference city takes to load."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.frame import Figure, resident_mb
from quanheng.cli.client import Client
from quanheng.cli.instance import Instance, free_port

PATHS = ("/", "/work/", "/orders/", "/needs/", "/commissions/", "/standards/", "/api/v1/orders/", "/api/v1/standards")
NEED = "我厂生产电动自行车，想做新国标检测，顺便校准两台扭力扳手，预算三万"
ROUNDS = 30
CLIENTS = 4


def figures() -> Iterator[Figure]:
    """Seconds to prepare the demonstration city; megabytes of the largest web worker after pages and PDFs."""
    with tempfile.TemporaryDirectory(prefix="quanheng-bench-") as folder, tempfile.TemporaryFile() as output:
        instance = Instance(Path(folder), free_port(), output=output)
        instance.prepare(None)
        began = time.perf_counter()
        instance.prepare("demo")
        yield Figure("reference city of scale demo", time.perf_counter() - began, "s", 60, higher_is_better=False)
        try:
            instance.start()
            began = time.perf_counter()
            with ThreadPoolExecutor(CLIENTS) as clients:
                served = sum(clients.map(lambda name: _use(instance, name), ("enterprise", "operator", "officer", "")))
            spent = time.perf_counter() - began
            yield Figure("pages and PDFs served, 4 clients", served / spent, "per s", 20)
            largest = max(resident_mb(pid) for pid in _workers(instance))
            yield Figure("web worker's memory after pages, plans and PDFs", largest, "MB", 200, higher_is_better=False)
        finally:
            instance.stop()


def _use(instance: Instance, username: str) -> int:
    """Look at pages and PDFs as one person, compose plans as an enterprise; how many answers there were."""
    client, served = Client(instance.url), 0
    if username:
        account = next(one for one in instance.accounts if one["username"] == username)
        client.sign_in(username, account["password"])
    reports = [one["uid"] for one in client.get("/attestations/")["items"]]
    for place in range(ROUNDS):
        if username == "enterprise":
            served += _compose(client, account["organisation_uid"])
        paths = [*PATHS, *(f"/r/{uid}/pdf" for uid in reports[place : place + 2])]
        for path in paths:
            answer = client.send("GET", path)
            if answer.status >= 500:
                raise AssertionError(f"{path}: {answer.status}")
            served += 1
    return served


def _compose(client: Client, organisation: str) -> int:
    """State a need and have a plan made of it: what loads the solver."""
    need = client.post("/needs", {"organisation": organisation, "text": NEED})
    client.post(f"/needs/{need['uid']}/proposals", {})
    return 2


def _workers(instance: Instance) -> list[int]:
    children = Path(f"/proc/{instance.processes['web server'].pid}/task").glob("*/children")
    return [int(pid) for path in children for pid in path.read_text().split()]
