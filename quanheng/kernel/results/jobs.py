"""Housekeeping of raw files."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from quanheng.kernel.base.periodic import every
from quanheng.kernel.results.erasing import remove_erased
from quanheng.kernel.results.models import RawFile

# Nobody uploads one file for so long.
PATIENCE = timedelta(hours=24)


@every(6 * 3600)
def sweep_orphans() -> int:
    """Files that lie in the storage without a row: their process was killed between the two. How many went.

    Only the months are looked at in which such a file can be young enough to have been missed before.
    """
    storage, now, swept = RawFile._meta.get_field("file").storage, timezone.now(), 0
    months = {f"raw/{day:%Y-%m}" for day in (now, now - timedelta(days=31))}
    for month in sorted(months):
        try:
            names = storage.listdir(month)[1]
        except FileNotFoundError:
            continue
        places = [f"{month}/{name}" for name in names]
        known: set[str] = set()
        for start in range(0, len(places), 500):
            rows = RawFile.objects.filter(created_at__gte=now - timedelta(days=70))
            known.update(rows.filter(file__in=places[start : start + 500]).values_list("file", flat=True))
        for place in places:
            if place not in known and now - storage.get_modified_time(place) > PATIENCE:
                storage.delete(place)
                swept += 1
    return swept


@every(3600)
def remove_what_was_erased() -> int:
    """Files that were erased on record while their process was killed, or the storage was away."""
    return remove_erased()
