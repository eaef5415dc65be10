"""What registers cost, measured in one process of the platform on the records of its home.

``python -m benchmarks.registers_inside reads|all`` prints each figure as a line of JSON. CPU is that of the whole
request through all middleware, PostgreSQL's own included; queries are all that it makes. All are asked in turn, round
after round: what a neighbour on the same core takes, it takes for seconds, and would take from a few lists alone.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from itertools import islice
from operator import attrgetter
from pathlib import Path
from random import Random
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import Count
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.http import urlencode

import quanheng.wsgi  # noqa: F401  # as the web server's processes are
from benchmarks.frame import Figure, cpu_of, lower_quartile, percentile, resident_mb, rows_figure
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.bulk import load
from quanheng.kernel.base.keyset import Order, ordered_slice
from quanheng.kernel.base.models import new_uid
from quanheng.kernel.competence import queries as competence
from quanheng.kernel.competence.asking import Ask, Place
from quanheng.kernel.competence.models import Activity, ScopeLine
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.registers.declare import Register, every_register, register_named
from quanheng.kernel.registers.exports import exported_columns, ordered, write_csv
from quanheng.kernel.registers.reading import ask, order_of, rows_of
from quanheng.kernel.requirements.models import Item, ProductFamily, Requirement, Standard

ROUNDS, TIMES = 3, 5
LOADED = 100_000
ASKED = 300
WARMING = 100
PAGE, API = (20, 15), (8, 6)
MOST_ROWS = 100
# Rows between the far end of a list and the page that is measured there.
FROM_THE_END = 60


def main(what: str) -> None:
    """Print the figures: reads only, or all."""
    for figure in figures(what == "all"):
        facts = {name: getattr(figure, name) for name in ("name", "value", "unit", "bound", "higher_is_better")}
        print(json.dumps(facts, ensure_ascii=False), flush=True)


def figures(everything: bool) -> Iterator[Figure]:
    """Every register on its page and over the API, at its beginning and at its far end; the question; the files."""
    reads = list(_reads())
    for _round in range(ROUNDS):
        for read in reads:
            read.measure()
    for read in reads:
        yield from read.figures()
    yield from _questions()
    if everything:
        yield from _loading()
        yield from _exporting()


def _reads() -> Iterator[_Read]:
    for register in every_register().values():
        for label, given in _asks(register):
            yield from _list(register, label, given)
    yield _Read("officer", "/work/", {}, "workbench of a regulator")
    yield _Read("officer", "/api/v1/attestations/", {}, "API attestations")
    laboratory = Organisation.objects.get(pk=_ranked("organisation", 0))
    yield _Read("", f"/organisations/{laboratory.uid}/", {}, "organisation with the largest scope")


def _asks(register: Register) -> Iterator[tuple[str, dict[str, str]]]:
    """What is asked of a register: all of it, each order, and of scope lines filters that many and few rows fit."""
    yield "all", {}
    for key in register.sorts():
        yield f"by {key}", {"sort": key}
        yield f"by {key}, descending", {"sort": f"-{key}"}
    if register.model is ScopeLine:
        yield from _scope_filters()
    elif register.name == "organisations":
        yield "laboratories", {"kind": "laboratory"}
        yield "one district", {"region": "120101"}
        yield "words of a name", {"q": "海河"}


def _scope_filters() -> Iterator[tuple[str, dict[str, str]]]:
    """Filters of high and of low selectivity, and combinations that few rows or none have."""
    family, second = (ProductFamily.objects.get(pk=_ranked("family", place)).code for place in (0, 5))
    item, rare_item = (Item.objects.get(pk=_ranked("item", place)).code for place in (0, -1))
    method = Standard.objects.get(pk=_ranked("method", 0)).number
    district = str(_ranked("region_code", 0))
    large, small = (Organisation.objects.get(pk=_ranked("organisation", place)).uid for place in (0, -1))
    yield "one family", {"family": family}
    yield "testing", {"activity": "testing"}
    yield "calibration", {"activity": "calibration"}
    yield "an activity of none", {"activity": "certification"}
    yield "one district", {"region": district}
    yield "the whole city", {"region": "120000"}
    yield "another province", {"region": "210000"}
    yield "CMA", {"scheme": "CMA"}
    yield "statutory", {"scheme": "statutory"}
    yield "one method", {"method": method}
    yield "one item", {"item": item}
    yield "a rare item", {"item": rare_item}
    yield "largest organisation", {"organisation": large}
    yield "smallest organisation", {"organisation": small}
    yield "method gone", {"method_status": "outdated"}
    yield "method in force", {"method_status": "current"}
    yield "in force in a year", {"on": (timezone.localdate() + timedelta(days=365)).isoformat()}
    yield "family and district", {"family": second, "region": district}
    four = {"family": second, "region": district, "scheme": "CNAS", "activity": "testing"}
    yield "family, district, CNAS, testing", four
    yield "testing under statutory (none)", {"activity": "testing", "scheme": "statutory"}
    yield "family under calibration (none)", {"family": family, "activity": "calibration"}
    yield "family, method gone", {"family": family, "method_status": "outdated"}
    yield "district, method gone", {"region": district, "method_status": "outdated"}
    yield "a word", {"q": "检测"}
    yield "a word and a district", {"q": "压力", "region": district}


@cache
def _ranks(column: str) -> list[Any]:
    counted = ScopeLine.objects.exclude(**{column: None}).order_by().values(column).annotate(many=Count("pk"))
    return [one[column] for one in counted.order_by("-many", column)]


def _ranked(column: str, place: int) -> Any:
    """The value that most scope lines have in a column (0), or fewer and fewer of them."""
    values = _ranks(column)
    return values[min(place, len(values) - 1)]


def _list(register: Register, label: str, given: dict[str, str]) -> Iterator[_Read]:
    who = "officer" if register.signed_in else ""
    far = _far_end(register, who, given)
    for path, cursor, name in (
        (register.path, "after", f"page of {register.name}, {label}"),
        (f"/api/v1/registers/{register.name}", "cursor", f"API {register.name}, {label}"),
    ):
        yield _Read(who, path, given, name)
        if far:
            yield _Read(who, path, {**given, cursor: far}, f"{name}, far end")


def _far_end(register: Register, who: str, given: dict[str, str]) -> str:
    """The place in a list behind which its last page is; "" for a list that is no longer than that."""
    actor = actor_of(get_user_model().objects.get(username=who)) if who else Actor.nobody()
    asked = ask(register, given)
    order = order_of(register, asked)
    rows = rows_of(register, actor, asked)
    from_behind = ordered_slice(rows, "", FROM_THE_END, Order(order.column, not order.descending))
    if not from_behind.next:
        return ""
    # A position is one, whichever way the list is read; the plain order names it by the key alone.
    return f"a{from_behind.items[-1].pk}" if order == Order() else from_behind.next


class _Read:
    """One page, or one list of the API, as one person asks for it."""

    def __init__(self, who: str, path: str, given: dict[str, Any], name: str) -> None:
        self._client = Client(headers={"accept-language": "zh-hans"})
        if who:
            self._client.force_login(get_user_model().objects.get(username=who))
        self._address = f"{path}?{urlencode(given)}" if given else path
        self._name, self._bounds = name, API if path.startswith("/api/") else PAGE
        self._spent = list[float]()
        self._get()
        with CaptureQueriesContext(connection) as asked:
            answer = self._get()
        self._queries = len(asked)
        whole = json.loads(answer)["items"] if path.startswith("/api/") else answer.split(b"<tr><td")[1:]
        self._rows = len(whole)

    def _get(self) -> bytes:
        answer = self._client.get(self._address)
        if answer.status_code != 200:
            raise AssertionError(f"{self._address}: {answer.status_code}")
        content: bytes = answer.content
        return content

    def measure(self) -> None:
        """Seconds of CPU, in this process and in PostgreSQL's for this connection."""
        self._get()
        for _time in range(TIMES):
            before = _database_cpu()
            spent = cpu_of(self._get)
            self._spent.append(spent + _database_cpu() - before)

    def figures(self) -> Iterator[Figure]:
        """CPU: what a quarter of all times do not exceed."""
        cpu, queries = self._bounds
        yield Figure(self._name, lower_quartile(self._spent) * 1000, "ms", cpu, higher_is_better=False)
        yield Figure(f"{self._name}: queries", self._queries, "queries", queries, higher_is_better=False)
        yield Figure(rows_figure(self._name), self._rows, "rows", MOST_ROWS, higher_is_better=False)


