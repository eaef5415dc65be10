"""Files that no person would make: whatever the bytes, the reader says a table or a refusal, soon, in little memory."""

from __future__ import annotations

import random
import tempfile
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from quanheng.kernel.imports import wording
from quanheng.kernel.imports.reading.apart import read_apart
from quanheng.kernel.imports.reading.refused import Limits, Unreadable
from quanheng.kernel.imports.reading.table import open_file
from quanheng.kernel.imports.tests.files import table, workbook

ROWS = [["名称", "编号", "日期"], ["天平", "=1+1", "2026-01-01"], ['"砝码"', "-2", ""], ["a\tb", "@x", "46023"]]
SEEDS = {
    "csv": table(ROWS),
    "gb18030": table(ROWS, "gb18030"),
    "utf-16": table(ROWS, "utf-16"),
    "json": '[{"名称": "天平", "n": 1.5}, {"n": null, "m": ["a", 2]}]'.encode(),
    "lines": '{"名称": "天平"}\n{"n": 1e400}\n'.encode(),
    "xlsx": workbook(ROWS, lambda book, sheet: sheet.write_formula(5, 0, "=A1", None, 3)),
}
LIMITS = Limits(rows=1000, unpacked=8 * 1024 * 1024, line=100_000, cell=5000)


def mutated(seed: bytes, random_seed: int, times: int) -> bytes:
    """Bytes flipped, pieces cut, doubled, moved and filled with what parsers dislike."""
    rng = random.Random(random_seed)
    data = bytearray(seed)
    for _ in range(times):
        at, length = rng.randrange(len(data) + 1), rng.randrange(1, 40)
        match rng.randrange(6):
            case 0 if data:
                data[at % len(data)] ^= 1 << rng.randrange(8)
            case 1:
                del data[at : at + length]
            case 2:
                data[at:at] = data[at : at + length] * rng.randrange(1, 50)
            case 3:
                data[at:at] = rng.choice(
                    (b'"', b"\x00", b"\xff\xfe", b"\r", b"[[[[", b"{", b"\\ud800", b",,,,", b"PK\x03\x04")
                )
            case 4:
                data[at : at + length] = rng.randbytes(length)
            case _:
                data = data[: at or 1]
    return bytes(data)


def outcome(content: bytes) -> str:
    """What the reader says, in this process: an exception other than the refusal fails the test."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        try:
            found = open_file(Path(file.name), LIMITS)
            rows = sum(len(block) for block in found.blocks)
        except Unreadable as refused:
            assert str(wording.refusal(refused).message)
            return refused.code
    for code, facts in found.remarks:
        assert str(wording.remark(code, facts))
    assert 0 < rows <= LIMITS.rows
    return "table"


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_what_is_not_mutated_is_a_table(name: str) -> None:
    assert outcome(SEEDS[name]) == "table"


@settings(max_examples=400, deadline=5000, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
@given(st.sampled_from(sorted(SEEDS)), st.integers(0, 2**32), st.integers(1, 8))
def test_a_mutated_file_is_a_table_or_refused(name: str, seed: int, times: int) -> None:
    tracemalloc.start()
    try:
        outcome(mutated(SEEDS[name], seed, times))
        assert tracemalloc.get_traced_memory()[1] < 64 * 1024 * 1024
    finally:
        tracemalloc.stop()


@settings(max_examples=300, deadline=5000, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
@given(st.binary(max_size=3000) | st.text(max_size=2000).map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbf")
@example(b"sep=\n")
@example(b"sep=;")
@example(b'"')
@example(b"{}")
@example(b"[]")
@example(b"[{}]")
@example(b"PK\x05\x06" + bytes(18))
def test_any_bytes_are_a_table_or_refused(content: bytes) -> None:
    outcome(content)


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
@given(st.sampled_from(sorted(SEEDS)), st.integers(0, 2**32))
def test_in_its_own_process_too(name: str, seed: int) -> None:
    """The way that the platform takes: a crash of a library there is a refusal here."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(mutated(SEEDS[name], seed, 3))
        file.flush()
        began = time.monotonic()
        try:
            for _part in read_apart(Path(file.name), LIMITS):
                pass
        except Unreadable as refused:
            assert str(wording.refusal(refused).message)
        assert time.monotonic() - began < 30
