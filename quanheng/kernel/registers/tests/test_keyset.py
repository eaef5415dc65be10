"""Pages in any order: every row once, forwards and backwards, with ties and with nothing in the column."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.base.keyset import Order, ordered_slice
from quanheng.kernel.base.paging import slice_of
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.requirements.models import Standard
from tests import world

DAYS = (None, date(2020, 1, 1), date(2021, 6, 1), date(2030, 12, 31))


def walk(rows: QuerySet[Any], order: Order, limit: int) -> tuple[list[int], list[int]]:
    """Keys as met going forward to the end, and then going back to the beginning."""
    forward: list[int] = []
    found = ordered_slice(rows, "", limit, order)
    assert not found.previous
    while True:
        forward += [row.pk for row in found.items]
        if not found.next:
            break
        found = ordered_slice(rows, found.next, limit, order)
    back = [row.pk for row in found.items][::-1]
    while found.previous:
        found = ordered_slice(rows, found.previous, limit, order)
        back += [row.pk for row in found.items][::-1]
    return forward, back


class EveryRowOnce(TestCase):
    """The pages of a list, put together, are the list."""

    @settings(max_examples=40, deadline=None)
    @given(
        days=st.lists(st.sampled_from(DAYS), min_size=0, max_size=13),
        column=st.sampled_from(["pk", "effective", "number", "mandatory"]),
        descending=st.booleans(),
        limit=st.integers(1, 5),
    )
    def test_pages_are_the_list(self, days: list[date | None], column: str, descending: bool, limit: int) -> None:
        for place, day in enumerate(days):
            Standard.objects.create(
                number=f"GB {place}-2000",
                key=f"GB {place}",
                kind="gb",
                title_zh="x",
                effective=day,
                mandatory=place % 3 == 0,
                source="s",
                confidence="confirmed",
            )
        rows = list(Standard.objects.all())
        lowest = date.min

        def rank(row: Standard) -> tuple[object, int]:
            value = row.pk if column == "pk" else getattr(row, column)
            return (lowest if value is None else value, row.pk)

        wanted = [row.pk for row in sorted(rows, key=rank, reverse=descending)]  # type: ignore[arg-type, return-value]
        forward, back = walk(Standard.objects.all(), Order(column, descending), limit)
        assert forward == wanted
        assert back == wanted[::-1]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "cursor", ["x", "a", "a!!!!", "aW10", "b" + "A" * 700, "aWzEsMl0", "aWyJcdTAwMDAiLCAxXQ", "a123", "aWzAuNSwgMV0"]
)
def test_a_cursor_that_is_none_is_refused(cursor: str) -> None:
    world.make_standard("GB 1-2000")
    with pytest.raises(Invalid) as refused:
        ordered_slice(Standard.objects.all(), cursor, 10, Order("effective", False))
    assert refused.value.errors[0].field == "cursor"


@pytest.mark.django_db
@pytest.mark.parametrize("descending", [True, False])
def test_a_measured_number_is_a_place_to_the_last_digit(descending: bool) -> None:
    for latitude in (39.1, 0.0, None, 39.10000000000001, -0.3, 39.1):
        made = world.make_organisation()
        made.latitude = latitude
        made.save(update_fields=["latitude"])
    rows = list(Organisation.objects.all())
    wanted = sorted(rows, key=lambda row: (-1e9 if row.latitude is None else row.latitude, row.pk), reverse=descending)
    forward, back = walk(Organisation.objects.all(), Order("latitude", descending), 2)
    assert forward == [row.pk for row in wanted] == back[::-1]
    for beyond in ("aW05hTiwgMV0", "aW0luZmluaXR5LCAxXQ"):  # [NaN, 1] and [Infinity, 1]
        with pytest.raises(Invalid):
            ordered_slice(Organisation.objects.all(), beyond, 2, Order("latitude", descending))


@pytest.mark.django_db
def test_nothing_is_no_place_in_a_column_that_is_always_filled() -> None:
    nothing = "aW251bGwsIDFd"  # [null, 1]
    assert ordered_slice(Standard.objects.all(), nothing, 10, Order("effective", False)).items == []
    with pytest.raises(Invalid):
        ordered_slice(Standard.objects.all(), nothing, 10, Order("number", False))


def test_a_list_of_nothing_is_empty_in_every_order(db: None) -> None:
    for order in (Order(), Order("effective", True), Order("effective", False), Order("number", False)):
        for rows in (Standard.objects.none(), Standard.objects.filter(pk__in=[])):
            page = ordered_slice(rows, "", 5, order)
            assert (page.items, page.next, page.previous) == ([], "", "")


def test_the_place_in_a_list_comes_before_a_bound_of_its_own(db: None) -> None:
    """SQLite walks the keys from the bound that is named first."""
    for cursor, place in (("a40", '"id" < '), ("b40", '"id" > ')):
        with CaptureQueriesContext(connection) as asked:
            slice_of(Standard.objects.filter(pk__lte=90, pk__gte=10), cursor, 2)
        sql = asked[0]["sql"]
        assert 0 < sql.index(place) < min(sql.index('"id" <= '), sql.index('"id" >= '))
