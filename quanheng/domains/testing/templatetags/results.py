"""The results of an order as a table, written by hand because there are hundreds of them. ``{% load results %}``."""

from __future__ import annotations

from html import escape

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from quanheng.domains.testing.glance import Glance, Scale, Summary
from quanheng.kernel.base.html import badge, local, markup, moment, value, verdict_tone
from quanheng.kernel.results.models import Result

register = template.Library()

_NOTHING = SafeString('<span class="muted">—</span>')
_SUB = '<span class="sub">{}</span>'


@register.simple_tag
def results_table(glances: Summary) -> SafeString:
    """Each result with its requirement, value, uncertainty and instruments, its place among the limits and its verdict.

    On a phone each cell says what it is: by the words of its column's head.
    """
    heads = (_("项目"), _("要求"), _("结果"), _("与限值比较"), _("判定"))
    item, required, found, compared, judged = (escape(head) for head in heads)
    verdicts = {name: badge(label, verdict_tone(name)) for name, label in Result.Verdict.choices}
    verdicts[""] = markup('<span class="muted">{}</span>', _("未录入"))
    parts = [
        '<div class="table-scroll glance"><table class="register register-stack"><thead><tr><th scope="col" class="n">#'
        f'</th><th scope="col">{item}</th><th scope="col">{required}</th><th scope="col" class="n">{found}</th>'
        f'<th scope="col" class="n">{compared}</th><th scope="col">{judged}</th></tr></thead>\n<tbody>'
    ]
    for row in glances.rows:
        result = row.result
        fails = ' class="fails"' if result.verdict == Result.Verdict.FAIL else ""
        parts.append(
            f'<tr{fails}><td class="n">{result.position}</td>\n'
            f'<td data-label="{item}"><span>{_determined(result)}</span></td>\n'
            f'<td data-label="{required}"><span>{_required(result)}</span></td>\n'
            f'<td class="n" data-label="{found}"><span>{_found(result)}</span></td>\n'
            f'<td class="n" data-label="{compared}"><span>{_compared(row)}</span></td>\n'
            f'<td data-label="{judged}">{verdicts[result.verdict]}</td></tr>'
        )
    return SafeString("".join((*parts, "</tbody></table></div>\n")))


def _determined(result: Result) -> str:
    """What was determined, by which method, by whom and when."""
    by = [escape(result.method.number)]
    if result.operator:
        by.append(escape(local(result.operator)))
    if result.measured_on:
        by.append(moment(result.measured_on))
    return f'{escape(local(result.item))}<span class="sub">{" · ".join(by)}</span>'


def _required(result: Result) -> str:
    limit = escape(local(result, "limit_text") or _("仅报告结果"))
    standard = result.standard
    return limit + (markup(_SUB, f"{standard.number} {result.clause}") if standard else "")


def _found(result: Result) -> str:
    """The value and what it was measured with."""
    if result.uncertainty:
        parts = [value(result.value, result.unit, result.uncertainty, result.k)]
    else:
        parts = [markup("{} {}", result.value, result.unit) if result.value else _NOTHING]
    for one in result.instruments.all():
        called = f"{local(one)} {one.serial}"
        if one.calibrated_until:
            called += " · " + _("校准有效至 %(day)s") % {"day": one.calibrated_until.isoformat()}
        parts.append(markup(_SUB, called))
    if result.remark:
        parts.append(markup(_SUB, result.remark))
    return "".join(parts)


def _compared(row: Glance) -> str:
    if not row.scale:
        return _NOTHING
    margin = {"margin": row.margin, "unit": row.result.limit_unit or row.result.unit}
    told = _("余量 %(margin)s %(unit)s") % margin if row.inside else _("超出 %(margin)s %(unit)s") % margin
    return _drawn(row.scale, row.inside) + markup(_SUB, told)


def _drawn(scale: Scale, inside: bool) -> str:
    """The value with its uncertainty among the limits."""
    limits = "".join(
        f'<line class="limit" x1="{mark:.1f}" x2="{mark:.1f}" y1="1" y2="15"/>'
        for mark in (scale.lower_mark, scale.upper_mark)
        if mark is not None
    )
    where = "scale" if inside else "scale out"
    return (
        f'<svg class="{where}" viewBox="0 0 120 16" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="zone" x="{scale.zone_from:.1f}" y="2" width="{scale.zone_width:.1f}" height="12"/>'
        f'<line class="axis" x1="0" x2="120" y1="8" y2="8"/>{limits}'
        f'<line class="spread" x1="{scale.low:.1f}" x2="{scale.high:.1f}" y1="8" y2="8"/>'
        f'<circle class="at" cx="{scale.at:.1f}" cy="8" r="3.5"/></svg>'
    )
