"""Statutory days off that the law itself fixes, for years whose holiday notice is not published yet.

Source: 全国年节及纪念日放假办法 (State Council order 795, in force 2025-01-01): article 2 lists thirteen
days, article 6 has a day that falls on a weekend made up on a working day. Which days are swapped to make a
long holiday is only known from the yearly notice of the General Office of the State Council, usually in
November of the year before; until then the result of a computation is provisional.
"""

from __future__ import annotations

from datetime import date, timedelta

# First day of the first, fifth day of the fifth and fifteenth day of the eighth lunar month: Spring Festival,
# Dragon Boat Festival, Mid-Autumn Festival, as MMDD. Two independent lunar calendars agree on them.
LUNAR_FESTIVALS: dict[int, tuple[str, str, str]] = {
    2025: ("0129", "0531", "1006"),
    2026: ("0217", "0619", "0925"),
    2027: ("0206", "0609", "0915"),
    2028: ("0126", "0528", "1003"),
    2029: ("0213", "0616", "0922"),
    2030: ("0203", "0605", "0912"),
    2031: ("0123", "0624", "1001"),
    2032: ("0211", "0612", "0919"),
    2033: ("0131", "0601", "0908"),
    2034: ("0219", "0620", "0927"),
    2035: ("0208", "0610", "0916"),
    2036: ("0128", "0530", "1004"),
    2037: ("0215", "0618", "0924"),
    2038: ("0204", "0607", "0913"),
    2039: ("0124", "0527", "1002"),
    2040: ("0212", "0614", "0920"),
    2041: ("0201", "0603", "0910"),
    2042: ("0122", "0622", "0928"),
    2043: ("0210", "0611", "0917"),
    2044: ("0130", "0531", "1005"),
    2045: ("0217", "0619", "0925"),
    2046: ("0206", "0608", "0915"),
    2047: ("0126", "0529", "1004"),
    2048: ("0214", "0615", "0922"),
    2049: ("0202", "0604", "0911"),
    2050: ("0123", "0623", "0930"),
}

_DAY = timedelta(days=1)


def qingming(year: int) -> date:
    """Return the day of Qingming (sun at longitude 15°) in `year`, 2000 to 2099, by the century rule."""
    n = year - 2000
    return date(year, 4, int(n * 0.2422 + 4.81) - n // 4)


def festivals(year: int) -> list[date]:
    """Return the statutory festival days of `year` (article 2), earliest first.

    Lunar festivals are known for 2025 to 2050; outside that span only days of the solar calendar are listed.
    Festivals that share a day (Mid-Autumn within National Day) appear twice, because each is owed.
    """
    days = [date(year, *month_day) for month_day in ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))]
    if 2000 <= year <= 2099:
        days.append(qingming(year))
    if year in LUNAR_FESTIVALS:
        spring, boat, moon = (date(year, int(md[:2]), int(md[2:])) for md in LUNAR_FESTIVALS[year])
        days += [spring + offset * _DAY for offset in (-1, 0, 1, 2)]
        days += [boat, moon]
    return sorted(days)


def statutory_days_off(year: int) -> frozenset[date]:
    """Return the weekdays of `year` that are off by law alone: festivals, and days in lieu of weekend ones.

    A festival day on a weekend, or on another festival, is taken on the next working day (article 6).
    """
    all_days = festivals(year)
    taken = {day for day in all_days if day.weekday() < 5}
    seen: set[date] = set()
    for day in all_days:
        owed = day.weekday() >= 5 or day in seen
        seen.add(day)
        substitute = day
        while owed and (substitute.weekday() >= 5 or substitute in taken):
            substitute += _DAY
        taken.add(substitute)
    return frozenset(taken)
