"""Who can do it: the query against a second computation, and the edges one by one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quanheng.kernel.base.errors import Invalid, in_language
from quanheng.kernel.competence.asking import Answer, Ask, Place, read_place
from quanheng.kernel.competence.queries import who_can, who_can_many
from quanheng.kernel.competence.tests import worlds
from quanheng.kernel.competence.tests.worlds import DAY, World, failures, scope_line

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(25))
def test_the_query_agrees_with_a_second_computation(seed: int) -> None:
    world = World(seed)
    methods = {one.number: one for one in world.methods}
    families = {one.code: one for one in world.families}
    questions = [world.question() for _ in range(40)]
    asks = {
        number: Ask.read(
            world.item, "calibration", on=DAY, family=families.get(asked.family), method=asked.method,
            scheme=asked.scheme, place=Place(asked.region, asked.near, asked.radius), **texts,
        )
        for number, (asked, texts) in enumerate(questions)
    }  # fmt: skip
    answers = who_can_many(asks, able=200, unable=200)
    # A few worlds have only suspended recognitions, so nobody is able there; no world is without candidates.
    assert any(answer.able or answer.unable for answer in answers.values())
    for number, (asked, texts) in enumerate(questions):
        able, unable = set(), {}
        for fact in world.facts:
            failed = failures(fact, asked, methods)
            if failed == set():
                able.add(fact.pk)
            elif failed is not None and len(failed) == 1:
                unable[fact.pk] = failed
        answer = answers[number]
        assert {one.line.pk for one in answer.able} == able, (asked, texts)
        assert {one.line.pk: {each.code for each in one.failed} for one in answer.unable} == unable, (asked, texts)
        for one in (*answer.able, *answer.unable):
            for criterion in one.criteria:
                assert in_language(criterion.text, "zh-hans") and in_language(criterion.text, "en")


@pytest.mark.parametrize("seed", range(3))
def test_one_question_alone_gets_the_answer_it_gets_among_many(seed: int) -> None:
    world = World(seed + 100)
    asks = {n: Ask.read(world.item, "calibration", on=DAY, **world.question()[1]) for n in range(5)}
    together = who_can_many(asks)
    for number, ask in asks.items():
        assert shape(who_can(ask)) == shape(together[number])


def shape(answer: Answer) -> Any:
    rows = (answer.able, answer.unable)
    return [[(one.line.pk, [(each.code, each.ok) for each in one.criteria]) for one in row] for row in rows]


@pytest.fixture
def one() -> Any:
    """An item, a method in force and a recognition to put lines under."""
    worlds.standard("JJG 52-2013")
    return worlds.item(), worlds.recognition(worlds.organisation(1), "L1")


@pytest.mark.parametrize(
    ("own", "asked", "covered"),
    [
        ("(0~60) MPa", "60 MPa", True),
        ("(0~60) MPa", "60000 kPa", True),
        ("(0~60) MPa", "600 bar", True),
        ("(0~600) bar", "(0~60) MPa", True),
        ("(0~60) MPa", "60.0001 MPa", False),
        ("(0.1~60) MPa", "99.999 kPa", False),
        ("(0.1~60) MPa", "1 bar", True),
        ("10 MPa", "10 MPa", True),
        ("10 MPa", "(10~10) MPa", True),
        ("10 MPa", "(9~10) MPa", False),
        ("≥10 MPa", "(10~10000) MPa", True),
        ("≥10 MPa", "≥10 MPa", True),
        ("≥10 MPa", "≥9.9 MPa", False),
        (">10 MPa", "10 MPa", False),
        (">10 MPa", ">10 MPa", True),
        (">10 MPa", "≥10 MPa", False),
        (">10 MPa", "10.0000001 MPa", True),
        ("[0, 60) MPa", "(0~60) MPa", False),
        ("[0, 60) MPa", "[0, 60) MPa", True),
        ("≤60 MPa", "(-0.1~60) MPa", True),
        ("≤60 MPa", "≥0 MPa", False),
        ("", "≥0 MPa", True),
        ("", "5 MPa", True),
        ("(0~60) MPa", "", True),
        ("(-100~0) kPa", "-1 bar", True),
    ],
)
def test_ranges_are_covered_whatever_their_units(one: Any, own: str, asked: str, covered: bool) -> None:
    item, under = one
    scope_line(under, range=own)
    answer = who_can(Ask.read(item, "calibration", range=asked, on=DAY))
    assert (len(answer.able), len(answer.unable)) == ((1, 0) if covered else (0, 1))


def test_scales_that_do_not_convert_do_not_cover_each_other(one: Any) -> None:
    _item, under = one
    hardness = worlds.Item.objects.create(
        code="hardness", name_zh="硬度", name_en="Hardness", quantity="hardness", unit="HRC", source="s", confidence="c"
    )
    scope_line(under, item="hardness", range="(20~70) HRC")
    assert who_can(Ask.read(hardness, "calibration", range="60 HRC", on=DAY)).able
    answer = who_can(Ask.read(hardness, "calibration", range="60 HRB", on=DAY))
    assert [one.failed[0].code for one in answer.unable] == ["range"]


@pytest.mark.parametrize(
    ("uncertainty", "k", "asked", "wanted", "enough"),
    [
        ("0.02 MPa", "", "10 MPa", "0.02 MPa", True),
        ("0.02 MPa", "", "10 MPa", "20 kPa", True),
        ("0.02 MPa", "", "10 MPa", "0.0199 MPa", False),
        ("0.02 MPa", "1", "10 MPa", "0.02 MPa", False),
        ("0.03 MPa", "3", "10 MPa", "0.02 MPa", True),
        ("0.001x + 0.01 MPa", "", "10 MPa", "0.02 MPa", True),
        ("0.001x + 0.01 MPa", "", "(1~20) MPa", "0.02 MPa", False),
        ("0.001x + 0.01 MPa", "", "(1~20) MPa", "0.03 MPa", True),
        ("0.001x + 0.01 MPa", "", "10 MPa", "0.2%", True),
        ("0.001x + 0.01 MPa", "", "10 MPa", "0.19%", False),
        ("0.001x + 0.01 MPa", "", "(1~20) MPa", "1.1%", True),
        ("0.001x + 0.01 MPa", "", "(1~20) MPa", "1%", False),
        ("0.001x + 0.01 MPa", "", "(0~20) MPa", "50%", False),
        ("Q[0.01 MPa, 0.001x]", "", "10 MPa", "0.0142 MPa", True),
        ("Q[0.01 MPa, 0.001x]", "", "10 MPa", "0.0141 MPa", False),
        ("0.001x + 0.01 MPa", "", "", "0.01 MPa", True),
        ("", "", "10 MPa", "1 MPa", False),
    ],
)
def test_the_formula_is_held_against_what_is_wanted(
    one: Any, uncertainty: str, k: str, asked: str, wanted: str, enough: bool
) -> None:
    item, under = one
    scope_line(under, range="(0~60) MPa", uncertainty=uncertainty, k=k)
    answer = who_can(Ask.read(item, "calibration", range=asked, uncertainty=wanted, on=DAY))
    assert (len(answer.able), len(answer.unable)) == ((1, 0) if enough else (0, 1))


def test_the_reasons_read_in_both_languages(one: Any) -> None:
    item, under = one
    old = worlds.standard("JJG 52-1999", superseded_on=date(2013, 8, 1))
    worlds.Standard.objects.get(number="JJG 52-2013").replaces.add(old)
    scope_line(under, range="(0.1~6) MPa", restriction_zh="仅限现场", restriction_en="On site only")
    scope_line(under, method="JJG 52-1999", range="(0~60) MPa")
    answer = who_can(Ask.read(item, "calibration", range="(0~1) MPa", on=DAY))
    told = {criterion.code: criterion.text for each in answer.unable for criterion in (*each.failed, each.criteria[-1])}
    assert in_language(told["range"], "zh-hans").replace("\u00a0", " ") == (
        "能力范围 (0.1～6) MPa 不足：(0～1) MPa 中低于 0.1 MPa 的部分未覆盖"
    )
    assert in_language(told["range"], "en").replace("\u00a0", " ") == (
        "The scope 0.1 MPa to 6 MPa falls short: of 0 MPa to 1 MPa, what lies below 0.1 MPa is not covered"
    )
    told_en = in_language(told["method_in_force"], "en")
    assert told_en == "Method JJG 52-1999 is superseded by JJG 52-2013 since 2013-08-01"
    assert in_language(told["restriction"], "en") == "Restriction: On site only"


def test_the_nearest_come_first_and_the_limit_leaves_none_of_them_out(one: Any) -> None:
    item, _under = one
    for number in range(2, 12):
        holder = worlds.organisation(number, latitude=39.0, longitude=117.0 + number / 10)
        scope_line(worlds.recognition(holder, f"L{number}"), price_cents=100 - number)
    ask = Ask.read(item, "calibration", on=DAY, place=Place(point=(39.0, 117.56)))
    answer = who_can(ask, able=3)
    assert [one.line.organisation.name_zh for one in answer.able] == ["机构6", "机构5", "机构7"]
    assert answer.more
    cheapest = who_can(Ask.read(item, "calibration", on=DAY), able=2)
    assert [one.line.price_cents for one in cheapest.able] == [89, 90]


def test_those_who_pass_narrowly_in_sql_do_not_hide_those_who_are_able(one: Any) -> None:
    """The least U of the range lets many through; the formula at the value excludes them, page after page."""
    item, under = one
    for number in range(12):
        scope_line(under, range=f"(0~{60 + number}) MPa", uncertainty="0.001x + 0.001 MPa", price_cents=number)
    able = scope_line(under, range="(0~60) MPa", uncertainty="0.004 MPa", price_cents=99)
    answer = who_can(Ask.read(item, "calibration", range="50 MPa", uncertainty="0.005 MPa", on=DAY), able=2)
    assert [one.line.pk for one in answer.able] == [able.pk]
    assert not answer.more


def test_one_institution_alone_is_asked_though_hundreds_come_before_it(one: Any) -> None:
    item, under = one
    for number in range(8):
        scope_line(under, price_cents=number)
    last = scope_line(worlds.recognition(worlds.organisation(2), "L2"), price_cents=99)
    short = scope_line(last.recognition, range="(0~6) MPa", price_cents=99)
    ask = Ask.read(item, "calibration", on=DAY, range="50 MPa", holder=last.organisation_id)
    answer = who_can(ask, able=2)
    assert [each.line.pk for each in answer.able] == [last.pk]
    assert [each.line.pk for each in answer.unable] == [short.pk]


def test_a_plan_of_twenty_items_takes_six_queries() -> None:
    world = World(7)
    asks = {n: Ask.read(world.item, "calibration", on=DAY, **world.question()[1]) for n in range(20)}
    with CaptureQueriesContext(
        connection,
    ) as queries:
        who_can_many(asks)
    assert len(queries) <= 6


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"range": "ten"}, "range"),
        ({"range": "10 kg"}, "range"),
        ({"range": "10", "unit": "kg"}, "unit"),
        ({"uncertainty": "0.02 kg", "range": "10"}, "uncertainty"),
        ({"uncertainty": "0"}, "uncertainty"),
        ({"uncertainty": "0.5%"}, "uncertainty"),
        ({"uncertainty": "(1~2) MPa"}, "uncertainty"),
        ({"method": "not a number"}, "method"),
        ({"scheme": "XYZ"}, "scheme"),
    ],
)
def test_a_question_that_cannot_be_read_is_refused_by_field(one: Any, facts: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        Ask.read(one[0], "calibration", **facts)
    assert [error.field for error in refused.value.errors] == [field]


def test_places_are_checked() -> None:
    worlds.Region.objects.create(
        code="120000", name_zh="天津", name_en="Tianjin", level="province", latitude=39.1, longitude=117.2,
        source="s", confidence="c",
    )  # fmt: skip
    assert read_place(region="120000", radius_km=10) == Place("120000", (39.1, 117.2), 10)
    for wrong in ({"latitude": 3.0}, {"latitude": 99.0, "longitude": 0.0}, {"radius_km": 3.0}, {"region": "999999"}):
        with pytest.raises(Invalid):
            read_place(**wrong)  # type: ignore[arg-type]
