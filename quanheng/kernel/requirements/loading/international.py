"""Reading the open register of ISO deliverables: records, their relations, and the records that occur twice.

What its "updates" calls updated is the older document: it is replaced, or amended, by the other one. These links are
turned round; "obsoletes" links are as they say. Parquet is read by DuckDB, inside the functions that need it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.bulk import roomy
from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.requirements.loading.codes import read_codes
from quanheng.kernel.requirements.loading.graph import date_supersession, write_columns
from quanheng.kernel.requirements.loading.merging import (
    Facts,
    Slim,
    connect,
    dispute,
    fetch,
    fetch_slim,
    identity,
    keep_conflicts,
    kind_of,
    last_day,
    merge,
    relate,
    resolve,
)
from quanheng.kernel.requirements.loading.report import Report
from quanheng.kernel.requirements.models import Conflict, Relation, Standard
from quanheng.kernel.requirements.models.standards import PUBLISHED_STAGE
from quanheng.science.errors import ScienceError
from quanheng.science.identifiers.standard_number import StandardNumber, parse_standard_number

SOURCE = "ISO (relaton-data-iso)"
FILES = ("iso_deliverables.parquet", "iso_relations.parquet", "iso_duplicate_records.parquet")
TYPES = {
    "international-standard": Standard.Type.STANDARD,
    "technical-specification": Standard.Type.SPECIFICATION,
    "technical-report": Standard.Type.REPORT,
    "publicly-available-specification": Standard.Type.PAS,
    "guide": Standard.Type.GUIDE,
    "international-workshop-agreement": Standard.Type.WORKSHOP,
    "directive": Standard.Type.DIRECTIVE,
}
DELIVERABLES = ("id", "title_en", "doctype", "edition", "published", "stage", "substage", "ics", "committee")
RELATIONS = ("id", "relation", "related_id", "related_date")
DUPLICATES = ("id", "title_en", "published", "stage", "substage", "file")
Rows = list[tuple[Any, ...]]


@roomy()
def load_international(path: Path, on: date | None = None) -> Report:
    """Read one file, or a folder of them, told apart by their columns. Raises Invalid.

    ``on`` is the day (today) by which ended is what the source calls ended, without a date.
    """
    files = [path / name for name in FILES if (path / name).is_file()] if path.is_dir() else [path]
    if not files:
        raise Invalid.field("file", _("文件夹中没有 ISO 题录，请指定 iso_deliverables.parquet 等文件。"))
    report = Report()
    for file in files:
        kind, rows = read_parquet(file)
        report.read += len(rows)
        with transaction.atomic(savepoint=False):
            kind(rows, on or timezone.localdate(), report)
    return report


def read_parquet(path: Path) -> tuple[Any, Rows]:
    """What reads the rows of a file, and the rows in the order of its columns. Raises Invalid."""
    import duckdb

    kinds: tuple[tuple[Any, tuple[str, ...]], ...] = (
        (load_deliverables, DELIVERABLES),
        (load_relations, RELATIONS),
        (load_duplicates, DUPLICATES),
    )
    reader = "read_csv(?, all_varchar = true)" if path.suffix == ".csv" else "read_parquet(?)"
    try:
        with duckdb.connect(config={"threads": 2}) as connection:
            have = {
                name for name, *_rest in connection.execute(f"DESCRIBE SELECT * FROM {reader}", [str(path)]).fetchall()
            }
            for kind, columns in kinds:
                if have.issuperset(columns):
                    wanted = ", ".join(f"coalesce(CAST({name} AS VARCHAR), '') AS {name}" for name in columns)
                    rows = connection.execute(f"SELECT {wanted} FROM {reader}", [str(path)]).fetchall()
                    return kind, rows
    except duckdb.Error as error:
        sentence = _("读不出这个文件，请确认它是 Parquet 文件且没有损坏。")
        raise Invalid.field("file", sentence) from error
    raise Invalid.field("file", _("看不出是哪种 ISO 题录：列应为题录、关系或重复记录的列。"))


def ended(stage: str) -> bool:
    """Whether a stage ends a document: withdrawn (95.99), or a project that was cancelled (x0.98)."""
    return stage == "95.99" or ("" < stage < "60" and stage.endswith(".98"))


def _numbers(rows: Rows, places: tuple[int, ...], report: Report) -> dict[str, StandardNumber]:
    """Every identifier at these places of the rows, read; what is none is reported."""
    found: dict[str, StandardNumber] = {}
    for text in {row[place] for row in rows for place in places}:
        try:
            found[text] = parse_standard_number(text)
        except ScienceError:
            report.unread.append((text[:80], ""))
    return found


def load_deliverables(rows: Rows, on: date, report: Report) -> None:
    """Enter the bibliographic records; one that occurs twice is merged, the later row counts."""
    numbers = _numbers(rows, (0,), report)
    stated: dict[str, Facts] = {}
    for row in rows:
        number = numbers.get(row[0])
        if number is None:
            continue
        if number.text in stated:
            report.merged += 1
        stated[number.text] = _facts(number, row, on, report)
    made = merge(stated, report)
    _reopen(made, stated)
    resolve(stated, report)
    date_supersession(one.pk for one in made.values())
    _compare(on, report)


def _facts(number: StandardNumber, row: tuple[str, ...], on: date, report: Report) -> Facts:
    _id, title, doctype, edition, published, stage, substage, ics, committee = row
    try:
        day, known_to = last_day(published)
    except (ValueError, TypeError):
        day, known_to = None, Standard.Precision.DAY.value
        report.unread.append((number.text, published[:40]))
    if day and number.base != number and number.issued and day.year != number.issued:
        # The source repeats the edition's date beside its amendments.
        day, known_to = None, Standard.Precision.DAY.value
    codes, bad = read_codes(ics, "ics")
    report.unread += [(number.text, piece[:40]) for piece in bad]
    at = f"{stage}.{substage}" if len(stage) == len(substage) == 2 else ""
    return {
        **identity(number),
        "title_en": title[:600],
        "kind": kind_of(number),
        "doctype": TYPES.get(doctype, Standard.Type.STANDARD).value,
        "edition": int(edition) if edition.isascii() and edition.isdigit() and len(edition) < 4 else None,
        "published": day,
        "published_to": known_to,
        "stage": at,
        "ics": codes,
        "committee": committee[:160],
        "body": number.publisher.split(" ")[0],
        "source": SOURCE,
        "confidence": "secondary",
        **({"withdrawn": on, "withdrawn_exact": False} if ended(at) else {}),
    }


def _reopen(made: Mapping[str, Standard], stated: Mapping[str, Facts]) -> None:
    """What was taken for ended by its stage, and is not so any more, has not ended."""
    open_again = [
        one
        for number, one in made.items()
        if one.withdrawn
        and not one.withdrawn_exact
        and "withdrawn" not in stated[number]
        and "withdrawn" not in one.fixed
    ]
    for one in open_again:
        one.withdrawn, one.withdrawn_exact = None, True
    Standard.objects.bulk_update(open_again, ["withdrawn", "withdrawn_exact"], batch_size=500)


def _compare(on: date, report: Report) -> None:
    """Count the records whose stage says that they are in force, though a successor has taken effect."""
    rows = Standard.objects.filter(source=SOURCE, stage__gte=PUBLISHED_STAGE, superseded_on__lte=on)
    for stage in rows.values_list("stage", flat=True):
        if not ended(stage):
            report.corrected[stage, "superseded"] += 1


def load_relations(rows: Rows, on: date, report: Report) -> None:
    """Enter who replaces, amends or belongs to whom."""
    numbers = _numbers(rows, (0, 2), report)
    table = fetch_slim(number.text for number in numbers.values())
    by_key = {one.pk: one for one in table.values()}
    links: dict[tuple[int, int], str] = {}
    relations: list[Relation] = []
    days: dict[int, set[date]] = defaultdict(set)
    for text, relation, related, related_date in rows:
        number, other = numbers.get(text), numbers.get(related)
        if number is None or other is None or number.text not in table:
            report.unresolved += number is not None and other is not None
            continue
        report.named += 1
        this, that = table[number.text], table.get(other.text)
        if relation == "updates":
            report.turned += 1
            if that and related_date:
                days[that.pk].add(date.fromisoformat(related_date))
            if other.amendment and other.base == number:
                # The later document amends this one: "amends" stands at the amendment.
                report.amended += that is not None
                if that:
                    relations.append(_relation(that.pk, Relation.Kind.AMENDS, number.text, this.pk))
                else:
                    relations.append(_relation(this.pk, Relation.Kind.AMENDED_BY, other.text, None))
            elif that:
                links[that.pk, this.pk] = SOURCE
            else:
                relations.append(_relation(this.pk, Relation.Kind.REPLACED_BY, other.text, None))
        elif relation == "obsoletes":
            if that:
                links[this.pk, that.pk] = SOURCE
            else:
                relations.append(_relation(this.pk, Relation.Kind.REPLACES, other.text, None))
        elif relation == "partOf":
            relations.append(_relation(this.pk, Relation.Kind.PART_OF, other.text, that.pk if that else None))
        else:
            report.unread.append((number.text, relation[:40]))
    report.remarks += len(rows)
    _sharpen(days, by_key, report)
    connect(links, by_key, report)
    waiting = [one for one in relations if one.other_id is None]
    report.unresolved += relate(waiting)
    relate([one for one in relations if one.other_id is not None])
    date_supersession(by_key)
    _compare(on, report)


def _relation(standard: int, kind: str, number: str, other: int | None) -> Relation:
    return Relation(standard_id=standard, kind=kind, number=number, other_id=other, source=SOURCE)


def _sharpen(days: Mapping[int, set[date]], rows: dict[int, Slim], report: Report) -> None:
    """The day of publication, which the links tell, where the record has only its month or year."""
    changed: list[tuple[date, str, int]] = []
    for key, found in days.items():
        row, day = rows[key], max(found)
        if (row.published and row.published_to == Standard.Precision.DAY) or "published" in row.fixed:
            continue
        if row.published is None:
            fits = row.year == day.year
        else:
            of_year = row.published_to == Standard.Precision.YEAR
            fits = row.published.year == day.year and (of_year or row.published.month == day.month)
        if fits:
            rows[key] = row._replace(published=day, published_to=Standard.Precision.DAY.value)
            changed.append((day, Standard.Precision.DAY.value, key))
    write_columns(("published", "published_to"), changed)
    report.changed += len(changed)


def load_duplicates(rows: Rows, on: date, report: Report) -> None:
    """Compare the records that occur twice; where they disagree on stage or title a conflict waits for a keeper.

    The register shows the record whose values it has; a stage that differs only in its second half is merged.
    """
    numbers = _numbers(rows, (0,), report)
    records: dict[str, Rows] = defaultdict(list)
    for row in rows:
        if row[0] in numbers:
            records[numbers[row[0]].text].append(row)
    table = fetch(records)
    conflicts: list[Conflict] = []
    for number, several in records.items():
        standard = table.get(number)
        if standard is None:
            report.unresolved += 1
            continue
        report.merged += len(several) > 1
        for column, name in ((1, "title_en"), (3, "stage")):
            if len({one[column] for one in several}) < 2 or name in standard.fixed:
                continue
            shown = standard.stage[:2] if name == "stage" else standard.title_en
            same = next((one for one in several if one[column] == shown), several[0])
            for one in several:
                if one[column] != same[column]:
                    value = f"{one[3]}.{one[4]}" if name == "stage" else one[1]
                    conflicts.append(dispute(standard, name, value, one[5], kept_source=same[5]))
    report.conflicts += keep_conflicts(conflicts)


__all__ = ["ended", "load_international"]
