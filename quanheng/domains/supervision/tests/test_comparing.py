"""Laboratories among all others: the honest are left alone, each habit is found by the measure named for it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quanheng.domains.supervision.counting import counted
from quanheng.domains.supervision.measures import measures
from quanheng.domains.supervision.models import Scrutiny
from quanheng.domains.supervision.services import SPAN, scrutinise
from quanheng.domains.supervision.weighing import HEAVIEST, weighed
from quanheng.kernel.attestations.models import Attestation
from tests.crowd import Habit, make_crowd

SPOILED: dict[str, Habit] = {
    "explained": Habit(explained=0.5),
    "unrecorded": Habit(unrecorded=0.6),
    "alike": Habit(alike=0.5),
    "digits": Habit(fives=0.5),
    "never_fails": Habit(fails=0.0),
    "busy": Habit(busy=True),
    "contradicted": Habit(contradicted=0.3),
    "withdrawn": Habit(withdrawn=0.3),
}


def found(row: Scrutiny) -> set[str]:
    return {one["key"] for one in row.measured if one["finding"]}


@pytest.mark.django_db
def test_every_habit_is_found_by_its_measure_and_nobody_else_is_suspected() -> None:
    """One laboratory for each habit and four honest ones; 80 reports each."""
    assert set(SPOILED) == set(measures())
    habits = dict(enumerate(SPOILED.values()))
    places = make_crowd(len(habits) + 4, 80, habits=habits)
    assert scrutinise() == len(places)
    rows = {row.organisation_id: row for row in Scrutiny.objects.all()}
    for place, key in enumerate(SPOILED):
        assert found(rows[places[place].pk]) == {key}, key
    for honest in places[len(habits) :]:
        assert found(rows[honest.pk]) == set()
    ranked = list(Scrutiny.objects.order_by("-weight").values_list("organisation", flat=True))
    assert set(ranked[: len(habits)]) == {one.pk for one in places[: len(habits)]}
    assert all(row.weight <= HEAVIEST * len(measures()) and row.findings == len(found(row)) for row in rows.values())


@pytest.mark.django_db
def test_many_honest_laboratories_are_left_alone() -> None:
    """Forty laboratories, some three hundred tests: with chances of 5 % each fifteen would be suspected."""
    make_crowd(40, 25, seed=7)
    scrutinise()
    assert Scrutiny.objects.filter(findings__gt=0).count() == 0
    chances = [one["p"] for row in Scrutiny.objects.all() for one in row.measured if one["p"] is not None]
    assert len(chances) > 200 and min(chances) < 0.05


@pytest.mark.django_db
def test_nothing_and_one_alone_say_nothing() -> None:
    assert scrutinise() == 0
    (alone,) = make_crowd(1, 60, habits={0: Habit(explained=0.9, withdrawn=0.9, contradicted=0.9)})
    assert scrutinise() == 1
    row = Scrutiny.objects.get(organisation=alone)
    # Whoever is alone has nobody to differ from.
    assert row.findings == 0 and row.weight == 0 and row.reports == 60


@pytest.mark.django_db
def test_made_anew_each_day_without_what_is_gone() -> None:
    first, second = make_crowd(2, 5)
    scrutinise()
    kept = Scrutiny.objects.get(organisation=first).pk
    long_ago = Attestation.objects.filter(issuer=second).latest("pk").issued_at - 2 * SPAN
    Attestation.objects.filter(issuer=second).update(issued_at=long_ago)
    assert scrutinise() == 1
    assert list(Scrutiny.objects.values_list("pk", "organisation")) == [(kept, first.pk)]


@pytest.mark.django_db
@pytest.mark.parametrize("reports", [3, 30])
def test_whatever_there_is_takes_as_many_queries(reports: int) -> None:
    make_crowd(4, reports)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        scrutinise()
    assert len(asked) <= 14


@pytest.mark.django_db
def test_the_order_in_which_laboratories_come_changes_nothing() -> None:
    make_crowd(6, 20, habits={0: SPOILED["digits"], 3: SPOILED["alike"]})
    until = Attestation.objects.latest("issued_at").issued_at
    laboratories = counted(until - SPAN, until)
    turned: dict[int, Any] = dict(reversed(laboratories.items()))
    one, other = weighed(laboratories), weighed(turned)
    for key, row in one.items():
        assert [(each.measure.key, each.found, each.looked) for each in row] == [
            (each.measure.key, each.found, each.looked) for each in other[key]
        ]
        assert [each.q for each in row] == pytest.approx([each.q for each in other[key]])
