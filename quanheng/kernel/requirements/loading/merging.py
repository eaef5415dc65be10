"""Bringing many records into the register at once: added, filled in, changed, and where they disagree kept apart."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from quanheng.kernel.base.bulk import load
from quanheng.kernel.requirements.dates import takes_effect
from quanheng.kernel.requirements.loading.codes import index_codes
from quanheng.kernel.requirements.loading.graph import Link, admit, date_supersession
from quanheng.kernel.requirements.loading.report import Report
from quanheng.kernel.requirements.models import Conflict, Relation, Standard
from quanheng.kernel.search.services import reindex
from quanheng.science.identifiers.standard_number import StandardNumber, parse_standard_number

# What is known of one standard: its columns by name. Only what the source states is in it.
Facts = dict[str, Any]
# A fact that a second source states otherwise is a conflict; anything else of it only fills gaps.
DISPUTED = ("title_zh", "title_en", "published", "effective", "withdrawn")
STORED = (
    *("key", "series", "title_zh", "title_en", "kind", "doctype", "mandatory", "year", "edition", "stage"),
    *("published", "published_to", "effective", "withdrawn", "withdrawn_exact", "ics", "ccs", "committee", "body"),
    *("drafters", "remark", "source", "confidence"),
)
BATCH = 2000


def identity(number: StandardNumber) -> Facts:
    """What follows from the number alone."""
    return {"number": number.text, "key": number.key, "series": number.series, "year": number.issued}


def last_day(text: str) -> tuple[date | None, str]:
    """A date of which the month or the day may be missing, as the last day it can mean, and how much is known.

    >>> last_day("2024-02"), last_day("1961"), last_day("")
    ((datetime.date(2024, 2, 29), 'month'), (datetime.date(1961, 12, 31), 'year'), (None, 'day'))
    """
    if not text:
        return None, Standard.Precision.DAY.value
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 1:
        return date(parts[0], 12, 31), Standard.Precision.YEAR.value
    if len(parts) == 2:
        return date(parts[0], parts[1], calendar.monthrange(*parts)[1]), Standard.Precision.MONTH.value
    return date(*parts), Standard.Precision.DAY.value


def _within(day: date | None, period: date | None, known_to: str) -> bool:
    """Whether ``day`` lies in the month or year that ends with ``period``."""
    if day is None or period is None or day.year != period.year:
        return False
    return known_to == Standard.Precision.YEAR or (known_to == Standard.Precision.MONTH and day.month == period.month)


def _sharpens(row: Standard, name: str, facts: Facts) -> bool:
    """Whether the fact only tells more exactly what the row says, or what it does not say at all."""
    if not getattr(row, name):
        return True
    if name == "published":
        return _within(facts[name], row.published, row.published_to)
    return name == "withdrawn" and not row.withdrawn_exact


class Slim(NamedTuple):
    """What the graph needs to know of a standard."""

    pk: int
    number: str
    effective: date | None
    published: date | None
    published_to: str
    year: int | None
    fixed: list[str]


def fetch_slim(numbers: Iterable[str]) -> dict[str, Slim]:
    """The registered standards of very many numbers, without the rest of them."""
    keep = set(numbers)
    rows = Standard.objects.values_list(*Slim._fields).iterator(BATCH)
    return {row[1]: Slim(*row) for row in rows if row[1] in keep}


def fetch(numbers: Iterable[str]) -> dict[str, Standard]:
    """The registered standards of these numbers."""
    wanted = list(numbers)
    if len(wanted) > 20_000:
        keep = set(wanted)
        return {one.number: one for one in Standard.objects.iterator(BATCH) if one.number in keep}
    found: dict[str, Standard] = {}
    for start in range(0, len(wanted), BATCH):
        for one in Standard.objects.filter(number__in=wanted[start : start + BATCH]):
            found[one.number] = one
    return found


def merge(stated: Mapping[str, Facts], report: Report, *, disputing: bool = True) -> dict[str, Standard]:
    """Enter what is stated of each number; returns the rows by number.

    An empty fact takes nothing away, a fact that a keeper fixed stays. Where ``disputing``, a fact that another
    source states differently stays too and becomes a ``Conflict``; otherwise the later statement holds.
    """
    rows = fetch(stated)
    added: list[Standard] = []
    changed: list[Standard] = []
    reclassified: list[Standard] = []
    conflicts: list[Conflict] = []
    for number, facts in stated.items():
        row = rows.get(number)
        if row is None:
            row = rows[number] = Standard(**facts)
            added.append(row)
            continue
        differing = _differing(row, facts)
        if disputing and row.source != facts["source"]:
            for name in [name for name in differing if name in DISPUTED and not _sharpens(row, name, facts)]:
                conflicts.append(dispute(row, name, differing.pop(name), facts["source"]))
            for name in [name for name in differing if name not in DISPUTED and getattr(row, name)]:
                del differing[name]
            if "published" not in differing:
                differing.pop("published_to", None)
        # Where a record comes from changes only together with what it says.
        if not set(differing) - {"source", "confidence"}:
            report.unchanged += 1
            continue
        for name, value in differing.items():
            setattr(row, name, value)
        changed.append(row)
        if "ics" in differing or "ccs" in differing:
            reclassified.append(row)
    report.added += len(added)
    report.changed += len(changed)
    _store(added)
    Standard.objects.bulk_create(
        changed, batch_size=BATCH, update_conflicts=True, unique_fields=["number"], update_fields=list(STORED)
    )
    report.classified += index_codes([one for one in added if one.ics or one.ccs], new=True)
    report.classified += index_codes(reclassified)
    report.conflicts += keep_conflicts(conflicts)
    reindex(Standard, [one.pk for one in (*added, *changed)])
    return rows


def _store(added: list[Standard]) -> None:
    """New rows by the fast loader, and their keys."""
    names = ("number", *STORED)
    load(Standard, names, ([getattr(one, name) for name in names] for one in added))
    if len(added) > BATCH:
        keys = dict(Standard.objects.values_list("number", "pk"))
    else:
        keys = dict(Standard.objects.filter(number__in=[one.number for one in added]).values_list("number", "pk"))
    for one in added:
        one.pk = keys[one.number]


def _differing(row: Standard, facts: Facts) -> Facts:
    """The stated facts that are news for the row."""
    news: Facts = {}
    for name, value in facts.items():
        old = getattr(row, name)
        if value == old or value in ("", None, []) or name in row.fixed:
            continue
        news[name] = value
    if "published" in news and _within(row.published, facts["published"], facts.get("published_to", "day")):
        # The same date, known less exactly.
        del news["published"]
    if "published" not in news:
        news.pop("published_to", None)
    if facts.get("withdrawn_exact") is False and row.withdrawn:
        # "It has ended by then" says nothing new of one whose end is known.
        news.pop("withdrawn", None)
        news.pop("withdrawn_exact", None)
    if "withdrawn" not in news:
        news.pop("withdrawn_exact", None)
    return news


def dispute(row: Standard, name: str, other: Any, source: str, *, kept_source: str = "") -> Conflict:
    """A conflict between what the row says and another value."""
    return Conflict(
        standard=row,
        field=name,
        kept=str(getattr(row, name) or ""),
        other=str(other or ""),
        kept_source=(kept_source or row.source)[:200],
        other_source=source[:200],
    )


def keep_conflicts(conflicts: list[Conflict]) -> int:
    """Store conflicts that are not known yet; returns how many are new. What was settled stays settled."""
    if not conflicts:
        return 0
    known: set[tuple[int, str, str]] = set()
    keys = sorted({one.standard_id for one in conflicts})
    for start in range(0, len(keys), 500):
        known |= set(
            Conflict.objects.filter(standard_id__in=keys[start : start + 500]).values_list(
                "standard_id", "field", "other_source"
            )
        )
    new = {(one.standard_id, one.field, one.other_source): one for one in conflicts}
    fresh = [one for mark, one in new.items() if mark not in known]
    Conflict.objects.bulk_create(fresh, batch_size=BATCH)
    return len(fresh)


def relate(relations: list[Relation]) -> int:
    """Store relations that are not known yet; returns how many are new."""
    new = {(one.standard_id, one.kind, one.number): one for one in relations}
    known: set[tuple[int, str, str]] = set()
    keys = sorted({one.standard_id for one in relations})
    for start in range(0, len(keys), 500):
        known |= set(
            Relation.objects.filter(standard_id__in=keys[start : start + 500]).values_list(
                "standard_id", "kind", "number"
            )
        )
    fresh = [one for mark, one in new.items() if mark not in known]
    columns = ("standard_id", "kind", "number", "other_id", "degree", "doubt", "source")
    return load(Relation, columns, ([getattr(one, name) for name in columns] for one in fresh))


def connect(wanted: Mapping[Link, str], rows: Mapping[int, Standard | Slim], report: Report) -> None:
    """Enter whole replacements (successor, predecessor) with their source, as far as they make sense together.

    ``rows`` holds both ends. What contradicts stays visible as a doubted ``Relation``; what a keeper refuted
    is left out.
    """
    through = Standard.replaces.through
    known: set[Link] = set(through.objects.values_list("from_standard_id", "to_standard_id"))
    refuted: set[Link] = set(
        Relation.objects.filter(kind=Relation.Kind.NOT_REPLACES).values_list("standard_id", "other_id")
    )
    fresh = {link for link in wanted if link not in known and link not in refuted and link[0] != link[1]}
    report.known += sum(1 for link in wanted if link in known)
    days = {key: takes_effect(one.number, one.effective, one.published) for key, one in rows.items()}
    verdicts = admit(known, fresh, days)
    good = sorted(link for link, doubt in verdicts.items() if not doubt)
    load(through, ("from_standard_id", "to_standard_id"), good)
    report.linked += len(good)
    report.doubted += relate(
        [
            Relation(
                standard_id=new,
                kind=Relation.Kind.REPLACES,
                number=rows[old].number,
                other_id=old,
                doubt=doubt,
                source=wanted[new, old],
            )
            for (new, old), doubt in verdicts.items()
            if doubt
        ]
    )


def resolve(numbers: Iterable[str], report: Report) -> None:
    """Link what named these standards before they were registered."""
    wanted = list(numbers)
    waiting: list[Relation] = []
    if len(wanted) > BATCH:
        keep = set(wanted)
        waiting = [one for one in Relation.objects.filter(other=None, doubt="") if one.number in keep]
    elif wanted:
        waiting = list(Relation.objects.filter(other=None, doubt="", number__in=wanted))
    if not waiting:
        return
    named = fetch({one.number for one in waiting})
    naming = {one.pk: one for one in Standard.objects.filter(pk__in={one.standard_id for one in waiting})}
    whole = [one for one in waiting if one.kind in (Relation.Kind.REPLACES, Relation.Kind.REPLACED_BY)]
    rest = [one for one in waiting if one not in whole]
    for one in rest:
        one.other = named[one.number]
    Relation.objects.bulk_update(rest, ["other"], batch_size=500)
    Relation.objects.filter(pk__in=[one.pk for one in whole]).delete()
    links: dict[Link, str] = {}
    for one in whole:
        ends = (one.standard_id, named[one.number].pk)
        links[ends if one.kind == Relation.Kind.REPLACES else ends[::-1]] = one.source
    connect(links, {**naming, **{one.pk: one for one in named.values()}}, report)
    date_supersession({old for _new, old in links})


def kind_of(number: StandardNumber) -> str:
    """The kind of standard that a number's prefix stands for."""
    kinds = Standard.Kind
    prefix = number.prefix
    head = prefix.split("(")[0]
    exact = {"GB": kinds.GB, "GB/T": kinds.GBT, "GB/Z": kinds.GBZ, "JJG": kinds.JJG, "JJF": kinds.JJF}
    if head in exact:
        return exact[head].value
    if number.international:
        words = number.publisher.split("/")
        return {"ISO": kinds.ISO, "IEC": kinds.IEC, "IWA": kinds.ISO}.get(
            words[0].split(" ")[0], kinds.INTERNATIONAL
        ).value
    if prefix.startswith("DB"):
        return kinds.LOCAL.value
    if prefix.startswith("T/"):
        return kinds.ASSOCIATION.value
    if prefix.startswith("Q/"):
        return kinds.ENTERPRISE.value
    return (kinds.INDUSTRY if number.industry else kinds.OTHER).value


__all__ = ["Facts", "connect", "identity", "kind_of", "last_day", "merge", "parse_standard_number", "relate", "resolve"]
