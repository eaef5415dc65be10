"""Rows that are completed together, however they are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quanheng.kernel.base import completing
from quanheng.kernel.base.completing import SIZES, completed, padded
from quanheng.kernel.base.keyset import Order, ordered_slice
from quanheng.kernel.base.paging import slice_of
from quanheng.kernel.base.statements import row_with, rows_by_key
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.tests.world import organisation

pytestmark = pytest.mark.django_db
GIVEN: list[int] = []


def measure(rows: Sequence[Any]) -> None:
    GIVEN.append(len(rows))
    for row in rows:
        row.length = len(row.name_zh)


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(completing, "TOGETHER", 3)
    GIVEN.clear()
    for place in range(7):
        organisation(place)
    return completed(Organisation.objects.select_related("region"), measure)


def whole(found: list[Any]) -> bool:
    return bool(found) and all(one.length == len(one.name_zh) for one in found)


def test_all_rows_are_completed_some_at_a_time_and_the_question_stays_one(rows: Any) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert whole(list(rows)) and GIVEN == [3, 3, 1]
    assert len(asked) == 1


def test_narrowed_ordered_and_single_rows_are_completed(rows: Any) -> None:
    first = rows.order_by("pk").first()
    assert whole([first, *rows.filter(pk__gt=first.pk), *rows.iterator(chunk_size=2)])
    assert whole(list(rows.in_bulk([first.pk]).values()))
    assert whole([row_with(rows, "uid", first.uid)])
    assert row_with(rows, "uid", "none") is None and not rows.filter(pk=0)


def test_pages_are_completed_by_one_question_each(rows: Any) -> None:
    some = slice_of(rows, "", 5).items
    assert whole(some) and GIVEN == [3, 2]
    assert whole(ordered_slice(rows, "", 5, Order("name_zh", False)).items)
    assert whole(rows_by_key(rows, [one.pk for one in some])) and rows_by_key(rows, [0]) == []
    assert rows.count() == len(rows.values_list("pk", flat=True)) == 7


@pytest.mark.parametrize("count", [1, 2, 10, 11, 50, 499, 500])
def test_keys_are_filled_up_to_one_of_few_lengths(count: int) -> None:
    keys = list(range(1, count + 1))
    assert padded(keys)[:count] == keys
    assert len(padded(keys)) in SIZES and not any(padded(keys)[count:])
