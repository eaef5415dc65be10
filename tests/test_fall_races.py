"""A calibration falls, twice at once, while reports are issued that rest on it: none is left without warning."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from quanheng.cli.instance import Instance
from tests.races import alone, at_once

pytestmark = pytest.mark.faults

REPORTS = 8
_MAKE = f"""
from tests.orderbook import open_book
book = open_book()
for place in range({REPORTS}):
    book.bring(book.order(), "issued" if place % 2 else "for_decision")
"""
_VOID = """
from datetime import date
from django.utils import timezone
from quanheng.kernel.attestations.falls.voiding import void_calibration
from quanheng.kernel.objects.models import Instrument
one = Instrument.objects.get()
print(tried(void_calibration, Actor.platform(), one, since=timezone.localdate(), reason="dropped"))
"""
_ISSUE = """
from quanheng.kernel.base.errors import Refusal
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.services import issue_report
from quanheng.kernel.parties.models import Membership
post = Membership.objects.get(role="signatory")
who = Actor(post.person_id, "signatory", (Post(post.organisation_id, "signatory", ""),))
for order in Order.objects.filter(case__state="for_decision").order_by("pk"):
    try:
        issue_report(who, order)
        print("done")
    except Refusal:  # the gate: the instrument has no calibration any more
        print("refused")
"""
_FOUND = """
from quanheng.kernel.attestations.falls.doubts import doubts_of
from quanheng.kernel.attestations.falls.voiding import dependents_of
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.objects.models import CalibrationVoid
reports = list(Attestation.objects.all())
warned = [one for one in reports if [doubt.kind for doubt in doubts_of(one)] == ["calibration"]]
print(len(reports), len(warned), len(dependents_of(CalibrationVoid.objects.get()).links), prove().sound)
"""


def test_a_fall_while_reports_are_issued_and_twice_at_once(make_server: Callable[..., Instance]) -> None:
    instance = make_server(None, start=False)
    at_once(instance, _MAKE)
    first, second, issued = at_once(instance, _VOID, _VOID, _ISSUE)
    assert sorted([*first, *second]) == ["done", "void-already"]
    there = REPORTS // 2 + issued.count("done")
    assert len(issued) == REPORTS // 2 and set(issued) <= {"done", "refused"}
    # Whatever was issued before the fall or beside it is warned of and on the worklist.
    told = alone(instance, _FOUND).split()
    assert told == [*[str(there)] * 3, "True"]
