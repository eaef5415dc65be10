"""What the one-stop service knows, as plain words with their meanings. Fed from CSV rows or database rows alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from quanheng.kernel.base.cells import read_csv
from quanheng.science.identifiers.standard_number import StandardNumber, parse_standard_number

Row = Mapping[str, Any]
# Prefix without /T or /Z, number, part.
StandardKey = tuple[str, str, str]

_HERE = Path(__file__).parent
_KERNEL = _HERE.parent.parent / "kernel"
SHIPPED: dict[str, Path] = {
    "families": _HERE / "data/families.csv",
    "instruments": _HERE / "data/instruments.csv",
    "intents": _HERE / "data/intents.csv",
    "items": _KERNEL / "requirements/data/items.csv",
    "standards": _KERNEL / "requirements/data/standards.csv",
    "requirements": _KERNEL / "requirements/data/requirements.csv",
    "regions": _KERNEL / "region/data/regions.csv",
    "holidays": _KERNEL / "cases/data/holidays.csv",
}
# A place may be named without its rank: 静海 for 静海区, 滨海 for 滨海新区.
_RANK = re.compile(r"(?:特别行政区|(?:壮族|回族|维吾尔|满族|蒙古族)?自治[区县]|新区|省|市|区|县)$")
_RANK_EN = re.compile(r" (?:district|new area|city|county|autonomous county)$")


@dataclass(frozen=True)
class Meaning:
    """One thing that a word can mean; ``kind`` is product, instrument, item, place or a kind of intent."""

    kind: str
    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class Edition:
    """One edition of a standard: number as registered, its year, and the day from which it applies ("" unknown)."""

    number: str
    year: int | None
    title_zh: str
    title_en: str
    effective: str


@dataclass(frozen=True, eq=False)
class Knowledge:
    """The dictionary behind recognition.

    words      folded word -> meanings, in order of preference
    openings   first character -> words that begin with it, longest first
    wanted     product family -> codes of the items that its requirements ask for
    spoken     item -> its folded names (Chinese, English) and other words
    meanings   kind and code -> meaning
    laid_down  key of a standard (``undated_key``) -> product families whose requirements come from it
    standards  prefix without /T or /Z, number, part -> editions
    calendar   days off and make-up workdays: date -> "holiday" or "workday"
    holidays   folded Chinese name of a holiday -> its first days, ascending
    """

    words: dict[str, list[Meaning]] = field(default_factory=dict)
    openings: dict[str, list[str]] = field(default_factory=dict)
    wanted: dict[str, set[str]] = field(default_factory=dict)
    spoken: dict[str, list[str]] = field(default_factory=dict)
    meanings: dict[tuple[str, str], Meaning] = field(default_factory=dict)
    laid_down: dict[StandardKey, set[str]] = field(default_factory=dict)
    standards: dict[StandardKey, list[Edition]] = field(default_factory=dict)
    calendar: dict[date, str] = field(default_factory=dict)
    holidays: dict[str, list[date]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        *,
        families: Iterable[Row] = (),
        instruments: Iterable[Row] = (),
        items: Iterable[Row] = (),
        intents: Iterable[Row] = (),
        regions: Iterable[Row] = (),
        standards: Iterable[Row] = (),
        requirements: Iterable[Row] = (),
        holidays: Iterable[Row] = (),
    ) -> Knowledge:
        """Build from rows with the columns of the shipped files; list values may be lists or ``;``-joined text."""
        known = cls()
        for kind, rows in (("product", families), ("instrument", instruments), ("item", items)):
            for row in rows:
                aliases = _texts(row, "aliases", "aliases_zh", "aliases_en")
                known._add(Meaning(kind, row["code"], row["name_zh"], row["name_en"]), aliases)
                if kind == "item":
                    known.spoken[row["code"]] = [fold(name) for name in (row["name_zh"], row["name_en"], *aliases)]
        for row in intents:
            meaning = Meaning(row["kind"], row["code"], row["name_zh"], row["name_en"])
            known._add(meaning, _texts(row, "words_zh", "words_en"), names=row["kind"] != "distinct")
        known._add_places(list(regions))
        for row in requirements:
            known.wanted.setdefault(row["family"], set()).add(row["item"])
            if row.get("standard"):
                key = undated_key(parse_standard_number(row["standard"]))
                known.laid_down.setdefault(key, set()).add(row["family"])
        known._add_standards(list(standards))
        for row in holidays:
            known._add_day(date.fromisoformat(str(row["date"])), row["kind"], row["name_zh"])
        for word in sorted(known.words, key=len, reverse=True):
            known.openings.setdefault(word[0], []).append(word)
        return known

    def _add(self, meaning: Meaning, words: Iterable[str], names: bool = True) -> None:
        self.meanings[meaning.kind, meaning.code] = meaning
        for word in dict.fromkeys([*([meaning.zh, meaning.en] if names else []), *words]):
            meanings = self.words.setdefault(fold(word), [])
            if meaning not in meanings:
                meanings.append(meaning)

    def _add_places(self, rows: list[Row]) -> None:
        """Full names first; a short name never displaces a full one, nor that of a place of higher rank."""
        full = {fold(row[column]) for row in rows for column in ("name_zh", "name_en")}
        for row in sorted(rows, key=lambda row: len(row["code"].rstrip("0"))):
            place = Meaning("place", row["code"], row["name_zh"], row["name_en"])
            short = [_RANK.sub("", row["name_zh"]), _RANK_EN.sub("", fold(row["name_en"]))]
            self._add(place, [name for name in short if len(name) > 1 and name not in full])

    def _add_standards(self, rows: list[Row]) -> None:
        for row in rows:
            number = parse_standard_number(row["number"])
            effective = str(row.get("effective") or "")
            edition = Edition(row["number"], number.year, row["title_zh"], row["title_en"], effective)
            self.standards.setdefault(undated_key(number), []).append(edition)

    def _add_day(self, day: date, kind: str, name: str) -> None:
        self.calendar[day] = kind
        if kind == "holiday":
            for part in name.split("、"):
                firsts = self.holidays.setdefault(part.removesuffix("节"), [])
                if not any(first.year == day.year for first in firsts):
                    firsts.append(day)


def fold(text: str) -> str:
    """Half-width, lower case, one kind of dash; every character keeps its place, so spans stay valid."""
    return "".join(_FOLDED.get(char) or _lower(char) for char in text)


def _lower(char: str) -> str:
    small = char.lower()
    return small if len(small) == 1 else char


_FOLDED = {chr(code): chr(code - 0xFEE0).lower() for code in range(0xFF01, 0xFF5F)} | {"\u3000": " ", "\u00a0": " "}
_FOLDED |= dict.fromkeys("‐‑‒–—―−－", "-") | dict.fromkeys("’‘", "'") | {"µ": "μ", "￥": "¥"}


def undated_key(number: StandardNumber) -> StandardKey:
    """What the editions of a standard share whether mandatory or recommended: GB 5023.3-1997, GB/T 5023.3-2008."""
    return re.sub(r"/[TZ]$", "", number.prefix), number.number, number.part


def _texts(row: Row, *columns: str) -> list[str]:
    found: list[str] = []
    for column in columns:
        value = row.get(column) or []
        found += [part.strip() for part in (value.split(";") if isinstance(value, str) else value)]
    return [text for text in found if text]


def shipped_knowledge(pack: str = "") -> Knowledge:
    """Knowledge from the shipped files; places limited to regions whose code begins with ``pack`` (e.g. "12")."""
    rows = {name: read_csv(path) for name, path in SHIPPED.items()}
    rows["regions"] = [row for row in rows["regions"] if row["code"].startswith(pack)]
    return Knowledge.of(**rows)
