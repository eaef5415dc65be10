"""Calculations over the API: for everybody, the same numbers as the science, refusals with their place."""

from __future__ import annotations

import pytest
from django.test import Client

from quanheng.science.tasks import names, task

pytestmark = pytest.mark.django_db


def test_a_visitor_sees_what_can_be_calculated_and_calculates(client: Client) -> None:
    listed = client.get("/api/v1/calc").json()
    assert [one["name"] for one in listed] == list(names())
    assert client.get("/api/v1/calc/decision").json() == next(one for one in listed if one["name"] == "decision")
    one = task("decision")
    answer = client.post("/api/v1/calc/decision", one.example, content_type="application/json")
    assert answer.status_code == 200
    assert answer.json() == one.calculate(one.example)


def test_a_refusal_names_the_place_in_both_languages(client: Client) -> None:
    wrong = {"value": 1, "u": -1, "upper": 2}
    answer = client.post("/api/v1/calc/decision", wrong, content_type="application/json")
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    [error] = answer.json()["errors"]
    assert error["field"] == "u"
    assert error["message_zh"] == "“u”不能小于 0"
    assert error["message_en"] == "'u' must not be less than 0"
    assert client.post("/api/v1/calc/nothing", {}, content_type="application/json").status_code == 404
    assert client.get("/api/v1/calc/nothing").status_code == 404
