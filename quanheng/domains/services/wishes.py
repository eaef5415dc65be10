"""What a visitor has said so far, kept in the address: the text, and the chips added and taken away by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation

from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from quanheng.domains.services.models import Need
from quanheng.domains.services.revising import ChipIn, Revision, revise
from quanheng.kernel.base.errors import Invalid

_WORDS = 400


@dataclass(frozen=True)
class Wish:
    """``add`` and ``remove`` hold chips as "kind:code", an instrument as "instrument:code:pieces"."""

    text: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    @property
    def query(self) -> str:
        """The wish as the query of an address."""
        return urlencode([("text", self.text), *(("add", one) for one in self.add),
                          *(("remove", one) for one in self.remove)])  # fmt: skip

    def without(self, kind: str, code: str) -> Wish:
        """The wish without a chip: one added by hand is dropped, one that was read is taken away."""
        key = f"{kind}:{code}"
        kept = tuple(one for one in self.add if _key(one) != key)
        if len(kept) < len(self.add):
            return replace(self, add=kept)
        return replace(self, remove=(*self.remove, key))

    def revision(self) -> Revision:
        """What was chosen beside the words. Raises Invalid."""
        return Revision(add=[chip_in(one) for one in self.add], remove=[_pair(one) for one in self.remove])

    def need(self) -> Need:
        """The need that this wish comes to, in memory only. Raises Invalid."""
        need = Need()
        revise(need, replace(self.revision(), text=self.text))
        return need


def wish_of(given: QueryDict) -> Wish:
    """The wish in a query or a form. Fields and a word explained are made into chips and words. Raises Invalid."""
    added = [*given.getlist("add"), *chips_of_fields(given)]
    wish = Wish(swapped(given, given.get("text", "").strip()), _some(added), _some(given.getlist("remove")))
    wanted = {_key(one) for one in wish.add}
    return replace(wish, remove=tuple(one for one in wish.remove if one not in wanted))


def chips_of_fields(given: QueryDict) -> list[str]:
    """Chips of the amount, the day and the distance in a form's fields. Raises Invalid."""
    chips = []
    if budget := given.get("budget", "").strip():
        try:
            chips.append(f"budget:{Decimal(budget):f}")
        except InvalidOperation:
            raise Invalid.field("budget", _("预算请填写数字，例如 30000。")) from None
    if deadline := given.get("deadline", "").strip():
        try:
            chips.append(f"deadline:{date.fromisoformat(deadline).isoformat()}")
        except ValueError:
            raise Invalid.field("deadline", _("日期请写成 2026-03-05 的形式。")) from None
    if distance := given.get("distance", "").strip():
        try:
            chips.append(f"distance:{Decimal(distance):f}")
        except InvalidOperation:
            raise Invalid.field("distance", _("距离请填写千米数，例如 50。")) from None
    return chips


def swapped(given: QueryDict, text: str) -> str:
    """The text with an unknown word (``swap`` is "start-end") put in known words (``by``), or left out."""
    start, _dash, end = given.get("swap", "").partition("-")
    if not (start.isdigit() and end.isdigit() and int(start) < int(end) <= len(text)):
        return text
    return f"{text[: int(start)]}{given.get('by', '')[:_WORDS]}{text[int(end) :]}".strip()


def chip_in(text: str) -> ChipIn:
    """A chip from "kind:code" or "instrument:code:pieces"."""
    kind, code = _pair(text)
    if kind == "instrument":
        code, _colon, pieces = code.partition(":")
        return ChipIn(kind, code, int(pieces) if pieces.isdigit() and len(pieces) < 6 else 1)
    return ChipIn(kind, code)


def _pair(text: str) -> tuple[str, str]:
    kind, _colon, code = text.partition(":")
    return kind, code


def _key(text: str) -> str:
    one = chip_in(text)
    return f"{one.kind}:{one.code}"


def _some(given: Iterable[str]) -> tuple[str, ...]:
    """Without empty ones and repeats; the last of two chips that differ only in pieces counts."""
    found = {_key(one): one for one in given if one.strip(": ")}
    return tuple(found.values())
