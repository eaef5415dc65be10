"""What institutions of a reference city say that they can do in a week, and what they have in hand for others.

It draws from a chance of its own, so that what is told here changes nothing of the rest of the city.
"""

from __future__ import annotations

from random import Random
from typing import Any

from quanheng.demo.bodies import Bodies
from quanheng.domains.capacity.services import load_capacities
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.competence.models import ScopeLine
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import OrganisationKind as Kind

SEED = 20260104
STATING = 0.6  # of all institutions
# One in so many is full.
FULL = 15
KINDS = (Kind.LABORATORY, Kind.METROLOGY_INSTITUTE, Kind.INSPECTION_BODY)


def state_capacities(bodies: Bodies, known: Organisation) -> int:
    """Most institutions state a capacity for each of their activities; ``known`` does, and has room. How many did."""
    random, stated = Random(SEED), 0
    everyone = [one for kind in KINDS for one in bodies.of(kind)]
    done = _activities(everyone)
    for place, institution in enumerate(everyone):
        draw = random.random()
        rows = [
            _roomy(activity) if institution == known else _usual(random, activity, place)
            for activity in done.get(institution.pk, ())
        ]
        if rows and (draw < STATING or institution == known):
            load_capacities(Actor.platform(), institution, rows=rows)
            stated += 1
    return stated


def _activities(everyone: list[Organisation]) -> dict[int, list[str]]:
    """What each has in its scope, asked once."""
    rows = ScopeLine.objects.filter(organisation__in=[one.pk for one in everyone]).order_by("organisation", "activity")
    found: dict[int, list[str]] = {}
    for key, activity in rows.values_list("organisation", "activity").distinct():
        found.setdefault(key, []).append(activity)
    return found


def _roomy(activity: str) -> dict[str, Any]:
    return {"activity": activity, "per_week": "240", "outside": "0", "most_weeks": "6"}


def _usual(random: Random, activity: str, place: int) -> dict[str, Any]:
    per_week = random.choice([60, 80, 120, 160, 240])
    row = {"activity": activity, "per_week": str(per_week), "outside": str(random.randrange(0, per_week // 2, 5))}
    if place % FULL == FULL - 1:
        row |= {"outside": str(2 * per_week), "most_weeks": "2"}
    elif random.random() < 0.3:
        row["most_weeks"] = str(random.choice([4, 6, 8]))
    return row
