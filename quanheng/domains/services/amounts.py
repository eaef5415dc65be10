"""Numbers as people write them: digits with commas, Chinese numerals, English words, 万 and k."""

from __future__ import annotations

from decimal import Decimal

_DIGITS = {char: n for n, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_ENGLISH = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40,
    "fifty": 50, "sixty": 60, "hundred": 100, "dozen": 12,
}  # fmt: skip
_SCALES = {"千": 1000, "k": 1000, "thousand": 1000, "万": 10000, "w": 10000, "百万": 1000000, "million": 1000000}

ENGLISH_NUMBER = "|".join(sorted(_ENGLISH, key=len, reverse=True))
CHINESE_NUMBER = r"半|[零〇一二两俩三四五六七八九十百千]+(?:万[零〇一二两三四五六七八九十百千]*)?"
DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,9}(?:\.\d+)?"
SCALE = "百万|万|千|thousand|million|k|w"


def number_of(text: str, scale: str = "") -> Decimal:
    """Value of a folded number.

    >>> number_of("三", "万"), number_of("1,500"), number_of("两百五十"), number_of("two"), number_of("一万二")
    (Decimal('30000'), Decimal('1500'), Decimal('250'), Decimal('2'), Decimal('12000'))
    """
    factor = Decimal(_SCALES.get(scale, 1))
    if text[0].isdigit():
        return Decimal(text.replace(",", "")) * factor
    if text in _ENGLISH:
        return _ENGLISH[text] * factor
    if text == "半":
        return Decimal("0.5") * factor
    high, wan, low = text.partition("万")
    value = _chinese(high) * 10000 + _chinese_after_wan(low) if wan else _chinese(high)
    return value * factor


def _chinese(text: str) -> int:
    total, digit, unit = 0, 0, 1
    for char in text:
        if char in _TENS:
            unit = _TENS[char]
            total += (digit or 1) * unit
            digit = 0
        else:
            digit = _DIGITS[char]
            unit = 10 if digit == 0 else unit
    # 两百五 means 250, 三千二 3200: a last bare digit counts in the next lower unit; 十二 stays 12.
    return total + digit * (unit // 10 if total and unit > 10 else 1)


def _chinese_after_wan(text: str) -> int:
    return _DIGITS[text] * 1000 if len(text) == 1 and text in _DIGITS else _chinese(text)
