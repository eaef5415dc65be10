"""Searching everything that is public: one box, suggestions while typing, and a text on the list of a register.

What fits best comes first: the whole name or number, then names that begin with what was asked, then names that hold
it, then the rest; what fits equally well is ordered by the standing of its kind, the weight of the row and the
shortness of its name, the newest first. Of each of these four groups the newest ``CANDIDATES`` rows of a kind are
ranked: for a word that is in a hundred thousand lines, the ranking is one of the newest of them. What is found is
read from the registers through ``visible_to`` of their models.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import CharField, Model, Q, QuerySet, TextField

from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.queries import by_number
from quanheng.kernel.base.actor import Actor, region_prefix
from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.base.grants import ALL, restrict
from quanheng.kernel.base.paging import COUNT_CAP, counts_of_each
from quanheng.kernel.base.words import anywhere
from quanheng.kernel.search import index
from quanheng.kernel.search.matching import All, Question, narrowed, read
from quanheng.kernel.search.narrowing import first_keys
from quanheng.kernel.search.narrowing import narrowed as narrowed_rows
from quanheng.kernel.search.pages import PAGES, pages
from quanheng.kernel.search.searchable import Searchable, Shown, by_model, kinds
from quanheng.kernel.search.tokens import facet
from quanheng.kernel.search.wording import Reading, homophones, reading

__all__ = ["PAGES", "Found", "Hit", "Report", "Tally", "narrow", "report", "search", "suggest"]

M = TypeVar("M", bound=Model)

CANDIDATES = 300
# Where a condition is decided by the registers, more are looked at.
CANDIDATES_CHECKED = 1000
PER_KIND = 5
PER_PAGE = 20
MOST_PAGES = 10
SUGGESTIONS = 8
# Without an index of its own, a model is searched by such columns.
PLAIN_COLUMNS = ("number", "name_zh", "name_en", "title", "title_zh", "title_en", "name", "code", "serial", "model")


@dataclass(frozen=True)
class Hit:
    """One result: ``level`` 0 is it exactly, 1 begins with it, 2 holds it in its name, 3 elsewhere."""

    kind: str
    shown: Shown
    level: int
    row: Any = None


@dataclass(frozen=True)
class Report:
    """What a number that can be counted tells of a report: that there is one, and how it stands."""

    number: str
    status: str
    word: Any

    @property
    def url(self) -> str:
        """The page of verification."""
        return f"/verify/?{urlencode({'number': self.number})}"


@dataclass(frozen=True)
class Tally:
    """How many results a kind has, counted to a limit."""

    kind: str
    count: int
    capped: bool


@dataclass
class Found:
    """The answer to a question. ``sections`` are the best of each kind, the best kind first.

    ``read`` tells how the question was taken: as it stands, or cut into parts because nothing held it whole.
    """

    question: Question
    hits: list[Hit] = field(default_factory=list)
    tallies: list[Tally] = field(default_factory=list)
    report: Report | None = None
    read: Reading | None = None
    like: list[Hit] = field(default_factory=list)
    more: bool = False
    page: int = 1

    @property
    def total(self) -> int:
        return sum(one.count for one in self.tallies)

    def sections(self) -> list[tuple[str, list[Hit]]]:
        """The hits by kind, in the order of the best of each."""
        found: dict[str, list[Hit]] = {}
        for hit in self.hits:
            found.setdefault(hit.kind, []).append(hit)
        return list(found.items())


def report(text: str) -> Report | None:
    """The report or certificate with exactly this number: its status, nothing of its content."""
    if not 6 <= len(text) <= 60 or not any(char.isdigit() for char in text) or "\0" in text:
        return None
    try:
        found = by_number(text)
    except NotFound:
        return None
    return Report(found.number, found.state, Attestation.State(found.state).label)


def search(actor: Actor, text: str, *, kind: str = "", region: str = "", status: str = "", page: int = 1) -> Found:
    """What a text finds: of one kind a page of twenty, of all kinds the first of each.

    ``region`` is a GB/T 2260 code (with all below it; kinds without a region are left out), ``status`` one of the
    kind's ``statuses``. An unknown kind or status finds nothing.
    """
    question = read(text)
    answer = Found(question, page=max(1, min(page, MOST_PAGES)))
    if not kind and not region and not status:
        answer.report = report(question.text)
    if not question.words:
        return answer
    facets = [facet("region", region_prefix(region))] if region else []
    asked = {one.kind: one for one in kinds().values() if not region or one.region}
    answer.tallies = _tally(actor, asked.values(), lambda one: narrowed(question.anywhere(), facets), status, kind)
    readings: dict[str, Reading] = {}
    if not any(one.count for one in answer.tallies):
        for one in asked.values():
            found = reading(one, question, facets)
            if found:
                readings[one.kind] = found
        if readings:
            answer.read = min(readings.values(), key=lambda one: len(one.parts))
            known = {name: asked[name] for name in readings}
            answer.tallies = _tally(
                actor, known.values(), lambda one: narrowed(readings[one.kind].whole(), facets), status, kind
            )
    here = pages(question) if not (region or status) else []
    if here:
        answer.tallies.append(Tally(PAGES, len(here), False))
    answer.hits = _hits(actor, answer, asked, readings, facets, kind, status, here)
    if not answer.total and not answer.report:
        answer.like = _like(actor, question)
    return answer


def _tally(
    actor: Actor, asked: Iterable[Searchable], question: Callable[[Searchable], All], status: str, kind: str
) -> list[Tally]:
    """How many each kind has. What an actor may see in part, or a status, is counted in the registers."""
    found: dict[str, int] = {}
    partly: dict[str, QuerySet[Any]] = {}
    parts = []
    for one in asked:
        condition = _condition(one, actor, status if one.kind == kind else "")
        if condition is None:
            found[one.kind] = 0
        elif condition == ALL:
            parts.append(index.part_of(one, question(one), COUNT_CAP + 1, tag=one.number))
        else:
            rows = narrowed_rows(one.model._default_manager.filter(condition), one, question(one))
            partly[one.kind] = rows.order_by()[: COUNT_CAP + 1]
    found |= counts_of_each(partly)
    counted = index.counts(parts)
    names = {one.number: one.kind for one in asked}
    found |= {names[tag]: count for tag, count in counted.items()}
    return [
        Tally(one.kind, min(found[one.kind], COUNT_CAP), found[one.kind] > COUNT_CAP)
        for one in asked
        if found.get(one.kind)
    ]


def _condition(kind: Searchable, actor: Actor, status: str) -> Q | None:
    """Which rows of a kind count: those that the actor sees, in a status; None for none at all."""
    visible: Q = kind.model.visible_to.q(actor)  # type: ignore[attr-defined]
    if not status:
        return visible
    if status not in kind.statuses:
        return None
    return visible & kind.statuses[status][1]()


def _hits(
    actor: Actor,
    answer: Found,
    asked: dict[str, Searchable],
    readings: dict[str, Reading],
    facets: Sequence[str],
    kind: str,
    status: str,
    here: list[Shown],
) -> list[Hit]:
    wanted = {one.kind for one in answer.tallies if not kind or one.kind == kind}
    first = (answer.page - 1) * PER_PAGE if kind else 0
    many = PER_PAGE if kind else PER_KIND
    levels: dict[str, tuple[All, ...]] = {}
    question = answer.question
    for name in wanted & asked.keys():
        taken = readings.get(name)
        if taken:
            levels[name] = (taken.whole(),)
        else:
            levels[name] = (question.exact(), question.at_start(), question.in_title(), question.anywhere())
    ranked = _ranked(actor, [asked[name] for name in levels], levels, facets, status)
    found: list[Hit] = []
    for name, keys in ranked.items():
        one = asked[name]
        found += _shown(actor, one, keys[first : first + many])
        answer.more = answer.more or (bool(kind) and len(keys) > first + many)
    if PAGES in wanted:
        found += [Hit(PAGES, shown, 2) for shown in here[first : first + many]]
    order = {name: place for place, name in enumerate((*asked, PAGES))}
    best: dict[str, int] = {}
    for hit in found:
        best[hit.kind] = min(best.get(hit.kind, 9), hit.level)
    found.sort(key=lambda hit: (best[hit.kind], order[hit.kind]))
    return found


def _ranked(
    actor: Actor,
    asked: Sequence[Searchable],
    levels: dict[str, tuple[All, ...]],
    facets: Sequence[str],
    status: str,
) -> dict[str, list[tuple[int, int]]]:
    """(key, level) of the candidates of each kind, best first."""
    checked = {one.kind: _condition(one, actor, status) for one in asked}
    parts = []
    for one in asked:
        ways = levels[one.kind]
        limit = CANDIDATES if checked[one.kind] == ALL else CANDIDATES_CHECKED
        for level, way in enumerate(ways):
            tag = one.number * 4 + (level if len(ways) > 1 else 3)
            parts.append(index.part_of(one, narrowed(way, facets), limit, tag=tag))
    best: dict[int, dict[int, tuple[int, int]]] = {}
    for tag, identity, rank in index.find(parts):
        number, level = divmod(tag, 4)
        known = best.setdefault(number, {})
        if identity not in known or level < known[identity][0]:
            known[identity] = (level, rank)
    ranked = {}
    for one in asked:
        found = best.get(one.number, {})
        condition = checked[one.kind]
        if condition is None:
            continue
        if found and condition != ALL:
            keys = [one.key(identity) for identity in found]
            there = one.model._default_manager.filter(condition, pk__in=keys).values_list("pk", flat=True)
            kept = {one.identity(key) for key in there}
            found = {identity: place for identity, place in found.items() if identity in kept}
        order = sorted(found, key=lambda identity: (found[identity][0], -found[identity][1], -identity))
        ranked[one.kind] = [(one.key(identity), found[identity][0]) for identity in order]
    return {name: keys for name, keys in ranked.items() if keys}


def _shown(actor: Actor, kind: Searchable, keys: Sequence[tuple[int, int]]) -> list[Hit]:
    """The rows as they are shown, in the order of the keys; those that the actor may not see are not read."""
    rows = restrict(kind.model._default_manager.filter(pk__in=[key for key, _level in keys]), actor)
    rows = rows.select_related(*kind.related) if kind.related else rows
    rows = rows.prefetch_related(*kind.prefetch).defer(*kind.defer)
    read_rows = {row.pk: row for row in rows}
    return [Hit(kind.kind, kind.show(read_rows[key]), level, read_rows[key]) for key, level in keys if key in read_rows]


def _like(actor: Actor, question: Question) -> list[Hit]:
    """Names that sound like what was asked, for whoever chose the wrong character."""
    found: list[Hit] = []
    for one, keys in homophones(question, SUGGESTIONS):
        found += [replace(hit, level=3) for hit in _shown(actor, one, [(key, 3) for key in keys])]
    return found[:SUGGESTIONS]


def suggest(actor: Actor, text: str, limit: int = SUGGESTIONS) -> list[Hit]:
    """Names and numbers that fit what has been typed so far: few, the best first."""
    question = read(text)
    if not question.words:
        return []
    asked = [one for one in kinds().values() if one.standing >= 60]
    ways: tuple[All, ...] = (question.exact(), question.at_start(), question.in_title())
    levels = {one.kind: ways for one in asked}
    ranked = _ranked(actor, asked, levels, (), "")
    places = [(level, -one.standing, at, one, key) for one in asked for at, (key, level) in
              enumerate(ranked.get(one.kind, [])[:limit])]  # fmt: skip
    places.sort(key=lambda place: place[:3])
    chosen: dict[str, list[tuple[int, int]]] = {}
    for level, _standing, _at, one, key in places[:limit]:
        chosen.setdefault(one.kind, []).append((key, level))
    hits = {
        (name, key): hit
        for name, keys in chosen.items()
        for (key, _level), hit in zip(keys, _shown(actor, kinds()[name], keys), strict=False)
    }
    found = [hits[one.kind, key] for _level, _standing, _at, one, key in places[:limit] if (one.kind, key) in hits]
    found += [Hit(PAGES, shown, 2) for shown in pages(question)[: limit - len(found)]]
    return found


def narrow(rows: QuerySet[M], text: str, *, facets: Iterable[tuple[str, object]] = ()) -> QuerySet[M]:
    """The rows that match a text, all its words; usable like any other query set, paged and counted cheaply.

    ``facets`` are conditions that the index decides too (name and value of a facet of the model's ``Searchable``,
    or "region" and a GB/T 2260 code): told here instead of in ``filter``, they cost nothing even where they and the
    text exclude one another almost everywhere. A model that is not indexed is searched column by column, by its
    numbers and names.
    """
    question = read(text)
    kind = by_model().get(rows.model)
    if not question.words and not text.strip():
        return rows
    if kind is None:
        return _by_columns(rows, question)
    if not question.words:
        return rows.none()
    wanted = [facet(name, region_prefix(str(value)) if name == "region" else value) for name, value in facets]
    asked = narrowed(question.anywhere(), wanted)
    newest = first_keys(kind, asked)
    if not newest:
        taken = reading(kind, question, wanted)
        if taken is None:
            return rows.none()
        if taken.owners:
            # The column has an index of its own, and the rows of a hundred organisations are many.
            rows = rows.filter(**{f"{kind.owner}__in": taken.owners})
        if not taken.asked and not wanted:
            return rows
        return narrowed_rows(rows, kind, narrowed(taken.asked, wanted))
    return narrowed_rows(rows, kind, asked, newest=newest)


def _by_columns(rows: QuerySet[M], question: Question) -> QuerySet[M]:
    columns = [
        one.name
        for one in rows.model._meta.concrete_fields
        if one.name in PLAIN_COLUMNS and isinstance(one, CharField | TextField) and not one.choices
    ]
    if not columns or not question.words:
        return rows.none()
    for word in question.words:
        rows = rows.filter(anywhere(word.text, *columns))
    return rows
