"""The rules of the gate as data: editions with source, days and grade (``data/gate_rules.csv``).

A rule is known by its key; which edition asks follows from the day. Code finds facts, the table says whether they stop
a report (hard) or need a signatory's reason (soft), by which law, and with which numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

import rfc8785

from quanheng.kernel.base.cells import CONFIDENCE, Cells, read_csv, read_rows

Grade = Literal["hard", "soft"]
TABLE = Path(__file__).parent.parent / "data" / "gate_rules.csv"


@dataclass(frozen=True)
class Rule:
    """One edition of a rule. ``parameters`` are its numbers by name; ``source`` is told with its article."""

    key: str
    title_zh: str
    title_en: str
    grade: Grade
    parameters: Mapping[str, float]
    source: str
    valid_from: date
    valid_to: date | None
    confidence: str

    def in_force(self, day: date) -> bool:
        """Whether this edition asks on a day."""
        return self.valid_from <= day <= (self.valid_to or date.max)


def _rule(cells: Cells) -> Rule:
    return Rule(
        key=cells.text("key", 60),
        title_zh=cells.text("title_zh", 80),
        title_en=cells.text("title_en", 120),
        grade=cast(Grade, cells.choice("grade", ("hard", "soft"))),
        parameters=dict(map(_number, cells.many("parameters"))),
        source=_cited(cells.text("source", 200), cells.many("article")),
        valid_from=cells.day("valid_from", required=True) or date.min,
        valid_to=cells.day("valid_to"),
        confidence=cells.choice("confidence", CONFIDENCE),
    )


def _number(text: str) -> tuple[str, float]:
    name, _equals, value = text.partition("=")
    return name, float(value)


def _cited(source: str, articles: list[str]) -> str:
    """A source with its articles: Chinese law counts them 第 13 条, others by their numbers."""
    if not articles:
        return source
    return f"{source} {', '.join(articles)}" if source.isascii() else f"{source}第 {'、'.join(articles)} 条"


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every edition of every rule, in the order of the table. Raises Invalid for a table that cannot be read."""
    return tuple(read_rows(read_csv(TABLE), _rule))


@cache
def rules_on(day: date) -> tuple[Rule, ...]:
    """The edition of each rule that asks on a day."""
    return tuple(rule for rule in all_rules() if rule.in_force(day))


@cache
def digest_on(day: date) -> str:
    """The SHA-256 of the rules that ask on a day: by it a report tells which rules it was held against."""
    return digest_of(rules_on(day))


def digest_of(rules: Iterable[Rule]) -> str:
    """The SHA-256 (hex) of rules: of their members in the canonical form of RFC 8785, dates in ISO 8601."""
    return hashlib.sha256(rfc8785.dumps([stated(rule) for rule in rules])).hexdigest()


def stated(rule: Rule) -> dict[str, Any]:
    """The members of a rule as JSON has them."""
    return {name: member.isoformat() if isinstance(member, date) else member for name, member in asdict(rule).items()}
