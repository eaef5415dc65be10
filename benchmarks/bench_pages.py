"""What one page of the walk and one page of the API cost, in the reference city, for an ordinary person signed in.

CPU is that of the whole request through all middleware (user and system time); queries are all that it makes,
those of session and permissions included.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.frame import Figure, cpu_ms
from quanheng.domains.governance.services import take_readings
from quanheng.domains.services.models import Commission, Need, Plan
from quanheng.domains.testing.models import Order
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.competence.models import ScopeLine
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.queries import actor_of

CITY = "demo"
TIMES = 15


def figures() -> Iterator[Figure]:
    """For each page: milliseconds of CPU (median) and queries."""
    for who, pages in _walk().items():
        client = Client(headers={"accept-language": "zh-hans"})
        if who:
            client.force_login(get_user_model().objects.get(username=who))
        for path, name in pages:
            inside = path.startswith("/api/")
            yield from _measure(client, path, f"{'API ' if inside else ''}{name}", inside)


def _measure(client: Client, path: str, name: str, api: bool) -> Iterator[Figure]:
    def get() -> None:
        answer = client.get(path)
        if answer.status_code != 200:
            raise AssertionError(f"{path}: {answer.status_code}")

    get()
    with CaptureQueriesContext(connection) as asked:
        get()
    queries = len(asked)
    yield Figure(f"{name}: CPU", cpu_ms(get, TIMES), "ms", 8 if api else 20, higher_is_better=False)
    yield Figure(f"{name}: queries", queries, "queries", 6 if api else 15, higher_is_better=False)


def _actor(username: str) -> Actor:
    return actor_of(get_user_model().objects.get(username=username))


def _walk() -> dict[str, list[tuple[str, str]]]:
    """Who opens what. Whatever has most on it is measured: the plan with most lines, the order with most results."""
    enterprise, operator = _actor("enterprise"), _actor("operator")
    take_readings()  # the background worker's work
    need = restrict(Need.objects.all(), enterprise).latest("id")
    plan = max(restrict(Plan.objects.all(), enterprise), key=lambda one: one.lines.count())
    commission = restrict(Commission.objects.all(), enterprise).latest("case_id")
    order = max(restrict(Order.objects.all(), operator), key=lambda one: one.case.results.count())
    working = restrict(Order.objects.filter(case__state="working"), operator).first()
    report = restrict(Attestation.objects.all(), operator).latest("id")
    laboratory = Organisation.objects.get(pk=min(operator.all_organisations))
    line = ScopeLine.objects.filter(organisation=laboratory).latest("id")
    return {
        "": [
            ("/", "home"),
            (f"/r/{report.uid}", "verification"),
            (f"/organisations/{laboratory.uid}/", "organisation"),
            (f"/scope/{line.uid}/", "scope line"),
            ("/standards/", "standards"),
            ("/plans/", "systems of the plans"),
            ("/plans/projects/", "projects of the plans"),
            ("/plans/indicators/", "indicators of the plans"),
            ("/plans/indicators/I61/", "indicator"),
            ("/api/v1/plans/indicators", "indicators of the plans"),
            ("/api/v1/plans/systems", "systems of the plans"),
            ("/api/v1/organisations", "organisations"),
            ("/api/v1/standards", "standards"),
        ],
        "enterprise": [
            ("/work/", "workbench of an enterprise"),
            (f"/needs/{need.uid}/", "need"),
            (f"/proposals/{plan.uid}/", "plan"),
            (f"/commissions/{commission.case.uid}/", "commission with its story"),
            ("/api/v1/commissions", "commissions"),
            ("/api/v1/attestations/", "attestations"),
        ],
        "operator": [
            ("/work/", "workbench of a laboratory"),
            ("/orders/", "orders"),
            (f"/orders/{order.case.uid}/", "order with its story"),
            *([(f"/orders/{working.case.uid}/enter/", "results grid")] if working else []),
            ("/api/v1/orders/", "orders"),
            ("/api/v1/notices", "notices"),
        ],
        "officer": [
            ("/work/", "workbench of a regulator"),
            ("/orders/", "orders of the whole city"),
            ("/api/v1/orders/", "orders of the whole city"),
            ("/api/v1/cases/", "cases of the whole city"),
        ],
    }
