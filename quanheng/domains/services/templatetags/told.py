"""Sentences and names that plans keep in both languages, in the reader's one. ``{% load told %}``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.html import local
from quanheng.kernel.base.texts import listed
from quanheng.kernel.requirements.shown import CONFIDENCE

register = template.Library()


@register.filter
def told(kept: Mapping[str, Any], name: str = "") -> str:
    """``kept["zh"]`` or ``kept["en"]``; with ``name``, ``kept["name_zh"]`` or ``kept["name_en"]``."""
    return told_in(kept, name, english=in_english())


def in_english() -> bool:
    """Whether the reader's language is English."""
    return (get_language() or "").startswith("en")


def told_in(kept: Mapping[str, Any], name: str = "", *, english: bool) -> str:
    """As ``told``, for whoever has asked for the language once."""
    before = f"{name}_" if name else ""
    return str((kept.get(f"{before}en") if english else "") or kept.get(f"{before}zh", ""))


@register.filter
def names(rows: Iterable[Any]) -> str:
    """The names of some rows, joined."""
    return str(listed(str(local(row)) for row in rows))


@register.filter
def sureness(confidence: str) -> str:
    """How sure a fact is, in words."""
    return str(CONFIDENCE.get(confidence, confidence))


_SHORT = {"confirmed": _("已核对"), "secondary": _("二手来源"), "unconfirmed": _("未核实"), "platform": _("平台自定")}


@register.filter
def sureness_short(confidence: str) -> str:
    """The same in a word or two, for tables."""
    return str(_SHORT.get(confidence, confidence))


@register.filter
def chip_label(chip: Mapping[str, Any]) -> str:
    """What a chip is called."""
    if in_english() and chip.get("label_en"):
        return str(chip["label_en"])
    return str(chip["label"])
