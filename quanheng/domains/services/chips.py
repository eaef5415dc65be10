"""The chips of a need: what was understood, kept as JSON, edited by the one who states the need.

A chip is {"kind", "code", "label", "label_en", "words", "start", "end"}; one that a person added has no words. An
instrument carries "count" too. Kinds and codes are those of ``recognise.Chip``, and "requirement" (the uid of one
requirement, chosen among the variants of an item).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from itertools import pairwise
from typing import Any

from quanheng.domains.services.recognise import Understanding

Chip = dict[str, Any]
MAX_CHIPS = 120
MAX_COUNT = 50
# Of these kinds a need has one: a new chip takes the place of the old one.
SINGLE = frozenset({"product", "budget", "deadline", "place", "distance", "area"})


def understood(found: Understanding) -> dict[str, Any]:
    """What recognition found, as a need keeps it; a number right before an instrument counts it."""
    chips = [asdict(chip) for chip in found.chips]
    for before, chip in pairwise(chips):
        if chip["kind"] == "instrument":
            chip["count"] = _count(before) if before["kind"] == "quantity" and _beside(before, chip) else 1
    if chips and chips[0]["kind"] == "instrument":
        chips[0]["count"] = 1
    return {"chips": chips, "unknown": [asdict(span) for span in found.unknown]}


def _beside(before: Chip, chip: Chip) -> bool:
    return 0 <= chip["start"] - before["end"] <= 6


def _count(chip: Chip) -> int:
    code = str(chip["code"])
    return min(MAX_COUNT, max(1, int(code))) if code.isdigit() else 1


def of_kind(understanding: dict[str, Any], kind: str) -> list[Chip]:
    """The chips of one kind, in order, each code once."""
    seen: dict[str, Chip] = {}
    for chip in understanding.get("chips", ()):
        if chip["kind"] == kind:
            seen.setdefault(chip["code"], chip)
    return list(seen.values())


def codes(understanding: dict[str, Any], kind: str) -> list[str]:
    """Codes of one kind, in order, without repeats."""
    return [chip["code"] for chip in of_kind(understanding, kind)]


def with_chip(understanding: dict[str, Any], chip: Chip) -> dict[str, Any]:
    """A chip more; of a kind that is single, instead of the one there was; never twice."""
    single = chip["kind"] in SINGLE
    kept = [
        one
        for one in understanding.get("chips", ())
        if one["kind"] != chip["kind"] or not (single or one["code"] == chip["code"])
    ]
    return {**understanding, "chips": [*kept, chip]}


def without(understanding: dict[str, Any], kind: str, wanted: Iterable[str] | None = None) -> dict[str, Any]:
    """Without the chips of a kind: of all codes, or of those named."""
    gone = None if wanted is None else set(wanted)
    kept = [
        one
        for one in understanding.get("chips", ())
        if one["kind"] != kind or (gone is not None and one["code"] not in gone)
    ]
    return {**understanding, "chips": kept}
