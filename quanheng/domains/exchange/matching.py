"""Whether a result answers a need: by text and by structure, with the reasons. Pure: no database, no clock.

The score of a match is the sum of its reasons' points; a reason against takes points away. It is one function of the
pair, so both sides are told the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from quanheng.domains.exchange.reading import Weights, likeness, read, shared_words

# What each reason is worth.
TEXT = 60
ITEM, FAMILY, FIELD, NEIGHBOUR = 15, 10, 8, 3
COVERS, COVERS_PART, OUTSIDE = 8, 3, -8
PRECISE, IMPRECISE = 7, -7
READY, USABLE, UNRIPE = 4, 2, -5
AFFORDABLE, TOO_DEAR = 3, -5
LATE = -10
# Below this a pair is no match; and structure alone, without a word in common, is one only by the same item or family.
LEAST = 20
# What is ripe for use, what is nearly so, and how many days what is not takes at least.
IN_USE, NEARLY, UNRIPE_DAYS = 8, 6, 365


@dataclass(frozen=True)
class Measured:
    """A range in SI with the expanded uncertainty (k = 2) wanted or offered in it; an open end is infinite."""

    dimension: str
    lower: float
    upper: float
    uncertainty: float | None = None


@dataclass(frozen=True)
class Side:
    """What of a need or of a result is compared; ``level``, ``until`` and ``price`` as far as they are stated.

    ``until`` is a need's deadline or the last day of a result's offer, ``price`` a budget or what is asked, in cents.
    """

    key: int
    text: str
    field: str = ""
    families: frozenset[str] = frozenset()
    item: str = ""
    measured: Measured | None = None
    level: int | None = None
    until: date | None = None
    price: int | None = None


@dataclass(frozen=True)
class Reason:
    """One reason, for (``points`` > 0), against (< 0), in both languages."""

    kind: str
    points: int
    zh: str
    en: str


@dataclass(frozen=True)
class Match:
    """A need and a result that may answer it, with why and why not; ``words`` are what both texts say."""

    need: int
    result: int
    reasons: tuple[Reason, ...]
    words: tuple[str, ...]

    @property
    def score(self) -> int:
        return sum(one.points for one in self.reasons)

    @property
    def pros(self) -> list[Reason]:
        return [one for one in self.reasons if one.points > 0]

    @property
    def cons(self) -> list[Reason]:
        return [one for one in self.reasons if one.points < 0]


def match(need: Side, result: Side, weights: Weights, near: Mapping[str, frozenset[str]], today: date) -> Match | None:
    """The match of a need and a result; None where too little speaks for it.

    ``near`` are the neighbours of each technical field.
    """
    text, words = _text(need, result, weights)
    same = [*_item(need, result), *_family(need, result)]
    if not text and not same:
        return None
    reasons = [
        *text,
        *same,
        *_field(need, result, near),
        *_measured(need, result),
        *_time(need, result, today),
        *_price(need, result),
    ]
    found = Match(need.key, result.key, tuple(reasons), tuple(words))
    return found if found.score >= LEAST else None


def best(matches: Iterable[Match | None], count: int) -> list[Match]:
    """The best matches first; those with the same score in the order of what they name."""
    found = [one for one in matches if one is not None]
    return sorted(found, key=lambda one: (-one.score, one.need, one.result))[:count]


def _text(need: Side, result: Side, weights: Weights) -> tuple[list[Reason], list[str]]:
    one, other = read(need.text), read(result.text)
    points = round(TEXT * math.sqrt(likeness(one, other, weights)))
    words = shared_words(one, other, weights)
    if not points or not words:
        return [], []
    said = "、".join(words)
    return [
        Reason("text", points, f"文字相近，都提到：{said}", f"The texts are alike; both say: {', '.join(words)}")
    ], words


def _item(need: Side, result: Side) -> list[Reason]:
    if need.item and need.item == result.item:
        return [Reason("item", ITEM, "同一检测项目", "The same item")]
    return []


def _family(need: Side, result: Side) -> list[Reason]:
    if need.families & result.families:
        return [Reason("family", FAMILY, "同一产品类别", "The same product family")]
    return []


def _field(need: Side, result: Side, near: Mapping[str, frozenset[str]]) -> list[Reason]:
    if not need.field or not result.field:
        return []
    if need.field == result.field:
        return [Reason("field", FIELD, "同一技术领域", "The same technical field")]
    if result.field in near.get(need.field, ()):
        return [Reason("field", NEIGHBOUR, "相邻技术领域", "A neighbouring technical field")]
    return []


def _measured(need: Side, result: Side) -> list[Reason]:
    wanted, offered = need.measured, result.measured
    if wanted is None or offered is None or wanted.dimension != offered.dimension:
        return []
    if offered.upper < wanted.lower or offered.lower > wanted.upper:
        return [Reason("range", OUTSIDE, "量程与所需范围不相交", "Its range does not reach what is needed")]
    reasons = []
    if offered.lower <= wanted.lower and offered.upper >= wanted.upper:
        reasons.append(Reason("range", COVERS, "量程覆盖所需范围", "Its range covers what is needed"))
    else:
        reasons.append(Reason("range", COVERS_PART, "量程覆盖一部分所需范围", "Its range covers a part of it"))
    if wanted.uncertainty is not None and offered.uncertainty is not None:
        if offered.uncertainty <= wanted.uncertainty:
            reasons.append(Reason("uncertainty", PRECISE, "不确定度满足要求", "Its uncertainty suffices"))
        else:
            reasons.append(Reason("uncertainty", IMPRECISE, "不确定度达不到要求", "Its uncertainty is too large"))
    return reasons


def _time(need: Side, result: Side, today: date) -> list[Reason]:
    reasons = []
    if result.level is not None:
        if result.level >= IN_USE:
            reasons.append(Reason("maturity", READY, "成熟，可直接使用", "Mature: ready for use"))
        elif result.level >= NEARLY:
            reasons.append(Reason("maturity", USABLE, "已有样机", "There is a prototype"))
        elif need.until is not None and (need.until - today).days < UNRIPE_DAYS:
            reasons.append(
                Reason("maturity", UNRIPE, "尚不成熟，期限内未必能用", "Not mature: may not be ready by the deadline")
            )
    if result.until is not None and result.until < today:
        reasons.append(Reason("time", LATE, "成果的有效期已过", "The offer has ended"))
    return reasons


def _price(need: Side, result: Side) -> list[Reason]:
    if need.price is None or result.price is None:
        return []
    if result.price <= need.price:
        return [Reason("price", AFFORDABLE, "报价在预算之内", "The price is within the budget")]
    return [Reason("price", TOO_DEAR, "报价超过预算", "The price exceeds the budget")]
