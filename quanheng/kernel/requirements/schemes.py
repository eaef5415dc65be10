"""Schemes of market access as product families name them: what they are called in English and what kind they are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from quanheng.kernel.base.cells import read_csv

MANDATORY, VOLUNTARY = "mandatory_certification", "voluntary_certification"
_SHIPPED = Path(__file__).parent / "data/schemes.csv"


@lru_cache(maxsize=1)
def _rows() -> Mapping[str, Mapping[str, str]]:
    return {row["scheme"]: row for row in read_csv(_SHIPPED)}


def _row(scheme: str) -> Mapping[str, str]:
    """The row of a scheme, or of the one whose rule it names ("CCC CNCA-C11-16" is CCC)."""
    return _rows().get(scheme) or _rows().get(scheme.partition(" ")[0]) or {}


def scheme_kind(scheme: str) -> str:
    """mandatory_certification, voluntary_certification, licence, verification or label; a licence where unknown."""
    return _row(scheme).get("kind", "licence")


def scheme_en(scheme: str) -> str:
    """The English name; the scheme as it is written where there is none, or nothing of it is Chinese."""
    if scheme.isascii():
        return scheme
    return _row(scheme).get("name_en", scheme)
