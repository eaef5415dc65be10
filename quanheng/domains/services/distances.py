"""How far away an institution may be, read from folded text: 方圆50公里, 50 km以内, no farther than 50 km."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from quanheng.domains.services.amounts import CHINESE_NUMBER, DIGITS, number_of

# Half of a great circle: nothing on earth is farther away.
MOST_KM = Decimal(20_037)
_N = rf"(?P<n>{DIGITS}|{CHINESE_NUMBER})"
# Not what something runs in an hour.
_KM = r"(?:公里|千米|km|kilomet(?:er|re)s?)(?![a-z])(?!\s*(?:/|每小时|per\b|an hour))"
_US = r"(?:我们|我厂|我司|我公司|本厂|本公司|厂里|公司|工厂)"
_FROM = rf"(?:距离?{_US}?|离{_US}|路程|距离)"
_MOST = "(?:不超过|不要超过|别超过|不大于|最多|最远|小于|在)"
_WITHIN = "(?:的?范围)?(?:之内|以内|内)"
_AROUND = "(?:方圆|半径|周边|周围|附近)"
_PATTERNS = [
    re.compile(pattern)
    for pattern in (
        rf"(?:{_FROM}|{_MOST}|{_AROUND}|\s)*{_N}\s*{_KM}\s*{_WITHIN}",
        rf"(?:{_AROUND}|{_FROM}\s*{_MOST}|最远)\s*{_N}\s*{_KM}",
        rf"\bwithin (?:a (?:radius|distance) of )?{_N}\s*{_KM}(?: (?:of|from) (?:us|here|our \w+))?",
        rf"\b(?:no|not) (?:further|farther|more) (?:away )?than {_N}\s*{_KM}(?: away)?",
        rf"\b(?:up to|at most|less than|a maximum of) {_N}\s*{_KM} away",
    )
]
# 续航50公里以内 says how far the product runs.
_RANGE = re.compile(r"(?:续航|续驶|里程|行驶|行程|range|mileage)(?:里程|能力)?\s*(?:达到?|为|of|is)?\s*$")


def find_distances(folded: str) -> Iterator[tuple[int, int, Decimal]]:
    """Spans of folded ``text`` that say how far at most, with the kilometres."""
    taken: list[tuple[int, int]] = []
    for pattern in _PATTERNS:
        for match in pattern.finditer(folded):
            start, end = match.span()
            if any(start < b and a < end for a, b in taken) or _RANGE.search(folded[:start]):
                continue
            km = number_of(match["n"])
            if 0 < km <= MOST_KM:
                taken.append((start, end))
                yield start, end, km


# What makes a place that is named the only one: 不出滨海新区, within Binhai, 静海区以内.
_ONLY_BEFORE = re.compile(
    r"(?:不出|不离开|不超出|仅限|只限|限于|限在|仅在|只在|就在|只找|"
    r"\b(?:only in|only within|within|inside|nowhere but|not outside|without leaving))(?:于|在|\s|the )*$"
)
_ONLY_AFTER = re.compile(r"(?:以内|之内|范围(?:之|以)?内|境内|内(?![部容外蒙销饰胆])|\s+only\b)")


def only(folded: str, start: int, end: int) -> tuple[int, int] | None:
    """The span with the words around a place that make it the only one; None where they do not."""
    before, after = _ONLY_BEFORE.search(folded[:start]), _ONLY_AFTER.match(folded, end)
    if before is None and after is None:
        return None
    return before.start() if before else start, after.end() if after else end
