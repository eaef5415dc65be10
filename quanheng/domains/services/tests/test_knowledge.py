"""The shipped knowledge holds together: references resolve, numbers and units parse, every row is sourced."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

import quanheng
from quanheng.science.quantities import KINDS, fits, parse_unit

ROOT = Path(quanheng.__file__).parent
REQUIREMENTS = "kernel/requirements/data"
SERVICES = "domains/services/data"
FILES = {
    "regions": "kernel/region/data/regions.csv",
    "rules": "kernel/cases/data/rules.csv",
    "holidays": "kernel/cases/data/holidays.csv",
    "standards": f"{REQUIREMENTS}/standards.csv",
    "items": f"{REQUIREMENTS}/items.csv",
    "requirements": f"{REQUIREMENTS}/requirements.csv",
    "families": f"{SERVICES}/families.csv",
    "instruments": f"{SERVICES}/instruments.csv",
    "intents": f"{SERVICES}/intents.csv",
}
CONFIDENCE = {"confirmed", "secondary", "unconfirmed", "platform"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]")
# Pairs of columns that must hold the same thing in both languages.
PAIRS = {
    "regions": [("name_zh", "name_en")],
    "rules": [("step_zh", "step_en"), ("actor_zh", "actor_en"), ("trigger_zh", "trigger_en")],
    "holidays": [("name_zh", "name_en")],
    "standards": [("title_zh", "title_en")],
    "items": [("name_zh", "name_en")],
    "requirements": [("limit_text_zh", "limit_text_en")],
    "families": [("name_zh", "name_en"), ("aliases_zh", "aliases_en")],
    "instruments": [("name_zh", "name_en")],
    "intents": [("name_zh", "name_en"), ("words_zh", "words_en")],
}


def rows(name: str) -> list[dict[str, str]]:
    with (ROOT / FILES[name]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def codes(name: str, column: str = "code") -> set[str]:
    found = [row[column] for row in rows(name)]
    assert len(found) == len(set(found)), f"{name}: {column} repeats"
    return set(found)


@pytest.mark.parametrize("name", FILES)
def test_every_row_is_complete_sourced_and_in_both_languages(name: str) -> None:
    for row in rows(name):
        assert None not in row and None not in row.values(), row
        assert all(value == value.strip() for value in row.values()), row
        assert row["source"], row
        assert row["confidence"] in CONFIDENCE, row
        for zh, en in PAIRS[name]:
            assert bool(row[zh]) == bool(row[en]), row
            if row[zh]:
                assert CHINESE.search(row[zh]) or re.search(r"[A-Z0-9]", row[zh]), row
                assert LATIN.search(row[en]) and not CHINESE.search(row[en]), row


def test_standards_know_their_predecessors_and_run_forward_in_time() -> None:
    numbers = codes("standards", "number")
    effective = {row["number"]: row["effective"] for row in rows("standards")}
    assert len(numbers) >= 150
    for row in rows("standards"):
        for column in ("published", "effective", "withdrawn"):
            if row[column]:
                date.fromisoformat(row[column])
        if row["published"] and row["effective"]:
            assert row["published"] <= row["effective"], row
        assert row["mandatory"] in {"yes", "no"}
        for old in filter(None, row["replaces"].split(";")):
            assert old in numbers, row
            assert old != row["number"]
            if effective[old] and row["effective"]:
                assert effective[old] < row["effective"], row


def test_items_have_a_unit_that_fits_their_quantity() -> None:
    codes("items")
    for row in rows("items"):
        if row["quantity"]:
            assert row["quantity"] in KINDS, row
            assert fits(row["unit"], row["quantity"]), row
        elif row["unit"]:
            parse_unit(row["unit"])


def test_requirements_resolve_and_their_limits_are_numbers_in_a_unit_of_the_item() -> None:
    families, standards = codes("families"), codes("standards", "number")
    items = {row["code"]: row for row in rows("items")}
    seen = set()
    for row in rows("requirements"):
        assert row["family"] in families and row["item"] in items, row
        assert row["standard"] in standards and row["method"] in standards, row
        key = tuple(row[c] for c in ("family", "item", "standard", "clause", "limit_text_zh"))
        assert key not in seen, key
        seen.add(key)
        bounds = {
            "max": (False, True), "min": (True, False), "range": (True, True), "exact": (True, True),
            "qualitative": (False, False), "report": (False, False),
        }[row["limit"]]  # fmt: skip
        assert (bool(row["lower"]), bool(row["upper"])) == bounds, row
        limits = [Decimal(row[side]) for side in ("lower", "upper") if row[side]]
        assert limits == sorted(limits), row
        assert bool(row["unit"]) == (row["limit"] != "qualitative"), row
        if row["unit"]:
            quantity = items[row["item"]]["quantity"]
            assert fits(row["unit"], quantity) if quantity else parse_unit(row["unit"]), row
        assert 0 < int(row["usual_days"]) <= 90
        assert row["mandatory"] in {"yes", "no"}


def test_each_family_has_eight_to_twenty_items_of_standards_in_force() -> None:
    wanted = rows("requirements")
    replaced = {old for row in rows("standards") for old in row["replaces"].split(";")}
    for family in codes("families"):
        items = {row["item"] for row in wanted if row["family"] == family}
        assert 8 <= len(items) <= 21, (family, len(items))
    assert not [row for row in wanted if row["standard"] in replaced or row["method"] in replaced]


def test_every_item_is_asked_for() -> None:
    # What certification bodies determine is the scheme's whole; no requirement of a product asks for it by itself.
    assert codes("items") == {row["item"] for row in rows("requirements")} | {"scheme_conformity"}


def test_instruments_name_a_procedure_a_unit_and_an_interval() -> None:
    standards = codes("standards", "number")
    codes("instruments")
    for row in rows("instruments"):
        assert row["procedure"] in standards, row
        assert fits(row["unit"], row["quantity"]), row
        assert Decimal(row["lower"]) < Decimal(row["upper"]), row
        assert row["service"] in {"calibration", "mandatory_verification"}
        assert 1 <= int(row["months"]) <= 120


def test_words_of_a_dictionary_mean_one_thing() -> None:
    for name, columns in (("families", ("aliases_zh", "aliases_en")), ("intents", ("words_zh", "words_en"))):
        owner: dict[str, str] = {}
        for row in rows(name):
            for word in filter(None, ";".join(row[c] for c in columns).lower().split(";")):
                assert owner.setdefault(word, row["code"]) == row["code"], (word, row["code"], owner[word])


def test_regions_form_a_tree_and_lie_in_china() -> None:
    known = codes("regions")
    for row in rows("regions"):
        assert re.fullmatch(r"\d{6}", row["code"])
        assert (row["level"] == "province") == (row["parent_code"] == "")
        assert not row["parent_code"] or row["parent_code"] in known
        assert bool(row["latitude"]) == bool(row["longitude"]) == bool(row["position_confidence"])
        if row["latitude"]:
            assert 18 < Decimal(row["latitude"]) < 54 and 73 < Decimal(row["longitude"]) < 136
    placed = {row["code"] for row in rows("regions") if row["latitude"]}
    assert len([c for c in placed if c.startswith("1201")]) == 16
    assert len([c for c in placed if c.startswith("21") and c.endswith("00") and c != "210000"]) == 14


VALUES = {
    "date": r"\d{4}-\d\d-\d\d",
    "none": r"\d*",
    "immediate": r"0",
    "clock": r"\d+",
    "working": r"\d+",
    "calendar": r"\d+(-\d+)?|\d+(;\d+)+",
}


def test_rules_have_values_that_can_be_counted_and_versions_that_do_not_overlap() -> None:
    versions: dict[str, list[tuple[str, str]]] = {}
    for row in rows("rules"):
        assert row["key"].split(".")[0] == row["process"]
        assert re.fullmatch(VALUES[row["day_type"]], row["value"]), row
        assert row["unit"] in {"", "minute", "hour", "day", "month", "year", "person"}
        assert row["direction"] in {"after", "before"}
        for column in ("valid_from", "valid_to"):
            if row[column]:
                date.fromisoformat(row[column])
        versions.setdefault(row["key"], []).append((row["valid_from"], row["valid_to"] or "9999-12-31"))
    for key, spans in versions.items():
        spans.sort()
        assert all(a[1] < b[0] for a, b in pairwise(spans)), key
    # Those of the law; the rest are the platform's own.
    assert sum(row["source"] != "平台服务规则" for row in rows("rules")) == 121


def test_holidays_leave_as_many_working_days_as_the_law_gives() -> None:
    """Swapped days change nothing: the year keeps its weekdays less the statutory days (11; 13 from 2025)."""
    days = {row["date"]: row["kind"] for row in rows("holidays")}
    assert len(days) == len(rows("holidays"))
    for year, statutory in ((2024, 11), (2025, 13), (2026, 13)):
        calendar = [date(year, 1, 1) + timedelta(n) for n in range(366 if year % 4 == 0 else 365)]
        weekend = {day for day in calendar if day.weekday() >= 5}
        worked = {day for day in calendar if days.get(day.isoformat()) == "workday"}
        off = (weekend - worked) | {day for day in calendar if days.get(day.isoformat()) == "holiday"}
        assert worked <= weekend
        assert len(calendar) - len(off) == len(calendar) - len(weekend) - statutory, year
