"""How a page shows what was understood of a need: the text with its words marked, chips by kind, things to add."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from quanheng.domains.services.dictionary import dictionary
from quanheng.domains.services.knowledge import Meaning
from quanheng.domains.services.models import Need
from quanheng.kernel.requirements.models import Item

Chip = dict[str, Any]

KINDS: dict[str, Promise] = {
    "product": _("产品"),
    "item": _("项目"),
    "instrument": _("器具"),
    "activity": _("办什么"),
    "standard": _("标准"),
    "requirement": _("限值"),
    "scheme": _("认证与许可"),
    "purpose": _("用途"),
    "recognition": _("资质要求"),
    "service": _("其他要求"),
    "declined": _("不需要"),
    "quantity": _("数量"),
    "size": _("规格"),
    "budget": _("预算"),
    "deadline": _("期限"),
    "place": _("地区"),
    "distance": _("最远距离"),
    "area": _("地域范围"),
}
# What a person picks from a list; the rest has fields of its own or comes from words only.
PICKED = ("product", "item", "instrument", "activity", "recognition", "purpose", "scheme", "service", "area")


@dataclass(frozen=True)
class Piece:
    """A stretch of the text; ``tone`` is "" (of no weight), known or unknown; ``labels`` say what was understood."""

    words: str
    tone: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unknown:
    """Words nobody understood, at ``place`` ("start-end")."""

    words: str
    place: str


def pieces(need: Need) -> list[Piece]:
    """The text cut into what was understood, what was not, and what stands between."""
    marks: dict[tuple[int, int], tuple[str, tuple[str, ...]]] = {}
    for chip in need.understanding.get("chips", ()):
        if chip["start"] < chip["end"]:
            span = (chip["start"], chip["end"])
            marks[span] = ("known", (*marks.get(span, ("", ()))[1], label(chip["label"], chip.get("label_en", ""))))
    for one in need.understanding.get("unknown", ()):
        marks.setdefault((one["start"], one["end"]), ("unknown", ()))
    found, at = [], 0
    for (start, end), (tone, labels) in sorted(marks.items()):
        if start < at:
            continue
        if start > at:
            found.append(Piece(need.text[at:start], ""))
        found.append(Piece(need.text[start:end], tone, labels))
        at = end
    return [*found, Piece(need.text[at:], "")] if at < len(need.text) else found


def unknown_words(need: Need) -> list[Unknown]:
    """What was not understood, to be asked about."""
    return [Unknown(one["words"], f"{one['start']}-{one['end']}") for one in need.understanding.get("unknown", ())]


def chips_by_kind(need: Need, address: Callable[[str, str], str] | None = None) -> list[tuple[Promise, list[Chip]]]:
    """The chips under the names of their kinds; ``address`` gives the page without a chip."""
    groups: dict[str, list[Chip]] = {}
    for chip in need.understanding.get("chips", ()):
        shown = {**chip, "remove": address(chip["kind"], chip["code"]) if address else ""}
        groups.setdefault(chip["kind"], []).append(shown)
    return [(KINDS[kind], groups[kind]) for kind in KINDS if kind in groups]


def choices(need: Need) -> list[tuple[Promise, list[tuple[str, str]]]]:
    """What can be added, by kind: ("kind:code", name); of items, those that the product's standards lay down first."""
    had = {(chip["kind"], chip["code"]) for chip in need.understanding.get("chips", ())}
    found: dict[str, list[Meaning]] = {kind: [] for kind in PICKED}
    for key, meaning in dictionary().knowledge.meanings.items():
        if meaning.kind in found and key not in had:
            found[meaning.kind].append(meaning)
    if need.family:
        wanted = dictionary().knowledge.wanted.get(need.family.code, ())
        found["item"] = [one for one in found["item"] if one.code in wanted] or found["item"]
    return [
        (KINDS[kind], [(f"{one.kind}:{one.code}", label(one.zh, one.en)) for one in some])
        for kind, some in found.items()
        if some
    ]


def guided_text(chosen: list[str]) -> str:
    """The sentence that stands for choices made from lists, in the reader's language."""
    meanings = [dictionary().meaning(*one.split(":", 2)[:2]) for one in chosen]
    return ("；" if not _english() else "; ").join(label(one.zh, one.en) for one in meanings if one)


def items_of(family: str) -> list[tuple[str, str]]:
    """The items that the standards of a product lay down: ("item:code", name)."""
    items = Item.objects.filter(requirements__family__code=family).distinct().order_by("id")
    return [(f"item:{one.code}", label(one.name_zh, one.name_en)) for one in items]


def _english() -> bool:
    return (get_language() or "").startswith("en")


def label(zh: str, en: str) -> str:
    """The name in the reader's language; the Chinese one where there is no English."""
    return en if en and _english() else zh
