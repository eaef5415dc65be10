"""The graph of replacements: who replaces whom without contradiction, and since when each is superseded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection

from quanheng.kernel.requirements.dates import takes_effect
from quanheng.kernel.requirements.models import Relation, Standard

# (successor, predecessor), by key.
Link = tuple[int, int]


def components(links: Iterable[Link]) -> list[set[int]]:
    """The strongly connected components of more than one row (Tarjan 1972, without recursion)."""
    graph: dict[int, list[int]] = defaultdict(list)
    for new, old in links:
        graph[new].append(old)
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    found = []
    for root in list(graph):
        if root in index:
            continue
        work = [(root, iter(graph[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, ahead = work[-1]
            for other in ahead:
                if other not in index:
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    on_stack.add(other)
                    work.append((other, iter(graph.get(other, ()))))
                    break
                if other in on_stack:
                    low[node] = min(low[node], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    members = set()
                    while True:
                        last = stack.pop()
                        on_stack.discard(last)
                        members.add(last)
                        if last == node:
                            break
                    if len(members) > 1:
                        found.append(members)
    return found


def reaches(graph: Mapping[int, Iterable[int]], start: int, goal: int) -> bool:
    """Whether a walk along the links leads from ``start`` to ``goal``."""
    seen, ahead = {start}, [start]
    while ahead:
        node = ahead.pop()
        if node == goal:
            return True
        for other in graph.get(node, ()):
            if other not in seen:
                seen.add(other)
                ahead.append(other)
    return False


def admit(known: set[Link], wanted: set[Link], days: Mapping[int, date | None]) -> dict[Link, str]:
    """What speaks against each of the wanted links, "" where nothing does; ``known`` links stand.

    A successor that took effect before its predecessor is refused. Where links close a circle those go that make
    least sense: first "a dated edition replaces an undated draft", for the number of a draft is used again for
    each edition; then by the order of dates.
    """
    verdicts: dict[Link, str] = {}
    for new, old in wanted:
        newer, older = days.get(new), days.get(old)
        verdicts[new, old] = Relation.Doubt.BACKWARD.value if newer and older and newer < older else ""
    open_links = {link for link, doubt in verdicts.items() if not doubt}
    circle_of = {key: place for place, keys in enumerate(components(known | open_links)) for key in keys}
    graph: dict[int, set[int]] = defaultdict(set)
    for new, old in known:
        if new in circle_of and circle_of[new] == circle_of.get(old):
            graph[new].add(old)
    inside = [link for link in open_links if link[0] in circle_of and circle_of[link[0]] == circle_of.get(link[1])]
    for new, old in sorted(inside, key=lambda link: (days.get(link[1]) is None, days.get(link[0]) is not None, link)):
        if reaches(graph, old, new):
            verdicts[new, old] = Relation.Doubt.CYCLE.value
        else:
            graph[new].add(old)
    return verdicts


def links_of(keys: Iterable[int] | None = None) -> list[tuple[int, int, str, date | None, date | None]]:
    """(successor, predecessor, and the successor's number, effective and published day); all without ``keys``."""
    rows = Standard.replaces.through.objects.all()
    columns = ("from_standard__number", "from_standard__effective", "from_standard__published")
    if keys is None:
        return list(rows.values_list("from_standard_id", "to_standard_id", *columns))
    found = []
    for some in _pieces(list(keys), 500):
        found += list(rows.filter(to_standard_id__in=some).values_list("from_standard_id", "to_standard_id", *columns))
    return found


def date_supersession(keys: Iterable[int]) -> list[int]:
    """Set from when each of the standards, and each that they replace, is superseded; returns whose day changed.

    The earliest day on which one of its successors took, or takes, effect. Four statements for few, and one pass
    over the graph for many.
    """
    wanted = set(keys)
    through = Standard.replaces.through.objects
    if len(wanted) > 2000:
        links = links_of()
        wanted |= {old for new, old, *_facts in links if new in wanted}
    else:
        for some in _pieces(sorted(wanted), 500):
            wanted |= set(through.filter(from_standard_id__in=some).values_list("to_standard_id", flat=True))
        links = links_of(wanted)
    earliest: dict[int, date] = {}
    for _new, old, number, effective, published in links:
        day = takes_effect(number, effective, published)
        if old in wanted and day and (old not in earliest or day < earliest[old]):
            earliest[old] = day
    changed = []
    for key, day in _superseded(wanted):
        if earliest.get(key) != day:
            changed.append(key)
    write_columns(("superseded_on",), [(earliest.get(key), key) for key in changed])
    return changed


def _superseded(keys: set[int]) -> list[tuple[int, date | None]]:
    if len(keys) > 2000:
        return [row for row in Standard.objects.values_list("pk", "superseded_on") if row[0] in keys]
    found: list[tuple[int, date | None]] = []
    for some in _pieces(sorted(keys), 500):
        found += list(Standard.objects.filter(pk__in=some).values_list("pk", "superseded_on"))
    return found


def write_columns(names: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    """Columns of many standards in one go: their values, then the key of the row."""
    if not rows:
        return
    fields: list[Any] = [Standard._meta.get_field(name) for name in names]
    quote = connection.ops.quote_name
    sets = ", ".join(f"{quote(field.column)} = %s" for field in fields)

    def stored(row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = (field.get_db_prep_save(value, connection) for field, value in zip(fields, row, strict=False))
        return (*values, row[-1])

    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quote(Standard._meta.db_table)} SET {sets} WHERE {quote('id')} = %s",
            [stored(row) for row in rows],
        )


def _pieces(keys: list[int], size: int) -> Iterable[list[int]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]
