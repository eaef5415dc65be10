"""The rows of an import as they stand: the file's blocks with what was mended, each read by its kind's own checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.cells import Cells
from quanheng.kernel.base.errors import FieldError, in_language
from quanheng.kernel.base.texts import filled
from quanheng.kernel.imports.kinds import Reader
from quanheng.kernel.imports.models import Batch, Block, StagedRow
from quanheng.kernel.imports.reading.frames import rows_in
from quanheng.kernel.imports.spelling import Naming, choice_message, serial_day, serial_message, spells
from quanheng.kernel.imports.wording import remark

# Errors kept of one row: enough to mend it by.
MAX_ROW_ERRORS = 30
Errors = list[dict[str, str]]


@dataclass
class Row:
    """One row by its number in the file: columns of the kind, what the file has too much or too little, and remarks."""

    number: int
    raw: list[str]
    cells: dict[str, str]
    ragged: int = 0
    staged: StagedRow | None = None

    @property
    def errors(self) -> Errors:
        return self.staged.errors if self.staged else []

    @property
    def dropped(self) -> bool:
        return self.staged is not None and self.staged.dropped


@dataclass
class Outcome:
    """What checking found. ``rows`` and ``built`` are kept only where they are asked for."""

    bad: int = 0
    dropped: int = 0
    total: int = 0
    rows: list[dict[str, str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    built: list[Any] = field(default_factory=list)


class Rows:
    """The rows of a batch under its mapping."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.naming = Naming(batch.what, batch.mapping, len(batch.head))

    def _row(self, number: int, raw: list[str], staged: StagedRow | None) -> Row:
        values = staged.values if staged else None
        # A row that was mended by hand has been looked at: its cells are what they should be.
        ragged = 0 if values else len(raw) - self.naming.width
        return Row(number, raw, self.naming.row(raw, values), ragged, staged)

    def blocks(self) -> Iterator[list[Row]]:
        """All rows, block by block: memory for one block, two queries each."""
        last = -1
        while True:
            block = Block.objects.filter(batch_id=self.batch.pk, last__gt=last).order_by("last").first()
            if block is None:
                return
            beside = self._staged(number__range=(block.first, block.last))
            yield [self._row(number, raw, beside.get(number)) for number, raw in rows_in(bytes(block.data))]
            last = block.last

    def wrong(self, *, after: int = -1, before: int | None = None, count: int) -> list[Row]:
        """The next wrong rows behind a number, or the nearest before one; in order. One query."""
        rows = StagedRow.objects.filter(batch_id=self.batch.pk, wrong=True)
        if before is None:
            found = list(rows.filter(number__gt=after).order_by("number")[:count])
        else:
            found = list(rows.filter(number__lt=before).order_by("-number")[:count])[::-1]
        return [self._row(one.number, one.cells, one) for one in found]

    def any(self, *, after: int = -1, before: int | None = None, count: int) -> list[Row]:
        """The same of all rows. Two or three queries."""
        blocks = Block.objects.filter(batch_id=self.batch.pk)
        found: list[Any] = []
        if before is None:
            blocks, place = blocks.filter(last__gt=after).order_by("last"), after
        else:
            blocks, place = blocks.filter(first__lt=before).order_by("-last"), before
        for block in blocks.iterator(chunk_size=1):
            here = rows_in(bytes(block.data))
            if before is None:
                found += [one for one in here if one[0] > place][: count - len(found)]
            else:
                found = [one for one in here if one[0] < place][-(count - len(found)) :] + found
            if len(found) >= count:
                break
        return self._beside(found)

    def numbered(self, numbers: Sequence[int]) -> list[Row]:
        """The rows with these numbers, in order; those that do not exist are left out."""
        beside = self._staged(number__in=list(numbers))
        found = [(one.number, one.cells) for one in beside.values()]
        missing = sorted(set(numbers) - beside.keys())
        while missing:
            block = Block.objects.filter(batch_id=self.batch.pk, last__gte=missing[0]).order_by("last").first()
            if block is None:
                break
            wanted = {number for number in missing if number <= block.last}
            found += [(number, raw) for number, raw in rows_in(bytes(block.data)) if number in wanted]
            missing = [number for number in missing if number > block.last]
        return [self._row(number, raw, beside.get(number)) for number, raw in sorted(found)]

    def _staged(self, **where: Any) -> dict[int, StagedRow]:
        return {one.number: one for one in StagedRow.objects.filter(batch_id=self.batch.pk, **where)}

    def _beside(self, found: Sequence[Any]) -> list[Row]:
        beside = self._staged(number__in=[number for number, _raw in found])
        return [self._row(number, raw, beside.get(number)) for number, raw in found]


def errors_of(row: Row, cells: Cells, naming: Naming) -> list[FieldError]:
    """What is wrong with a row: the kind's own complaints, dates that came as numbers, cells without a column."""
    errors = cells.errors
    if row.ragged:
        told = (
            _("比表头多 %(count)s 格，多出的内容会丢失。请检查该行的分隔符与引号。")
            if row.ragged > 0
            else _("比表头少 %(count)s 格，后面的列可能错位。请检查该行的分隔符，缺的格留空。")
        )
        errors = [FieldError("", filled(told, count=abs(row.ragged))), *errors]
    for name in naming.dates:
        text = row.cells[name]
        if text and (day := serial_day(text)):
            errors = [one for one in errors if one.field != name] + [FieldError(name, serial_message(text, day))]
    if errors:
        errors = [_as_people_say(one, row, naming) for one in errors]
    return errors[:MAX_ROW_ERRORS]


