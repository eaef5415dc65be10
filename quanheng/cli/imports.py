"""``./qh import KIND FILE``: read a table into the registers, all of it or nothing."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import django
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class Kind:
    """What can be imported, and the function ``(rows) -> number of rows`` that does it.

    One that reads files of others by itself takes the path instead, and answers with a report.
    """

    name: str
    help: str
    loader: str
    itself: bool = False


CASES = "quanheng.kernel.cases.loading"
REQUIREMENTS = "quanheng.kernel.requirements.loading"

# The first tables of each kind, with their columns explained, lie in kernel/cases/data and kernel/requirements/data.
KINDS = {
    kind.name: kind
    for kind in (
        Kind("rules", "statutory periods", f"{CASES}.load_rules"),
        Kind("holidays", "days off and make-up workdays", f"{CASES}.load_holidays"),
        Kind("standards", "standards and what they replace", f"{REQUIREMENTS}.load_standards"),
        Kind("items", "what is determined", f"{REQUIREMENTS}.load_items"),
        Kind("requirements", "clauses with their limits", f"{REQUIREMENTS}.load_requirements"),
        Kind(
            "classifications",
            "tables of ICS and CCS, or a folder of them",
            f"{REQUIREMENTS}.load_classifications",
            True,
        ),
        Kind("standards-cn", "records of Chinese registers, or a folder of them", f"{REQUIREMENTS}.load_chinese", True),
        Kind(
            "standards-iso", "records of ISO (Parquet), or a folder of them", f"{REQUIREMENTS}.load_international", True
        ),
    )
}


class Unreadable(Exception):
    """The file is not a table that can be read; the message says what to do."""


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file in UTF-8, cells stripped. Raises Unreadable."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            rows = [{name: cell.strip() for name, cell in _whole(row, reader.line_num)} for row in reader]
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path} is not UTF-8 (byte {error.start}). Save it as “CSV UTF-8” and try again.") from error
    except csv.Error as error:
        raise Unreadable(f"{path} is not a well-formed CSV file: {error}.") from error
    if not rows:
        raise Unreadable(f"{path} has no rows below its head.")
    return rows


def _whole(row: dict[str | None, str | list[str] | None], line: int) -> Iterable[tuple[str, str]]:
    for name, cell in row.items():
        if name is None or not isinstance(cell, str):
            raise csv.Error(f"line {line} has {'more' if name is None else 'fewer'} cells than the head")
        yield name, cell


def main(given: list[str]) -> int:
    """0 when every row was read; 1 with every wrong row named, and nothing stored."""
    parser = argparse.ArgumentParser(
        prog="./qh import",
        description="Read a table into the registers, all of it or nothing.",
        epilog="kinds: " + "; ".join(f"{kind.name} ({kind.help})" for kind in KINDS.values()),
    )
    parser.add_argument("kind", choices=sorted(KINDS))
    parser.add_argument("file", type=Path)
    options = parser.parse_args(given)
    django.setup()
    from quanheng.kernel.base.errors import Refusal

    kind = KINDS[options.kind]
    load: Callable[[object], object] = import_string(kind.loader)
    try:
        if kind.itself and not options.file.exists():
            raise Unreadable(f"{options.file}: No such file or directory.")
        done = load(options.file if kind.itself else rows_of(options.file))
    except Unreadable as error:
        print(f"qh: {error}", file=sys.stderr)
        return 1
    except Refusal as refusal:
        print(f"qh: {refusal}", file=sys.stderr)
        for wrong in refusal.errors:
            place = " ".join(filter(None, (f"row {wrong.row}" if wrong.row else "", wrong.field)))
            print(f"  {place}: {wrong.message}", file=sys.stderr)
        return 1
    print(done if kind.itself else f"{done} rows read.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
