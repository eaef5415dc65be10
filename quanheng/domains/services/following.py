"""What follows from a need by the packaged facts alone: products, the standards and items behind them, instruments.

No database, no prices, no institutions: that is for a plan. Every line says where its fact comes from and how sure it
is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from quanheng.domains.services.knowledge import SHIPPED
from quanheng.domains.services.recognise import Understanding
from quanheng.kernel.base.cells import read_csv
from quanheng.kernel.requirements.dates import status_on, takes_effect
from quanheng.kernel.requirements.schemes import scheme_en

Row = Mapping[str, str]


@dataclass(frozen=True)
class Facts:
    """The packaged rows by their codes; requirements in the order of the file."""

    families: Mapping[str, Row]
    instruments: Mapping[str, Row]
    items: Mapping[str, Row]
    standards: Mapping[str, Row]
    requirements: Sequence[Row]
    # Number -> the numbers of what replaces it.
    successors: Mapping[str, Sequence[str]]

    def status(self, number: str, day: date) -> str:
        """upcoming, in_force, superseded or withdrawn on a day, as the register computes it."""
        row = self.standards[number]
        starts = [start for other in self.successors.get(number, ()) if (start := self._starts(other))]
        return status_on(
            day,
            effective=_day(row["effective"]),
            published=_day(row["published"]),
            superseded_on=min(starts, default=None),
            withdrawn=_day(row["withdrawn"]),
        )

    def newer(self, number: str, day: date) -> list[str]:
        """What has taken the place of a standard by a day."""
        return [other for other in self.successors.get(number, ()) if (start := self._starts(other)) and start <= day]

    def _starts(self, number: str) -> date | None:
        row = self.standards[number]
        return takes_effect(number, _day(row["effective"]), _day(row["published"]))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@lru_cache(maxsize=1)
def shipped_facts() -> Facts:
    """The facts that the project ships."""
    by_code = {
        name: {row["code"]: row for row in read_csv(SHIPPED[name])} for name in ("families", "instruments", "items")
    }
    standards = {row["number"]: row for row in read_csv(SHIPPED["standards"])}
    successors: dict[str, list[str]] = {}
    for row in standards.values():
        for old in filter(None, row["replaces"].split(";")):
            successors.setdefault(old, []).append(row["number"])
    return Facts(
        by_code["families"],
        by_code["instruments"],
        by_code["items"],
        standards,
        read_csv(SHIPPED["requirements"]),
        successors,
    )


def what_follows(read: Understanding, facts: Facts, day: date) -> dict[str, Any]:
    """Products, standards, items and instruments that a need comes to on a day, as plain data.

    Where items were named, those; else all that the product's standards in force lay down. A standard that was named
    and is no longer in force comes with what has taken its place.
    """
    asked = set(read.codes("item"))
    products = [facts.families[code] for code in read.codes("product") if code in facts.families]
    wanted = [
        row
        for product in products
        for row in facts.requirements
        if row["family"] == product["code"]
        and (not asked or row["item"] in asked)
        and facts.status(row["standard"], day) == facts.status(row["method"], day) == "in_force"
    ]
    met = {row["item"] for row in wanted}
    alone = [code for code in read.codes("item") if code not in met and code in facts.items]
    numbers = [*read.codes("standard"), *(row["standard"] for row in wanted), *(row["method"] for row in wanted)]
    return {
        "products": [
            {
                "code": row["code"],
                "name_zh": row["name_zh"],
                "name_en": row["name_en"],
                "chain": row["chain"],
                "schemes": (named := [one for one in row["schemes"].split(";") if one]),
                "schemes_en": [scheme_en(one) for one in named],
                "hs": row["hs"],
                **_sureness(row),
            }
            for row in products
        ],
        "standards": [_standard(number, wanted, facts, day) for number in dict.fromkeys(numbers)],
        "items": [
            *(_item(facts.items[row["item"]], row) for row in wanted),
            *(_item(facts.items[code], None) for code in alone),
        ],
        "instruments": [
            {
                "code": row["code"],
                "name_zh": row["name_zh"],
                "name_en": row["name_en"],
                "procedure": row["procedure"],
                "service": row["service"],
                "months": int(row["months"]),
                **_sureness(row),
            }
            for code in read.codes("instrument")
            if (row := facts.instruments.get(code))
        ],
    }


def _standard(number: str, wanted: Sequence[Row], facts: Facts, day: date) -> dict[str, Any]:
    row = facts.standards.get(number)
    if row is None:
        return {"number": number, "status": "unknown", "title_zh": "", "title_en": "", "replaced_by": []}
    return {
        "number": number,
        "title_zh": row["title_zh"],
        "title_en": row["title_en"],
        "mandatory": row["mandatory"] == "yes",
        "lays_down_limits": any(one["standard"] == number for one in wanted),
        "status": facts.status(number, day),
        "effective": row["effective"] or None,
        "replaced_by": facts.newer(number, day),
        **_sureness(row),
    }


def _item(item: Row, row: Row | None) -> dict[str, Any]:
    named = {"code": item["code"], "name_zh": item["name_zh"], "name_en": item["name_en"]}
    if row is None:
        # Nobody's requirement: it can be measured, not judged.
        return {**named, "product": None, "standard": None, "method": None, **_sureness(item)}
    return {
        **named,
        "product": row["family"],
        "standard": row["standard"],
        "clause": row["clause"],
        "method": row["method"],
        "limit_zh": row["limit_text_zh"],
        "limit_en": row["limit_text_en"],
        "lower": row["lower"] or None,
        "upper": row["upper"] or None,
        "unit": row["unit"] or None,
        "sample": row["sample_size"],
        "usual_days": int(row["usual_days"]),
        "mandatory": row["mandatory"] == "yes",
        **_sureness(row),
    }


def _sureness(row: Row) -> dict[str, str]:
    return {"source": row["source"], "confidence": row["confidence"]}