def _as_people_say(error: FieldError, row: Row, naming: Naming) -> FieldError:
    """A service names the codes that it takes; who fills in a table knows them by their labels."""
    column, values = naming.choices.get(error.field, (None, set()))
    text = row.cells.get(error.field, "")
    if column is None or not text or text in values:
        return error
    return FieldError(error.field, choice_message(text, column))


def told(found: Sequence[tuple[int, list[FieldError]]]) -> dict[int, Errors]:
    """Errors of many rows in both languages; each language is turned on once."""
    texts: dict[str, list[list[str]]] = {}
    for key, language in (("zh", "zh-hans"), ("en", "en")):
        with override(language):
            texts[key] = [[str(error.message) for error in errors] for _number, errors in found]
    return {
        number: [
            {"field": error.field, "zh": zh, "en": en}
            for error, zh, en in zip(errors, texts["zh"][place], texts["en"][place], strict=True)
        ]
        for place, (number, errors) in enumerate(found)
    }


def check_rows(rows: Sequence[Row], read: Reader, naming: Naming, keep: Outcome | None = None) -> dict[int, Errors]:
    """What is wrong with each of some rows, by number; rows left out are not looked at."""
    wanted = [row for row in rows if not row.dropped]
    build = read([row.cells for row in wanted])
    found: list[tuple[int, list[FieldError]]] = []
    for row in wanted:
        cells = Cells(row.cells, row.number)
        made = build(cells)
        errors = errors_of(row, cells, naming)
        if errors:
            found.append((row.number, errors))
        elif keep is not None:
            keep.rows.append(row.cells)
            keep.numbers.append(row.number)
            keep.built.append(made)
    return told(found)


def check_all(
    batch: Batch, actor: Actor, *, keep: str = "", progress: Callable[[int], None] = lambda done: None
) -> Outcome:
    """Read every row by the kind's checks and note what is wrong. ``keep``: "rows" or "built", for the commit.

    Notes are written block by block in short transactions, so that others are not kept waiting; doing it again
    from the beginning gives the same.
    """
    rows, outcome = Rows(batch), Outcome()
    read = batch.what.check(actor, batch.owner)
    blocks: Iterable[list[Row]] = rows.blocks()
    if batch.what.whole:
        blocks = [[row for block in blocks for row in block]]
    for block in blocks:
        kept = Outcome()
        wrong = check_rows(block, read, rows.naming, kept if keep else None)
        note(batch, block, wrong)
        if keep == "rows":
            outcome.rows += kept.rows
        elif keep == "built":
            outcome.built += kept.built
        outcome.numbers += kept.numbers
        outcome.bad += len(wrong)
        outcome.dropped += sum(row.dropped for row in block)
        outcome.total += len(block)
        progress(outcome.total)
    return outcome


def leave_out_example(batch: Batch) -> None:
    """The example of the template, where it was left standing, is not brought in; the file's remarks say so."""
    first = Rows(batch).any(count=1)
    example = {name: text for name, text in batch.what.example.items() if text}
    if not first or first[0].staged is not None or len(example) < 2:
        return
    row = first[0]
    spell = spells(batch.what)
    spelt = {name: spell.get(name, str)(text) for name, text in example.items()}
    if all(row.cells[name] == text for name, text in spelt.items()) and not any(
        text for name, text in row.cells.items() if name not in spelt
    ):
        StagedRow.objects.create(batch=batch, number=row.number, cells=row.raw, dropped=True)
        message = remark("example", {"row": row.number})
        batch.remarks = [
            *batch.remarks,
            {"zh": in_language(message, "zh-hans"), "en": in_language(message, "en")},
        ]


def note(batch: Batch, rows: Sequence[Row], wrong: dict[int, Errors]) -> None:
    """Write down what is wrong with rows, and that nothing is any more with the others."""
    changed, new, gone = [], [], []
    for row in rows:
        errors = wrong.get(row.number, [])
        beside = row.staged
        if beside is None:
            if errors:
                new.append(StagedRow(batch_id=batch.pk, number=row.number, cells=row.raw, errors=errors, wrong=True))
        elif not errors and not beside.values and not beside.dropped:
            gone.append(beside.pk)
        elif beside.errors != errors:
            beside.errors, beside.wrong = errors, bool(errors)
            changed.append(beside)
    if not (changed or new or gone):
        return
    with transaction.atomic():
        if gone:
            StagedRow.objects.filter(pk__in=gone).delete()
        if changed:
            StagedRow.objects.bulk_update(changed, ["errors", "wrong"], batch_size=200)
        if new:
            StagedRow.objects.bulk_create(
                new, batch_size=500, update_conflicts=True,
                unique_fields=["batch", "number"], update_fields=["errors", "wrong"],
            )  # fmt: skip
