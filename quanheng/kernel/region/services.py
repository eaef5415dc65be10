"""Loading the administrative regions."""

from __future__ import annotations

from collections.abc import Iterable

from quanheng.kernel.base.cells import CONFIDENCE, Cells, Row, read_rows
from quanheng.kernel.region.models import Region


def load_regions(rows: Iterable[Row]) -> int:
    """Upsert regions by code, parents first. Raises Invalid, naming each bad cell."""
    given = list(rows)
    known = {code: code for code in Region.objects.values_list("code", flat=True)}
    known |= {row["code"]: row["code"] for row in given if row.get("code")}

    def build(cells: Cells) -> Region:
        return Region(
            **cells.texts(Region, "code", "name_zh", "name_en", "source"),
            level=cells.choice("level", Region.Level.values),
            parent_id=cells.known("parent_code", known, required=False),
            latitude=cells.degrees("latitude", 90),
            longitude=cells.degrees("longitude", 180),
            confidence=cells.choice("confidence", CONFIDENCE),
        )

    regions = sorted(read_rows(given, build), key=lambda region: (region.code[2:] != "0000", region.code[4:] != "00"))
    facts = ["name_zh", "name_en", "level", "parent", "latitude", "longitude", "source", "confidence"]
    Region.objects.bulk_create(regions, update_conflicts=True, unique_fields=["code"], update_fields=facts)
    return len(regions)
