"""What is wrong with a file as a whole, and the bounds that every file must keep."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

Cells = list[str]
# Row number as a spreadsheet shows it, and the row's cells.
NumberedRow = tuple[int, Cells]


class Unreadable(Exception):
    """A file that cannot be read. ``code`` names the sentence in ``wording``, ``facts`` fill its gaps."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts


@dataclass(frozen=True)
class Limits:
    """The most that a file may have, in bytes, rows, columns and characters."""

    file: int = 200 * 1024 * 1024
    # JSON that is one array has to be in memory as a whole.
    json: int = 50 * 1024 * 1024
    unpacked: int = 1024 * 1024 * 1024
    # A sheet of the same row again and again packs some fifty times; a bomb a thousand times.
    ratio: int = 200
    entries: int = 2000
    rows: int = 300_000
    columns: int = 200
    # What a cell of a workbook can hold.
    cell: int = 32_767
    line: int = 2 * 1024 * 1024
    # Of the process that reads.
    memory: int = 1536 * 1024 * 1024
    seconds: int = 180

    def facts(self) -> dict[str, int]:
        return asdict(self)
