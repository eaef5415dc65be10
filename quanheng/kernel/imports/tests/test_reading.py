"""Every file that is no sound table gets a sentence with the place and the remedy, in bounded time and memory."""

from __future__ import annotations

import io
import json
import resource
import sys
import time
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override

from quanheng.kernel.imports import wording
from quanheng.kernel.imports.reading.apart import End, Head, read_apart
from quanheng.kernel.imports.reading.cells import text_of
from quanheng.kernel.imports.reading.frames import Packed, rows_in
from quanheng.kernel.imports.reading.refused import Limits, Unreadable
from quanheng.kernel.imports.tests.files import table, workbook


def read(tmp_path: Path, content: bytes, **limits: int) -> tuple[Head, list[Any], dict[str, dict[str, Any]]]:
    """Head, rows and remarks of a file."""
    path = tmp_path / "upload"
    path.write_bytes(content)
    parts = list(read_apart(path, Limits(**limits)))
    head, end = parts[0], parts[-1]
    assert isinstance(head, Head)
    assert isinstance(end, End)
    rows = [tuple(row) for part in parts if isinstance(part, Packed) for row in rows_in(part.data)]
    return head, rows, dict(end.remarks)


def refused(tmp_path: Path, content: bytes, **limits: int) -> tuple[str, dict[str, Any]]:
    with pytest.raises(Unreadable) as caught:
        read(tmp_path, content, **limits)
    refusal = wording.refusal(caught.value)
    for language in ("zh-hans", "en"):
        with override(language):
            assert "%(" not in str(refusal.message)
    return caught.value.code, caught.value.facts


def test_csv_in_any_usual_encoding_says_the_same(tmp_path: Path) -> None:
    rows = [["名称", "编号"], ["电子天平", "A1"], ["砝码", "B2"]]
    found = [read(tmp_path, table(rows, encoding)) for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16")]
    for head, given, remarks in found:
        assert head.names == ["名称", "编号"]
        assert given == [(2, ["电子天平", "A1"]), (3, ["砝码", "B2"])]
        assert remarks == {}


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_the_sign_that_parts_cells_is_found(tmp_path: Path, sign: str) -> None:
    head, rows, _ = read(tmp_path, f'a{sign}b\n"x{sign}y"{sign}"two\nlines"\n\n1{sign}2\n'.encode())
    assert head.names == ["a", "b"]
    assert rows == [(2, [f"x{sign}y", "two\nlines"]), (4, ["1", "2"])]


def test_json_says_the_same_as_a_table(tmp_path: Path) -> None:
    given = [{"name": "天平", "n": 1.50, "many": ["x", "y"]}, {"name": "=1+1", "flag": True, "n": None}]
    text = json.dumps(given, ensure_ascii=False).replace("1.5,", "1.50,")
    lines = "\n".join(json.dumps(one) for one in given).replace("1.5,", "1.50,")
    for content in (text, lines):
        head, rows, _ = read(tmp_path, content.encode())
        assert head.names == ["name", "n", "many", "flag"]
        assert rows == [(1, ["天平", "1.50", "x;y", ""]), (2, ["=1+1", "", "", "yes"])]


def test_a_workbook_is_read_as_people_see_it(tmp_path: Path) -> None:
    def more(book: Any, sheet: Any) -> None:
        sheet.write_datetime(3, 1, date(2026, 1, 5), book.add_format({"num_format": "yyyy/m/d"}))
        sheet.write_formula(4, 0, "=1+1", None, 2)
        sheet.write_formula(4, 1, '=CONCAT("a")', None, "")
        sheet.write_formula(5, 0, "=NA()", None, "#N/A")
        sheet.merge_range(6, 0, 7, 1, "合并")
        sheet.write_number(8, 0, 123456789012345678)
        book.add_worksheet("说明").write(0, 0, "x")
        book.add_worksheet("藏").hide()

    rows = [["名称", "日期"], ["数字", 5.0], [None, None], ["日", None], [], [None, "值"]]
    head, found, remarks = read(tmp_path, workbook(rows, more))
    assert (head.format, head.sheet, head.names) == ("xlsx", "数据", ["名称", "日期"])
    assert found[:5] == [
        (2, ["数字", "5"]),
        (4, ["日", "2026-01-05"]),
        (5, ["2", ""]),
        (6, ["", "值"]),
        (7, ["合并", ""]),
    ]
    assert remarks["merged"] == {"count": 1, "places": "A7:B8"}
    assert remarks["formulas"] == {"count": 3, "places": "A5, B5, A6"}
    assert remarks["formulas_without_value"] == {"count": 1, "places": "B5"}
    assert remarks["error_cells"] == {"count": 1, "places": "A6"}
    assert remarks["long_numbers"]["places"].startswith("9: ")
    assert remarks["other_sheets"] == {"sheet": "数据", "others": "说明"}


def test_an_open_document_is_read_too(tmp_path: Path) -> None:
    office, text, tables = (f"urn:oasis:names:tc:opendocument:xmlns:{one}:1.0" for one in ("office", "text", "table"))
    row = "".join
    cells = [[f"<t:table-cell o:value-type='string'><x:p>{cell}</x:p></t:table-cell>" for cell in line]
             for line in (["名称", "编号"], ["天平", "=A1"])]  # fmt: skip
    rows = "".join(f"<t:table-row>{row(line)}</t:table-row>" for line in cells)
    content = (
        f"<o:document-content xmlns:o='{office}' xmlns:x='{text}' xmlns:t='{tables}'><o:body><o:spreadsheet>"
        f"<t:table t:name='表'>{rows}</t:table></o:spreadsheet></o:body></o:document-content>"
    )
    for prefix, name in (("o:", "office:"), ("x:", "text:"), ("t:", "table:")):
        content = (
            content.replace(f"<{prefix}", f"<{name}")
            .replace(f"</{prefix}", f"</{name}")
            .replace(f" {prefix}", f" {name}")
        )
        content = content.replace(f"xmlns:{prefix[0]}=", f"xmlns:{name[:-1]}=")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            "<manifest:manifest xmlns:manifest='urn:oasis:names:tc:opendocument:xmlns:manifest:1.0'/>",
        )
    head, found, _remarks = read(tmp_path, out.getvalue())
    assert (head.format, head.sheet, head.names) == ("ods", "表", ["名称", "编号"])
    assert found == [(2, ["天平", "=A1"])]


