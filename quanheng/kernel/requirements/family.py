"""The family of a standard: generations before and after it, its editions, the parts of its number, its relations.

All of it is bounded: a family of thousands costs what one of fifty costs, and says that there are more.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.db import connection
from django.db.models import Q

from quanheng.kernel.requirements.models import Relation, Standard

GENERATIONS = 6
NODES = 40
EDITIONS = 60
PARTS = 100
RELATIONS = 100


@dataclass(frozen=True)
class Member:
    """A standard in a family: ``generation`` 0 is the one asked for, 1 replaces it, -1 it replaces."""

    standard: Standard
    generation: int
    status: str


@dataclass
class Tree:
    """Generations of a standard; links are (successor, predecessor) keys between members."""

    members: list[Member] = field(default_factory=list)
    links: list[tuple[int, int]] = field(default_factory=list)
    more: bool = False


@dataclass
class Editions:
    """All editions of a number, newest first, and the newest edition of each other part."""

    editions: list[Standard] = field(default_factory=list)
    editions_more: bool = False
    parts: list[Standard] = field(default_factory=list)
    parts_more: bool = False


@dataclass
class Relations:
    """What a standard says of others beside whole replacements, and what others say of it, by kind."""

    adopts: list[Relation] = field(default_factory=list)
    adopted_by: list[Relation] = field(default_factory=list)
    amends: list[Relation] = field(default_factory=list)
    amended_by: list[Relation] = field(default_factory=list)
    partly: list[Relation] = field(default_factory=list)
    partly_by: list[Relation] = field(default_factory=list)
    part_of: list[Relation] = field(default_factory=list)
    # Named, but not in the register; and replacements that contradict what is known.
    waiting: list[Relation] = field(default_factory=list)
    doubted: list[Relation] = field(default_factory=list)


_WALK = """
WITH RECURSIVE
older(id, depth) AS (
    SELECT CAST(%s AS bigint), 0
    UNION
    SELECT link.to_standard_id, older.depth + 1
    FROM older JOIN {links} link ON link.from_standard_id = older.id WHERE older.depth < %s
),
newer(id, depth) AS (
    SELECT CAST(%s AS bigint), 0
    UNION
    SELECT link.from_standard_id, newer.depth + 1
    FROM newer JOIN {links} link ON link.to_standard_id = newer.id WHERE newer.depth < %s
)
SELECT id, generation FROM (
    SELECT id, -min(depth) AS generation, min(depth) AS far FROM older GROUP BY id
    UNION ALL
    SELECT id, min(depth), min(depth) FROM newer WHERE depth > 0 GROUP BY id
) AS walked ORDER BY far, generation, id LIMIT %s
"""


def tree(standard: Standard, day: date, *, generations: int = GENERATIONS, limit: int = NODES) -> Tree:
    """The generations around a standard, the nearest first until ``limit``; three queries."""
    through = Standard.replaces.through
    statement = _WALK.format(links=connection.ops.quote_name(through._meta.db_table))
    with connection.cursor() as cursor:
        cursor.execute(statement, [standard.pk, generations, standard.pk, generations, limit + 1])
        walked = dict(cursor.fetchall())
    found = Tree(more=len(walked) > limit)
    kept = dict(list(walked.items())[:limit])
    if len(kept) == 1:
        found.members = [Member(standard, 0, standard.status_on(day))]
        return found
    rows = Standard.objects.in_bulk(kept)
    found.members = sorted(
        (Member(rows[key], generation, rows[key].status_on(day)) for key, generation in kept.items()),
        key=lambda one: (one.generation, one.standard.key, one.standard.year or 9999, one.standard.pk),
    )
    found.links = list(
        through.objects.filter(from_standard_id__in=kept, to_standard_id__in=kept)
        .order_by("from_standard_id", "to_standard_id")
        .values_list("from_standard_id", "to_standard_id")[: limit * 5]
    )
    return found


def editions(standard: Standard) -> Editions:
    """All editions of the number and the other parts of it; two queries."""
    found = Editions()
    rows = list(Standard.objects.filter(key=standard.key).order_by("-year", "-id")[: EDITIONS + 1])
    # The undated is what is being prepared: before all others.
    rows.sort(key=lambda one: (one.year is not None, -(one.year or 0), one.number))
    found.editions, found.editions_more = rows[:EDITIONS], len(rows) > EDITIONS
    latest: dict[str, Standard] = {}
    others = Standard.objects.filter(series=standard.series).exclude(key=standard.key).order_by("key", "-year", "-id")
    if standard.series:
        for one in others.only("pk", "uid", "number", "key", "title_zh", "title_en", "year")[: PARTS * 6]:
            if one.key in latest or len(latest) < PARTS:
                latest.setdefault(one.key, one)
            else:
                found.parts_more = True
                break
        else:
            found.parts_more = len(others[: PARTS * 6 + 1]) > PARTS * 6 if len(latest) >= PARTS else False
    found.parts = list(latest.values())
    return found


def relations(standard: Standard) -> Relations:
    """What is said of the standard and of others by it; one query."""
    found = Relations()
    rows = (
        Relation.objects.filter(Q(standard=standard) | Q(other=standard))
        .exclude(kind=Relation.Kind.NOT_REPLACES)
        .select_related("standard", "other")
        .order_by("kind", "number")[:RELATIONS]
    )
    own, others = defaultdict(list), defaultdict(list)
    for one in rows:
        if one.kind in (Relation.Kind.REPLACES, Relation.Kind.REPLACED_BY):
            (found.doubted if one.doubt else found.waiting).append(one)
        elif one.standard_id == standard.pk:
            own[one.kind].append(one)
        else:
            others[one.kind].append(one)
    kinds = Relation.Kind
    found.adopts, found.adopted_by = own[kinds.ADOPTS], others[kinds.ADOPTS]
    found.amends, found.amended_by = own[kinds.AMENDS], others[kinds.AMENDS] + own[kinds.AMENDED_BY]
    found.partly, found.partly_by = own[kinds.PARTLY], others[kinds.PARTLY]
    found.part_of = own[kinds.PART_OF]
    return found
