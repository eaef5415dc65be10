"""Sentences and names that plans keep in both languages, in the reader's one. ``{% load told %}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import get_language

register = template.Library()


@register.filter
def told(kept: Mapping[str, Any], name: str = "") -> str:
    """``kept["zh"]`` or ``kept["en"]``; with ``name``, ``kept["name_zh"]`` or ``kept["name_en"]``."""
    chinese, english = (f"{name}_zh", f"{name}_en") if name else ("zh", "en")
    if (get_language() or "").startswith("en") and kept.get(english):
        return str(kept[english])
    return str(kept.get(chinese, ""))


@register.filter
def chip_label(chip: Mapping[str, Any]) -> str:
    """What a chip is called."""
    if (get_language() or "").startswith("en") and chip.get("label_en"):
        return str(chip["label_en"])
    return str(chip["label"])
