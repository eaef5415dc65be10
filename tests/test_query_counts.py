"""How many queries each list asks is on record: one more is a decision, and one per row is found at once.

``QH_UPDATE_QUERIES=1 ./qh test tests/test_query_counts.py`` writes the record anew; read the difference.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from quanheng.domains.exchange.models import Offering, TechnicalNeed
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.registers.declare import every_register
from tests import world
from tests.browse import browse

RECORD = Path(__file__).parent / "query_counts.json"
PAGE_BOUND, API_BOUND = 15, 6


class _City:
    """A laboratory, with more and more of everything that a register holds."""

    def __init__(self) -> None:
        world.make_rules("one_stop.")
        self.lab = world.make_organisation("laboratory", "120101")
        self.family, self.item = world.make_family(), world.make_item("speed", quantity="speed", unit="km/h")
        self.operator = browse(actor_of(world.make_person((self.lab, Role.OPERATOR))))
        self.rows = 0

    def grow(self, rows: int) -> None:
        for _ in range(rows):
            self.rows += 1
            other = world.make_organisation("laboratory", "120101")
            method = world.make_standard(f"GB {17000 + self.rows}-2018")
            for body in (self.lab, other):
                line = {"family": self.family, "lower": "0", "upper": str(100 + self.rows), "unit": "km/h"}
                world.make_scope_line(world.make_recognition(body), self.item, method, **line)  # type: ignore[arg-type]
            world.make_instrument(self.lab)
            shared = {"title": "毛刺", "text": "毛刺", "field": "energy", "open_until": timezone.localdate()}
            TechnicalNeed.objects.create(organisation=other, family=self.family, item=self.item, **shared)
            offering = Offering.objects.create(organisation=other, item=self.item, maturity=5, **shared)
            offering.families.add(self.family)


def _asked(client: Client, path: str) -> int:
    assert client.get(path).status_code == 200
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    return len(queries)


@pytest.mark.django_db
def test_each_list_asks_what_is_on_record_however_many_rows_it_shows() -> None:
    paths = {}
    for name, declared in sorted(every_register().items()):
        paths[declared.path] = PAGE_BOUND
        paths[f"/api/v1/registers/{name}"] = API_BOUND
    city = _City()
    city.grow(1)
    counts = {path: _asked(city.operator, path) for path in paths}
    city.grow(6)
    grown = {path: (counts[path], now) for path in paths if (now := _asked(city.operator, path)) > counts[path]}
    assert not grown, grown
    assert not {path: count for path, count in counts.items() if count > paths[path]}
    if os.environ.get("QH_UPDATE_QUERIES"):
        RECORD.write_text(json.dumps(counts, indent=1, sort_keys=True) + "\n")
    assert counts == json.loads(RECORD.read_text())
