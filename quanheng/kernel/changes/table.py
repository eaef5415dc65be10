"""Which acts may need a second person: a packaged table with reason and source, and what a deployment made of it.

The table (``data/second_person.csv``) names every act that can wait at all; ``Switch`` rows hold where the
deployment differs from its default. An act that the table does not name is never held up and costs no query.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from quanheng.kernel.base.cells import CONFIDENCE, read_csv
from quanheng.kernel.base.errors import bilingual

FILE = Path(__file__).parent / "data" / "second_person.csv"


@dataclass(frozen=True)
class Demand:
    """One line of the table: whether the act needs a second person unless the deployment says otherwise, and why."""

    act: str
    required: bool
    reason_zh: str
    reason_en: str
    source_zh: str
    source_en: str
    confidence: str

    @property
    def reason(self) -> Any:
        return bilingual(self.reason_zh, self.reason_en)

    @property
    def source(self) -> Any:
        return bilingual(self.source_zh, self.source_en)


@cache
def demands() -> Mapping[str, Demand]:
    """The packaged table by act. ValueError for a line that cannot be meant."""
    found: dict[str, Demand] = {}
    for row in read_csv(FILE):
        required = {"yes": True, "no": False}.get(row.pop("required"))
        demand = Demand(required=bool(required), **row)
        if required is None or demand.act in found or demand.confidence not in CONFIDENCE or not demand.reason_zh:
            raise ValueError(f"{FILE.name}: cannot use the line of {demand.act!r}")
        found[demand.act] = demand
    return found


def required(act: str) -> bool:
    """Whether a person's act needs a second person in this deployment; one query, for acts of the table only."""
    from quanheng.kernel.changes.models import Switch

    demand = demands().get(act)
    if demand is None:
        return False
    switched = Switch.objects.filter(act=act).values_list("required", flat=True).first()
    return demand.required if switched is None else switched
