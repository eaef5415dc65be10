"""The four ways to compose one plan, side by side: what each costs, how long it takes, how many and how far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quanheng.domains.services.composing.choice import Choice, Limits, Wanted, orders_of, total_cents
from quanheng.domains.services.matching import Match
from quanheng.domains.services.models import Plan
from quanheng.domains.services.timing import Timing

# What the other ways may take each: they are told to compare with, and whoever takes one has it composed anew.
SECONDS = 0.05


def alternatives(
    wanted: Sequence[Wanted], able: Sequence[Match], limits: Limits, timing: Timing, prefer: str, taken: Choice
) -> list[dict[str, Any]]:
    """One entry for each way: prefer, total_cents, days, ready_on, institutions, orders, km (None where unknown).

    ``taken`` is the choice of the plan itself.
    """
    from quanheng.domains.services.composing.ways import compose  # see ``planning.draft``

    if not wanted:
        return []
    told = []
    for way in Plan.Prefer.values:
        choice = taken if way == prefer else compose(wanted, way, limits, SECONDS).choice
        told.append({"prefer": way, **_summary(wanted, able, choice, timing)})
    return told


def _summary(wanted: Sequence[Wanted], able: Sequence[Match], choice: Choice, timing: Timing) -> dict[str, Any]:
    offers = [match.by_line[choice[match.subject.position].line] for match in able]
    days = max(offer.line.days for offer in offers)
    away = [offer.candidate.distance_km for offer in offers]
    known = [km for km in away if km is not None]
    return {
        "total_cents": total_cents(choice),
        "days": days + timing.handling,
        "ready_on": timing.ready(days).isoformat(),
        "institutions": len({one.institution for one in choice.values()}),
        "orders": len(orders_of(wanted, choice)),
        "km": round(max(known), 1) if len(known) == len(away) else None,
    }
