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

from benchmarks.frame import Figure, cpu_of, lower_quartile
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
ROUNDS, TIMES = 5, 5


def figures() -> Iterator[Figure]:
    """For each page: milliseconds of CPU and queries.

    CPU is the lower quartile of several rounds through all pages: what a neighbour on the same core takes, it takes
    for seconds, and would take from one page alone.
    """
    pages = [_Page(who, path, name) for who, some in _walk().items() for path, name in some]
    for page in pages:
        page.get()
        with CaptureQueriesContext(connection) as asked:
            page.get()
        page.queries = len(asked)
    for _round in range(ROUNDS):
        for page in pages:
            page.spent += [cpu_of(page.get) for _time in range(TIMES)]
    for page in pages:
        bounds = (8, 6) if page.api else (20, 15)
        yield Figure(f"{page.name}: CPU", lower_quartile(page.spent) * 1000, "ms", bounds[0], higher_is_better=False)
        yield Figure(f"{page.name}: queries", page.queries, "queries", bounds[1], higher_is_better=False)


class _Page:
    """One page as one person sees it."""

    def __init__(self, who: str, path: str, name: str) -> None:
        self.path, self.api = path, path.startswith("/api/")
        self.name = f"API {name}" if self.api else name
        self.queries, self.spent = 0, list[float]()
        self._client = Client(headers={"accept-language": "zh-hans"})
        if who:
            self._client.force_login(get_user_model().objects.get(username=who))

    def get(self) -> None:
        answer = self._client.get(self.path)
        if answer.status_code != 200:
            raise AssertionError(f"{self.path}: {answer.status_code}")


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
