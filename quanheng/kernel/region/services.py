"""Loading the administrative regions."""

from __future__ import annotations

from collections.abc import Iterable

from quanheng.kernel.base.tables import Row, convert
from quanheng.kernel.region.models import Region


def _region(row: Row) -> Region:
    return Region(
        code=row["code"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        level=Region.Level(row["level"]),
        parent_id=row["parent_code"] or None,
        latitude=float(row["latitude"]) if row["latitude"] else None,
        longitude=float(row["longitude"]) if row["longitude"] else None,
        source=row["source"],
        confidence=row["confidence"],
    )


def load_regions(rows: Iterable[Row]) -> int:
    """Upsert regions by code, parents first. Raises Invalid, naming each bad row."""
    regions = sorted(convert(rows, _region), key=lambda region: (region.code[2:] != "0000", region.code[4:] != "00"))
    facts = ["name_zh", "name_en", "level", "parent", "latitude", "longitude", "source", "confidence"]
    Region.objects.bulk_create(regions, update_conflicts=True, unique_fields=["code"], update_fields=facts)
    return len(regions)
