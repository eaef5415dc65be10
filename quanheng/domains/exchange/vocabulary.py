"""Technical fields and levels of maturity, from tables with their sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from quanheng.kernel.base.cells import read_csv
from quanheng.kernel.base.html import local

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Field:
    """A technical field; ``near`` are the codes of its neighbours, and each is a neighbour of theirs."""

    code: str
    name_zh: str
    name_en: str
    near: frozenset[str]


@dataclass(frozen=True)
class Level:
    """A level of maturity, 1 (a principle) to 9 (proved in service)."""

    level: int
    name_zh: str
    name_en: str
    meaning_zh: str
    meaning_en: str


@lru_cache(maxsize=1)
def fields() -> Mapping[str, Field]:
    """Every technical field by its code, in the order of the table."""
    rows = {row["code"]: row for row in read_csv(DATA / "fields.csv")}
    near: dict[str, set[str]] = {code: set() for code in rows}
    for code, row in rows.items():
        for other in filter(None, row["near"].split(";")):
            # Said once, it holds both ways.
            near[code].add(other)
            near[other].add(code)
    return {code: Field(code, row["name_zh"], row["name_en"], frozenset(near[code])) for code, row in rows.items()}


@lru_cache(maxsize=1)
def levels() -> Mapping[int, Level]:
    """Every level of maturity by its number."""
    return {
        int(row["level"]): Level(
            int(row["level"]), row["name_zh"], row["name_en"], row["meaning_zh"], row["meaning_en"]
        )
        for row in read_csv(DATA / "levels.csv")
    }


def field_choices() -> list[tuple[str, str]]:
    """Fields as a list of choices offers them."""
    return [(one.code, local(one)) for one in fields().values()]


def level_choices() -> list[tuple[str, str]]:
    """Levels as a list of choices offers them."""
    return [(str(one.level), level_name(one.level)) for one in levels().values()]


def level_name(level: int | None) -> str:
    """A level by number, name and meaning; "" for none."""
    one = levels().get(level or 0)
    return f"{one.level} {local(one)}: {local(one, 'meaning')}" if one else ""


def field_name(code: str) -> str:
    """A field in the reader's language."""
    return local(fields().get(code)) or code
