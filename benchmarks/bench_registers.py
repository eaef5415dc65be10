"""Registers at a city's size, on SQLite and on PostgreSQL side by side.

What is measured inside a process of the platform stands in ``registers_inside``; here are the cities that it is
measured in, and people at work on a real server. Loading the cities takes minutes the first time; they are kept for
as long as the code stays the same.
"""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random

from benchmarks.cities import city, databases, empty
from benchmarks.frame import Figure, percentile, rows_figure
from quanheng.cli.client import Client, Refused
from quanheng.cli.instance import PYTHON, Instance
from quanheng.cli.tours.registers import HEAD

READERS, IMPORTERS = 18, 2
SECONDS = 30.0
# Whoever reads a page looks at it for a while.
THINKING = (0.5, 1.5)
READ = (
    "/scope-lines/?activity=testing",
    "/scope-lines/?scheme=CNAS",
    "/organisations/",
    "/organisations/?kind=laboratory",
    "/standards/",
    "/standards/?q=%E5%8E%8B%E5%8A%9B%E8%A1%A8",
    "/search/?q=%E5%8E%8B%E5%8A%9B",
    "/work/",
    "/api/v1/registers/scope-lines",
    "/api/v1/registers/scope-lines?method_status=outdated",
    "/api/v1/attestations/",
)
# What each import of those who import brings in, again and again.
IMPORTED = 2000


def figures() -> Iterator[Figure]:
    """Every figure under the name of its database; reads at a tenth of the size first, to compare with."""
    with databases() as servers:
        for name, server in servers.items():
            tenth = {figure.name: figure.value for figure in _inside(city(server, "tenth"), "reads")}
            whole = city(server, "city")
            found: dict[str, float] = {}
            for figure in _inside(whole, "all"):
                found[figure.name] = figure.value
                yield replace(figure, name=f"{name}: {figure.name}")
            for read, ratio in _grown(tenth, found):
                yield Figure(f"{name}: {read}, ten times the rows", ratio, "×", 2, higher_is_better=False)
            if server is None:
                yield from (replace(figure, name=f"{name}: {figure.name}") for figure in _loaded(empty(), whole))
            yield from (replace(figure, name=f"{name}: {figure.name}") for figure in _at_work(whole))


def _grown(tenth: Mapping[str, float], whole: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """How much longer the same read takes in the whole city: what shows more rows there than in a tenth is another."""
    for read in tenth:
        shown = rows_figure(read)
        if shown in tenth and tenth[shown] == whole.get(shown):
            yield read, whole[read] / max(tenth[read], 0.1)


def _inside(instance: Instance, what: str) -> Iterator[Figure]:
    """What is measured in a city."""
    return _measured(instance, "benchmarks.registers_inside", what)


def _loaded(bare: Instance, whole: Instance) -> Iterator[Figure]:
    """The plain load of a city's registers into a platform that knows none of them."""
    return _measured(bare, "benchmarks.loading_inside", str(whole.home / "quanheng.sqlite3"))


def _measured(instance: Instance, *arguments: str) -> Iterator[Figure]:
    """Figures measured in a process of the platform. Raises CalledProcessError where it breaks off."""
    command = [*PYTHON, *arguments]
    with subprocess.Popen(command, env=instance.environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            yield Figure(**json.loads(line))
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)


def _at_work(instance: Instance) -> Iterator[Figure]:
    """Twenty people at a server with two workers, two of them entering rows all the time."""
    instance.workers = 2
    with (instance.home / "work.log").open("wb") as output:
        instance.output = output
        try:
            instance.start()
            people = [Worker(instance, seed, seed >= READERS) for seed in range(READERS + IMPORTERS)]
            # One after the other: they share a few accounts, and who signs in to one more than five times at once is
            # taken for somebody who tries passwords.
            for one in people:
                one.sign_in()
            for one in people:
                one.start()
            for one in people:
                one.join()
        finally:
            instance.stop()
    troubles = [one.trouble for one in people if one.trouble]
    if troubles:
        raise AssertionError(troubles[0])
    waited = [seconds * 1000 for one in people for seconds in one.waited]
    imported = sum(one.imported for one in people)
    yield Figure(
        "pages p95, 20 people at work, 2 importing", percentile(waited, 0.95), "ms", 150, higher_is_better=False
    )
    yield Figure("rows imported meanwhile", imported / SECONDS, "rows/s", 100)


class Worker(threading.Thread):
    """One person: reads pages with a pause after each, or brings in one file after the other."""

    def __init__(self, instance: Instance, seed: int, importing: bool) -> None:
        super().__init__()
        self.instance, self.random, self.importing = instance, Random(seed), importing
        self.client = Client(instance.url)
        self.account: dict[str, str] = {}
        self.waited: list[float] = []
        self.imported = 0
        self.trouble = ""

    def sign_in(self) -> None:
        """As one of the demonstration accounts."""
        username = "quality" if self.importing else self.random.choice(("enterprise", "operator", "officer"))
        self.account = next(one for one in self.instance.accounts if one["username"] == username)
        self.client.sign_in(username, self.account["password"])

    def run(self) -> None:
        try:
            self._work()
        except (Refused, OSError, AssertionError) as trouble:
            self.trouble = str(trouble)

    def _work(self) -> None:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            if self.importing:
                self._import(self.client, self.account["organisation_uid"], end)
            else:
                self._read(self.client)

    def _read(self, client: Client) -> None:
        path = self.random.choice(READ)
        began = time.monotonic()
        answer = client.send("GET", path)
        self.waited.append(time.monotonic() - began)
        assert answer.status == 200, f"{path}: {answer.status}"
        time.sleep(self.random.uniform(*THINKING))

    def _import(self, client: Client, owner: str, end: float) -> None:
        run = time.time_ns()
        rows = [
            f"数字压力计,B-{run}-{place},YBS-C,C-{run}-{place},2026-05-06,2027-05-05,市计量院"
            for place in range(IMPORTED)
        ]
        content = "\n".join([HEAD, *rows, ""]).encode()
        uid = client.upload("/imports", "equipment.csv", content, kind="instruments", organisation=owner)["uid"]
        if self._until(client, uid, "staged", end):
            client.post(f"/imports/{uid}/commit")
            self.imported += IMPORTED * self._until(client, uid, "committed", end)

    def _until(self, client: Client, uid: str, state: str, end: float) -> bool:
        """Look every half second, as the page of an import does; False where the time is over first."""
        while time.monotonic() < end:
            if client.get(f"/imports/{uid}")["state"] == state:
                return True
            time.sleep(0.5)
        return False
