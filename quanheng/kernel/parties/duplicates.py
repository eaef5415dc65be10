"""Entries that may be one organisation: found by blocking, so that sixteen thousand cost a second and no more.

Two entries are compared only where they share something: the core of a name, the body of the credit code, a
telephone, an address, a place on the map, or all of a credit code but one character. Each thing that speaks for one
organisation adds to the score; a pair is shown from ``SHOWN_FROM`` on.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.parties.models import DuplicatePair, Organisation, OrganisationName
from quanheng.science.identifiers.firm_name import FirmName, alike, places_agree, read_firm_name
from quanheng.science.text import flatten

# code -> (what it says, how much it counts)
REASONS: dict[str, tuple[Any, int]] = {
    "name": (_("名称的规范形式相同"), 60),
    "former": (_("一方的曾用名或别名与另一方相同"), 60),
    "form": (_("组织形式相同"), 10),
    "similar": (_("名称相近"), 30),
    "english": (_("英文名称相同"), 30),
    "body": (_("信用代码的主体标识（第 9–17 位）相同"), 60),
    "code": (_("信用代码只差一处"), 20),
    "phone": (_("电话相同"), 20),
    "address": (_("地址相同"), 25),
    "near": (_("位置相距不到 100 米"), 15),
}
SHOWN_FROM = 60
SIMILAR = 0.6
# What so many share says nothing: a trade's usual name, an agent's telephone, a block of offices.
CROWD = 20
CELL = 0.001  # degrees: about 100 m
_AREA_HEAD = re.compile(r"^[一-鿿]{2,3}(?:省|市)")


@dataclass(frozen=True)
class Known:
    """What is compared of an entry."""

    key: int
    uscc: str
    names: tuple[FirmName, ...]  # the registered one first
    english: str
    address: str
    phone: str
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True)
class Candidate:
    """Two entries (lower key first), how much speaks for one organisation (to 100), and what."""

    first: int
    second: int
    score: int
    reasons: tuple[str, ...]


def address_key(address: str) -> str:
    """An address without its province and city, blanks and marks; "" where it is too short to mean anything."""
    flat = flatten(address).lower()
    for _turn in range(2):
        flat = _AREA_HEAD.sub("", flat)
    plain = re.sub(r"[^0-9a-z一-鿿]+", "", flat)
    return plain if len(plain) >= 6 else ""


def phone_key(phone: str) -> str:
    """The last eight digits of a telephone number; "" where there are fewer than seven."""
    digits = re.sub(r"\D", "", flatten(phone))
    return digits[-8:] if len(digits) >= 7 else ""


def known() -> Iterator[Known]:
    """Every entry that stands, with its other names. Two queries."""
    others: dict[int, list[FirmName]] = defaultdict(list)
    for key, text in OrganisationName.objects.values_list("organisation_id", "text").iterator():
        others[key].append(read_firm_name(text))
    columns = ("pk", "uscc", "name_zh", "name_en", "address", "phone", "latitude", "longitude")
    rows = Organisation.objects.filter(merged_into=None).exclude(kind="regulator").values_list(*columns)
    for key, uscc, name_zh, name_en, address, phone, latitude, longitude in rows.iterator():
        yield Known(
            key=key,
            uscc=uscc,
            names=(read_firm_name(name_zh), *others.get(key, ())),
            english=read_firm_name(name_en).core if name_en else "",
            address=address_key(address),
            phone=phone_key(phone),
            latitude=latitude,
            longitude=longitude,
        )


def find(entries: Iterable[Known]) -> list[Candidate]:
    """The pairs worth showing, the likeliest first."""
    rows = {one.key: one for one in entries}
    pairs: set[tuple[int, int]] = set()
    for block, loose in _BLOCKS:
        for group in _groups(rows.values(), block):
            for one, other in combinations(group, 2):
                # Where thousands of strangers meet, only those with similar names are looked at closer.
                if not loose or _likeness(rows[one], rows[other]) >= SIMILAR:
                    pairs.add((min(one, other), max(one, other)))
    spread = Counter(row.names[0].core for row in rows.values())
    found = []
    for first, second in pairs:
        reasons = tuple(_reasons(rows[first], rows[second], usual=spread[rows[first].names[0].core] > CROWD))
        score = min(100, sum(REASONS[code][1] for code in reasons))
        if score >= SHOWN_FROM:
            found.append(Candidate(first, second, score, reasons))
    return sorted(found, key=lambda one: (-one.score, one.first, one.second))


def _groups(rows: Iterable[Known], block: Callable[[Known], Iterable[Hashable]]) -> Iterator[list[int]]:
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for row in rows:
        for value in set(block(row)):
            groups[value].append(row.key)
    return (group for group in groups.values() if 2 <= len(group) <= CROWD)


def _cells(row: Known) -> Iterator[Hashable]:
    """The cell of the map and its neighbours to the north and east, so that neighbours meet across an edge."""
    if row.latitude is not None and row.longitude is not None:
        north, east = int(row.latitude // CELL), int(row.longitude // CELL)
        for step in product((0, 1), (0, 1)):
            yield north + step[0], east + step[1]


def _masked(place: int) -> Callable[[Known], Iterable[Hashable]]:
    """The code without its check characters and one other: one block for each place keeps the tables small."""
    return lambda row: [row.uscc[:place] + row.uscc[place + 1 : 16]] if len(row.uscc) == 18 else []


# (what entries are grouped by, whether similar names are asked for before a pair counts)
_BLOCKS: tuple[tuple[Callable[[Known], Iterable[Hashable]], bool], ...] = (
    (lambda row: {name.core for name in row.names if len(name.core) >= 2}, False),
    (lambda row: [row.english] if len(row.english) >= 4 else [], False),
    (lambda row: [row.uscc[8:17]] if len(row.uscc) == 18 else [], False),
    *((_masked(place), True) for place in range(16)),
    (lambda row: [row.phone] if row.phone else [], True),
    (lambda row: [row.address] if row.address else [], True),
    (_cells, True),
)


def _likeness(one: Known, other: Known) -> float:
    if not places_agree(one.names[0].place, other.names[0].place):
        return 0.0
    return alike(one.names[0].core, other.names[0].core)


def _reasons(one: Known, other: Known, *, usual: bool) -> Iterator[str]:
    """What speaks for one organisation; a ``usual`` name, which a crowd has, is no more than a similar one."""
    ours, theirs = one.names[0], other.names[0]
    likeness = _likeness(one, other)
    if likeness == 1.0 and not usual:
        yield "name"
        if ours.form and ours.form == theirs.form:
            yield "form"
    else:
        if _former(one, other) or _former(other, one):
            yield "former"
        if likeness >= SIMILAR:
            yield "similar"
    if one.english and one.english == other.english:
        yield "english"
    if len(one.uscc) == 18 and one.uscc[8:17] == other.uscc[8:17]:
        yield "body"
    elif sum(left != right for left, right in zip(one.uscc[:16], other.uscc[:16], strict=False)) == 1:
        yield "code"
    if one.phone and one.phone == other.phone:
        yield "phone"
    if one.address and one.address == other.address:
        yield "address"
    if _near(one, other):
        yield "near"


def _former(one: Known, other: Known) -> bool:
    """Whether a former or other name of one is a name of the other."""
    return any(
        name.core and name.core == theirs.core and places_agree(name.place, theirs.place)
        for name in one.names[1:]
        for theirs in other.names
    )


def _near(one: Known, other: Known) -> bool:
    if None in (one.latitude, one.longitude, other.latitude, other.longitude):
        return False
    return (
        abs(one.latitude - other.latitude) < CELL  # type: ignore[operator]
        and abs(one.longitude - other.longitude) < CELL  # type: ignore[operator]
    )


def refresh() -> int:
    """Bring the list of pairs up to date; returns how many are open.

    What registrars decided stays. Pairs that nothing speaks for any more go. Doing it twice does no harm.
    """
    found = {(one.first, one.second): one for one in find(known())}
    with transaction.atomic():
        present = {(row.first_id, row.second_id): row for row in DuplicatePair.objects.select_for_update()}
        gone = [row.pk for pair, row in present.items() if row.state == DuplicatePair.State.OPEN and pair not in found]
        for start in range(0, len(gone), 500):
            DuplicatePair.objects.filter(pk__in=gone[start : start + 500]).delete()
        for pair, row in present.items():
            one = found.get(pair)
            if (
                one
                and row.state == DuplicatePair.State.OPEN
                and (row.score, row.reasons) != (one.score, [*one.reasons])
            ):
                row.score, row.reasons, row.rank = one.score, [*one.reasons], _rank(one)
                row.save(update_fields=["score", "reasons", "rank"])
        new = [one for pair, one in found.items() if pair not in present]
        DuplicatePair.objects.bulk_create(
            [
                DuplicatePair(
                    first_id=one.first, second_id=one.second, score=one.score, reasons=[*one.reasons], rank=_rank(one)
                )
                for one in new
            ],
            batch_size=1000,
        )
    return DuplicatePair.objects.filter(state=DuplicatePair.State.OPEN).count()


def _rank(one: Candidate) -> int:
    """Score first, then the younger entries: one number, so that the list pages by it.

    Two keys of 28 bits each below the score: unique for as long as fewer than 268 million entries were made.
    """
    return (one.score << 56 | (one.first & (1 << 28) - 1) << 28) | one.second & (1 << 28) - 1
