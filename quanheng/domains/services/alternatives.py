"""The four ways to compose one plan, side by side: what each costs, how long it takes, how many and how far."""

from __future__ import annotations

from typing import Any

from quanheng.domains.services.choosing import Chosen, Market
from quanheng.domains.services.composing.choice import Limits, orders_of, total_cents
from quanheng.domains.services.models import Plan
from quanheng.domains.services.timing import Timing

# What the other ways may take each: they are told to compare with, and whoever takes one has it composed anew.
SECONDS = 0.05


def alternatives(market: Market, limits: Limits, timing: Timing, prefer: str, taken: Chosen) -> list[dict[str, Any]]:
    """One entry for each way: prefer, total_cents, days, ready_on, institutions, orders, km (None where unknown).

    ``taken`` is the choice of the plan itself.
    """
    if not taken.choice:
        return []
    told = []
    for way in Plan.Prefer.values:
        chosen = taken if way == prefer else market.choose(way, limits, SECONDS)
        told.append({"prefer": way, **_summary(chosen, timing)})
    return told


def _summary(chosen: Chosen, timing: Timing) -> dict[str, Any]:
    days, choice = max(chosen.days.values(), default=0), chosen.choice
    away = [offer.candidate.distance_km for offer in chosen.offers.values()]
    known = [km for km in away if km is not None]
    return {
        "total_cents": total_cents(choice),
        "days": days + timing.handling,
        "ready_on": timing.ready(days).isoformat(),
        "institutions": len({one.institution for one in choice.values()}),
        "orders": len(orders_of(chosen.wanted, choice)),
        "km": round(max(known), 1) if known and len(known) == len(away) else None,
    }
