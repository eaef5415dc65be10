"""Competence over the API: the question, the lists, the acts and their refusals."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from quanheng.kernel.competence.tests import worlds
from quanheng.kernel.competence.tests.worlds import scope_line

pytestmark = pytest.mark.django_db
ASK = {"item": "pressure", "activity": "calibration", "on": "2026-06-01"}


@pytest.fixture
def lines() -> list[Any]:
    worlds.item()
    worlds.standard("JJG 52-2013")
    under = worlds.recognition(worlds.organisation(1, latitude=39.1, longitude=117.2), "L1")
    return [
        scope_line(under, range="(0~60) MPa", uncertainty="0.05% x + 0.002 MPa", price_cents=5),
        scope_line(under, range="(0~6) MPa", uncertainty="0.001 MPa", restriction_zh="仅限现场"),
    ]


def test_the_question_is_answered_with_reasons(client: Client, lines: list[Any]) -> None:
    asked = {**ASK, "range": "10 MPa", "uncertainty": "8 kPa", "latitude": "39.1", "longitude": "117.2"}
    with CaptureQueriesContext(connection) as queries:
        answer = client.get("/api/v1/competence/who-can", asked).json()
    assert len(queries) <= 6
    assert [one["line"] for one in answer["able"]] == [lines[0].uid]
    assert [one["line"] for one in answer["unable"]] == [lines[1].uid]
    (able,) = answer["able"]
    assert able["distance_km"] == 0 and all(one["ok"] and one["text"] for one in able["criteria"])
    failed = [one["code"] for one in answer["unable"][0]["criteria"] if not one["ok"]]
    assert failed == ["range"]
    english = client.get("/api/v1/competence/who-can", asked, headers={"accept-language": "en"}).json()
    texts = [one["text"].replace("\u00a0", " ") for one in english["able"][0]["criteria"]]
    assert "Best uncertainty U = 0.0070 MPa (k = 2) meets U ≤ 8 kPa" in texts


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"item": "nothing"}, 404),
        ({"family": "nothing"}, 404),
        ({"activity": "cooking"}, 422),
        ({"range": "ten"}, 422),
        ({"range": "10 kg"}, 422),
        ({"uncertainty": "-1"}, 422),
        ({"region": "99"}, 422),
        ({"latitude": "91", "longitude": "0"}, 422),
        ({"latitude": "nan", "longitude": "0"}, 422),
        ({"radius_km": "5"}, 422),
        ({"radius_km": "inf", "latitude": "1", "longitude": "1"}, 422),
        ({"method": "%%"}, 422),
        ({"on": "0001-01-01"}, 200),
        ({"on": "9999-12-31"}, 200),
        ({"range": "1e30 MPa"}, 200),
        ({"range": "1e99 MPa"}, 422),
        ({"latitude": "90", "longitude": "180", "radius_km": "20000"}, 200),
    ],
)
def test_questions_at_the_edge(client: Client, lines: list[Any], change: dict[str, str], status: int) -> None:
    assert client.get("/api/v1/competence/who-can", {**ASK, **change}).status_code == status


def test_lists_and_details(client: Client, lines: list[Any]) -> None:
    organisation = lines[0].organisation.uid
    for path in ("/api/v1/scope-lines", f"/api/v1/organisations/{organisation}/scope"):
        first = client.get(path, {"limit": 1}).json()
        second = client.get(path, {"limit": 1, "cursor": first["next"]}).json()
        assert [one["uid"] for one in (*first["items"], *second["items"])] == [lines[1].uid, lines[0].uid]
        assert second["next"] == ""
    for filters, count in (
        ({"item": "pressure", "method": "jjg52"}, 2),
        ({"method": "JJG 52-1999"}, 0),
        ({"outdated": "true"}, 0),
        ({"outdated": "false", "organisation": organisation}, 2),
        ({"activity": "testing"}, 0),
    ):
        assert len(client.get("/api/v1/scope-lines", filters).json()["items"]) == count
    detail = client.get(f"/api/v1/scope-lines/{lines[0].uid}").json()
    assert (detail["range_upper"], detail["unit"], detail["outdated"]) == ("60", "MPa", None)
    (recognition,) = client.get("/api/v1/recognitions", {"organisation": organisation}).json()["items"]
    assert client.get(f"/api/v1/recognitions/{recognition['uid']}").json()["number"] == "L1"
    assert client.get("/api/v1/recognitions/none").status_code == 404
    assert client.get("/api/v1/organisations/none/scope").status_code == 404
    assert client.get("/api/v1/scope-lines", {"cursor": "x"}).status_code == 422


def test_a_list_takes_the_same_number_of_queries_however_long(client: Client, lines: list[Any]) -> None:
    with CaptureQueriesContext(connection) as few:
        client.get("/api/v1/scope-lines")
    for number in range(30):
        scope_line(lines[0].recognition, range=f"(0~{number + 1}) kPa")
    with CaptureQueriesContext(connection) as many:
        client.get("/api/v1/scope-lines")
    assert len(many) == len(few) <= 6


def test_a_visitor_acts_on_nothing(client: Client, lines: list[Any]) -> None:
    line, recognition = lines[0].uid, lines[0].recognition.uid
    stated = {"activity": "calibration", "item": "pressure", "method": "JJG 52-2013"}
    for path, body in (
        (f"recognitions/{recognition}/suspend", {"reason": "r"}),
        (f"recognitions/{recognition}/reinstate", {"reason": "r"}),
        (f"recognitions/{recognition}/withdraw", {"reason": "r"}),
        (f"recognitions/{recognition}/cancel", {"reason": "r"}),
        (f"recognitions/{recognition}/scope-lines", stated),
        (f"scope-lines/{line}/change", {**stated, "reason": "r"}),
        (f"scope-lines/{line}/end", {"on": "2026-01-01", "reason": "r"}),
    ):
        assert client.post(f"/api/v1/{path}", body, content_type="application/json").status_code == 401, path
