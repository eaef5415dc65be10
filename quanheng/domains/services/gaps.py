"""What nobody here could do, kept for planners. Called inside the act that proposes a plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from quanheng.domains.services.models import Gap, Need
from quanheng.kernel.requirements.models import Item


def record(need: Need, missing: Sequence[dict[str, Any]], day: date) -> None:
    """Keep what a plan of a day lacks (``planning.Draft.gaps``); what it lacks no more is met.

    What is only too far away for the enterprise is no missing capacity, and what everybody is only too busy for shows
    in their load.
    """
    missing = [one for one in missing if not one.get("beyond") and not one.get("full")]
    items = dict(Item.objects.filter(code__in=[one["item"] for one in missing]).values_list("code", "pk"))
    lacking = {(items[one["item"]], one["activity"]): one for one in missing}
    known = {(one.item_id, one.activity): one for one in Gap.objects.filter(need=need)}
    for key, gap in known.items():
        nearly = len(lacking[key]["considered"]) if key in lacking else gap.nearly
        met_on = None if key in lacking else gap.met_on or day
        if (gap.nearly, gap.met_on) != (nearly, met_on):
            gap.nearly, gap.met_on = nearly, met_on
            gap.save(update_fields=["nearly", "met_on"])
    Gap.objects.bulk_create(
        Gap(
            need=need,
            organisation=need.organisation,
            region_code=need.organisation.region_code,
            item_id=item,
            family=need.family,
            activity=activity,
            nearly=len(one["considered"]),
            since=day,
        )
        for (item, activity), one in lacking.items()
        if (item, activity) not in known
    )
