"""The small pieces of markup that pages, registers and tags share: each escapes what it is given."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from html import escape
from typing import Any

from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

TONES = frozenset({"ok", "wait", "bad", "info", "idle", "ended"})
_VERDICT_TONES = {"pass": "ok", "conditional_pass": "wait", "conditional_fail": "wait", "fail": "bad"}
MINUS = "\N{MINUS SIGN}"
SPACE = "\N{NO-BREAK SPACE}"


def markup(form: str, *parts: Any) -> SafeString:
    """``form`` with the parts in its braces, escaped: ``format_html`` for the cells of tables, of which there are many.

    Most parts are plain texts, and are not asked what else they might be.
    """
    return SafeString(form.format(*[escape(part) if type(part) is str else conditional_escape(part) for part in parts]))


def badge(label: Any, tone: str = "idle") -> SafeString:
    """A status: the word, and a shape that goes with its tone.

    ok (tick) done and good; wait (hourglass) somebody must act; bad (triangle) failed, late, withdrawn;
    info (pointer) under way; idle (ring) not begun; ended (cross) closed without effect.
    """
    if tone not in TONES:
        raise ValueError(f"badge: {tone!r} is none of {', '.join(sorted(TONES))}")
    return markup('<span class="badge badge-{}">{}</span>', tone, label)


def verdict_tone(verdict: str) -> str:
    """The tone of a verdict's badge."""
    return _VERDICT_TONES.get(verdict, "idle")


def value(number: Any, unit: str = "", expanded: Any = None, k: Any = None, *, dense: bool = False) -> SafeString:
    """A measured value, typeset the same way everywhere: ``10.002 MPa ± 0.003 MPa, k = 2``.

    ``number``, ``expanded`` (the expanded uncertainty U, in the unit of the value) and ``k`` (coverage factor)
    are decimals or their text and are shown with the digits they come with: rounding belongs to whoever
    signed them. With ``dense``, the concise ``10.002(3) MPa`` when U ends on the same digit as the value.
    """
    if number is None or number == "":
        return mark_safe('<span class="muted">—</span>')
    text, behind = _digits(number), format_html("{}{}", SPACE, unit) if unit else SafeString("")
    if expanded is None or expanded == "":
        return format_html('<data class="qv" value="{}">{}{}</data>', number, text, behind)
    concise = _concise(number, expanded) if dense else None
    if concise is not None:
        return format_html('<data class="qv" value="{}">{}{}</data>', number, concise, behind)
    factor = format_html('<span class="qv-k">, <span lang="en">k</span> = {}</span>', k) if k else ""
    return format_html(
        '<data class="qv" value="{}">{}{} <span class="qv-u">± {}{}</span>{}</data>',
        number, text, behind, _digits(expanded), behind, factor,
    )  # fmt: skip


def _digits(number: Any) -> str:
    return str(number).replace("-", MINUS)


def _concise(number: Any, expanded: Any) -> str | None:
    """``10.002(3)``: the uncertainty counted in the last digit; None where the last digits differ."""
    try:
        parts, spread = Decimal(str(number)).as_tuple(), Decimal(str(expanded)).as_tuple()
    except InvalidOperation:
        return None
    if parts.exponent != spread.exponent or not isinstance(parts.exponent, int) or parts.exponent > 0:
        return None
    digits = "".join(map(str, spread.digits)).lstrip("0")
    return f"{_digits(number)}({digits})" if digits else None


def deadline(due: date | datetime) -> SafeString:
    """The end of a period as people say it: the last day, or the minute where it ends inside a day."""
    moment = timezone.localtime(due) if isinstance(due, datetime) else due
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), last_moment(due))


def last_moment(due: date | datetime) -> str:
    """A period of days ends at 24:00 of its last day, which a clock shows as 0:00 of the next."""
    if not isinstance(due, datetime):
        return due.isoformat()
    moment = timezone.localtime(due)
    if (moment.hour, moment.minute) == (0, 0):
        return (moment.date() - timedelta(days=1)).isoformat()
    return f"{moment:%Y-%m-%d %H:%M}"


def moment(when: date | datetime | None) -> SafeString:
    """A date, or a date and time to the minute, in the same ISO order in both languages."""
    if when is None:
        return mark_safe('<span class="muted">—</span>')
    if isinstance(when, datetime):
        local = timezone.localtime(when)
        return markup('<time datetime="{}">{}</time>', local.isoformat(), f"{local:%Y-%m-%d %H:%M}")
    day = when.isoformat()
    return SafeString(f'<time datetime="{day}">{day}</time>')  # digits and dashes


def yuan(cents: int | None) -> str:
    """An amount of money in yuan from integer cents, with thousands' separators: 123456 → 1,234.56, -50 → −0.50."""
    if cents is None:
        return "—"
    whole, rest = divmod(abs(cents), 100)
    sign = "−" if cents < 0 else ""
    return f"{sign}{whole:,}.{rest:02d}" if rest else f"{sign}{whole:,}"


def local(row: Any, name: str = "name") -> str:
    """The text of a bilingual record in the reader's language; in the other one where there is none in it."""
    if row is None:
        return ""
    english = str(getattr(row, f"{name}_en", "") or "")
    chinese = str(getattr(row, f"{name}_zh", "") or "")
    return (english or chinese) if (get_language() or "").startswith("en") else (chinese or english)
