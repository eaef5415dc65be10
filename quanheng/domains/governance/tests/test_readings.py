"""Readings: one for each day, the last one counts; a month keeps its last in the course."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from quanheng.domains.governance.jobs import count_indicators
from quanheng.domains.governance.measures import measures
from quanheng.domains.governance.models import Reading
from quanheng.domains.governance.queries import course_of, latest_readings
from quanheng.domains.governance.services import take_readings
from quanheng.kernel.base.periodic import discover
from tests.world import make_organisation, make_recognition

pytestmark = pytest.mark.django_db


def reading(code: str, day: date, count: int) -> Reading:
    return Reading.objects.create(code=code, day=day, count=count, counted_at=timezone.now())


def test_counting_again_in_a_day_replaces_and_never_adds() -> None:
    take_readings()
    before = latest_readings()["I61"]
    make_recognition(make_organisation("laboratory", "120101"))
    take_readings()
    after = latest_readings()["I61"]
    assert (before.count, after.count) == (0, 1) and after.counted_at > before.counted_at
    assert Reading.objects.filter(code="I61").count() == 1


def test_another_day_is_another_reading_and_the_newest_is_told() -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    reading("I61", yesterday, 7)
    take_readings()
    assert Reading.objects.filter(code="I61").count() == 2
    assert latest_readings()["I61"].count == 0


def test_what_is_no_longer_counted_is_not_told_as_new() -> None:
    reading("I99", date(2020, 1, 1), 5)
    take_readings()
    assert "I99" not in latest_readings()


def test_nothing_counted_is_nothing_told() -> None:
    assert latest_readings() == {} and course_of("I61") == []


def test_the_course_keeps_the_last_reading_of_each_month_in_one_query() -> None:
    for day, count in ((date(2026, 1, 5), 1), (date(2026, 1, 31), 2), (date(2026, 2, 1), 3), (date(2027, 1, 9), 4)):
        reading("I61", day, count)
    reading("I11", date(2026, 1, 31), 99)
    with CaptureQueriesContext(connection) as asked:
        course = course_of("I61")
    assert [(one.day, one.count) for one in course] == [
        (date(2026, 1, 31), 2),
        (date(2026, 2, 1), 3),
        (date(2027, 1, 9), 4),
    ]
    assert len(asked) == 1


def test_the_worker_counts_every_hour() -> None:
    job = discover()["quanheng.domains.governance.jobs.count_indicators"]
    assert job.seconds == 3600
    count_indicators()
    assert Reading.objects.count() == sum(one.here for one in measures().values())