def _database_cpu() -> float:
    """Seconds of CPU that PostgreSQL has spent on our connection; nothing where SQLite's are our own."""
    if connection.vendor == "sqlite":
        return 0.0
    with open(f"/proc/{connection.connection.info.backend_pid}/schedstat") as file:
        return int(file.read().split()[0]) / 1e9


def _questions() -> Iterator[Figure]:
    """Who can do this? Others are asked first: what is measured is a platform at work, not a disk that wakes up."""
    for one in islice(_drawn(Random(8)), WARMING):
        competence.who_can(one)
    waited, answered = [], []
    for one in islice(_drawn(Random(7)), ASKED):
        began = time.perf_counter()
        answer = competence.who_can(one)
        waited.append((time.perf_counter() - began) * 1000)
        answered.append(len(answer.able) + len(answer.unable))
    yield Figure("competence query p50", percentile(waited, 0.5), "ms", 50, higher_is_better=False)
    yield Figure("competence query p95", percentile(waited, 0.95), "ms", 50, higher_is_better=False)
    for share in (0.5, 0.95):
        shown = rows_figure(f"competence query p{share * 100:.0f}")
        yield Figure(shown, percentile(answered, share), "candidates", 2 * competence.ABLE, higher_is_better=False)


def _drawn(random: Random) -> Iterator[Ask]:
    """Items, families, places, ranges and days drawn from what the register asks for."""
    required = list(Requirement.objects.select_related("item", "family", "method").order_by("id"))
    districts = sorted(set(Organisation.objects.filter(kind="laboratory").values_list("region_code", flat=True)))
    places = [Place(), *(Place(region=code) for code in districts), Place(point=(39.1, 117.2), radius_km=20.0)]
    while True:
        one = random.choice(required)
        limit = one.upper or one.lower
        yield Ask.read(
            one.item,
            random.choice([Activity.TESTING, Activity.TESTING, Activity.INSPECTION]),
            family=random.choice([one.family, None]),
            method=random.choice([one.method.number, "", ""]),
            range=limit if limit and one.item.quantity and random.random() < 0.7 else "",
            unit=one.unit or one.item.unit,
            place=random.choice(places),
            scheme=random.choice(["", "", "CMA", "CNAS"]),
            on=timezone.localdate() + timedelta(days=random.choice([0, 0, 0, 60])),
        )


