"""Dates by which something is wanted, read from folded text relative to a given day."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

from quanheng.domains.services.amounts import CHINESE_NUMBER, ENGLISH_NUMBER, number_of
from quanheng.domains.services.knowledge import Knowledge

_MONTHS = {
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8,
    "september": 9, "october": 10, "november": 11, "december": 12,
}  # fmt: skip
_MONTHS |= {name[:3]: n for name, n in _MONTHS.items()} | {"sept": 9}
_DAYS_OF_WEEK = {
    "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6,
}  # fmt: skip
_WEEK_ZH = {char: n for n, char in enumerate("一二三四五六日")} | {"天": 6}
_FIXED = {"元旦": (1, 1), "五一": (5, 1), "劳动": (5, 1), "十一": (10, 1), "国庆": (10, 1)}
_NEAR = {"今天": 0, "明天": 1, "后天": 2, "today": 0, "tomorrow": 1}
# Days that are over: as a last day they are kept and asked back, else they tell what has happened.
_OVER = {"昨天": -1, "昨日": -1, "前天": -2, "yesterday": -1}
_SPAN = {
    **dict.fromkeys(("天", "日", "day", "days"), "day"),
    **dict.fromkeys(("周", "星期", "礼拜", "week", "weeks"), "week"),
    **dict.fromkeys(("月", "month", "months"), "month"),
    **dict.fromkeys(("工作日", "working day", "working days", "business day", "business days"), "working"),
}

_N = rf"(?P<n>\d{{1,3}}|{CHINESE_NUMBER})"
_BEFORE = r"(?:之前|以前|前)"
_BY = r"(?P<by>before|by|until|no later than|not later than|prior to|end of|by the end of|before the end of)"
_MONTH_EN = "|".join(sorted(_MONTHS, key=len, reverse=True))
_YEAR_ZH = r"(?:(?P<y>\d{4}|今|明|后)年)?"

Reader = Callable[[re.Match[str], date, Knowledge], date | None]


def _iso(match: re.Match[str], today: date, known: Knowledge) -> date | None:
    return _make(int(match["y"]), int(match["m"]), int(match["d"]))


def _chinese_day(match: re.Match[str], today: date, known: Knowledge) -> date | None:
    month, day = int(number_of(match["m"])), int(number_of(match["d"]))
    if match["y"]:
        return _make(_year(match["y"], today), month, day)
    this = _make(today.year, month, day)
    return _make(today.year + 1, month, day) if this and this < today else this


def _chinese_month(match: re.Match[str], today: date, known: Knowledge) -> date | None:
    month, part = int(number_of(match["m"])), match["part"] or ""
    if not 1 <= month <= 12 or not (part or match["before"]):
        return None
    year = _year(match["y"], today) if match["y"] else _next_year_of(month, today)
    if part in {"底", "末", "内", "份内", "下旬"}:
        return _end(year, month)
    if part in {"中旬", "中"}:
        return date(year, month, 20)
    if part in {"初", "上旬"}:
        return date(year, month, 10)
    return date(year, month, 1) - timedelta(1)


def _named_period(match: re.Match[str], today: date, known: Knowledge) -> date | None:
    period = match["period"]
    if period in {"年底", "年末", "年内", "end of the year", "end of year", "year end"}:
        return date(today.year, 12, 31)
    if period in {"下个月", "下月", "next month"}:
        following = _end(today.year, today.month) + timedelta(1)
        return _end(following.year, following.month)
    if period in {"下周", "下个星期", "next week"}:
        return today + timedelta(13 - today.weekday())
    if period in {"本周", "这周", "this week"}:
        return today + timedelta(6 - today.weekday())
    return _end(today.year, today.month)


def _within(match: re.Match[str], today: date, known: Knowledge) -> date | None:
    count, unit = number_of(match["n"]), _SPAN[match["unit"]]
    if unit == "month":
        months = today.month - 1 + int(count)
        year, month = today.year + months // 12, months % 12 + 1
        half = 15 if count % 1 else 0
        return date(year, month, min(today.day, monthrange(year, month)[1])) + timedelta(half)
    if unit == "working":
        return _working_days(today, int(count), known.calendar)
    return today + timedelta(int(count * (7 if unit == "week" else 1)))


def _weekday(match: re.Match[str], today: date, known: Knowledge) -> date | None:
    groups = match.groupdict()
    if groups.get("week"):
        monday = today - timedelta(today.weekday()) + timedelta(7 if groups["next"] == "下" else 0)
        day = monday + timedelta(_WEEK_ZH[match["week"]])
        return day if day >= today else day + timedelta(7)
    ahead = (_DAYS_OF_WEEK[match["weekday"]] - today.weekday()) % 7 or 7
    return today + timedelta(ahead)


def _near(match: re.Match[str], today: date, known: Knowledge) -> date | None:
    return today + timedelta((_NEAR | _OVER)[match["near"]])


def _holiday(match: re.Match[str], today: date, known: Knowledge) -> date | None:
    name = match["holiday"].removesuffix("节")
    if name in _FIXED:
        month, day = _FIXED[name]
        first = date(today.year, month, day)
        return (first if first > today else date(today.year + 1, month, day)) - timedelta(1)
    coming = [first for first in known.holidays.get(name, []) if first > today]
    return min(coming) - timedelta(1) if coming else None


def _english_month(match: re.Match[str], today: date, known: Knowledge) -> date | None:
    month, day = _MONTHS[match["month"]], match["d"]
    year = int(match["y"]) if match["y"] else None
    if day:
        this = _make(year or today.year, month, int(day))
        return _make(today.year + 1, month, int(day)) if this and not year and this < today else this
    year = year or _next_year_of(month, today)
    return date(year, month, 1) - timedelta(1) if match["by"] in {"before", "prior to"} else _end(year, month)


_M_ZH = rf"(?P<m>\d{{1,2}}|{CHINESE_NUMBER})月"
_D_EN = r"(?P<d>\d{1,2})(?:st|nd|rd|th)?"
_Y_EN = r"(?:,?\s+(?P<y>20\d\d))?"
_PERIOD_ZH = "年底|年末|年内|下个月|下月|下周|下个星期|本周|这周|本月|这个月|月底"
_PERIOD_EN = "end of the year|end of year|year end|next month|this month|next week|this week"
_UNIT_EN = "working days?|business days?|days?|weeks?|months?"

# In order: a pattern reads a span before a looser one below it can.
_PATTERNS: list[tuple[str, Reader]] = [
    (rf"(?:{_BY} )?(?P<y>20\d\d)[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}})(?!\d)\s*{_BEFORE}?", _iso),
    (rf"{_YEAR_ZH}{_M_ZH}(?P<d>\d{{1,2}}|{CHINESE_NUMBER})[日号]?{_BEFORE}?", _chinese_day),
    (rf"{_N}\s*个?(?P<unit>工作日|星期|礼拜|月|周|天|日)(?:之内|以内|内)", _within),
    (rf"{_YEAR_ZH}{_M_ZH}(?P<part>份内|上旬|中旬|下旬|底|末|初|中|内)?(?P<before>份?{_BEFORE})?", _chinese_month),
    (rf"(?P<period>{_PERIOD_ZH})(?![一二三四五六日天])(?:底|内|末)?{_BEFORE}?", _named_period),
    (rf"(?P<next>[本这下])?(?:周|星期|礼拜)(?P<week>[一二三四五六日天]){_BEFORE}?", _weekday),
    (rf"(?P<near>今天|明天|后天|\b(?:today|tomorrow)\b){_BEFORE}?", _near),
    (rf"(?:最迟|最晚|截止到?|到)?(?P<near>昨天|昨日|前天){_BEFORE}", _near),
    (r"(?:最迟|最晚|截止到?)(?P<near>昨天|昨日|前天)", _near),
    (rf"(?<!day )\b{_BY} (?P<near>yesterday)\b", _near),
    (rf"(?P<holiday>元旦|春节|清明|劳动|五一|端午|中秋|国庆|十一)节?{_BEFORE}", _holiday),
    (rf"\b(?:within|in)\s+(?:the next )?(?P<n>\d{{1,3}}|{ENGLISH_NUMBER})\s+(?P<unit>{_UNIT_EN})\b", _within),
    (rf"\b{_BY}\s+(?P<month>{_MONTH_EN})\b\.?(?:\s+{_D_EN}(?!\d))?{_Y_EN}", _english_month),
    (rf"\b{_BY}\s+{_D_EN}\s+(?:of )?(?P<month>{_MONTH_EN})\b{_Y_EN}", _english_month),
    (rf"\b(?:before |by )?(?:the )?(?P<period>{_PERIOD_EN})\b", _named_period),
    (rf"\b{_BY}\s+(?P<weekday>{'|'.join(_DAYS_OF_WEEK)})\b", _weekday),
]
_READERS = [(re.compile(pattern), read) for pattern, read in _PATTERNS]


def find_deadlines(text: str, today: date, known: Knowledge) -> Iterator[tuple[int, int, date]]:
    """Spans of folded ``text`` that name a last day, with that day; earlier readers win over later ones."""
    taken: list[tuple[int, int]] = []
    for pattern, read in _READERS:
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            day = read(match, today, known)
            if day is not None:
                taken.append(match.span())
                yield match.start(), match.end(), day


_PAST = re.compile("|".join(_OVER))


def days_over(text: str) -> Iterator[tuple[int, int]]:
    """Spans of folded ``text`` that name a day that is over."""
    for match in _PAST.finditer(text):
        yield match.span()


def _working_days(today: date, count: int, calendar: Mapping[date, str]) -> date:
    day = today
    while count > 0:
        day += timedelta(1)
        kind = calendar.get(day, "workday" if day.weekday() < 5 else "holiday")
        count -= kind == "workday"
    return day


def _make(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _year(text: str, today: date) -> int:
    return today.year + {"今": 0, "明": 1, "后": 2}[text] if text in "今明后" else int(text)


def _next_year_of(month: int, today: date) -> int:
    return today.year if month >= today.month else today.year + 1
