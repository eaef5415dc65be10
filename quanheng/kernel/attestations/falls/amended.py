"""What an amended document changed, as far as others rest on it: its results, its validity, the instruments used.

A name that was misspelt touches nobody who relied on a certificate; another value, unit, uncertainty or day does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Members = dict[str, Any]
# Members of an item that say what was found, by what, and against what; who entered it and with which files does not.
_FOUND = (
    *("nameZh", "value", "unit", "observationZh", "uncertainty", "coverageFactor", "verdict", "determined"),
    *("limits", "method", "requirement", "decisionRule"),
)


def _results(document: Members) -> Any:
    subject = document["credentialSubject"]
    items = [{name: item.get(name) for name in _FOUND} for item in subject.get("items", ())]
    return items, subject.get("decision")


def _validity(document: Members) -> Any:
    return document.get("validUntil")


def _instrument(document: Members) -> Any:
    """What was calibrated, and with what."""
    subject = document["credentialSubject"]
    used = [item.get("equipment") for item in subject.get("items", ())]
    item = {name: told for name, told in subject.get("object", {}).items() if name != "samples"}
    return item, subject.get("equipment"), used


_PARTS: dict[str, Callable[[Members], Any]] = {
    "result": _results,
    "validity": _validity,
    "instrument": _instrument,
}


def changed(before: Members, after: Members) -> tuple[str, ...]:
    """Which of ``result``, ``validity`` and ``instrument`` the document ``after`` states otherwise than ``before``.

    >>> one = {"credentialSubject": {"items": [{"value": "1"}]}}
    >>> changed(one, {"credentialSubject": {"items": [{"value": "2"}]}, "validUntil": "2027-01-01T00:00:00+08:00"})
    ('result', 'validity')
    """
    return tuple(name for name, read in _PARTS.items() if read(before) != read(after))