def test_what_looks_like_a_formula_stays_text_and_its_guard_goes_again() -> None:
    for text in ("=1+1", "+86 22 1234", "-40~60", "@home", "=cmd|' /C calc'!A0"):
        assert text_of(text) == text
        assert text_of(f"'{text}") == text
    assert text_of("'quoted") == "'quoted"


def bomb(size: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as file:
            for _ in range(size // 1_000_000):
                file.write(b"0" * 1_000_000)
    return out.getvalue()


def liar() -> bytes:
    """A workbook whose archive says that 300 MB of zeros are 1 kB."""
    content = bytearray(bomb(300_000_000))
    real, told = (300_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little")
    return bytes(content.replace(real, told))


CASES: list[tuple[str, bytes, str]] = [
    ("nothing", b"", "empty"),
    ("spaces", b" \n\n ", "empty"),
    ("a head alone", b"a,b\n", "no_rows"),
    ("a program called .csv", b"MZ\x90\x00\x03\x00\x00\x00\x04" + bytes(300), "not_a_table"),
    ("a program of another system", b"\x7fELF" + bytes(300), "not_a_table"),
    ("a PDF", b"%PDF-1.7\n%abc\n", "not_a_table"),
    ("a picture", b"\x89PNG\r\n\x1a\n" + bytes(30), "not_a_table"),
    ("zeros", bytes(1000), "not_a_table"),
    ("an archive of something", bomb(0)[:10], "broken_workbook"),
    ("an old workbook that is none", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "broken_workbook"),
    ("a million columns", b",".join(b"c%d" % n for n in range(100_000)) + b"\n1\n", "too_many_columns"),
    ("two heads alike", b"a,B,b\n1,2,3\n", "double_name"),
    ("half a quotation", b'a,b\n"1,2\n3,4\n', "malformed"),
    ("a quotation and more", b'a,b\n"1"x,2\n', "malformed"),
    ("an endless cell", b"a\n" + b"x" * 40_000 + b"\n", "cell_too_long"),
    ("an endless line", b"a\n" + b"0" * 5_000_000, "line_too_long"),
    ("two encodings", "名称\n电子天平\n".encode() + "标准砝码\n".encode("gb18030"), "mixed_encodings"),
    ("no encoding", b"a\n\xff\xff\xff\n", "broken_text"),
    ("half of JSON", b'[{"a": 1}, {"a"', "malformed_json"),
    ("JSON of numbers", b"[1, 2]", "not_an_object"),
    ("JSON in JSON", b'[{"a": {"b": 1}}]', "nested"),
    ("a name twice", b'[{"a": 1, "a": 2}]', "malformed_json"),
    ("JSON too deep", b'[{"a": ' + b"[" * 100_000, "malformed_json"),
    ("lines of half JSON", b'{"a": 1}\n{"a": \n', "malformed_json"),
    ("a bomb", bomb(300_000_000), "bomb"),
    ("an archive without a workbook", bomb(0).replace(b"xl/workbook.xml", b"xl/workbool.xml"), "not_a_table"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "code"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_is_no_table_is_refused_with_the_reason(tmp_path: Path, content: bytes, code: str) -> None:
    began = time.monotonic()
    assert refused(tmp_path, content)[0] == code
    assert time.monotonic() - began < 30


def test_the_place_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path, "名称\n天平\n电子天平\n".encode() + "标准砝码\n".encode("gb18030"))[1] == {"line": 4}
    assert refused(tmp_path, b'a,b\n1,2\n"3,4\n')[1]["row"] == 3
    assert refused(tmp_path, b"a,b,a\n1,2,3\n")[1] == {"row": 1, "name": "a", "first": 1, "second": 3}
    assert refused(tmp_path, b'[{"a": 1}, {"a": {"b": 1}}]')[1] == {"row": 2, "name": "a"}


def test_an_archive_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, liar())[0] in ("bomb", "broken_workbook", "exhausted")


def test_a_sheet_with_cells_at_both_ends_of_the_world_is_refused_and_the_machine_stays_well(tmp_path: Path) -> None:
    def more(book: Any, sheet: Any) -> None:
        sheet.write(1_048_575, 16_383, "end")

    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    code, _facts = refused(tmp_path, workbook([["a"], ["1"]], more), memory=512 * 1024 * 1024)
    assert code in ("exhausted", "too_many_columns", "broken_workbook")
    assert time.monotonic() - began < 60
    after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    unit = 1 if sys.platform == "darwin" else 1024
    # Until it runs its own program, a child counts as large as the process that starts it.
    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after * unit < 700 * 1024 * 1024 or after <= max(before, ours)


def test_limits_are_told(tmp_path: Path) -> None:
    many = b"a\n" + b"1\n" * 50
    assert refused(tmp_path, many, rows=40) == ("too_many_rows", {"limit": 40})
    assert refused(tmp_path, many, file=50)[0] == "too_large"
    assert refused(tmp_path, b"a,b,c\n1,2,3\n", columns=2) == ("too_many_columns", {"count": 3, "limit": 2})
    assert refused(tmp_path, b'[{"a": 1}]', json=5)[0] == "json_too_large"
    assert refused(tmp_path, workbook([["a"], ["1"]]), entries=3)[0] == "too_many_entries"


def test_ragged_rows_are_read_and_told(tmp_path: Path) -> None:
    _head, rows, remarks = read(tmp_path, b"a,b\n1\n1,2,3\n1,2,,\n")
    assert rows == [(2, ["1"]), (3, ["1", "2", "3"]), (4, ["1", "2"])]
    assert remarks == {"ragged": {"count": 2, "row": 2}}


def test_the_reader_knows_nothing_of_the_platform() -> None:
    """It is started for every file: it must be quick, and hold no secret."""
    import subprocess

    code = "import sys, quanheng.kernel.imports.reading.__main__; print('django' in sys.modules)"
    root = Path(__file__).resolve().parents[4]
    out = subprocess.run(
        [sys.executable, "-P", "-c", code], env={"PYTHONPATH": str(root)}, capture_output=True, text=True
    )
    assert out.stdout.strip() == "False", out.stderr
