"""Writers, a worker and harvesters at once: no change is missed. A killed release leaves the last one whole."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import pytest

from quanheng.cli.client import Client
from quanheng.cli.instance import PYTHON, Instance

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

_SHELL = ["shell", "--no-imports", "-c"]
WRITERS, SECONDS = 4, 12
NAMES = ("organisations", "standards", "standard-replacements", "holidays")

# Long and short transactions that overlap, some taken back: what is written first is often committed last.
_WRITE = """
import time
from datetime import date, timedelta
from random import Random
from django.db import OperationalError, connection, transaction
from quanheng.kernel.cases.models import Holiday
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.requirements.models import Standard
from tests import world
random, number, end, done = Random({seed}), 0, time.monotonic() + {seconds}, 0
patience = 0.02 if connection.vendor == "sqlite" else 0.3
while time.monotonic() < end:
    number += 1
    try:
        with transaction.atomic():
            kind = random.randrange(6)
            if kind == 0:
                Organisation.objects.create(
                    uscc=f"{seed:02d}W{{number:015d}}", name_zh="x", kind="enterprise", region_id="120101"
                )
            elif kind == 1:
                for one in list(Organisation.objects.order_by("?")[:1]):
                    Organisation.objects.filter(pk=one.pk).update(name_zh=f"{seed} {{number}}")
            elif kind == 2:
                old = world.make_standard(f"GB {{{seed} * 10000 + number}}-2001")
                world.make_standard(f"GB {{{seed} * 10000 + number}}-2011", replaces=old.number)
            elif kind == 3:
                standards = Standard.objects.order_by("-id")[:20]
                Standard.objects.filter(pk=random.choice(list(standards)).pk).update(title_zh=f"{seed} {{number}}")
            else:
                day = date(2040, 1, 1) + timedelta(days={seed} * 1000 + random.randrange(30))
                if kind == 4:
                    facts = {{"kind": "holiday", "name_zh": f"{{number}}", "name_en": "x", "source": "x"}}
                    Holiday.objects.update_or_create(date=day, defaults=facts)
                else:
                    Holiday.objects.filter(date=day).delete()
            time.sleep(random.random() * patience)
            if random.randrange(8) == 0:
                transaction.set_rollback(True)
            else:
                done += 1
    except OperationalError as error:
        if "deadlock" not in str(error):
            raise
print(done)
"""
_ROWS = """
import json
from quanheng.kernel.opendata.declare import dataset_named
from quanheng.kernel.opendata.writing import plain
for name in {names}:
    dataset = dataset_named(name)
    names = [column.name for column in dataset.all_columns]
    rows = [dict(zip(names, map(plain, row))) for row in dataset.cells(dataset.rows())]
    key = next(column.name for column in dataset.columns if column.read == dataset.key)
    print(json.dumps([name, {{str(row[key]): row for row in rows}}]))
"""


def shell(instance: Instance, script: str) -> str:
    return instance.manage(*_SHELL, script)


class Harvester:
    """Holds copies of data sets, made of a release and brought up to date by changes, a few at a time."""

    def __init__(self, instance: Instance) -> None:
        self.client = Client(instance.url)
        self.held: dict[str, dict[str, Any]] = {}
        self.cursors: dict[str, str] = {}
        self.pages = 0

    def take(self, name: str) -> None:
        release = next(one for one in self.client.get("/open") if one["name"] == name)["release"]
        file = next(one for one in release["files"] if one["name"].endswith(".jsonl"))
        text = self.client.send("GET", file["url"].partition("/open/")[1] + file["url"].partition("/open/")[2]).body
        schema = json.loads(self.client.send("GET", f"/open/{name}/schema.json").body)
        key = schema["primaryKey"][0]
        rows = [json.loads(line) for line in text.decode().split("\n") if line]
        self.held[name] = {str(row[key]): row for row in rows}
        self.cursors[name] = release["cursor"]

    def follow(self, name: str) -> bool:
        """One page; whether there are more."""
        page = self.client.get(f"/open/{name}/changes", since=self.cursors[name], limit=7)
        for one in page["items"]:
            if one["op"] == "removed":
                self.held[name].pop(one["key"], None)
            else:
                self.held[name][one["key"]] = one["row"]
        self.cursors[name] = page["next"]
        self.pages += 1
        return bool(page["more"])


def test_nothing_is_missed_while_many_write(make_server: Callable[..., Instance]) -> None:
    instance = make_server(None)
    instance.manage("open_data", *NAMES)
    early, late = Harvester(instance), Harvester(instance)
    for name in NAMES:
        early.take(name)

    def write(seed: int) -> int:
        return int(shell(instance, _WRITE.format(seed=seed, seconds=SECONDS)))

    with ThreadPoolExecutor(WRITERS) as pool:
        writing = [pool.submit(write, seed) for seed in range(1, WRITERS + 1)]
        while not all(one.done() for one in writing):
            for name in NAMES:
                early.follow(name)
            if not late.held and early.pages > 40:
                # A release made in the middle of it all is as good a start.
                instance.manage("open_data", *NAMES)
                for name in NAMES:
                    late.take(name)
        done = sum(one.result() for one in writing)
    assert done > 50
    shell(instance, "from quanheng.kernel.opendata.feed import publish; publish()")
    rows = dict(json.loads(line) for line in shell(instance, _ROWS.format(names=NAMES)).splitlines())
    for harvester in (early, late):
        for name in NAMES:
            while harvester.follow(name):
                pass
            assert harvester.held[name] == rows[name], name
    # And so does the next release say.
    instance.manage("open_data", *NAMES)
    for name in NAMES:
        last = Harvester(instance)
        last.take(name)
        assert last.held[name] == early.held[name], name


def test_a_release_killed_at_any_moment_leaves_the_last_one_whole(make_server: Callable[..., Instance]) -> None:
    instance, random = make_server(None, start=False), Random(20261126)
    instance.manage("open_data", "rules")
    home = instance.home / "files" / "open" / "rules"
    facts = "from quanheng.kernel.opendata.models import Release; "
    facts += "print([(r.uid, r.files) for r in Release.objects.filter(removed_at=None, feed__name='rules')])"
    killed = 0
    began = time.monotonic()
    instance.manage("open_data", "rules")
    usual = time.monotonic() - began
    for _ in range(5):
        job = subprocess.Popen(
            [*PYTHON, "django", "open_data", "rules"], env=instance.environment, stdout=subprocess.DEVNULL
        )
        time.sleep(random.uniform(0.3, 1.0) * usual)
        killed += job.poll() is None
        job.kill()
        job.wait()
        told: list[tuple[str, dict[str, Any]]] = eval(shell(instance, facts))
        assert told
        for uid, files in told:
            _check(home / uid, files)
    assert killed >= 2
    instance.manage("open_data", "rules")
    told = eval(shell(instance, facts))
    assert {path.name for path in home.iterdir()} == {uid for uid, _files in told} | {".lock"}


def _check(folder: Path, files: dict[str, Any]) -> None:
    checked = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=folder, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert {path.name for path in folder.iterdir()} == set(files)
