"""How indicators of the plans are counted: each is a question to a register, declared in ``data/measures.csv``.

A measure asks what the register's own page can be asked: so its number opens to exactly the records that it counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings

from quanheng.kernel.base.actor import Actor, region_prefix
from quanheng.kernel.base.cells import read_csv
from quanheng.kernel.registers.declare import Register, register_named
from quanheng.kernel.registers.reading import Asked, ask, rows_of

DATA = Path(__file__).parent / "data" / "measures.csv"


class Fit(StrEnum):
    """How well a count meets the definition of its indicator."""

    EXACT = "exact"
    # The registers hold a part of what the plan counts: the true number is no smaller.
    FEWER = "fewer"
    # What the plan counts is not defined well enough to say.
    NEAR = "near"


@dataclass(frozen=True)
class Question:
    """One question to a register; ``given`` as in its address."""

    register: Register
    given: Mapping[str, str]

    @property
    def asked(self) -> Asked:
        return ask(self.register, self.given)

    @property
    def conditions(self) -> list[tuple[Any, Any]]:
        """The filters in words: (name, value)."""
        asked = self.asked.filters
        told = []
        for one in self.register.filters:
            if one.key in asked:
                value = asked[one.key]
                value = value.isoformat() if isinstance(value, date) else value
                words = dict(one.choices()) if one.choices else {}
                told.append((one.label, words.get(value) or (one.word(value) if one.word else "") or value))
        return told

    @property
    def page(self) -> str:
        return f"{self.register.path}?{self.asked.query()}"

    @property
    def api(self) -> str:
        return f"/api/v1/registers/{self.register.name}?{self.asked.query()}"


@dataclass(frozen=True)
class Measure:
    """How one indicator is counted in one region.

    ``asked`` are the addresses of one or several lists without a common row; ``distinct`` counts the different values
    of a column rather than rows; ``per`` is how many records make one of the indicator's unit.
    """

    code: str
    region: str
    register: str
    asked: tuple[str, ...]
    distinct: str
    per: int
    fit: Fit
    counts_zh: str
    counts_en: str
    differs_zh: str
    differs_en: str

    @property
    def here(self) -> bool:
        """Whether this deployment keeps the registers of the region."""
        return self.region.startswith(region_prefix(settings.PACK["deployment"]["region"]))

    def questions(self, day: date) -> list[Question]:
        """What is asked of the register on a day."""
        words = {
            "region": self.region,
            "province": self.region[:2],
            "today": day.isoformat(),
            "year_ago": _year_before(day).isoformat(),
        }
        register = register_named(self.register)
        return [Question(register, dict(parse_qsl(one.format(**words), strict_parsing=True))) for one in self.asked]

    def count(self, day: date) -> int:
        """How many records answer, whoever may open them."""
        actor = Actor.platform("governance")
        return sum(self._count(rows_of(one.register, actor, one.asked)) for one in self.questions(day))

    def _count(self, rows: Any) -> int:
        rows = rows.order_by()
        if not self.distinct:
            return int(rows.count())
        present = rows.filter(**{f"{self.distinct}__isnull": False})
        return int(present.values(self.distinct).distinct().count())


def _year_before(day: date) -> date:
    """The first day of the twelve months that end with ``day``."""
    last_year = day.replace(day=28) if (day.month, day.day) == (2, 29) else day
    return last_year.replace(year=day.year - 1) + timedelta(days=1)


@cache
def measures() -> dict[str, Measure]:
    """Every measure by the code of its indicator."""
    return {row["id"]: _read(row) for row in read_csv(DATA)}


def _read(row: Mapping[str, str]) -> Measure:
    names = ("region", "register", "distinct", "counts_zh", "counts_en", "differs_zh", "differs_en")
    measure = Measure(
        code=row["id"],
        asked=tuple(row["asked"].split(" + ")),
        per=int(row["per"]),
        fit=Fit(row["fit"]),
        **{name: row[name] for name in names},
    )
    if (measure.fit is Fit.EXACT) != (not measure.differs_zh) or bool(measure.differs_zh) != bool(measure.differs_en):
        raise ValueError(f"{measure.code}: a measure that is not exact says in both languages how it differs")
    if measure.distinct and len(measure.asked) > 1:
        raise ValueError(f"{measure.code}: different values of several lists cannot be added up")
    return measure
