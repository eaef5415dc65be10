"""Reasons of matches in the reader's language."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import get_language

register = template.Library()


@register.filter
def said(reason: Any) -> str:
    """The sentence of a reason."""
    zh, en = (reason["zh"], reason["en"]) if isinstance(reason, dict) else (reason.zh, reason.en)
    return str(en if (get_language() or "").startswith("en") else zh)


@register.filter
def positive(points: int) -> int:
    """The size of points against."""
    return abs(points)


@register.filter
def pros(reasons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The reasons for, of a match that was kept."""
    return [one for one in reasons if one["points"] > 0]


@register.filter
def cons(reasons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The reasons against."""
    return [one for one in reasons if one["points"] < 0]
