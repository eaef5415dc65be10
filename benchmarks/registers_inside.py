"""What registers cost, measured in one process of the platform on the records of its home.

``python -m benchmarks.registers_inside reads|all`` prints each figure as a line of JSON. CPU is that of the whole
request through all middleware; queries are all that it makes.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from operator import attrgetter
from random import Random
from typing import Any

import django
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.http import urlencode

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.db.models import Count, QuerySet  # noqa: E402

from benchmarks.frame import Figure, cpu_ms, percentile  # noqa: E402
from quanheng.kernel.attestations.models import Attestation  # noqa: E402
from quanheng.kernel.base.bulk import load  # noqa: E402
from quanheng.kernel.base.models import new_uid  # noqa: E402
from quanheng.kernel.competence import queries as competence  # noqa: E402
from quanheng.kernel.competence.asking import Ask, Place  # noqa: E402
from quanheng.kernel.competence.models import Activity, Recognition, ScopeLine  # noqa: E402
from quanheng.kernel.parties.models import Organisation  # noqa: E402
from quanheng.kernel.requirements.models import Requirement, Standard  # noqa: E402

TIMES = 11
LOADED = 100_000
ASKED = 300
PAGE, API = (20, 15), (8, 6)
# Rows between the far end of a list and the page that is measured there.
FROM_THE_END = 60
Found = list[tuple[str, str, dict[str, Any], QuerySet[Any] | None]]


def main(what: str) -> None:
    """Print the figures: reads only, or all."""
    for figure in figures(what == "all"):
        facts = {name: getattr(figure, name) for name in ("name", "value", "unit", "bound", "higher_is_better")}
        print(json.dumps(facts, ensure_ascii=False), flush=True)


def figures(everything: bool) -> Iterator[Figure]:
    """Lists of pages and API, each at its beginning and at its far end; the question; loading."""
    for who, name, path, given, rows in [*(("", *one) for one in lists()), *(("officer", *one) for one in own_lists())]:
        yield from _list(who, name, path, given, rows)
    yield from _questions()
    if everything:
        yield from _loading()


def lists() -> Found:
    """(name, path, filters, the rows behind it) of public lists: to be measured at both ends, whatever narrows them.

    A register that is added to the platform adds a line here.
    """
    scope = ScopeLine.objects.filter(valid_until__gte=timezone.localdate())
    tables: Found = []
    for path, name in (("/scope/", "scope page"), ("/api/v1/scope-lines", "API scope lines")):
        for label, given, rows in _scope_filters(scope):
            fits = given if path.startswith("/api/") else {key: value for key, value in given.items() if key in _FORM}
            if fits == given:
                tables.append((f"{name}, {label}", path, given, rows))
    largest = _largest(scope, "organisation__uid")
    organisations = Organisation.objects.all()
    laboratories = organisations.filter(kind="laboratory")
    tables += [
        ("largest scope", f"/organisations/{largest}/", {}, None),
        ("largest scope, method gone", f"/organisations/{largest}/", {"method": "outdated"}, None),
        ("organisations page", "/organisations/", {}, organisations),
        ("organisations page, laboratories", "/organisations/", {"kind": "laboratory"}, laboratories),
        (
            "organisations page, one district",
            "/organisations/",
            {"region": "120101"},
            organisations.filter(region_code="120101"),
        ),
        ("organisations page, words of a name", "/organisations/", {"q": "海河"}, None),
        ("API organisations", "/api/v1/organisations", {}, organisations),
        ("API recognitions", "/api/v1/recognitions", {}, Recognition.objects.all()),
        ("standards page", "/standards/", {}, Standard.objects.all()),
        ("API standards", "/api/v1/standards", {}, Standard.objects.all()),
    ]
    return tables


def own_lists() -> Found:
    """Lists that need somebody: the city's case officer sees most."""
    return [
        ("API attestations of the whole city", "/api/v1/attestations/", {}, Attestation.objects.all()),
        ("API products of the whole city", "/api/v1/products", {}, None),
        ("API instruments of the whole city", "/api/v1/instruments", {}, None),
        ("workbench of a regulator", "/work/", {}, None),
    ]


_FORM = {"activity", "family", "method", "region", "scheme"}


