"""By what laboratories are compared: each measure is a row of ``data/measures.csv``, counted in ``counting``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

from quanheng.kernel.base.cells import CONFIDENCE, Cells, read_csv, read_rows

TABLE = Path(__file__).parent / "data" / "measures.csv"
Against = Literal["more", "less", "digits"]
_SPOKEN = ("title", "found", "looked", "innocent")


@dataclass(frozen=True)
class Measure:
    """What is counted, of what, and which honest reason there may be.

    ``against``: "more" or "less" than the other laboratories, or "digits" against equal shares. Below ``least`` looked
    at, nothing is said.
    """

    key: str
    against: Against
    title_zh: str
    title_en: str
    found_zh: str
    found_en: str
    looked_zh: str
    looked_en: str
    innocent_zh: str
    innocent_en: str
    least: int
    source: str
    confidence: str


def _measure(cells: Cells) -> Measure:
    spoken = [f"{name}_{language}" for name in _SPOKEN for language in ("zh", "en")]
    return Measure(
        key=cells.text("key", 30),
        against=cast(Against, cells.choice("against", ("more", "less", "digits"))),
        least=cells.integer("least", 1, 10_000, default=1),
        source=cells.text("source", 200),
        confidence=cells.choice("confidence", CONFIDENCE),
        **{name: cells.text(name, 200) for name in spoken},
    )


@cache
def measures() -> dict[str, Measure]:
    """Every measure by its key, in the order of the table. Raises Invalid for a table that cannot be read."""
    return {one.key: one for one in read_rows(read_csv(TABLE), _measure)}
