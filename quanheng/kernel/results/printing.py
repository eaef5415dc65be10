"""Fingerprints of raw files at upload: of the curves in a table, of a photograph; what cannot be read has none.

Files come from anybody, so everything is bounded: bytes and lines that are read, columns that are kept, the area of a
picture before any of it is unpacked. A file without fingerprint is kept like any other; only its bytes are compared.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import IO, Any

from quanheng.kernel.results.sniffing import HEAD

logger = logging.getLogger(__name__)

MOST_BYTES = 8 * 1024 * 1024
MOST_ROWS = 100_000
MOST_COLUMNS = 12
# Curves of one file that are kept.
MOST_CURVES = 3
MOST_PIXELS = 25_000_000
# A JPEG is unpacked at an eighth of its size, where it is larger than what is wanted of it.
MOST_PIXELS_JPEG = 200_000_000
CURVES, PHOTO = b"c", b"p"
# Of the rows of a column so many must be numbers.
_NUMBERS = 0.9


def print_of(file: IO[bytes], media_type: str) -> bytes:
    """The fingerprint of a file that begins at its place: ``CURVES`` or ``PHOTO`` and what follows, or nothing."""
    try:
        if media_type in ("image/png", "image/jpeg"):
            return _photo(file)
        if media_type == "text/plain":
            return _curves(file.read(MOST_BYTES))
    # Readers of pictures raise nearly anything on broken ones; none of it is a reason not to keep a record.
    except Exception as error:
        logger.info("raw file without fingerprint: %s", type(error).__name__)
    return b""


def keys_of(fingerprint: bytes) -> list[int]:
    """The numbers under which a fingerprint is found."""
    from quanheng.science.forensics import likeness

    if fingerprint[:1] == PHOTO:
        return likeness.photo_keys(fingerprint[1:])
    return sorted({key for curve in curves_in(fingerprint) for key in likeness.curve_keys(curve)})


def curves_in(fingerprint: bytes) -> Iterator[bytes]:
    """The curves of a fingerprint."""
    from quanheng.science.forensics.likeness import FINE

    if fingerprint[:1] == CURVES:
        for start in range(1, len(fingerprint), 2 * FINE):
            yield fingerprint[start : start + 2 * FINE]


def _photo(file: IO[bytes]) -> bytes:
    import numpy as np
    from PIL import Image

    from quanheng.science.forensics.likeness import KEPT, photo_print

    with Image.open(file, formats=("PNG", "JPEG")) as picture:
        area = picture.width * picture.height
        if area > (MOST_PIXELS_JPEG if picture.format == "JPEG" else MOST_PIXELS):
            return b""
        picture.draft("L", (KEPT * 8, KEPT * 8))
        grey = picture.convert("L").resize((KEPT, KEPT), Image.Resampling.BILINEAR)
    found = photo_print(np.asarray(grey, dtype=float))
    return PHOTO + found if found else b""


def _curves(data: bytes) -> bytes:
    from quanheng.science.forensics.likeness import curve_print

    found = b""
    kept = 0
    for column in _columns(_text(data)):
        if kept < MOST_CURVES and (one := curve_print(column)):
            found, kept = found + one, kept + 1
    return CURVES + found if found else b""


def _text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    # Numbers and what stands between them are ASCII in every other encoding that there is.
    return data.decode("ascii", errors="replace")


def _columns(text: str) -> Iterator[list[float]]:
    """The columns of a table that are numbers, as far as they are read."""
    lines = text.split("\n", MOST_ROWS)[:MOST_ROWS]
    sign = _separator(lines[:50])
    columns: list[list[float]] = [[] for _ in range(MOST_COLUMNS)]
    rows = 0
    for line in lines:
        if not line.strip() or len(line) > HEAD:
            continue
        rows += 1
        for place, cell in enumerate(line.split(sign, MOST_COLUMNS)[:MOST_COLUMNS]):
            number = _number(cell)
            if number is not None:
                columns[place].append(number)
    for column in columns:
        if len(column) >= rows * _NUMBERS:
            yield column


def _separator(lines: list[str]) -> str | None:
    """What separates cells: what stands in most lines; None: blanks."""
    counts: dict[str, int] = {sign: sum(sign in line for line in lines) for sign in ("\t", ";", ",")}
    best = max(counts, key=lambda sign: counts[sign])
    return best if counts[best] * 2 > len(lines) else None


def _number(cell: str) -> float | None:
    cell = cell.strip().strip('"')
    try:
        number = float(cell) if len(cell) < 40 else None
    except ValueError:
        return None
    return number if number is not None and abs(number) < 1e150 else None


def printed(file: Any, media_type: str) -> bytes:
    """The fingerprint of an uploaded file, which is left at its beginning."""
    file.seek(0)
    try:
        return print_of(file, media_type)
    finally:
        file.seek(0)
