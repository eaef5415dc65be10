"""What the plans ask for: the facts are whole, the pages, the files and the API tell the same."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from quanheng.domains.governance.measures import measures
from quanheng.domains.governance.models import Reading
from quanheng.domains.governance.services import take_readings
from quanheng.domains.governance.standing import Standing
from quanheng.kernel.base.cells import CONFIDENCE
from quanheng.portal.coverage import documents, systems
from quanheng.portal.indicators import COUNTED, KINDS, STATES, indicator_by_code, indicators, tell
from quanheng.portal.projects import boxes, find_projects, projects
from tests.browse import browse
from tests.world import make_organisation, make_recognition

pytestmark = pytest.mark.django_db
HAN = re.compile(r"[\u3400-\u9fff]")


def api(path: str, status: int = 200) -> Any:
    answer = Client().get(f"/api/v1/plans{path}")
    assert answer.status_code == status, answer.content.decode()[:500]
    return answer.json()


def file(path: str, language: str = "zh-hans") -> list[dict[str, str]]:
    answer = browse(language=language).get(path)
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.content.decode().removeprefix("\ufeff"))))


def reading(code: str, count: int, day: date) -> Reading:
    return Reading(code=code, count=count, day=day, counted_at=timezone.now())


# --- the facts ------------------------------------------------------------------------------------------


def test_every_project_is_there_with_its_box_and_systems() -> None:
    found = projects()
    assert len({one.id for one in found}) == len(found) == 68
    assert [sum(one.box is box for one in found) for box in boxes().values()] == [19, 20, 18, 11]
    for one in found:
        assert HAN.search(one.name_zh) and one.name_en and not HAN.search(one.name_en), one.id
        assert one.confidence in CONFIDENCE
        assert all(each.document is one.document for each in one.systems), one.id


def test_a_project_is_served_where_one_of_its_systems_works() -> None:
    by_id = {one.id: one for one in projects()}
    assert by_id["PJ36"].status == "live"  # the public platform for metrology and testing: orders work
    assert by_id["PJ21"].status in ("live", "prepared") and by_id["PJ02"].status == "none"
    live = {one.id for one in systems() if one.live}
    assert {one.id for one in find_projects(status="live")} == {
        one.id for one in projects() if live & {each.id for each in one.systems}
    }


def test_every_indicator_is_there_with_its_source() -> None:
    found = list(indicators().values())
    assert len(found) == 80 and [one.id for one in found] == [f"I{number:02d}" for number in range(1, 81)]
    assert {one.document.id for one in found} == set(documents())
    for one in found:
        assert HAN.search(one.name_zh) and not HAN.search(one.name_en + one.note_en + one.unit_en), one.id
        assert one.section and one.wording and one.kind in KINDS and one.confidence in CONFIDENCE, one.id
        assert bool(one.note_zh) == bool(one.note_en), one.id
        assert bool(one.target_zh) == bool(one.target_en), one.id
        # Whoever reads a number finds it in the plan's own words; two plans write theirs out: 全部, 前三名.
        for number in (one.base, one.target):
            assert number is None or f"{number.normalize():f}" in one.wording or one.id in ("I55", "I79"), one.id


def test_each_is_counted_or_says_what_it_waits_for() -> None:
    for code, one in indicators().items():
        assert (code in measures()) == (one.waits is None), code
        if code in measures():
            assert measures()[code].region == one.document.region


def test_a_target_has_a_comparator_and_a_number_or_words() -> None:
    for one in indicators().values():
        assert not (one.target is not None and one.target_zh), one.id
        assert one.target is None or one.comparator, one.id
        assert one.base is None or one.base_year, one.id


# --- what the registers say of them ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "count", "day", "state"),
    [
        ("I61", 650, date(2024, 1, 1), Standing.REACHED),
        ("I61", 640, date(2024, 1, 1), Standing.ON_THE_WAY),
        ("I61", 610, date(2024, 1, 1), Standing.BEHIND),
        ("I61", 649, date(2026, 1, 1), Standing.BEHIND),
        # Certificates of bodies elsewhere are missing: too few says nothing, enough says it all.
        ("I58", 49_000, date(2024, 1, 1), Standing.OPEN),
        ("I58", 70_000, date(2024, 1, 1), Standing.REACHED),
        # 700 times ten thousand reports.
        ("I60", 7_000_000, date(2024, 1, 1), Standing.REACHED),
        ("I60", 6_999_999, date(2026, 1, 1), Standing.OPEN),
        # Only a base: no target to be held to.
        ("I11", 44, date(2026, 1, 1), "counted"),
    ],
)
def test_a_number_stands_where_base_target_and_day_put_it(code: str, count: int, day: date, state: str) -> None:
    assert tell(indicators()[code], reading(code, count, day)).state == state


def test_distance_change_and_line_follow_from_the_reading() -> None:
    told = tell(indicators()["I61"], reading("I61", 620, date(2023, 7, 2)))
    assert (told.missing, told.change, told.due) == (Decimal(30), Decimal(15), Decimal("627.5"))
    reports = tell(indicators()["I60"], reading("I60", 103, date(2026, 1, 1)))
    assert reports.value == Decimal("0.0103")


def test_nothing_is_told_before_the_first_count_and_for_other_regions() -> None:
    assert tell(indicators()["I61"], None).state == "uncounted"
    assert tell(indicators()["I78"], None).state == "elsewhere"
    assert tell(indicators()["I01"], None).state == "waiting"
    client = Client()
    assert "第一次计数后" in client.get("/plans/indicators/I61/").content.decode()
    assert "其他地区的规划" in client.get("/plans/indicators/I78/").content.decode()
    assert "计量标准登记簿" in client.get("/plans/indicators/I01/").content.decode()


def test_a_deployment_of_liaoning_counts_its_own_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.PACK, "deployment", {**settings.PACK["deployment"], "region": "210000"})
    for _n in range(3):
        make_organisation("service_station", "210101")
    make_organisation("service_station", "120101")
    take_readings()
    assert indicator_by_code("I78").value == 3
    assert indicator_by_code("I61").state == "elsewhere"


# --- pages, files, API ---------------------------------------------------------------------------------------


@pytest.fixture
def counted() -> None:
    for _n in range(3):
        make_recognition(make_organisation("laboratory", "120101"))
    take_readings()


def test_page_file_and_api_tell_the_same_numbers(counted: None) -> None:
    rows, found = file("/plans/indicators.csv"), api("/indicators")
    assert [row["编号"] for row in rows] == [one["id"] for one in found] == list(indicators())
    for row, one in zip(rows, found, strict=True):
        assert (row["现值"], row["基期"]) == (one["value"] or "", one["base"] or ""), one["id"]
        assert row["目标"] == (one["target"] or one["target_zh"])
        assert row["状态"] == str(STATES[one["state"]][0])
        detail = api(f"/indicators/{one['id']}")
        assert {name: detail[name] for name in one} == one
    page = Client().get("/plans/indicators/").content.decode()
    assert all(f">{code}</span>" in page for code in indicators())
    tiles = [(tile["value"], tile["unit"]) for tile in Client().get("/plans/indicators/I61/").context["tiles"]]
    assert tiles == [("605", "家"), ("≥\N{NO-BREAK SPACE}650", "家"), ("3", "家"), ("650", "家")]


def test_an_indicator_opens_to_its_records(counted: None) -> None:
    page = Client().get("/plans/indicators/I61/").content.decode()
    detail = api("/indicators/I61")
    assert detail["count"] == 3 and [one["day"] for one in detail["course"]] == [timezone.localdate().isoformat()]
    for records in detail["records"]:
        assert records["page"].replace("&", "&amp;") in page
        assert len(Client().get(records["api"]).json()["items"]) == 3


def test_a_part_of_the_records_is_not_held_against_the_whole_of_the_base_year(counted: None) -> None:
    page = Client().get("/plans/indicators/I58/")
    names = [str(name) for name, _shown in page.context["facts"]]
    assert "距目标至多还差" in names and "比基期" not in names
    names = [str(name) for name, _shown in Client().get("/plans/indicators/I61/").context["facts"]]
    assert "距目标还差" in names and "比基期" in names
    told = "".join(page.content.decode().split())
    assert "种类:认证证书·状态:有效·某日未过期:" in told, "the records are told by what narrows them"


def test_lists_are_narrowed_alike_everywhere(counted: None) -> None:
    asked = "?document=TJ-CA-145&state=live"
    ids = [one["id"] for one in api(f"/indicators{asked}")]
    assert ids == ["I58", "I59", "I60", "I61"] == [row["编号"] for row in file(f"/plans/indicators.csv{asked}")]
    page = Client().get(f"/plans/indicators/{asked}").content.decode()
    assert re.findall(r">(I\d\d)</span>", page) == ids
    assert f"/plans/indicators.csv{asked}".replace("&", "&amp;") in page, "the file is narrowed as the page is"
    asked = "?box=2&status=live"
    ids = [one["id"] for one in api(f"/projects{asked}")]
    assert "PJ36" in ids and ids == [row["编号"] for row in file(f"/plans/projects.csv{asked}")]
    assert re.findall(r">(PJ\d\d)</span>", Client().get(f"/plans/projects/{asked}").content.decode()) == ids
    asked = "?q=verification&status=prepared"
    ids = [one["id"] for one in api(f"/systems{asked}")]
    assert ids == [row["编号"] for row in file(f"/plans/systems.csv{asked}")] and "A06" in ids


def test_words_find_a_name_in_either_language_and_an_exact_code() -> None:
    assert [one["id"] for one in api("/projects?q=pj07")] == ["PJ07"]
    assert (
        [one["id"] for one in api("/projects?q=MUSEUM")] == [one["id"] for one in api("/projects?q=博物馆")] == ["PJ55"]
    )
    assert [one["id"] for one in api("/indicators?q=首席质量官")] == ["I50"]
    assert api("/projects?q=' OR 1=1 --") == []


def test_every_system_and_project_is_told_over_the_api() -> None:
    found = api("/systems")
    assert [one["id"] for one in found] == [one.id for one in systems()]
    assert {one["id"]: one["page"] for one in found if one["status"] == "live"} == {
        one.id: one.live.page for one in systems() if one.live
    }
    assert len(api("/projects")) == 68 and len(file("/plans/projects.csv", "en")) == 68
    assert api("/projects?q=PJ36")[0]["systems"][0]["id"] == "A04"


@pytest.mark.parametrize(
    "path",
    [
        "/systems?document=none",
        "/systems?status=broken",
        "/projects?box=9",
        "/indicators?state=x",
        "/indicators?document=none",
        f"/indicators?q={'x' * 61}",
    ],
)
def test_what_means_nothing_is_named(path: str) -> None:
    problem = api(path, 422)
    assert problem["errors"][0]["field"] == path.split("?")[1].split("=")[0]


def test_an_unknown_indicator_is_not_found() -> None:
    problem = api("/indicators/I99", 404)
    assert HAN.search(problem["detail_zh"]) and not HAN.search(problem["detail_en"])
    assert Client().get("/plans/indicators/I99/").status_code == 404
    assert api("/indicators/i61")["id"] == "I61"


def test_a_page_passes_over_what_means_nothing() -> None:
    for path in ("/plans/projects/?box=99&status=x", "/plans/indicators/?state=x&document=y", "/plans/?status=x"):
        assert Client().get(path).status_code == 200
    assert len(re.findall(r">(PJ\d\d)</span>", Client().get("/plans/projects/?box=99").content.decode())) == 68


def test_english_files_have_english_words() -> None:
    rows = file("/plans/indicators.csv?state=waiting", "en")
    assert rows and {row["Status"] for row in rows} == {"The registers do not hold this yet"}
    assert not HAN.search("".join(rows[0])), "every head of a column is translated"


def test_lists_and_pages_ask_little(counted: None, django_assert_max_num_queries: Any) -> None:
    for path, most in (
        ("/plans/indicators/", 4),
        ("/plans/indicators/?q=x", 5),
        ("/plans/indicators/I61/", 5),
        ("/plans/projects/", 3),
    ):
        client = Client()
        client.get(path)
        with django_assert_max_num_queries(most):
            assert client.get(path).status_code == 200


def test_states_have_words_and_a_shape() -> None:
    assert set(COUNTED) < set(STATES) and all(len(one) == 2 for one in STATES.values())
