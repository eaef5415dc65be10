"""Two officers ask the same laboratories about the same at once: each is asked once, the other officer is told so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from quanheng.cli.instance import Instance
from tests.races import alone, at_once

pytestmark = pytest.mark.faults

LABORATORIES = 8
_MAKE = f"""
from quanheng.domains.supervision.services import scrutinise
from tests import world
from tests.crowd import make_crowd
world.make_rules("testing_body_supervision.")
make_crowd({LABORATORIES}, 3)
scrutinise()
world.make_region("120000")
world.make_organisation("regulator", "120000")
"""
_ASK = """
from quanheng.domains.supervision.models import Inquiry
from quanheng.domains.supervision.services import open_inquiry
from quanheng.kernel.parties.models import Organisation
bureau = Organisation.objects.get(kind="regulator")
officer = Actor(name="officer", posts=(Post(bureau.pk, "case_officer", bureau.region_code),))
for one in Organisation.objects.filter(kind="laboratory").order_by("pk"):
    print(tried(open_inquiry, officer, one, question="why?", measures=["explained"]))
"""
_FOUND = """
from quanheng.domains.supervision.models import Inquiry
print(Inquiry.objects.count(), len(set(Inquiry.objects.values_list("case__number", flat=True))), prove().sound)
"""


def test_nobody_is_asked_the_same_twice(make_server: Callable[..., Instance]) -> None:
    instance = make_server(None, start=False)
    at_once(instance, _MAKE)
    first, second = at_once(instance, _ASK, _ASK)
    assert sorted([*first, *second]) == sorted(["done", "inquiry-open"] * LABORATORIES)
    told = alone(instance, _FOUND).split()
    assert told == [str(LABORATORIES), str(LABORATORIES), "True"]
