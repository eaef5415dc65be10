"""What follows from a need by the packaged facts: each line true to the files, with its source."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.management import call_command

from quanheng.domains.services.following import shipped_facts, what_follows
from quanheng.domains.services.knowledge import shipped_knowledge
from quanheng.domains.services.recognise import recognise
from quanheng.kernel.requirements.models import Standard

TODAY = date(2026, 11, 27)
FACTS = shipped_facts()
TIANJIN = shipped_knowledge("12")


def follows(text: str, day: date = TODAY) -> dict[str, Any]:
    return what_follows(recognise(text, TIANJIN, day), FACTS, day)


def test_a_product_brings_its_standards_in_force_and_all_their_items() -> None:
    found = follows("电热水壶和电水壶检测")
    assert [one["code"] for one in found["products"]] == ["electric_kettle"]
    assert 8 <= len({one["code"] for one in found["items"]}) <= 21
    assert {one["status"] for one in found["standards"]} == {"in_force"}
    limits = {one["standard"] for one in found["items"]}
    assert limits == {one["number"] for one in found["standards"] if one["lays_down_limits"]}
    assert all(one["source"] and one["confidence"] for kind in found.values() for one in kind)


def test_named_items_are_all_that_follows() -> None:
    found = follows("螺纹钢重量偏差")
    assert {one["code"] for one in found["items"]} == {"rebar_weight_deviation"}


def test_an_old_edition_comes_with_what_replaced_it() -> None:
    found = follows("输液器按GB 8368-2005检测")
    (named,) = [one for one in found["standards"] if one["number"] == "GB 8368-2005"]
    assert (named["status"], named["replaced_by"]) == ("superseded", ["GB 8368-2018"])
    assert "GB 8368-2005" not in {one["standard"] for one in found["items"]}


def test_status_is_of_the_day_not_of_the_file() -> None:
    assert FACTS.status("GB 17761-2018", date(2025, 8, 31)) == "in_force"
    assert FACTS.status("GB 17761-2018", date(2025, 9, 1)) == "superseded"
    assert FACTS.status("GB 17761-2024", date(2025, 8, 31)) == "upcoming"


def test_a_standard_nobody_registered_is_said_to_be_unknown() -> None:
    (one,) = follows("GB/T 99999-2031")["standards"]
    assert (one["status"], one["replaced_by"]) == ("unknown", [])


def test_an_item_without_a_product_can_be_measured_but_not_judged() -> None:
    (one,) = follows("手机支架甲醛")["items"]
    assert (one["code"], one["standard"]) == ("formaldehyde", None)


def test_instruments_come_with_their_procedure() -> None:
    (one,) = follows("两把卡尺校准")["instruments"]
    assert (one["code"], one["procedure"], one["service"]) == ("caliper", "JJG 30-2012", "calibration")


@pytest.mark.parametrize("text", ["", "   ", "!!!", "零件", "x" * 3000, "\x00\ufffd"])
def test_nothing_understood_is_nothing_that_follows(text: str) -> None:
    assert not any(follows(text).values())


@pytest.mark.django_db
def test_facts_alone_and_the_register_agree_on_every_standard() -> None:
    call_command("load_facts", verbosity=0)
    days = [date(2020, 1, 1), date(2023, 6, 30), date(2025, 9, 1), TODAY, date(2027, 7, 2)]
    register = {one.number: one for one in Standard.objects.all()}
    assert set(register) == set(FACTS.standards)
    assert not [
        (number, day, one.status_on(day), FACTS.status(number, day))
        for number, one in register.items()
        for day in days
        if one.status_on(day) != FACTS.status(number, day)
    ]
