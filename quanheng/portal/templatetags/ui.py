"""The small parts of a page, made in Python because lists use them once a row. ``{% load ui %}``.

Every tag escapes what it is given. The larger parts are templates in ``portal/components/``; both are
described in docs/developers/components.md and shown together at /style/.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import segno
from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from quanheng.portal.frontend import ICONS

register = template.Library()

TONES = frozenset({"ok", "wait", "bad", "info", "idle", "ended"})
MINUS = "\N{MINUS SIGN}"
SPACE = "\N{NO-BREAK SPACE}"


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of ``frontend.ICONS``; decorative unless it has a ``label``, which is then read out."""
    if name not in ICONS:
        raise template.TemplateSyntaxError(f"icon: {name!r} is not in quanheng.portal.frontend.ICONS")
    source = f"{static('vendor/icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, source)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', source)


@register.simple_tag
def badge(label: Any, tone: str = "idle") -> SafeString:
    """A status: the word, and a shape that goes with its tone.

    ok (tick) done and good; wait (hourglass) somebody must act; bad (triangle) failed, late, withdrawn;
    info (pointer) under way; idle (ring) not begun; ended (cross) closed without effect.
    """
    if tone not in TONES:
        raise template.TemplateSyntaxError(f"badge: {tone!r} is none of {', '.join(sorted(TONES))}")
    return format_html('<span class="badge badge-{}">{}</span>', tone, label)


@register.simple_tag
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


@register.simple_tag
def clock(due: Any, left: int | None = None, unit: str = "workday", state: str = "running") -> SafeString:
    """A deadline: how much is left, and the date itself as a title.

    ``due`` is a date or an aware datetime (None: no clock). ``left`` is what the case's clock counts, negative
    when late, in ``unit`` (workday, day, hour, minute); without it the span to now is told in days, hours or
    minutes. ``state``: running, paused, met (finished in time) or missed (finished late).
    """
    if due is None:
        return format_html('<span class="muted">{}</span>', _("无期限"))
    tone, words = _clock_words(due, left, unit, state)
    moment = timezone.localtime(due) if isinstance(due, datetime) else due
    return format_html(
        '<time class="badge clock badge-{}" datetime="{}" title="{}">{}</time>',
        tone, moment.isoformat(), _last(due), words,
    )  # fmt: skip


@register.simple_tag
def deadline(due: date | datetime) -> SafeString:
    """The end of a period as people say it: the last day, or the minute where it ends inside a day."""
    moment = timezone.localtime(due) if isinstance(due, datetime) else due
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), _last(due))


def _last(due: date | datetime) -> str:
    """A period of days ends at 24:00 of its last day, which a clock shows as 0:00 of the next."""
    if not isinstance(due, datetime):
        return due.isoformat()
    moment = timezone.localtime(due)
    if (moment.hour, moment.minute) == (0, 0):
        return (moment.date() - timedelta(days=1)).isoformat()
    return f"{moment:%Y-%m-%d %H:%M}"


def _clock_words(due: date | datetime, left: int | None, unit: str, state: str) -> tuple[str, str]:
    if state == "met":
        return "ok", _("按时完成")
    if state == "missed":
        return "bad", _("逾期完成")
    if state == "paused":
        return "idle", _("计时暂停")
    if left is None:
        left, unit = _span(due)
    if left < 0:
        return "bad", _("逾期 %(span)s") % {"span": _amount(-left, unit)}
    if left == 0 and unit in {"day", "workday"}:
        # Over since the last day ended, and no day that counts has passed since.
        if isinstance(due, datetime) and due <= timezone.now():
            return "bad", _("已逾期")
        return "wait", _("今天到期")
    soon = unit in {"hour", "minute"} or left <= 2
    return ("wait" if soon else "info"), _("剩 %(span)s") % {"span": _amount(left, unit)}


