"""A cell of a workbook or of JSON as the text that a person reads there."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

# From here on a workbook has kept fewer digits of a number than were typed.
LONG_NUMBER = 1e15
# What a guarded export puts before a cell that a spreadsheet would take for a formula.
GUARD = "'"
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def text_of(value: Any) -> str:
    """The cell as text: 5.0 is 5, a day is in ISO 8601, yes and no are words; whatever begins with = stays text.

    >>> text_of(5.0), text_of(0.1 + 0.2), text_of(True), text_of("'=1+1")
    ('5', '0.3', 'yes', '=1+1')
    """
    if isinstance(value, str):
        text = value.strip(" \n\u3000\ufeff")
        return text[1:] if text.startswith(GUARD) and text[1:].startswith(DANGEROUS) else text
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else _shown(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("seconds")
    if isinstance(value, timedelta):
        return str(value)
    return str(value)


def _shown(value: float) -> str:
    """As a spreadsheet shows it: fifteen digits, without a power of ten where it has no need of one."""
    shown = format(value, ".15g")
    if "e" not in shown or not 1e-15 < abs(value) < 1e21:
        return shown
    return format(value, ".20f").rstrip("0").rstrip(".")
