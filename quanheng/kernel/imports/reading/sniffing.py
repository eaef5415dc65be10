"""What a file is, by its content: its name may say anything."""

from __future__ import annotations

import zipfile
from pathlib import Path

from quanheng.kernel.imports.reading.refused import Limits, Unreadable

# First bytes of files that people mistake for tables, by what they are.
_OTHERS = (
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"#!", "program"),
    (b"%PDF", "pdf"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"BM", "picture"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"SQLite format 3", "database"),
    (b"{\\rtf", "document"),
    (b"<!DOCTYPE", "web page"),
    (b"<html", "web page"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD = 65536


def format_of(path: Path, limits: Limits) -> str:
    """``csv``, ``json``, ``jsonl``, ``xlsx``, ``ods`` or ``xls``. Raises Unreadable for anything else."""
    size = path.stat().st_size
    if not size:
        raise Unreadable("empty")
    if size > limits.file:
        raise Unreadable("too_large", size=size, limit=limits.file)
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(b"PK"):
        return _archive(path, limits)
    if head.startswith(_OLE):
        return "xls"
    for beginning, kind in _OTHERS:
        if head.startswith(beginning) and not _is_text(head, beginning):
            raise Unreadable("not_a_table", kind=kind)
    if not head.startswith((b"\xff\xfe", b"\xfe\xff")) and _has_controls(head):
        raise Unreadable("not_a_table", kind="binary")
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if not first:
        raise Unreadable("empty")
    if first.startswith(b"["):
        return "json"
    return "jsonl" if first.startswith(b"{") else "csv"


def _is_text(head: bytes, beginning: bytes) -> bool:
    """A table may begin with a column called MZ or BM: two letters say nothing where no byte is unprintable."""
    return len(beginning) <= 2 and beginning.isalpha() and not _has_controls(head)


def _has_controls(head: bytes) -> bool:
    return any(byte in head for byte in b"\x00\x01\x02\x03\x04\x05\x06\x07\x0e\x0f\x10\x11\x12\x13\x14\x15")


def _archive(path: Path, limits: Limits) -> str:
    """A workbook's format, its archive being what it says: few files of honest sizes."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > limits.entries:
                raise Unreadable("too_many_entries", count=len(entries), limit=limits.entries)
            _check_sizes(entries, limits)
            names = {entry.filename for entry in entries}
            if any(entry.flag_bits & 1 for entry in entries):
                raise Unreadable("encrypted")
            if "xl/workbook.xml" in names or "xl/workbook.bin" in names:
                return "xlsx"
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                kind = archive.read("mimetype").decode("ascii", "replace")
                if "opendocument.spreadsheet" in kind and "content.xml" in names:
                    return "ods"
            raise Unreadable("not_a_table", kind="document" if "word/document.xml" in names else "archive")
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, RuntimeError) as error:
        raise Unreadable("broken_workbook") from error


def _check_sizes(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > limits.unpacked:
        raise Unreadable("bomb", size=unpacked, limit=limits.unpacked)
    for entry in entries:
        # Small entries may pack as well as they like.
        if entry.file_size > 8 * 1024 * 1024 and entry.file_size > limits.ratio * max(entry.compress_size, 1):
            raise Unreadable("bomb", size=entry.file_size, limit=limits.unpacked)
