"""Fingerprints of raw files: found again whatever was done to the file, bounded on what was made to hurt."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
import zlib

import pytest
from PIL import Image

from quanheng.kernel.results.printing import CURVES, MOST_CURVES, PHOTO, curves_in, keys_of, print_of
from quanheng.science.forensics.likeness import same_curve

WAVY = [(place * 7919 % 1000) / 500 - 1 + (place / 200) ** 2 for place in range(1000)]


def of(text: str, encoding: str = "utf-8") -> bytes:
    return print_of(io.BytesIO(text.encode(encoding)), "text/plain")


def rows(sign: str = ",", head: str = "t,v") -> str:
    return head + "\n" + "\n".join(f"{place}{sign}{value:.4f}" for place, value in enumerate(WAVY))


def test_a_table_has_the_print_of_its_curves_whatever_separates_its_cells() -> None:
    (first,) = curves_in(of(rows()))
    for text, encoding in (
        (rows("\t"), "utf-8"), (rows(";"), "utf-16"), (rows(" "), "utf-8"), (rows(head="时间,电压"), "gb18030"),
    ):  # fmt: skip
        (again,) = curves_in(of(text, encoding))
        assert same_curve(first, again) < 1e-6 and keys_of(CURVES + first) == keys_of(CURVES + again)


@pytest.mark.parametrize(
    "text",
    ["", "a,b\n", "1,2\n" * 5000, "x" * 100_000, "nan,inf\n" * 500, "1e308,-1e308\n" * 500, "\n" * 5000, ",\n" * 999],
)
def test_what_holds_no_curve_has_no_print(text: str) -> None:
    assert of(text) == b""


def test_a_table_of_a_million_rows_is_read_within_bounds() -> None:
    data = io.BytesIO(b"".join(b"%d,%d,%d\n" % (one, one * one % 997, one % 13) for one in range(1_000_000)))
    began = time.process_time()
    tracemalloc.start()
    found = print_of(data, "text/plain")
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found[:1] == CURVES and len(list(curves_in(found))) <= MOST_CURVES
    assert most < 200_000_000 and time.process_time() - began < 10


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that says it is so large."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(50_000, 50_000), (2**31 - 1, 2**31 - 1), (6000, 6000), (0, 0)])
def test_a_picture_that_unpacks_into_more_than_memory_has_no_print(size: tuple[int, int]) -> None:
    tracemalloc.start()
    assert print_of(io.BytesIO(bomb(*size)), "image/png") == b""
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20_000_000


def test_broken_and_plain_pictures_have_no_print() -> None:
    whole = io.BytesIO()
    Image.effect_noise((300, 200), 80).save(whole, "PNG")
    data = whole.getvalue()
    assert print_of(io.BytesIO(data), "image/png")[:1] == PHOTO
    for end in (8, 30, 60):
        assert print_of(io.BytesIO(data[:end]), "image/png") == b""
    assert print_of(io.BytesIO(data), "application/pdf") == b""
    plain = io.BytesIO()
    Image.new("RGB", (300, 200), (9, 9, 9)).save(plain, "JPEG")
    assert print_of(io.BytesIO(plain.getvalue()), "image/jpeg") == b""
