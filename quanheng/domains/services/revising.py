"""Editing what was understood of a need: every change checked against the registers, all or nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.services import chips
from quanheng.domains.services.dictionary import dictionary
from quanheng.domains.services.distances import MOST_KM
from quanheng.domains.services.models import Need
from quanheng.domains.services.recognise import recognise
from quanheng.kernel.base.checks import checked_text
from quanheng.kernel.base.errors import FieldError, Invalid
from quanheng.kernel.base.html import yuan
from quanheng.kernel.base.texts import both, filled
from quanheng.kernel.requirements.models import ProductFamily, Requirement, Standard

MAX_TEXT = 2000
MAX_CENTS = 100_000_000_000  # a thousand million yuan
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")
_KM = re.compile(r"[0-9]{1,5}(\.[0-9]{1,3})?")
_MEANT = frozenset(
    {"product", "item", "instrument", "activity", "scheme", "purpose", "recognition", "service", "place", "area"}
)


@dataclass(frozen=True)
class ChipIn:
    """A chip to add: its kind and code, see ``recognise.Chip``; pieces for an instrument."""

    kind: str
    code: str
    count: int = 1


@dataclass(frozen=True)
class Revision:
    """What to change of a need; None leaves a thing as it is.

    ``text`` is read anew, which discards earlier edits; the rest is applied to what it says. ``items`` and
    ``activities`` replace those there were; ``remove`` names chips as (kind, code).
    """

    text: str | None = None
    family: str | None = None
    items: Sequence[str] | None = None
    activities: Sequence[str] | None = None
    budget_cents: int | None = None
    deadline: date | None = None
    distance_km: float | None = None
    product_name: str | None = None
    product_model: str | None = None
    add: Sequence[ChipIn] = ()
    remove: Sequence[tuple[str, str]] = ()


def understand(text: str) -> dict[str, Any]:
    """What a text means, as a need keeps it. Stores nothing. Raises Invalid for an empty or endless text."""
    text = checked_text("text", text, MAX_TEXT)
    return chips.understood(recognise(text, dictionary().knowledge, timezone.localdate()))


def revise(need: Need, change: Revision) -> None:
    """Apply a revision to a need in memory. Raises Invalid, naming each wrong input; then nothing counts."""
    if change.text is not None:
        need.text = checked_text("text", change.text, MAX_TEXT)
        need.understanding = understand(need.text)
    found = dict(need.understanding)
    for kind, code in change.remove:
        found = chips.without(found, kind, [code])
    added: list[tuple[str, ChipIn]] = []
    if change.family is not None:
        added.append(("family", ChipIn("product", change.family)))
    for name, kind, codes in (("items", "item", change.items), ("activities", "activity", change.activities)):
        if codes is not None:
            found = chips.without(found, kind)
            added += [(name, ChipIn(kind, code)) for code in codes]
    if change.budget_cents is not None:
        added.append(("budget_cents", ChipIn("budget", f"{Decimal(change.budget_cents) / 100:f}")))
    if change.deadline is not None:
        added.append(("deadline", ChipIn("deadline", change.deadline.isoformat())))
    if change.distance_km is not None:
        added.append(("distance_km", ChipIn("distance", f"{change.distance_km:g}")))
    added += [("add", one) for one in change.add]
    errors: list[FieldError] = []
    for name, one in added:
        try:
            found = chips.with_chip(found, _chip(one))
        except ValueError as wrong:
            errors.append(FieldError(name, wrong.args[0]))
    if len(found.get("chips", ())) > chips.MAX_CHIPS:
        errors.append(FieldError("add", filled(_("最多 %(limit)s 个要点，请分次提出。"), limit=chips.MAX_CHIPS)))
    if errors:
        raise Invalid(_("有输入无法识别，需求未保存。请按逐项提示修改。"), errors=errors)
    need.understanding = found
    for name in ("product_name", "product_model"):
        value = getattr(change, name)
        if value is not None:
            setattr(need, name, checked_text(name, value, 120, required=False))
    _settle(need)


def _settle(need: Need) -> None:
    """The columns that follow from the chips."""
    families = chips.codes(need.understanding, "product")
    need.family = ProductFamily.objects.filter(code=families[0]).first() if families else None
    budget = chips.codes(need.understanding, "budget")
    need.budget_cents = min(MAX_CENTS, int(Decimal(budget[0]) * 100)) if budget else None
    deadline = chips.codes(need.understanding, "deadline")
    need.deadline = date.fromisoformat(deadline[0]) if deadline else None


def _chip(one: ChipIn) -> chips.Chip:
    """The chip with its label. Raises ValueError with the reason where there is no such thing."""
    label = _label(one.kind, one.code)
    chip: chips.Chip = {"kind": one.kind, "code": one.code, "label": label["zh"], "label_en": label["en"]}
    chip |= {"words": "", "start": 0, "end": 0}
    if one.kind == "instrument":
        if not 1 <= one.count <= chips.MAX_COUNT:
            raise ValueError(filled(_("数量应为 1 到 %(limit)s。"), limit=chips.MAX_COUNT))
        chip["count"] = one.count
    return chip


def _label(kind: str, code: str) -> dict[str, str]:
    if kind in _MEANT:
        meaning = dictionary().meaning(kind, code)
        if meaning is not None:
            return {"zh": meaning.zh, "en": meaning.en}
        if kind == "area" and (place := dictionary().meaning("place", code)):
            return both(_("只在%(place)s"), place=(place.zh, place.en))
    elif kind == "standard":
        standard = Standard.objects.filter(number=code).first()
        if standard is not None:
            return {"zh": f"{code} {standard.title_zh}", "en": f"{code} {standard.title_en}".strip()}
    elif kind == "requirement":
        requirement = Requirement.objects.filter(uid=code).select_related("item").first()
        if requirement is not None:
            item = requirement.item
            return {
                "zh": f"{item.name_zh}：{requirement.limit_text_zh}",
                "en": f"{item.name_en}: {requirement.limit_text_en}",
            }
    elif kind == "budget":
        return _budget_label(code)
    elif kind == "deadline":
        return _deadline_label(code)
    elif kind == "distance":
        return _distance_label(code)
    raise ValueError(filled(_("登记册中没有“%(code)s”（%(kind)s），请从列表中选择。"), code=code[:60], kind=kind[:20]))


def _budget_label(code: str) -> dict[str, str]:
    if not _AMOUNT.fullmatch(code) or not 0 < Decimal(code) * 100 <= MAX_CENTS:
        raise ValueError(_("预算应大于 0 且不超过 10 亿元，最多两位小数。"))
    return both(_("预算 %(yuan)s 元"), yuan=yuan(int(Decimal(code) * 100)))


def _distance_label(code: str) -> dict[str, str]:
    if not _KM.fullmatch(code) or not 0 < Decimal(code) <= MOST_KM:
        raise ValueError(filled(_("距离应大于 0 且不超过 %(most)s 千米，最多三位小数。"), most=MOST_KM))
    return both(_("%(km)s 千米以内"), km=f"{Decimal(code).normalize():f}")


def _deadline_label(code: str) -> dict[str, str]:
    try:
        day = date.fromisoformat(code)
    except ValueError:
        raise ValueError(filled(_("“%(code)s”不是日期，请写成 2026-01-31 的样子。"), code=code[:40])) from None
    if day < timezone.localdate():
        raise ValueError(_("要求完成的日期已过，请改为今天或以后。"))
    return both(_("%(day)s 前"), day=day.isoformat())
