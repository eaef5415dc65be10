"""A plan's items held against its institutions: what each would cost, and why some cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from quanheng.domains.services.models import PlanLine
from quanheng.domains.services.placing import Map
from quanheng.kernel.base.texts import Told
from quanheng.kernel.requirements.models import Item

# Of more institutions than this a table of items and institutions is no picture any more.
COLUMNS = 8
Considered = dict[str, Any]


@dataclass(frozen=True)
class Foot:
    """What a column comes to: items that the institution can do, what they cost there, how far away it is."""

    able: int
    cents: int
    km: float | None


@dataclass(frozen=True)
class Matrix:
    """``rows``: an item with a cell for each institution, None where it was not compared. ``refused``: why the shown
    institutions cannot do some of it."""

    institutions: list[Considered]
    rows: list[tuple[PlanLine, list[Considered | None]]]
    feet: list[Foot]
    refused: list[tuple[Considered, list[tuple[Item, list[Told]]]]]

    @property
    def placed(self) -> bool:
        """Whether any distance is known."""
        return any(one.km is not None for one in self.feet)


def matrix(lines: Sequence[tuple[PlanLine, list[Considered]]], where: Map | None) -> Matrix:
    """Those institutions that can do most of the plan, the chosen ones first. A line comes with who was considered."""
    reach: dict[str, list[Considered]] = {}
    for _line, found in lines:
        for one in found:
            if one["able"]:
                reach.setdefault(one["institution"], []).append(one)
    chosen = {one["institution"] for some in reach.values() for one in some if one["chosen"]}
    shown = sorted(reach, key=lambda uid: (uid not in chosen, -len(reach[uid]), uid))[:COLUMNS]
    rows: list[tuple[PlanLine, list[Considered | None]]] = []
    why: dict[str, list[tuple[Item, list[Told]]]] = {}
    for line, found in lines:
        cells = {one["institution"]: one for one in found}
        rows.append((line, [cells.get(uid) for uid in shown]))
        for uid in shown:
            if uid in cells and not cells[uid]["able"]:
                why.setdefault(uid, []).append((line.item, cells[uid]["against"]))
    away = {one.uid: one.km for one in where.marks} if where else {}
    feet = [Foot(len(reach[uid]), sum(one["price_cents"] for one in reach[uid]), away.get(uid)) for uid in shown]
    refused = [(reach[uid][0], why[uid]) for uid in shown if uid in why]
    return Matrix([reach[uid][0] for uid in shown], rows, feet, refused)
