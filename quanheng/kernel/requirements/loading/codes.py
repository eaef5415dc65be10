"""Codes of classifications: read from cells, and kept as an index of every level above them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from quanheng.kernel.base.bulk import load
from quanheng.kernel.requirements.models import Classification, Standard, StandardCode

_SPLIT = re.compile(r"[,，;；、\s]+")
_ICS = re.compile(r"\d{2}(?:\.\d{3}(?:\.\d{2})?)?")
_CCS = re.compile(r"[A-Z](?:\d{2}(?:/\d{2})?)?")


def read_codes(text: str, scheme: str) -> tuple[list[str], list[str]]:
    """The codes in a cell, several joined by commas, semicolons or blanks, and the pieces that are none.

    >>> read_codes("59.080.60,83.140", "ics"), read_codes("W56;y28;CCSB21;68", "ccs")
    ((['59.080.60', '83.140'], []), (['W56', 'Y28', 'B21'], ['68']))
    """
    good: list[str] = []
    bad: list[str] = []
    for piece in _SPLIT.split(text.strip()):
        code = piece.upper().removeprefix("CCS").removeprefix("ICS").strip(" :：")
        fits = (_ICS if scheme == Classification.Scheme.ICS else _CCS).fullmatch(code)
        if fits and code not in good:
            good.append(code)
        elif code and not fits:
            bad.append(piece)
    return good, bad


def above(code: str, scheme: str, groups: dict[str, str]) -> Iterator[str]:
    """The code itself and those above it; ``groups`` says which group of CCS a code is in."""
    if scheme == Classification.Scheme.ICS:
        parts = code.split(".")
        for length in range(len(parts), 0, -1):
            yield ".".join(parts[:length])
        return
    yield code
    if code in groups and groups[code] != code[0]:
        yield groups[code]
    if len(code) > 1:
        yield code[0]


def ccs_groups() -> dict[str, str]:
    """Which group each third-level code of CCS is in."""
    rows = Classification.objects.filter(scheme=Classification.Scheme.CCS)
    return dict(rows.exclude(parent="").values_list("code", "parent"))


def index_codes(standards: Iterable[Standard], *, new: bool = False) -> int:
    """Keep ``StandardCode`` in step with the codes of these standards; returns how many codes they have."""
    rows = list(standards)
    if not rows:
        return 0
    groups = ccs_groups() if any(one.ccs for one in rows) else {}
    if not new:
        keys = [one.pk for one in rows]
        for start in range(0, len(keys), 500):
            StandardCode.objects.filter(standard_id__in=keys[start : start + 500]).delete()
    made, count = [], 0
    for one in rows:
        for scheme, codes in ((Classification.Scheme.ICS.value, one.ics), (Classification.Scheme.CCS.value, one.ccs)):
            count += len(codes)
            levels = dict.fromkeys(level for code in codes for level in above(code, scheme, groups))
            made += [(one.pk, scheme, level) for level in levels]
    load(StandardCode, ("standard_id", "scheme", "code"), made)
    return count