def _scope_filters(scope: QuerySet[ScopeLine]) -> Iterator[tuple[str, dict[str, Any], QuerySet[ScopeLine] | None]]:
    """Filters of high and of low selectivity, and combinations that few rows or none have."""
    family, second = (_ranked(scope, "family__code", place) for place in (0, 5))
    item, rare_item = _ranked(scope, "item__code", 0), _ranked(scope, "item__code", -1)
    method = _ranked(scope, "method__number", 0)
    district = _ranked(scope, "region_code", 0)
    laboratory, small = _largest(scope, "organisation__uid"), _ranked(scope, "organisation__uid", -1)
    gone = ScopeLine.objects.filter(method__in=competence.methods_gone(timezone.localdate()))
    gone = gone.filter(valid_until__gte=timezone.localdate())
    yield "all", {}, scope
    yield "one family", {"family": family}, scope.filter(family__code=family)
    yield "testing", {"activity": "testing"}, scope.filter(activity="testing")
    yield "calibration", {"activity": "calibration"}, scope.filter(activity="calibration")
    yield "an activity of none", {"activity": "certification"}, None
    yield "one district", {"region": district}, scope.filter(region_code=district)
    yield "the whole city", {"region": "120000"}, scope
    yield "another province", {"region": "210000"}, None
    yield "CMA", {"scheme": "CMA"}, scope.filter(scheme="CMA")
    yield "statutory", {"scheme": "statutory"}, scope.filter(scheme="statutory")
    yield "one method", {"method": method}, scope.filter(method__number=method)
    yield "one item", {"item": item}, scope.filter(item__code=item)
    yield "a rare item", {"item": rare_item}, scope.filter(item__code=rare_item)
    yield "largest organisation", {"organisation": laboratory}, scope.filter(organisation__uid=laboratory)
    yield "smallest organisation", {"organisation": small}, scope.filter(organisation__uid=small)
    yield "method gone", {"outdated": "true"}, gone
    yield "method in force", {"outdated": "false"}, scope
    two = {"family": second, "region": district}
    yield "family and district", two, scope.filter(family__code=second, region_code=district)
    three = {**two, "scheme": "CNAS", "activity": "testing"}
    yield (
        "family, district, CNAS, testing",
        three,
        scope.filter(family__code=second, region_code=district, scheme="CNAS", activity="testing"),
    )
    yield "testing under statutory (none)", {"activity": "testing", "scheme": "statutory"}, None
    yield "family under calibration (none)", {"family": family, "activity": "calibration"}, None
    yield "family and inspection", {"family": family, "activity": "inspection"}, None
    yield "family, method gone", {"family": family, "outdated": "true"}, gone.filter(family__code=family)
    yield "district, method gone", {"region": district, "outdated": "true"}, gone.filter(region_code=district)


def _ranked(rows: QuerySet[Any], column: str, place: int) -> str:
    found = (
        rows.exclude(**{column: None}).order_by().values(column).annotate(many=Count("pk")).order_by("-many", column)
    )
    values = [one[column] for one in found]
    return str(values[min(place, len(values) - 1)])


def _largest(rows: QuerySet[Any], column: str) -> str:
    return _ranked(rows, column, 0)


def _list(who: str, name: str, path: str, given: dict[str, Any], rows: QuerySet[Any] | None) -> Iterator[Figure]:
    yield from _measure(who, path, given, name)
    if rows is None:
        return
    last = rows.order_by("pk").values_list("pk", flat=True)[FROM_THE_END : FROM_THE_END + 1].first()
    if last is not None:
        cursor = "cursor" if path.startswith("/api/") else "after"
        yield from _measure(who, path, {**given, cursor: f"a{last}"}, f"{name}, far end")


def _measure(who: str, path: str, given: dict[str, Any], name: str) -> Iterator[Figure]:
    client = Client(headers={"accept-language": "zh-hans"})
    if who:
        client.force_login(get_user_model().objects.get(username=who))
    address = f"{path}?{urlencode(given)}" if given else path
    cpu, queries = API if path.startswith("/api/") else PAGE

    def get() -> None:
        answer = client.get(address)
        if answer.status_code != 200:
            raise AssertionError(f"{address}: {answer.status_code}")

    get()
    with CaptureQueriesContext(connection) as asked:
        get()
    queries_made = len(asked)  # counted now: the next request begins a new list
    spent = _database_cpu(get) if connection.vendor == "postgresql" else 0.0
    yield Figure(name, cpu_ms(get, TIMES) + spent, "ms", cpu, higher_is_better=False)
    yield Figure(f"{name}: queries", queries_made, "queries", queries, higher_is_better=False)


def _database_cpu(act: Any) -> float:
    """Milliseconds of CPU that PostgreSQL spends on our connection for one ``act``."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()

    def spent() -> float:
        with open(f"/proc/{backend}/schedstat") as file:
            return int(file.read().split()[0]) / 1e6

    taken = []
    for _ in range(TIMES):
        before = spent()
        act()
        taken.append(spent() - before)
    return sorted(taken)[TIMES // 2]


def _questions() -> Iterator[Figure]:
    """Who can do this? Items, families, places, ranges and days drawn from what the register asks for."""
    random = Random(7)
    required = list(Requirement.objects.select_related("item", "family", "method").order_by("id"))
    districts = sorted(set(Organisation.objects.filter(kind="laboratory").values_list("region_code", flat=True)))
    places = [Place(), *(Place(region=code) for code in districts), Place(point=(39.1, 117.2), radius_km=20.0)]
    waited = []
    for _ in range(ASKED):
        one = random.choice(required)
        limit = one.upper or one.lower
        ask = Ask.read(
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
        began = time.perf_counter()
        competence.who_can(ask)
        waited.append((time.perf_counter() - began) * 1000)
    yield Figure("competence query p50", percentile(waited, 0.5), "ms", 50, higher_is_better=False)
    yield Figure("competence query p95", percentile(waited, 0.95), "ms", 50, higher_is_better=False)


class _Undone(Exception):
    """Takes back what was loaded."""


def _loading() -> Iterator[Figure]:
    """The plain load: scope lines into the full table with its indexes on; taken back afterwards."""
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
    bound = 50_000 if connection.vendor == "sqlite" else 30_000
    yield Figure("plain load of scope lines, indexes on", best, "rows/s", bound)


if __name__ == "__main__":
    main(sys.argv[1])
