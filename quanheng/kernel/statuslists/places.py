"""A place in the status lists for each attestation, drawn at random: nothing can be told from it about the order of
issue, nor about how many were issued by whom."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from django.db import connection, connections

from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.base.statements import Asked, run
from quanheng.kernel.statuslists.lists import PURPOSES, SIZE
from quanheng.kernel.statuslists.models import StatusList

# So many places are drawn at once; where each of them is taken, the lists are about half full and the next are begun.
DRAWN = 8
_NEWEST = Asked(lambda: StatusList.objects.order_by("-number")[:1], steady=True)


def draw() -> tuple[int, int]:
    """Number and index of a free place. Two queries; one more pair of lists is begun where these are half full.

    That two who issue at once draw the same one of eight million is refused by the database.
    """
    number = _number()
    drawn = [secrets.randbelow(SIZE) for _ in range(DRAWN)]
    taken = set(_taken(number, drawn))
    for index in drawn:
        if index not in taken:
            return number, index
    return begin(number + 1), secrets.randbelow(SIZE)


def draw_many(count: int) -> Iterator[tuple[int, int]]:
    """As many places as asked for, for attestations that are signed elsewhere before they are stored."""
    number = _number()
    taken = set(Attestation.objects.filter(status_list=number).values_list("status_index", flat=True))
    for _ in range(count):
        if len(taken) > SIZE // 2:
            number, taken = begin(number + 1), set()
        while (index := secrets.randbelow(SIZE)) in taken:
            pass
        taken.add(index)
        yield number, index


def begin(number: int) -> int:
    """Make the pair of lists of a number, where they do not exist yet."""
    rows = [StatusList(number=number, purpose=purpose) for purpose in PURPOSES]
    StatusList.objects.bulk_create(rows, ignore_conflicts=True)
    return number


def _number() -> int:
    newest = _NEWEST()
    return newest[0].number if newest else begin(1)


def _taken(number: int, drawn: list[int]) -> list[int]:
    # The query compiler takes twenty times as long over these few words as the index takes to answer.
    quoted = connection.ops.quote_name
    index, marks = quoted("status_index"), ", ".join(["%s"] * len(drawn))
    table = quoted(Attestation._meta.db_table)
    asked = f"SELECT {index} FROM {table} WHERE {quoted('status_list')} = %s AND {index} IN ({marks})"
    with run(connections["default"], asked, [number, *drawn]) as cursor:
        return [one for (one,) in cursor.fetchall()]