def _span(due: date | datetime) -> tuple[int, str]:
    """Time from now to ``due``: whole days when it is a date or two days away, else hours or minutes."""
    if not isinstance(due, datetime):
        return (due - timezone.localdate()).days, "day"
    seconds = (due - timezone.now()).total_seconds()
    size, sign = abs(timedelta(seconds=seconds)), 1 if seconds >= 0 else -1
    if size >= timedelta(days=2):
        return sign * size.days, "day"
    if size >= timedelta(hours=1):
        return sign * int(size.total_seconds() // 3600), "hour"
    return sign * max(1, int(size.total_seconds() // 60)), "minute"


def _amount(count: int, unit: str) -> str:
    forms = {
        "workday": ngettext("%(count)d 个工作日", "%(count)d 个工作日", count),
        "day": ngettext("%(count)d 天", "%(count)d 天", count),
        "hour": ngettext("%(count)d 小时", "%(count)d 小时", count),
        "minute": ngettext("%(count)d 分钟", "%(count)d 分钟", count),
    }
    return forms[unit] % {"count": count}


@register.simple_tag
def moment(when: date | datetime | None) -> SafeString:
    """A date, or a date and time to the minute, in the same ISO order in both languages."""
    if when is None:
        return mark_safe('<span class="muted">—</span>')
    if isinstance(when, datetime):
        local = timezone.localtime(when)
        return format_html('<time datetime="{}">{}</time>', local.isoformat(), f"{local:%Y-%m-%d %H:%M}")
    return format_html('<time datetime="{0}">{0}</time>', when.isoformat())


@register.simple_tag
def copyable(text: str) -> SafeString:
    """A number or code with a button that copies it."""
    return format_html(
        '<span class="copyable"><span class="code">{0}</span><button type="button" data-copy="{0}" '
        'data-copied="{1}" aria-label="{2}">{3}</button></span>',
        text, _("已复制"), _("复制 %(text)s") % {"text": text}, icon("copy"),
    )  # fmt: skip


@register.simple_tag
def qr(text: str, label: str = "") -> SafeString:
    """``text`` (mostly an address) as a QR code of medium error correction; ``label`` is read out."""
    drawing = segno.make(text, error="m", micro=False).svg_inline(omitsize=True, border=2, dark="#1a2226")
    # The drawing is segno's own and holds only coordinates, never the text.
    return format_html(
        '<span class="qr" role="img" aria-label="{}">{}</span>', label or _("二维码"), mark_safe(drawing)
    )


@register.simple_tag(takes_context=True)
def table(
    context: template.Context,
    columns: Sequence[Mapping[str, Any]],
    rows: Iterable[Mapping[str, Any]],
    caption: Any = "",
    *,
    stack: bool = True,
) -> SafeString:
    """A register: sticky head, units in the head, numbers right, the row is the link.

    ``columns``: ``label``, and where they apply ``unit``, ``num`` (right-aligned), ``sort`` (the value that the
    ``sort`` parameter of the address takes; ``-`` in front turns it round). ``rows``: ``cells`` in the order of
    the columns, ``url`` (put on the first cell), ``sub`` (a second line there). With ``stack`` each row becomes
    a card on a phone; without it the table scrolls sideways.
    """
    heads = format_html_join("", "{}", ((_head(context, column),) for column in columns))
    shapes = [
        format_html('<td{} data-label="{}">', mark_safe(' class="n"') if c.get("num") else "", c["label"])
        for c in columns
    ]
    body: list[str] = []
    for row in rows:
        body.append("<tr>")
        for place, cell in enumerate(row["cells"]):
            shown = "—" if cell is None or cell == "" else conditional_escape(cell)
            if place == 0 and row.get("url"):
                shown = format_html('<a class="row-link" href="{}">{}</a>', row["url"], shown)
            if place == 0 and row.get("sub"):
                shown = format_html('{}<span class="sub">{}</span>', shown, row["sub"])
            body.append(f"{shapes[place]}{shown}</td>")
        body.append("</tr>")
    return format_html(
        '<div class="table-scroll"><table class="register{}">{}<thead><tr>{}</tr></thead><tbody>{}</tbody>'
        "</table></div>",
        " register-stack" if stack else "",
        format_html("<caption>{}</caption>", caption) if caption else "",
        heads,
        # Every piece was escaped above, cell by cell.
        mark_safe("".join(body)),
    )


def _head(context: template.Context, column: Mapping[str, Any]) -> SafeString:
    label = column["label"]
    if column.get("unit"):
        label = format_html('{} <span class="unit">/ {}</span>', label, column["unit"])
    right = mark_safe(' class="n"') if column.get("num") else ""
    key = column.get("sort")
    if not key:
        return format_html('<th scope="col"{}>{}</th>', right, label)
    query = context["request"].GET.copy()
    current = query.get("sort", "")
    query["sort"] = f"-{key}" if current == key else key
    for cursor in ("after", "before"):
        query.pop(cursor, None)
    order = {key: "ascending", f"-{key}": "descending"}.get(current, "none")
    return format_html(
        '<th scope="col"{} aria-sort="{}"><a href="?{}">{}</a></th>', right, order, query.urlencode(), label
    )


@register.simple_tag(takes_context=True)
def without(context: template.Context, key: str) -> str:
    """The query of this page without one parameter and without its place in the list."""
    query = context["request"].GET.copy()
    for name in (key, "after", "before"):
        query.pop(name, None)
    return str(query.urlencode())


@register.simple_tag
def yuan(cents: int | None) -> str:
    """An amount of money in yuan from integer cents, with thousands' separators: 123456 → 1,234.56."""
    if cents is None:
        return "—"
    whole, rest = divmod(cents, 100)
    return f"{whole:,}.{rest:02d}" if rest else f"{whole:,}"


@register.filter
def local(row: Any, name: str = "name") -> str:
    """The text of a bilingual record in the reader's language; in the other one where there is none in it."""
    if row is None:
        return ""
    english = str(getattr(row, f"{name}_en", "") or "")
    chinese = str(getattr(row, f"{name}_zh", "") or "")
    return (english or chinese) if (get_language() or "").startswith("en") else (chinese or english)


_VERDICT_TONES = {"pass": "ok", "conditional_pass": "wait", "conditional_fail": "wait", "fail": "bad"}


@register.filter
def verdict_tone(verdict: str) -> str:
    """The tone of a verdict's badge."""
    return _VERDICT_TONES.get(verdict, "idle")
