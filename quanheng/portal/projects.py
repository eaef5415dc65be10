"""The key projects in the boxes of the plans, and the systems of the platform that each is about."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.cells import read_csv
from quanheng.portal.coverage import DATA, Document, System, documents, named, systems

STATUSES: dict[str, tuple[Any, str]] = {
    "live": (_("平台已服务"), "ok"),
    "prepared": (_("在建"), "idle"),
    "none": (_("平台无对应系统"), "ended"),
}


@dataclass(frozen=True)
class Box:
    """A box of a plan with its projects."""

    id: str
    name_zh: str
    name_en: str


@dataclass(frozen=True)
class Project:
    """One project; ``systems`` are those of the plans that it is about, chosen by hand, none for a mere building."""

    id: str
    document: Document
    section: str
    box: Box
    name_zh: str
    name_en: str
    systems: tuple[System, ...]
    confidence: str

    @property
    def status(self) -> str:
        """Whether one of its systems works here, all are in preparation, or there is none."""
        if not self.systems:
            return "none"
        return "live" if any(one.live for one in self.systems) else "prepared"


@cache
def boxes() -> dict[str, Box]:
    """The boxes by number."""
    return {row["id"]: Box(**row) for row in read_csv(DATA / "boxes.csv")}


@cache
def projects() -> tuple[Project, ...]:
    """Every project, in the order of the plan."""
    known = {one.id: one for one in systems()}
    return tuple(
        Project(
            id=row["id"],
            document=documents()[row["doc"]],
            section=row["section"],
            box=boxes()[row["box"]],
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            systems=tuple(known[one] for one in row["systems"].split()),
            confidence=row["confidence"],
        )
        for row in read_csv(DATA / "projects.csv")
    )


def find_projects(*, q: str = "", box: str = "", status: str = "") -> list[Project]:
    """Projects by name or identifier, box, and status; what is empty narrows nothing."""
    return [one for one in projects() if named(one, q) and box in ("", one.box.id) and status in ("", one.status)]
