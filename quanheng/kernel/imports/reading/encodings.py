"""Which encoding a text file is in: UTF-8 with or without its mark, GB 18030, UTF-16; or which line breaks the rule."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from quanheng.kernel.imports.reading.refused import Limits, Unreadable

_BLOCK = 1 << 20
# A Chinese character in UTF-8. Hardly any text in GB 18030 happens to read so.
_CHINESE = re.compile(rb"[\xe4-\xe9][\x80-\xbf]{2}")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def encoding_of(path: Path, limits: Limits) -> str:
    """Python's name of the encoding. Raises Unreadable naming the first line that does not fit the others."""
    with path.open("rb") as file:
        beginning = file.read(4)
    for mark, name in _MARKS:
        if beginning.startswith(mark):
            if _decodes(path, name):
                return name
            raise Unreadable("broken_text", line=_first_broken(path, name, limits), encoding=name.upper())
    if _decodes(path, "utf-8"):
        return "utf-8"
    mixed = _mixed(path, limits)
    if mixed is None and _decodes(path, "gb18030"):
        return "gb18030"
    if mixed is not None:
        raise Unreadable("mixed_encodings", line=mixed)
    raise Unreadable("broken_text", line=_first_broken(path, "gb18030", limits), encoding="GB 18030")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _lines(path: Path, limits: Limits) -> Iterator[tuple[int, bytes]]:
    """Lines from 1. Raises Unreadable for an endless one."""
    with path.open("rb") as file:
        number = 0
        while line := file.readline(limits.line + 1):
            number += 1
            if len(line) > limits.line:
                raise Unreadable("line_too_long", line=number)
            yield number, line


def _fits(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeError:
        return False
    return True


def _mixed(path: Path, limits: Limits) -> int | None:
    """The first line in another encoding than the lines before it; None where no line is surely UTF-8."""
    first: dict[bool, int] = {}
    for number, line in _lines(path, limits):
        if line.isascii():
            continue
        fits = _fits(line, "utf-8")
        if fits and not _CHINESE.search(line):
            continue
        first.setdefault(fits, number)
        if len(first) == 2:
            return max(first.values())
    return None


def _first_broken(path: Path, encoding: str, limits: Limits) -> int:
    if encoding.startswith("utf-16"):
        return 1
    return next((number for number, line in _lines(path, limits) if not _fits(line, encoding)), 1)