class _Undone(Exception):
    """Takes back what was loaded."""


def _loading() -> Iterator[Figure]:
    """Scope lines into the full table with its indexes on; taken back afterwards. See ``loading_inside`` for the plain
    load of a whole register. The bounds are our own."""
    names = [one.attname for one in ScopeLine._meta.concrete_fields if one.attname not in ("id", "uid", "created_at")]
    some = list(ScopeLine.objects.order_by("pk")[:LOADED].only(*names))
    rows = [(new_uid(), *values) for values in map(attrgetter(*names), some)]
    best = 0.0
    for _ in range(3):
        try:
            with transaction.atomic():
                began = time.perf_counter()
                load(ScopeLine, ("uid", *names), rows)
                best = max(best, len(rows) / (time.perf_counter() - began))
                raise _Undone
        except _Undone:
            pass
    bound = 20_000 if connection.vendor == "sqlite" else 12_000
    yield Figure(f"{len(rows):,} scope lines loaded beside all others, indexes on", best, "rows/s", bound)


def _exporting() -> Iterator[Figure]:
    """All scope lines with every column into one CSV; what the process holds more at the end than after a tenth."""
    register = register_named("scope-lines")
    asked = ask(register, {})
    rows = ordered(register, rows_of(register, Actor.nobody(), asked), asked)
    columns = exported_columns(register, asked)
    with tempfile.TemporaryDirectory() as folder:
        began, held = time.perf_counter(), []

        def watched() -> Iterator[Any]:
            for place, row in enumerate(rows):
                if place % 20_000 == 0:
                    held.append(resident_mb(os.getpid()))
                yield row

        count = write_csv(Path(folder) / "scope-lines.csv", columns, watched())
        seconds = time.perf_counter() - began
    yield Figure(f"export of {count:,} scope lines to CSV", seconds, "s", 60, higher_is_better=False)
    grown = max(held) - held[min(3, len(held) - 1)]
    yield Figure("memory that the export takes with ten times the rows", grown, "MB", 20, higher_is_better=False)


if __name__ == "__main__":
    main(sys.argv[1])
