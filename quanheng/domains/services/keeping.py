"""Whether a plan keeps the money, the day and the nearness that were asked for, and what would have to give way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.services.certifying import Entry, certified_on, fee_cents
from quanheng.domains.services.composing.choice import Limits, Wanted
from quanheng.domains.services.composing.limits import Relaxation, least_km
from quanheng.domains.services.models import Need
from quanheng.domains.services.near import Nearness, farther
from quanheng.domains.services.timing import Timing
from quanheng.kernel.base.html import yuan
from quanheng.kernel.base.texts import Told, both

# What is told anew whenever the plan changes.
_COUNTED = ("deadline", "budget", "certification_time", "certification_fee")


class Counted(Protocol):
    """A plan, stored or not yet."""

    total_cents: int
    ready_on: date | None
    warnings: list[dict[str, Any]]
    certification: list[dict[str, Any]]


def past_deadline(need: Need) -> Told | None:
    """What is asked back of a last day that is over already."""
    if need.deadline is None or need.deadline >= timezone.localdate():
        return None
    return both(_("您写的期限 %(day)s 已经过去。请改为今天或以后的日期。"), day=need.deadline)


def limits_of(need: Need, timing: Timing, entries: Sequence[Entry]) -> Limits:
    """What was asked of the orders of a plan: the money that certification leaves, and the days before it."""
    budget = None if need.budget_cents is None else need.budget_cents - fee_cents(entries)
    return Limits(budget, timing.most_days(need.deadline))


def way_out(one: Relaxation, need: Need, timing: Timing, fee: int) -> dict[str, Any]:
    """Where not everything asked for can be kept: what would have to give way, and by how much."""
    facts: dict[str, Any]
    if one.limit == "budget":
        facts = {"yuan": yuan(one.least + fee), "day": need.deadline}
        if not one.keeping:
            sentence = _("不限期限时，最少需要 %(yuan)s 元。")
        elif need.deadline:
            sentence = _("要在 %(day)s 前交付，预算至少要 %(yuan)s 元。")
        else:
            sentence = _("最少需要 %(yuan)s 元。")
    else:
        day = timing.done(one.least).isoformat()
        shown = (f"{day}（含认证）", f"{day} (certification included)") if timing.certifies else day
        facts = {"yuan": yuan(need.budget_cents or 0), "day": shown}
        if not one.keeping:
            sentence = _("不限预算时，最早 %(day)s 可以交付。")
        elif need.budget_cents is not None:
            sentence = _("预算 %(yuan)s 元之内，最早 %(day)s 可以交付。")
        else:
            sentence = _("最早 %(day)s 可以交付。")
    return {"kind": "way_out", "limit": one.limit, "least": one.least, **both(sentence, **facts)}


def ways_farther(
    anywhere: Sequence[Wanted], near: Nearness, limits: Limits, *, kept: bool, left_out: bool
) -> list[dict[str, Any]]:
    """How far the institutions would have to be looked for where those near enough cannot do everything as asked.

    ``anywhere``: what is wanted with everybody who could do it; ``kept``: whether the other limits are kept;
    ``left_out``: whether some item is possible only farther away.
    """
    if kept and not left_out:
        return []
    with_limits = least_km(anywhere, limits) if limits != Limits() else None
    alone = least_km(anywhere, Limits()) if left_out else None
    found: list[tuple[float, Limits | None]] = []
    if alone and alone != with_limits:
        found.append((alone, None))
    if with_limits:
        found.append((with_limits, limits))
    return [
        {"kind": "way_out", "limit": "distance", "least": km, **farther(near.area, km, keeping)}
        for km, keeping in found
    ]


def tell_limits(need: Need, made: Counted) -> None:
    """Deadline and budget that the plan misses are told, never hidden, and which part of it is late."""
    told = [one for one in made.warnings if one["kind"] not in _COUNTED]
    wanted, ready = need.deadline, made.ready_on
    if wanted and ready and ready > wanted:
        late = both(_("预计最迟 %(ready)s 交付（不含送样时间），晚于您要求的 %(wanted)s。"), ready=ready, wanted=wanted)
        told.append({"kind": "deadline", **late})
    asked = [one for one in made.certification if one["asked"]]
    certified = certified_on(made.certification)
    if wanted and asked and certified is None:
        open_ = both(_("认证所需时间没有登记，期限只核对到检测报告。"))
        told.append({"kind": "certification_time", **open_})
    if wanted and certified and certified > wanted:
        in_time = bool(ready and ready <= wanted)
        sentence = (
            _("晚在认证：检测报告 %(tests)s 前出齐，认证预计 %(ready)s 完成，晚于您要求的 %(wanted)s。")
            if in_time
            else _("认证预计 %(ready)s 完成，晚于您要求的 %(wanted)s。")
        )
        told.append({"kind": "deadline", **both(sentence, tests=ready, ready=certified, wanted=wanted)})
    if need.budget_cents is not None:
        total = made.total_cents + fee_cents(made.certification)
        if total > need.budget_cents:
            over = both(
                _("合计 %(total)s 元，超出预算 %(over)s 元。"),
                total=yuan(total),
                over=yuan(total - need.budget_cents),
            )
            told.append({"kind": "budget", **over})
        if any(one["price_cents"] is None for one in asked):
            fee = both(_("认证费没有登记，预算只核对到检测费用。"))
            told.append({"kind": "certification_fee", **fee})
    made.warnings = told
