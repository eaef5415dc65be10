"""The systems that the published plans ask for, and where each works on this platform."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.cells import read_csv

DATA = Path(__file__).parent / "data"

KINDS: dict[str, Any] = {
    "platform": _("平台"),
    "registry": _("登记簿"),
    "mechanism": _("机制"),
    "monitoring system": _("监测系统"),
    "programme": _("专项"),
    "facility": _("设施"),
    "index": _("指数"),
}
GRADES: dict[str, Any] = {"yes": _("软件可全做"), "part": _("软件可做一部分"), "record-only": _("只需登记")}


@dataclass(frozen=True)
class Document:
    """A published plan, for a region of GB/T 2260; ``source`` says who published it when."""

    id: str
    name_zh: str
    name_en: str
    year: str
    region: str
    source_zh: str
    source_en: str


@dataclass(frozen=True)
class Live:
    """Where a system works now, and how far."""

    page: str
    note_zh: str
    note_en: str


@dataclass(frozen=True)
class System:
    """One system of the plans; ``live`` is None while it is in preparation."""

    id: str
    document: Document
    section: str
    name_zh: str
    name_en: str
    kind: str
    must_do_zh: str
    must_do_en: str
    grade: str
    wording: str
    live: Live | None

    @property
    def status(self) -> str:
        return "live" if self.live else "prepared"


@cache
def documents() -> dict[str, Document]:
    """The plans, by identifier."""
    return {row["id"]: Document(**row) for row in read_csv(DATA / "documents.csv")}


@cache
def systems() -> tuple[System, ...]:
    """Every system of the plans, in the order of their identifiers."""
    live = {row["id"]: Live(row["page"], row["note_zh"], row["note_en"]) for row in read_csv(DATA / "systems_live.csv")}
    found = tuple(
        System(
            id=row["id"],
            document=documents()[row["doc"]],
            section=row["section"],
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            kind=row["kind"],
            must_do_zh=row["must_do_zh"],
            must_do_en=row["must_do_en"],
            grade=row["software"],
            wording=row["wording"],
            live=live.pop(row["id"], None),
        )
        for row in read_csv(DATA / "systems.csv")
    )
    if live:
        raise ValueError(f"systems_live.csv names systems that no plan asks for: {sorted(live)}")
    return tuple(sorted(found, key=lambda one: one.id))


def named(one: Any, text: str) -> bool:
    """Whether a fact of the plans has the text in a name, or exactly as its identifier."""
    text = text.strip().lower()
    return not text or text in one.name_zh.lower() or text in one.name_en.lower() or text == one.id.lower()


def find_systems(*, q: str = "", document: str = "", status: str = "") -> list[System]:
    """Systems by name or identifier, plan, and status (live, prepared); what is empty narrows nothing."""
    return [
        one for one in systems() if named(one, q) and document in ("", one.document.id) and status in ("", one.status)
    ]
