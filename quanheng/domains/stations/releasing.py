"""Which outcomes of zones may be told, so that nobody subtracts a single member out of them; pure.

Three rules, for a closed quarter and the members who were in the zone for the whole of it:

* **many**: at least ``FEWEST`` members are counted whose own figures the zone's operator may not see. Whoever knows the
  figures of the others (the operator, for those that let it) is left with a sum over that many at least.
* **apart**: no other zone's release of that quarter counts the same members but one or two.
* **once**: each record is counted in one quarter, and a release is never counted anew. Releases of one zone share no
  record, so members who come and go from quarter to quarter leave nothing to subtract.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

# A total over one or two firms tells what the one or the other does.
FEWEST = 3


def quarter_of(day: date) -> date:
    """The first day of the quarter in which a day lies.

    >>> quarter_of(date(2026, 11, 27))
    datetime.date(2026, 10, 1)
    """
    return date(day.year, day.month - (day.month - 1) % 3, 1)


def before(quarter: date) -> date:
    """The first day of the quarter before.

    >>> before(date(2026, 1, 1))
    datetime.date(2025, 10, 1)
    """
    return date(quarter.year - 1, 10, 1) if quarter.month == 1 else date(quarter.year, quarter.month - 3, 1)


def after(quarter: date) -> date:
    """The first day of the quarter after."""
    return date(quarter.year + 1, 1, 1) if quarter.month == 10 else date(quarter.year, quarter.month + 3, 1)


def are_many(cohort: Collection[int], shown: Collection[int]) -> bool:
    """Whether enough are counted whose own figures the operator does not see."""
    return len(set(cohort) - set(shown)) >= FEWEST


def are_apart(cohort: Collection[int], published: Iterable[Collection[int]]) -> bool:
    """Whether the difference to each cohort already published for the quarter is nothing, or ``FEWEST`` at least."""
    mine = set(cohort)
    return all(len(mine ^ set(other)) not in range(1, FEWEST) for other in published)


def standing(cohort: Collection[int], shown: Collection[int], published: Iterable[Collection[int]]) -> str:
    """The state of a release: "published", "few" or "close"."""
    if not are_many(cohort, shown):
        return "few"
    return "published" if are_apart(cohort, published) else "close"
