"""Small parts of the pages of stations. ``{% load stations %}``."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from quanheng.domains.stations import registry
from quanheng.kernel.base.html import badge

register = template.Library()
register.filter("visitor", registry.visitor)
register.filter("topic", registry.topic)
_MEMBER_TONES = {"invited": "wait", "asked": "wait", "joined": "ok", "left": "ended"}


@register.simple_tag
def stars(count: int | None) -> SafeString:
    """A rating as stars, read out as a number."""
    if not count:
        return mark_safe('<span class="muted">—</span>')
    said = _("%(count)s 星") % {"count": count}
    return format_html('<span role="img" aria-label="{}">{}</span>', said, "★" * count + "☆" * (5 - count))


@register.simple_tag
def visit_state(visit: Any) -> SafeString:
    """How far a visit is."""
    return badge(visit.get_state_display(), registry.TONES[visit.state])


@register.simple_tag
def visit_standing(visit: Any) -> SafeString:
    """Whether a record is contested or struck."""
    return badge(*registry.visit_standing(visit))


@register.simple_tag
def mandate_state(mandate: Any) -> SafeString:
    """Whether a mandate is in force."""
    return badge(*registry.mandate_standing(mandate))


@register.simple_tag
def member_state(member: Any) -> SafeString:
    """How far somebody is in a zone."""
    return badge(member.get_state_display(), _MEMBER_TONES[member.state])
