"""Every number opens to exactly the records that it counted: on the register's page and in its API."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.test import Client

from quanheng.domains.governance.measures import Question, measures
from quanheng.domains.governance.models import Reading
from quanheng.domains.governance.services import take_readings
from quanheng.domains.governance.tests.world import populate
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.parties.roles import Role
from tests.browse import browse
from tests.world import make_person

pytestmark = pytest.mark.django_db

# What the small world holds for each of them; counted by hand.
HELD = {"I07": 3, "I11": 9, "I58": 3, "I59": 2, "I60": 4, "I61": 4, "I72": 3, "I73": 2, "I78": 4}


@pytest.fixture(params=[Role.CASE_OFFICER, Role.PLANNER])
def seen(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Client:
    """The registers as an officer or a planner of the measure's province sees them, counted once."""
    region = measures()[request.getfixturevalue("code")].region
    monkeypatch.setitem(settings.PACK, "deployment", {**settings.PACK["deployment"], "region": region})
    regulator = populate(region, "210000" if region == "120000" else "120000")
    take_readings()
    return browse(actor_of(make_person((regulator, request.param))))


def rows_behind(seen: Client, question: Question) -> list[dict[str, Any]]:
    """Every row of a register's API, page after page."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        answer = seen.get(f"{question.api}&limit=2&cursor={cursor}").json()
        found += answer["items"]
        cursor = answer["next"]
        if not cursor:
            return found


@pytest.mark.parametrize("code", sorted(measures()))
def test_the_count_is_that_of_the_records_it_opens_to(code: str, seen: Client) -> None:
    measure, reading = measures()[code], Reading.objects.get(code=code)
    questions = measure.questions(reading.day)
    rows = [row for one in questions for row in rows_behind(seen, one)]
    assert len({row["uid"] for row in rows}) == len(rows), "lists of one measure have no row in common"
    values = {row["uid"] for row in rows}
    if measure.distinct:
        # Whose they are is not told of each report; how many there are is.
        clients = Attestation.objects.filter(number__in=values).values_list(measure.distinct, flat=True)
        values = set(map(str, clients)) - {"None"}
    assert reading.count == len(values) == HELD[code]


@pytest.mark.parametrize("code", sorted(measures()))
def test_the_page_that_it_opens_to_shows_as_many_rows(code: str, seen: Client) -> None:
    measure, reading = measures()[code], Reading.objects.get(code=code)
    shown = 0
    for one in measure.questions(reading.day):
        page = seen.get(one.page)
        assert page.status_code == 200
        shown += page.context["page"]["count"]
        # Every condition is a chip on the page, so that nobody takes the list for a larger one.
        assert len(page.context["active"]) == len(one.given)
    assert shown == reading.count or (measure.distinct and shown >= reading.count)


@pytest.mark.parametrize("code", ["I60"])
def test_a_planner_opens_a_single_report_to_its_public_face_and_no_further(code: str, seen: Client) -> None:
    question = measures()[code].questions(Reading.objects.get(code=code).day)[0]
    row = rows_behind(seen, question)[0]
    found = Attestation.objects.select_related("client").get(number=row["number"])
    assert set(row) == {"uid", "number", "kind", "issuer", "issued_at", "state"} and row["uid"] == found.number
    page = seen.get(question.page).content.decode()
    assert found.client is not None
    for told in (page, str(row)):
        assert found.uid not in told and found.title not in told
        assert found.client.uid not in told and found.client.name_zh not in told
    face = re.search(r'href="(/verify/\?number=[^"]+)"', page)
    assert face and seen.get(face[1]).status_code == 200
    # Neither the words of the object nor a client's district can be tried out.
    assert seen.get(f"{question.api}&q={found.title[:4]}").json()["items"] == []
    district = question.api.replace("&region=", f"&client_region={found.client.region_code}&region=")
    assert seen.get(district).status_code == 422


def test_whoever_may_not_see_the_records_sees_none_and_the_number_stands(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    populate("120000", "210000")
    take_readings()
    question = measures()["I58"].questions(date(2026, 1, 1))[0]
    assert Client().get(question.api).status_code == 401
    assert Reading.objects.get(code="I58").count == HELD["I58"]


def test_only_what_this_deployment_keeps_the_registers_of_is_counted() -> None:
    populate("120000", "210000")
    counted = take_readings()
    assert {one.code for one in Reading.objects.all()} == {"I07", "I11", "I58", "I59", "I60", "I61"}
    assert counted == 6


def test_an_empty_deployment_counts_nothing_and_says_nought() -> None:
    assert take_readings() == 6
    assert {one.count for one in Reading.objects.all()} == {0}


@pytest.mark.parametrize(
    ("day", "first"),
    [(date(2026, 11, 27), "2025-11-28"), (date(2024, 2, 29), "2023-03-01"), (date(2025, 12, 31), "2025-01-01")],
)
def test_twelve_months_end_today(day: date, first: str) -> None:
    assert measures()["I60"].questions(day)[0].given["issued_from"] == first


def test_measures_say_in_both_languages_what_they_count_and_how_it_differs() -> None:
    for measure in measures().values():
        assert re.search(r"[\u3400-\u9fff]", measure.counts_zh) and not re.search(r"[\u3400-\u9fff]", measure.counts_en)
        assert bool(measure.differs_zh) == (measure.fit != "exact")
        for one in measure.questions(date(2026, 1, 1)):
            assert one.asked.filters, "what a register does not know is not passed over"


def test_a_measure_says_the_day_of_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    # Ten at night in London is tomorrow in China: the reading is of the day there.
    night = datetime(2026, 3, 1, 22, tzinfo=ZoneInfo("UTC"))
    monkeypatch.setattr("django.utils.timezone.now", lambda: night)
    take_readings()
    assert set(Reading.objects.values_list("day", flat=True)) == {date(2026, 3, 2)}
