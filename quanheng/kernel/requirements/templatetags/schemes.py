"""Schemes of market access in the reader's language. ``{% load schemes %}``."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.translation import get_language

from quanheng.kernel.requirements.schemes import scheme_en

register = template.Library()


@register.filter
def schemes(named: Iterable[str]) -> str:
    """The schemes of a product, one after the other."""
    if (get_language() or "").startswith("en"):
        return "; ".join(scheme_en(one) for one in named)
    return "；".join(named)
