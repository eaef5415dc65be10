"""Searching 600,000 scope lines and 62,000 standards, on SQLite and on PostgreSQL: time, recall against the plain
truth, the text on a far page of a register, and making the index anew.

``python -m benchmarks.bench_search`` measures on the database of the environment, which it fills where it is empty.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from benchmarks.frame import Figure, cpu_ms

CITY = None
LINES = 600_000
QUERIES = 150
TRUTHS = 40


def figures() -> Iterator[Figure]:
    """The same figures for both databases, each measured in a process of its own."""
    for name, url in (("SQLite", ""), ("PostgreSQL", "postgresql")):
        with _database(bool(url)) as environment:
            command = [sys.executable, "-P", "-m", "benchmarks.bench_search"]
            told = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        for line in told.stdout.splitlines():
            facts = json.loads(line)
            yield Figure(f"{name}: {facts.pop('name')}", **facts)


@contextmanager
def _database(served: bool) -> Iterator[dict[str, str]]:
    environment = dict(os.environ)
    if not served:
        yield environment
        return
    from quanheng.cli.postgres import postgres

    with postgres() as url:
        environment["QH_DATABASE"] = url
        command = [sys.executable, "-P", "-m", "django", "migrate", "--verbosity", "0"]
        subprocess.run(command, env=environment, check=True)
        yield environment


def measured() -> Iterator[Figure]:
    """The figures of one database."""
    from django.db import transaction

    from benchmarks.search_corpus import make
    from quanheng.kernel.base.actor import Actor
    from quanheng.kernel.base.paging import capped_count, slice_of
    from quanheng.kernel.competence.models import ScopeLine
    from quanheng.kernel.search.queries import narrow, search, suggest
    from quanheng.kernel.search.services import rebuild

    if not ScopeLine.objects.exists():
        with transaction.atomic():
            make(LINES)
    began = time.perf_counter()
    count = rebuild()
    yield Figure("index anew", count / (time.perf_counter() - began), "rows/s", 10_000)
    asked = _questions(Random(7))
    actor = Actor.nobody()
    yield _p95("search p95", asked, lambda text: search(actor, text), 50)
    yield _p95("suggestions p95", asked, lambda text: suggest(actor, text), 50)
    yield Figure("recall of fragments of 2 to 4 characters", _recall(asked), "of 1", 1)
    last = ScopeLine.objects.latest("pk").pk
    for text in ("检测", "安全技术规范", "铅"):
        for condition in ({}, {"activity": "testing"}, {"organisation": ScopeLine.objects.first().organisation_id}):  # type: ignore[union-attr]
            rows = narrow(ScopeLine.objects.filter(**condition), text)
            what = f"{text}{' and ' + next(iter(condition)) if condition else ''}"
            for cursor, where in (("", "first"), (f"a{last // 2}", "middle"), (f"a{last // 100}", "far")):
                figure = cpu_ms(lambda rows=rows, cursor=cursor: slice_of(rows, cursor, 50))  # type: ignore[misc]
                yield Figure(f"{where} page, {what}: CPU", figure, "ms", 20, higher_is_better=False)
            figure = cpu_ms(lambda rows=rows: capped_count(rows))  # type: ignore[misc]
            yield Figure(f"count, {what}: CPU", figure, "ms", 20, higher_is_better=False)


def _questions(random: Random) -> list[str]:
    """What people type: words, fragments, two words, numbers in several spellings, pinyin, a credit code."""
    from benchmarks import search_corpus as corpus
    from quanheng.kernel.requirements.models import Standard

    numbers = list(Standard.objects.order_by("pk").values_list("number", "title_zh")[: 40 * QUERIES : 40])
    titles = [title for _number, title in numbers]
    found = [
        "检测",
        "标准",
        "安全",
        "水",
        "铅",
        "的测定",
        "tjhh",
        "jljd",
        "91120000QH00000001",
        "230200000012",
        "渤湾 压力表",
    ]
    found += random.sample(corpus._PRODUCT, 20) + random.sample(corpus._PROPERTY, 20)
    found += [f"{random.choice(corpus._PRODUCT)} {random.choice(corpus._PROPERTY)}" for _ in range(10)]
    for number, _title in random.sample(numbers, 15):
        found += [number, number.replace("/", "").replace(" ", "").lower(), number.rsplit("-", 1)[0]]
    while len(found) < QUERIES:
        title = random.choice(titles).replace(" ", "")
        size = random.choice((2, 3, 4))
        at = random.randrange(max(1, len(title) - size))
        found.append(title[at : at + size])
    return found


def _p95(name: str, asked: list[str], ask: Callable[[str], Any], bound: float) -> Figure:
    for text in asked[:10]:
        ask(text)
    spent = []
    for text in asked:
        began = time.perf_counter()
        ask(text)
        spent.append((time.perf_counter() - began) * 1000)
    return Figure(name, sorted(spent)[int(len(spent) * 0.95)], "ms", bound, higher_is_better=False)


def _recall(asked: list[str]) -> float:
    """Found among what holds the fragment, by the database's own comparison of texts."""
    from django.db.models import Q

    from quanheng.kernel.competence.models import ScopeLine
    from quanheng.kernel.requirements.models import Standard
    from quanheng.kernel.search.queries import narrow
    from quanheng.kernel.search.tokens import is_han

    words = [text for text in asked if 2 <= len(text) <= 4 and is_han(text) and " " not in text][:TRUTHS]
    held = found = 0
    for text in words:
        truth = set(Standard.objects.filter(title_zh__contains=text).values_list("pk", flat=True))
        known = set(narrow(Standard.objects.all(), text).values_list("pk", flat=True))
        held, found = held + len(truth), found + len(truth & known)
        lines = Q(item__name_zh__contains=text) | Q(family__name_zh__contains=text)
        lines |= Q(method__title_zh__contains=text) | Q(restriction_zh__contains=text)
        truth = set(ScopeLine.objects.filter(lines).values_list("pk", flat=True))
        known = set(narrow(ScopeLine.objects.all(), text).values_list("pk", flat=True))
        held, found = held + len(truth), found + len(truth & known)
    return found / held


if __name__ == "__main__":
    import django

    django.setup()
    for one in measured():
        print(json.dumps(vars(one), ensure_ascii=False), flush=True)
