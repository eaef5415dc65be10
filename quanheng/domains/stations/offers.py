"""What a station can offer and a visit can be about: codes of a packaged table, with their source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.cells import read_csv
from quanheng.kernel.base.errors import Invalid, bilingual
from quanheng.kernel.base.texts import filled, listed

DATA = Path(__file__).parent / "data" / "offers.csv"


@dataclass(frozen=True)
class Offer:
    """One kind of service, with the document that names it."""

    code: str
    name_zh: str
    name_en: str
    source: str
    confidence: str

    @property
    def label(self) -> Any:
        return bilingual(self.name_zh, self.name_en)


@cache
def offers() -> dict[str, Offer]:
    """Every offer by its code, in the order of the table."""
    return {row["code"]: Offer(**row) for row in read_csv(DATA)}


def offer_choices() -> list[tuple[str, Any]]:
    """Codes with their names."""
    return [(code, one.label) for code, one in offers().items()]


def joined(codes: Iterable[str]) -> str:
    """Codes as a column keeps them: each between spaces, so that one is found by itself. Raises Invalid.

    >>> joined(["testing", "consulting"])
    ' consulting testing '
    """
    wanted = set(codes)
    if unknown := sorted(wanted - set(offers())):
        sentence = _("没有这种服务：%(unknown)s。可选：%(codes)s。")
        known = (f"{code} {one.name_zh}" for code, one in offers().items())
        raise Invalid.field(
            "offers", filled(sentence, unknown=listed(one[:30] for one in unknown), codes=listed(known))
        )
    kept = [code for code in offers() if code in wanted]
    return f" {' '.join(kept)} " if kept else ""


def named(codes: str) -> list[Any]:
    """The names of the offers in such a column."""
    return [offers()[code].label for code in codes.split() if code in offers()]
