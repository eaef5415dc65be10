"""Every calculation has a page that a person can fill in, in both languages; what is pasted is read or refused."""

from __future__ import annotations

import zlib
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from random import Random
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import translation

from quanheng.kernel.attestations.pdf.text import page_texts
from quanheng.kernel.parties import limits
from quanheng.portal.toolbox import texts
from quanheng.portal.toolbox.answers import answer_of
from quanheng.portal.toolbox.fields import BEFORE, ToolForm, entries
from quanheng.portal.toolbox.labels import choice_pair, pair, purpose
from quanheng.portal.toolbox.packing import packed, unpacked
from quanheng.portal.toolbox.pictures import pictures_of
from quanheng.portal.toolbox.verdicts import rounded, verdict_of
from quanheng.portal.views.toolbox import AREAS
from quanheng.science.errors import ScienceError
from quanheng.science.tasks import names, task

LANGUAGES = ("zh-hans", "en")
COLUMN = {"type": "array", "items": {"type": "number"}}


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    limits.forget()


def members(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every member of a schema by its path, those of lists and of named objects as well."""
    if path:
        yield path, schema
    inner = {**schema.get("properties", {})}
    for name, one in inner.items():
        yield from members(one, f"{path}.{name}" if path else name)
    for beside in (schema.get("items"), schema.get("additionalProperties")):
        if isinstance(beside, dict) and beside.get("properties"):
            for name, one in beside["properties"].items():
                yield from members(one, f"{path}.{name}")


# --- words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", names())
def test_every_name_and_word_of_a_task_is_called_something_in_both_languages(name: str) -> None:
    one = task(name)
    for schema, asked in ((one.takes, True), (one.gives, False)):
        for path, member in members(schema):
            assert all(pair(name, path, given=asked)), path
            for value in member.get("enum", ()):
                assert value is None or all(choice_pair(name, path, value)), (path, value)
    assert purpose(name)
    assert sum(name in several for _area, several in AREAS) == 1


# --- what is pasted -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", names())
def test_an_example_filled_in_and_sent_is_the_example(name: str, language: str) -> None:
    one = task(name)
    with translation.override(language):
        form = ToolForm.filled(one, one.example)
        sent = {path: form[path].value() for path in form.fields if form[path].value() not in (None, False)}
        again = ToolForm(one, sent)
        assert again.is_valid(), again.errors
        assert again.input == without_defaults(one.example, one.takes)


def without_defaults(value: Any, schema: dict[str, Any]) -> Any:
    """An input without what the task has by itself."""
    members = schema.get("properties", {})
    return {
        name: without_defaults(one, members[name]) if isinstance(one, dict) and "properties" in members[name] else one
        for name, one in value.items()
        if one != members[name].get("default", () if members[name].get("type") != "boolean" else False)
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.5\n2\n3", [1.5, 2, 3]),
        ("1.5\t2\t3\n4", [1.5, 2, 3, 4]),
        ("1.5; 2；3", [1.5, 2, 3]),
        ("1.5、2", [1.5, 2]),
        ("1.5, 2, 3", [1.5, 2, 3]),
        ("0.1,0.22,0.3", [0.1, 0.22, 0.3]),
        ("１．５　−２", [1.5, -2]),
        ("1.2e-3 3×10^-2", [0.0012, 0.03]),
        ("", []),
    ],
)
def test_numbers_are_read_as_people_paste_them(text: str, expected: list[float]) -> None:
    assert texts.numbers(COLUMN["items"], text) == expected


@pytest.mark.parametrize("text", ["1,234", "12,5", "1,234,567", "1.5\n2,5", "abc", "1.2.3", "NaN", "inf", "5%"])
def test_what_may_mean_two_things_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(texts.Unreadable, match="行"):
        texts.numbers(COLUMN["items"], text)


def test_a_table_is_read_by_its_head_in_any_order_and_language() -> None:
    table = texts.Table("uncertainty", "inputs", task("uncertainty").takes["properties"]["inputs"])
    expected = {"m": {"dist": "rectangular", "value": 1.5, "half_width": 0.1}}
    for text in (
        "名称\t分布\t值\t半宽 a\nm\t均匀（矩形）\t1.5\t0.1",
        "Half-width a\tName\tDistribution\tValue\n0.1\tm\tRectangular\t1.5",
        "name;value;dist;half_width\nm;1.5;rectangular;0.1",
    ):
        assert table.read(text) == expected
    for wrong, told in (
        ("名称\t分布\t值\t宽\nm\t均匀（矩形）\t1\t1", "宽"),
        ("名称\t分布\nm\t方的", "方的"),
        ("名称\t值\nm\t1\nm\t2", "第 3 行"),
        ("名称\t值\nm\t一", "第 2 行"),
    ):
        with pytest.raises(texts.Unreadable, match=told):
            table.read(wrong)


# --- answers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", names())
def test_an_answer_has_facts_words_and_a_picture(name: str, language: str) -> None:
    one = task(name)
    given = {**one.example, "bins": 20} if name == "uncertainty" else one.example
    found = one.calculate(given)
    with translation.override(language):
        answer = answer_of(one, given, found)
        assert answer.facts or answer.grids
        assert all(len(row) == len(grid.head) for grid in answer.grids if grid.head for row in grid.rows)
        pictures = pictures_of(name, given, found)
        assert pictures
        for picture in pictures:
            root = ElementTree.fromstring(picture)
            assert root.get("aria-label")
            assert "nan" not in picture.lower()
        tone, words = verdict_of(name, given, found)
        assert tone in ("ok", "warning", "danger", "info") and words


def test_a_result_is_rounded_to_two_digits_of_its_uncertainty() -> None:
    """JCGM 100:2008, 7.2.6: the numbers of its example, 100.021 47 g with u = 0.35 mg."""
    assert rounded(100.02147, 0.00035) == ("100.02147", "0.00035")
    assert rounded(10.057, 0.0274) == ("10.057", "0.027")
    assert rounded(123456.0, 1234.0) == ("123456", "1234")
    assert rounded(5.0, 0.0) == ("5", "0")


# --- links --------------------------------------------------------------------------------------------------------


def test_a_link_holds_the_whole_input_and_nothing_else_gets_in() -> None:
    for name in names():
        assert unpacked(packed(task(name).example)) == task(name).example
    bomb = urlsafe_b64encode(zlib.compress(b'{"x":"' + b"0" * 50_000_000 + b'"}')).decode()
    deep = urlsafe_b64encode(zlib.compress(b"[" * 100_000)).decode()
    for text in ("", "x", "!!", bomb, deep, packed(task("oc").example)[:-3], "汉"):
        assert unpacked(text) is None


# --- pages --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_is_sent_leads_to_the_link_that_repeats_it(client: Client) -> None:
    sent = client.post(
        "/toolbox/scores/", {"in.x": "10.12", "in.u": "0.04", "in.assigned": "10", "in.sigma_pt": "0.05"}
    )
    assert sent.status_code == 302
    page = client.get(sent["Location"]).content.decode()
    assert "z = 2.4" in page and "<svg" in page
    assert sent["Location"].partition("#")[0] in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "filled", "told"),
    [
        ("scores", {"x": "1", "assigned": "一", "sigma_pt": "1"}, "不是数"),
        ("scores", {"x": "1", "assigned": "1", "sigma_pt": "-1"}, "sigma_pt"),
        ("scores", {}, "x"),
        ("uncertainty", {"model": "__import__('os')", "inputs": "名称\t值\ta"}, "model"),
        ("uncertainty", {"model": "a + b", "inputs": "名称\t值\t标准不确定度 u\na\t1\t0.1"}, "b"),
        ("consensus", {"x": "1 2 3", "u": "1 2", "method": "median"}, "u"),
        ("consensus", {"x": "1 2 3", "u": "1 2 3", "method": "no"}, "no"),
        ("precision", {"data": "实验室\t水平\t值\nA\t1\t"}, "第 2 行"),
    ],
)
def test_a_refusal_stands_beside_its_field(client: Client, name: str, filled: dict[str, str], told: str) -> None:
    answer = client.post(f"/toolbox/{name}/", {f"in.{path}": text for path, text in filled.items()})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'class="field invalid"' in page or "form-errors" in page
    assert told in page


@pytest.mark.django_db
def test_a_long_input_is_answered_at_once_with_a_link_behind_the_hash(client: Client) -> None:
    drawn = Random(3)
    column = "\n".join(f"{drawn.gauss(10, 1):.6f}" for _ in range(2000))
    answer = client.post("/toolbox/robust/", {"in.x": column})
    page = answer.content.decode()
    assert answer.status_code == 200 and "/toolbox/robust/#in=" in page
    text = page.partition("#in=")[2].partition('"')[0]
    again = client.post("/toolbox/robust/", {"packed": text})
    assert again.status_code == 200 and "<svg" in again.content.decode()


@pytest.mark.django_db
def test_a_report_is_a_pdf_that_names_its_source(client: Client) -> None:
    one = task("decision")
    answer = client.post("/toolbox/decision/report.pdf", {"packed": packed(one.example)})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert "JCGM 106:2012" in "".join(page_texts(answer.content))
    assert client.post("/toolbox/decision/report.pdf", {"packed": "x"}).status_code == 422
    assert client.post("/toolbox/decision/report.pdf", {"packed": packed({"value": "a"})}).status_code == 422


@pytest.mark.django_db
def test_addresses_of_nonsense_are_told_as_such(client: Client) -> None:
    assert client.get("/toolbox/nothing/").status_code == 404
    assert client.get("/toolbox/scores/?in=nonsense").status_code == 422
    assert client.get(f"/toolbox/scores/?in={packed({'x': {'deep': []}})}").status_code == 422
    assert client.get(f"/toolbox/index/?in={packed(task('scores').example)}").status_code == 422


@pytest.mark.parametrize("name", names())
def test_what_a_task_needs_comes_first_and_the_rest_is_folded_away(name: str) -> None:
    form = ToolForm(task(name))
    asked = [one.name for one in form.asked()]
    assert asked == [BEFORE + path for path in form.entries][: len(asked)]
    assert {BEFORE + one.path for one in entries(task(name)) if one.required} <= set(asked)
    assert len(asked) + len(form.optional()) == len(form.fields)
    assert 1 <= len(asked) <= 15


# --- whatever is asked --------------------------------------------------------------------------------------------

FURTHER: list[tuple[str, dict[str, Any]]] = [
    (
        "interval",
        {"method": "s2", "times": [100, 200, 400], "tested": [20, 20, 20], "in_tolerance": [20, 18, 15], "target": 0.9},
    ),
    (
        "interval",
        {"method": "variables", "times": [1, 2, 3, 4], "changes": [0.1, 0.2, 0.28, 0.41], "u0": 0.05, "upper": 1.0},
    ),
    ("interval", {"method": "staircase", "interval": 12, "errors": [0.2, -0.1, 0.3], "mpe": 1.0}),
    (
        "interval",
        {"method": "control_chart", "times": [0, 1, 2, 3, 4], "values": [1.0, 1.1, 1.2, 1.25, 1.4], "upper": 2.0},
    ),
    ("interval", {"method": "in_use", "limit": 100, "log": [[0, 0], [10, 25], [20, 48]]}),
    ("decision", {"value": 9.0, "u": 0.1, "upper": 10.0, "rule": "guarded"}),
    ("decision", {"value": 9.9, "u": 0.0, "lower": 9.0, "upper": 10.0}),
    (
        "decision",
        {"value": 9.9, "u": 5.0, "lower": 9.0, "upper": 10.0, "rule": "guarded", "prior": {"mean": 9.5, "sd": 0.2}},
    ),
    ("capability", {"mean": 10.0, "sd": 0.1, "upper": 10.2}),
    (
        "uncertainty",
        {"model": "a*b", "inputs": {"a": {"value": 2, "u": 0.1}, "b": {"value": 3, "u": 0.1}}, "method": "gum"},
    ),
    (
        "uncertainty",
        {"model": "a", "inputs": {"a": {"value": 2, "u": 0}}, "method": "both", "trials": 1000, "bins": 10},
    ),
    (
        "uncertainty",
        {"model": {"p": "a+b", "q": "a-b"}, "inputs": {"a": {"value": 2, "u": 0.1}, "b": {"value": 3, "u": 0.1}}},
    ),
    (
        "uncertainty",
        {
            "model": "a*b",
            "inputs": {"a": {"value": 2, "u": 0.1}, "b": {"value": 3, "u": 0.1}},
            "method": "monte_carlo",
            "trials": 10000,
            "bins": 20,
        },
    ),
    ("oc", {"plan": {"n": 50, "k": 1.5}, "p": 0.02}),
    ("oc", {"plan": {"n": [50, 50], "ac": [1, 4], "re": [4, 5]}, "p": [0.01, 0.05]}),
    ("acceptance_plan", {"lot": 3, "aql": 0.065}),
    ("acceptance_plan", {"lot": 2000, "aql": 1.0, "plan": "double", "inspection": "tightened"}),
    ("acceptance_plan", {"lot": 500, "aql": 40.0}),
    ("scores", {"x": [9.0, 10.0, 11.0], "u": [0.0, 0.1, 0.2], "assigned": 10.0, "sigma_pt": 0.4}),
    ("robust", {"x": [5.0, 5.0, 5.0], "method": "median_made"}),
    ("homogeneity", {"data": [[1.0, 1.0], [1.0, 1.0]], "sigma_pt": 0.1}),
    ("consensus", {"x": [1.0, 2.0], "u": [0.1, 0.1], "method": "median", "exclude": [0]}),
    ("calibration_curve", {"x": [1, 2, 3, 4], "y": [1.1, 2.0, 2.9, 4.2], "degree": 2, "predict": [{"value": 2.5}]}),
    ("draw", {"sources": ["a", "b"], "pool": 3, "picks": 3, "method": "sha256", "weights": [1, 2, 3]}),
    (
        "index",
        {
            "units": ["a", "b"],
            "indicators": [{"name": "x", "values": [1, 2]}, {"name": "y", "values": [2, 1]}],
            "steps": {"aggregate": "topsis", "trials": 0},
        },
    ),
    ("signals", {"rows": [["1", "a", "b"]], "min_n": 5}),
    ("outbreak", {"counts": [1, 2, 3], "method": "ears_c1"}),
    ("control_chart", {"values": [1.0, 2.0, 1.5, 1.2, 1.4]}),
    ("control_chart", {"values": [1.0, 2.0, 1.5], "method": "cusum", "centre": 1.0, "sigma": 0.5}),
    ("control_chart", {"values": [1.0, 2.0, 1.5], "method": "ewma", "centre": 1.0, "sigma": 0.5}),
    ("forensics", {"rows": [["1", "2", "3"], ["1", "2", "3"]]}),
    ("forensics", {"values": [f"{place}.{place * 7 % 10}" for place in range(100)]}),
]


@pytest.mark.parametrize(("name", "data"), FURTHER, ids=lambda one: one if isinstance(one, str) else None)
def test_every_kind_of_answer_is_told_and_drawn(name: str, data: dict[str, Any]) -> None:
    one = task(name)
    try:
        found = one.calculate(data)
    except ScienceError:
        return  # told by itself
    for language in LANGUAGES:
        with translation.override(language):
            answer_of(one, data, found)
            assert all("nan" not in each.lower() for each in pictures_of(name, data, found))
            assert verdict_of(name, data, found)[1]
            again = ToolForm.filled(one, data)
            sent = {path: again[path].value() for path in again.fields if again[path].value() not in (None, False)}
            filled = ToolForm(one, sent)
            assert filled.is_valid(), filled.errors


NUMBERS = (0, 1, 2, 3, 0.5, 1e-9, 1e12, -1, -0.25, 10, 7.5)


def made_up(schema: dict[str, Any], chance: Random) -> Any:
    """Something that a schema mostly allows."""
    allowed = schema.get("type", "object")
    kind = chance.choice(allowed) if isinstance(allowed, list) else allowed
    if "enum" in schema:
        return chance.choice(schema["enum"])
    if kind == "object":
        if isinstance(schema.get("additionalProperties"), dict):
            return {name: made_up(schema["additionalProperties"], chance) for name in chance.sample("abc", 2)}
        needs = schema.get("required", ())
        wanted = [name for name in schema.get("properties", {}) if name in needs or chance.random() < 0.5]
        return {name: made_up(schema["properties"][name], chance) for name in wanted}
    if kind == "array":
        each = schema.get("prefixItems") or [schema.get("items", {"type": "number"})] * chance.choice((1, 2, 3, 5, 8))
        return [made_up(one, chance) for one in each]
    if kind in ("number", "integer"):
        low, high = schema.get("minimum", -10), schema.get("maximum", 1e12)
        found = min(max(chance.choice(NUMBERS), low), high)
        return int(found) if kind == "integer" else found
    return {"boolean": chance.random() < 0.5, "null": None}.get(kind, chance.choice(("a", "b", "a*b", "甲", "12")))


@pytest.mark.parametrize("name", names())
def test_no_answer_is_beyond_telling(name: str) -> None:
    one, chance = task(name), Random(20261127)
    for _ in range(150):
        data = made_up(one.takes, chance)
        try:
            found = one.calculate(data)
        except ScienceError:
            continue
        answer_of(one, data, found)
        for picture in pictures_of(name, data, found):
            ElementTree.fromstring(picture)
        verdict_of(name, data, found)
