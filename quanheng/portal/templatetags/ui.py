"""The small parts of a page, made in Python because lists use them once a row. ``{% load ui %}``.

Every tag escapes what it is given. The larger parts are templates in ``portal/components/``; both are
described in docs/developers/components.md and shown together at /style/.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quanheng.kernel.base.html import badge, deadline, last_moment, local, moment, value, verdict_tone, yuan
from quanheng.kernel.base.qr import qr_svg
from quanheng.portal.frontend import ICONS

register = template.Library()

for piece in (badge, deadline, moment, value, yuan):
    register.simple_tag(piece)
register.filter(local)
register.filter(verdict_tone)


@register.simple_tag
@cache
def icon(name: str, label: str = "") -> SafeString:
    """An icon of ``frontend.ICONS``; decorative unless it has a ``label``, which is then read out."""
    if name not in ICONS:
        raise template.TemplateSyntaxError(f"icon: {name!r} is not in quanheng.portal.frontend.ICONS")
    source = f"{static('vendor/icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, source)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', source)


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
        tone, moment.isoformat(), last_moment(due), words,
    )  # fmt: skip


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
    drawing = mark_safe(qr_svg(text, quiet_zone=2, dark="#1a2226"))  # coordinates, never the text
    return format_html('<span class="qr" role="img" aria-label="{}">{}</span>', label or _("二维码"), drawing)


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
