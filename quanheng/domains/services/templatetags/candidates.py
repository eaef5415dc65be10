"""A plan's lines and candidates, written by hand because there are hundreds of them. ``{% load candidates %}``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from django import template
from django.template.defaulttags import CsrfTokenNode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from quanheng.domains.services.models import PlanLine
from quanheng.domains.services.templatetags.told import in_english, sureness, sureness_short, told_in
from quanheng.kernel.base.html import badge, local, markup, yuan
from quanheng.kernel.requirements.models import Requirement

register = template.Library()

_LINE = (
    '<tr class="plan-line" id="line-{}"><td><span>{}{}{}</span></td><td class="by"><span><span class="nowrap">{}</span>'
    '<span class="sub">{}</span></span></td><td class="n">{}<span class="only-phone"> {}</span></td><td class="n">{}'
    '<span class="only-phone"> {}</span></td></tr>'
)
_COUNT = ' <span class="num">× {}</span>'
_REQUIREMENT = '<span class="sub">{} · {} {} · <span title="{}">{}: {}</span></span>'
# Schemes whose name is part of how a recognition is called.
_CALLED = ("CMA", "CNAS")
_OFFERED = '<td class="n">{}<span class="sub">{}</span></td>'
_CANNOT = '<td class="n muted"><span aria-hidden="true">✕</span><span class="visually-hidden">{}</span></td>'
_CHOSEN = '<td class="n chosen">✓ {}<span class="sub">{}</span></td>'


@dataclass(frozen=True)
class Words:
    """What is said of each candidate of a plan: looked up once, because there are candidates by the hundred."""

    english: bool
    chosen: SafeString
    unable: SafeString
    cannot: str
    swap: str
    yuan: str
    basis: str
    workdays: tuple[str, str]
    days: tuple[str, str]
    token: str

    def span(self, days: int, words: tuple[str, str]) -> str:
        """A number of days, in ``words`` for one and for more."""
        return f"{days} {words[days != 1]}"


@register.simple_tag(takes_context=True)
def plan_words(context: template.Context) -> Words:
    """The words for ``candidates`` and ``offers`` in the reader's language."""
    return Words(
        english=in_english(),
        chosen=badge(_("已选"), "ok"),
        unable=badge(_("不能承担"), "ended"),
        cannot=_("不能承担"),
        swap=_("改由它做"),
        yuan=_("元"),
        basis=_("依据"),
        workdays=(pgettext("one", "个工作日"), _("个工作日")),
        days=(pgettext("one", "天"), _("天")),
        token=CsrfTokenNode().render(context),
    )


@register.simple_tag
def plan_line(words: Words, line: PlanLine) -> SafeString:
    """What is done, by which method and recognition, how long it takes and what it costs."""
    recognition = line.scope_line.recognition
    known = f"{recognition.scheme} {recognition.number}" if recognition.scheme in _CALLED else recognition.number
    return markup(
        _LINE,
        line.position,
        local(line.item),
        markup(_COUNT, line.count) if line.count > 1 else "",
        _required(words, line.requirement) if line.requirement else "",
        line.method.number,
        known,
        line.days,
        words.workdays[line.days != 1],
        yuan(line.price_cents),
        words.yuan,
    )


def _required(words: Words, requirement: Requirement) -> SafeString:
    limit, standard, sure = local(requirement, "limit_text"), requirement.standard.number, requirement.confidence
    return markup(_REQUIREMENT, limit, standard, requirement.clause, sureness(sure), words.basis, sureness_short(sure))


@register.simple_tag
def candidates(words: Words, found: Sequence[Mapping[str, Any]], position: int, choose: str) -> SafeString:
    """A plan line's candidates with what speaks for and against each; ``choose``: where to choose another, or ""."""
    return SafeString("".join(_candidate(words, one, position, choose) for one in found))


def _candidate(words: Words, one: Mapping[str, Any], position: int, choose: str) -> str:
    able, chosen = one["able"], one["chosen"]
    name = escape(told_in(one, "name", english=words.english))
    parts = [f'<li class="{"chosen" if chosen else "" if able else "unable"}"><div><strong>{name}</strong> ']
    parts.append(words.chosen if chosen else "" if able else words.unable)
    if able:
        span = words.span(one["days"], words.workdays)
        parts.append(markup(' <span class="num muted">{} {} · {}</span>', yuan(one["price_cents"]), words.yuan, span))
    parts.append("<ul>")
    for side in ("for", "against"):
        parts += [f'<li class="{side}">{escape(told_in(why, english=words.english))}</li>' for why in one[side]]
    parts.append("</ul></div>")
    if choose and able and not chosen:
        parts.append(
            f'<form method="post" action="{escape(choose)}">{words.token}<input type="hidden" name="position" '
            f'value="{position}"><input type="hidden" name="scope_line" value="{escape(one["scope_line"])}">'
            f'<button class="btn btn-small">{escape(words.swap)}<span class="visually-hidden">: {name}</span></button>'
            "</form>"
        )
    return "".join((*parts, "</li>"))


@register.simple_tag
def offers(words: Words, cells: Sequence[Mapping[str, Any] | None]) -> SafeString:
    """A row of the table of items and institutions: price and days where one can do the item."""
    return SafeString("".join(_offer(words, cell) for cell in cells))


def _offer(words: Words, cell: Mapping[str, Any] | None) -> str:
    if cell is None:
        return '<td class="n muted">—</td>'
    if not cell["able"]:
        return markup(_CANNOT, words.cannot)
    form = _CHOSEN if cell["chosen"] else _OFFERED
    return markup(form, yuan(cell["price_cents"]), words.span(cell["days"], words.days))
