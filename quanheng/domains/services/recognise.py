"""What an enterprise's own words mean: product, items, standards, instruments, purpose, amount, money, day, place.

Recognition is by dictionary and rules, so every chip can be traced to the words it came from, and words that
nobody understands are kept and shown instead of being dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from quanheng.domains.services.amounts import CHINESE_NUMBER, DIGITS, ENGLISH_NUMBER, SCALE, number_of
from quanheng.domains.services.deadlines import days_over, find_deadlines
from quanheng.domains.services.distances import find_distances, only
from quanheng.domains.services.knowledge import Knowledge, fold, undated_key
from quanheng.domains.services.meant import meant
from quanheng.domains.services.slips import Piece, with_slips
from quanheng.domains.services.stopwords import meaningful
from quanheng.science.identifiers.standard_number import INDUSTRIES, StandardNumberRefused, parse_standard_number


@dataclass(frozen=True)
class Chip:
    """A thing understood. ``words`` are the writer's own, at ``text[start:end]``.

    kind         code
    product      product family
    item         item
    instrument   kind of instrument
    standard     number as registered, or in canonical spelling when unknown to the register
    activity     testing, calibration, verification, inspection, certification
    scheme       CCC, type_approval, production_licence
    purpose      export, tender, type_test, ...
    recognition  CMA, CNAS
    service      urgent, on_site, standards_consulting
    declined     code of a recognition, scheme, service, item or activity that the writer does not want
    quantity     decimal number, e.g. "2"
    budget       yuan, decimal, e.g. "30000"
    deadline     last day, ISO 8601
    place        region code (GB/T 2260): where it should be near
    distance     km, decimal: no farther than that
    area         region code, own_district or own_city: nowhere else
    size         cross-section in mm², decimal, that tells items apart
    """

    kind: str
    code: str
    label: str
    words: str
    start: int
    end: int
    label_en: str = ""


@dataclass(frozen=True)
class Span:
    """Words that were not understood, at ``text[start:end]``."""

    words: str
    start: int
    end: int


@dataclass(frozen=True)
class Understanding:
    """Chips in the order of the text, and what stayed unknown."""

    chips: tuple[Chip, ...]
    unknown: tuple[Span, ...]

    def codes(self, kind: str) -> list[str]:
        """Codes of one kind, in order, without repeats."""
        return list(dict.fromkeys(chip.code for chip in self.chips if chip.kind == kind))


_COUNTED = (
    "台套|台|辆|个|件|只|块|套|支|根|把|组|批次|批|卷|袋|箱|瓶|包|桶|张|条|份|样|公斤|千克|吨|米|"
    "kg|pcs|pieces?|sets?|units?|samples?|batch(?:es)?"
)
_AMOUNT = rf"(?P<n>{DIGITS}|{CHINESE_NUMBER})\s*(?P<scale>{SCALE})?"
_QUANTITY = re.compile(
    rf"(?<![\d.a-z])(?P<n>{DIGITS}|{CHINESE_NUMBER}|{ENGLISH_NUMBER})\s*(?P<unit>{_COUNTED})(?![a-z])"
)
_COUNT_EN = re.compile(rf"(?<![\w.\-])(?P<n>{DIGITS}|{ENGLISH_NUMBER})\s+$")
_MONEY_WORD = "(?:预算|经费|费用|价格|总价|budget|cost|price)"
_FILLER = r"(?:大概|大约|约|在|为|是|不超过|控制在|最多|of|is|:|about|around|under|up to|\s)*"
_SIGN = "(?:rmb|cny|¥)"
_CURRENCY = rf"(?:元|块钱|人民币|yuan|{_SIGN})"
_LOW = rf"(?:(?:{DIGITS}|{CHINESE_NUMBER})\s*(?:{SCALE})?\s*(?:-|~|到|至|to)\s*)?"
_AT_MOST = "(?:不超过|最多|控制在|under|up to|within)?"
_ABOUT = "(?:以内|左右|之内)?"
_COLLOQUIAL = re.compile(rf"{_AMOUNT}块(?:以内|左右|之内|(?=$|[,。;\s]))")
_MONEY = [
    re.compile(rf"{_MONEY_WORD}{_FILLER}{_SIGN}?\s*{_LOW}{_AMOUNT}\s*(?:{_CURRENCY}|块)?{_ABOUT}"),
    re.compile(rf"{_AT_MOST}\s*{_SIGN}\s*{_AMOUNT}"),
    re.compile(rf"{_AT_MOST}\s*{_LOW}{_AMOUNT}\s*{_CURRENCY}{_ABOUT}"),
    _COLLOQUIAL,
]
_LEAST_COLLOQUIAL_YUAN = 100  # below it, 块 counts pieces
_LEAST_YUAN = Decimal("0.01")  # nothing is no budget
# Where a number may stand; whether it is one, and how it is spelled, parse_standard_number says.
_CODES = "|".join(["gbz", "gb", "jjg", "jjf", "tsg", "astm", "ul", *(code.lower() for code in INDUSTRIES)])
_STANDARD = re.compile(
    rf"(?<![a-z0-9])(?:(?:iso/iec|iso|iec|en|oiml|db\d{{2,4}}|t/[a-z]{{2,8}}|{_CODES})(?:\s?/?\s?[tz](?=[\s\d]))?)"
    r"(?:\([^()]{1,8}\))?\s*\d{1,6}(?:\.\d{1,3})*(?:-\d{1,3}(?!\d))?(?:\s*[-:]+\s*(?:19|20)\d\d)?(?!\d)"
)
# IP54: the item is named by what is required of it.
_IP = re.compile(r"(?<![a-z0-9])ip\s?[0-6x][0-9x](?![0-9])")
# 不做CCC, but not 做不做CCC, which asks.
_NOT = "|".join(
    f"(?<!{word[1]}){word}" for word in ("不要", "不用", "不需要", "不必", "不做", "不办", "不搞", "不考虑")
)
_UNTESTED = "(?<!测)不测|(?<!检)不检|(?<!查)不查"
_DONE = "(?:再)?(?:做|办|搞|测|检|查|验|送检|检测|测试|试验)?"
_DECLINE = re.compile(
    rf"(?:(?:{_NOT}|无需|没有必要){_DONE}|{_UNTESTED}"
    r"|without|no need for|not need|don't need|\bno|\bnot)\s*$"
)
# CCC就不做了: said behind, and nothing after it that is declined instead (检测不用上门).
_DECLINED = re.compile(
    rf"\s*(?:认证|检测|测试|试验)?\s*(?:就|先|暂时|可以|都|也)?(?:{_NOT}|{_UNTESTED})(?:做|办|测|检)?(?:了|啦)?\s*(?=$|[,.;!、])"
)
_DECLINABLE = {"recognition", "scheme", "service", "item", "activity"}
# 一份报告 counts what is written, not what is tested.
_PAPER = re.compile(r"[^,.;、]{0,12}(?:报告|证书)")


def recognise(text: str, knowledge: Knowledge, today: date) -> Understanding:
    """Understand a need written in Chinese or English.

    ``today`` is the day from which "within two weeks" or "before March" is counted. Nothing is guessed beyond the
    dictionary: a word off by one slip is read as the word it is nearest to, all other words come back as unknown.
    """
    folded = fold(text)
    taken: list[tuple[int, int]] = []
    chips: list[Chip] = []

    def take(start: int, end: int, kind: str, code: str, label: str, label_en: str) -> None:
        while start < end and folded[start] == " ":
            start += 1
        if not _overlaps(start, end, taken):
            taken.append((start, end))
            chips.append(Chip(kind, code, label, text[start:end], start, end, label_en))

    standards = []
    for match in _STANDARD.finditer(folded):
        if standard := _standard(match[0], knowledge, today):
            take(*match.span(), "standard", *standard)
            standards.append((chips[-1].start, chips[-1].end, undated_key(parse_standard_number(standard[0]))))
    for start, end, day in find_deadlines(folded, today, knowledge):
        take(start, end, "deadline", day.isoformat(), f"{day.isoformat()} 前", f"by {day.isoformat()}")
    for start, end, km in find_distances(folded):
        take(start, end, "distance", _plain(km), f"{_plain(km)} 千米以内", f"within {_plain(km)} km")
    for pattern in _MONEY:
        for match in pattern.finditer(folded):
            yuan = _plain(number_of(match["n"], match["scale"] or ""))
            least = _LEAST_COLLOQUIAL_YUAN if pattern is _COLLOQUIAL else _LEAST_YUAN
            if Decimal(yuan) >= least:
                take(match.start(), match.end(), "budget", yuan, f"预算 {yuan} 元", f"budget CNY {yuan}")

    pieces = with_slips(folded, knowledge, _dictionary(folded, knowledge, taken), taken)
    for match in _QUANTITY.finditer(folded):
        count = _plain(number_of(match["n"]))
        # 零件 is a part, not none of them.
        if count != "0" and not _overlaps(*match.span(), [piece[:2] for piece in pieces]):
            if match["unit"] == "份" and _PAPER.match(folded, match.end()):
                taken.append(match.span())
                continue
            unit = match["unit"] if match["unit"].isascii() else ""
            take(*match.span(), "quantity", count, f"{count} {match['unit']}", f"{count} {unit}".strip())
    for start, _end, meanings in pieces:
        before = _COUNT_EN.search(folded[:start])
        if before and meanings[0].kind in {"product", "instrument"}:
            count = _plain(number_of(before["n"]))
            take(before.start("n"), before.end("n"), "quantity", count, f"{count} 件", count)

    free = list(meaningful(folded, [*taken, *(piece[:2] for piece in pieces)]))
    found = meant(folded, pieces, free, standards, knowledge)
    for start, end, meanings in found.pieces:
        declined = bool(_DECLINE.search(folded[:start]) or _DECLINED.match(folded, end))
        if meanings[0].kind == "place" and (span := only(folded, start, end)) and not _overlaps(*span, taken):
            place, (start, end) = meanings[0], span
            taken.append(span)
            zh, en = f"只在{place.zh}", f"only in {place.en}"
            chips.append(Chip("area", place.code, zh, text[start:end], start, end, en))
            continue
        taken.append((start, end))
        for meaning in meanings:
            kind = "declined" if declined and meaning.kind in _DECLINABLE else meaning.kind
            chips.append(Chip(kind, meaning.code, meaning.zh, text[start:end], start, end, meaning.en))
    for start, end, size in found.sizes:
        take(start, end, "size", size, f"{size} mm²", f"{size} mm²")
    chips.sort(key=lambda chip: (chip.start, chip.end))
    asked = list(meaningful(folded, taken))
    # 昨天 weighs nothing by itself, and still may be what somebody asked for.
    asked += [span for span in days_over(folded) if not _overlaps(*span, [*taken, *asked])]
    unknown = tuple(Span(text[a:b], a, b) for a, b in sorted(asked))
    return Understanding(tuple(chips), unknown)


def _dictionary(folded: str, knowledge: Knowledge, taken: list[tuple[int, int]]) -> list[Piece]:
    """Longest words of the dictionary from left to right."""
    pieces: list[Piece] = []
    if ip_code := knowledge.meanings.get(("item", "ip_code")):
        for match in _IP.finditer(folded):
            pieces.append((*match.span(), [ip_code]))
    taken = [*taken, *(piece[:2] for piece in pieces)]
    at = 0
    while at < len(folded):
        word = next(_words_at(folded, at, knowledge, taken), None)
        if word:
            pieces.append((at, at + len(word), knowledge.words[word]))
        at += len(word) if word else 1
    return pieces


def _words_at(folded: str, at: int, knowledge: Knowledge, taken: list[tuple[int, int]]) -> Iterator[str]:
    for word in knowledge.openings.get(folded[at], ()):
        end = at + len(word)
        if folded.startswith(word, at) and not _overlaps(at, end, taken):
            cut_before = _alnum(word[0]) and at > 0 and _alnum(folded[at - 1])
            cut_after = _alnum(word[-1]) and end < len(folded) and _alnum(folded[end])
            if not (cut_before or cut_after):
                yield word


def _standard(written: str, knowledge: Knowledge, today: date) -> tuple[str, str, str] | None:
    """Number, title and English title: the edition named, or the one in force when no year was given."""
    try:
        number = parse_standard_number(written)
    except StandardNumberRefused:
        return None
    editions = knowledge.standards.get(undated_key(number), [])
    if number.year:
        editions = [edition for edition in editions if edition.year == number.year]
    if not editions:
        return number.text, number.text, number.text
    in_force = [edition for edition in editions if edition.effective <= today.isoformat()]
    named = max(in_force or editions, key=lambda edition: edition.year or 0)
    return named.number, f"{named.number} {named.title_zh}", f"{named.number} {named.title_en}"


def _overlaps(start: int, end: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start < b and a < end for a, b in spans)


def _alnum(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
