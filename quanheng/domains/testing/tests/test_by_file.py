"""Results by file: the template comes back filled in, all is recorded or nothing, what is wrong is told by cell."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from quanheng.domains.testing.models import Order
from quanheng.domains.testing.sheet import LIMITS
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.imports.reading.apart import Head, read_apart
from quanheng.kernel.imports.reading.frames import Packed, rows_in
from quanheng.kernel.objects.models import Instrument
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.results.models import Result
from tests.browse import browse
from tests.orderbook import Book, open_book

HEAD = "序号,项目,结果,单位,U,k,测量设备,检测日期,环境条件,备注"


@pytest.fixture
def book(db: None) -> Book:
    return open_book()


@pytest.fixture
def order(book: Book) -> Order:
    order = book.order()
    book.bring(order, "working")
    return order


def more(book: Book, order: Order, count: int) -> None:
    """Further planned results like the first."""
    first = Result.objects.get(case=order.case)
    Result.objects.bulk_create(
        Result(
            case=order.case, position=position, requirement=first.requirement, item=first.item, method=first.method,
            standard=first.standard, scope_line=first.scope_line, limit=first.limit, upper=first.upper,
            limit_unit=first.limit_unit, limit_text_zh=first.limit_text_zh, limit_text_en=first.limit_text_en,
        )
        for position in range(2, count + 1)
    )  # fmt: skip


def read(data: bytes) -> list[list[str]]:
    """All rows of a table, its head first."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        parts = list(read_apart(Path(file.name), LIMITS))
    head = next(list(part.names) for part in parts if isinstance(part, Head))
    return [head, *(cells for part in parts if isinstance(part, Packed) for _number, cells in rows_in(part.data))]


def written(lines: list[list[str]]) -> bytes:
    """A workbook of texts."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(lines):
            for place, cell in enumerate(line):
                sheet.write_string(number, place, cell)
    return out.getvalue()


def url(order: Order, rest: str) -> str:
    return f"/orders/{order.case.uid}/{rest}"


def row(book: Book, position: int | str = 1, value: str = "24.1", **changed: str) -> str:
    cells = {"unit": "km/h", "u": "0.2", "k": "2", "instrument": book.instrument.serial, "day": today()} | changed
    return f"{position},x,{value},{cells['unit']},{cells['u']},{cells['k']},{cells['instrument']},{cells['day']},,"


def today() -> str:
    return f"{timezone.localdate():%Y/%m/%d}"


def send(actor: Actor, order: Order, *lines: str, name: str = "r.csv", head: str = HEAD) -> Any:
    file = SimpleUploadedFile(name, "\n".join([head, *lines]).encode())
    return browse(actor).post(url(order, "enter/file/"), {"file": file})


def messages_of(book: Book, order: Order, *lines: str, **more: Any) -> str:
    """What the next page says of a file that was refused as a whole."""
    client = browse(book.operator)
    file = SimpleUploadedFile("r.csv", "\n".join([more.get("head", HEAD), *lines]).encode())
    page = client.post(url(order, "enter/file/"), {"file": file}, follow=True)
    return " ".join(str(message) for message in page.context["messages"])


def errors_of(page: Any) -> dict[str, dict[str, str]]:
    return {one["id"]: one["errors"] for one in page.context["grid"]["rows"] if one.get("errors")}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_template_comes_back_filled_in(book: Book, order: Order, form: str, language: str) -> None:
    more(book, order, 3)
    client = browse(book.operator, language)
    blank = client.get(url(order, f"enter/template/?format={form}"))
    assert f'filename="{order.case.number}-results.{form}"' in blank.headers["Content-Disposition"]
    lines = read(blank.content)
    assert len(lines) == 4
    for line in lines[1:3]:
        line[3], line[5], line[7] = "24.10", "0.2", f"{book.instrument.name_zh} {book.instrument.serial}"
    data = written(lines) if form == "xlsx" else "\n".join(map(",".join, lines)).encode()
    page = client.post(url(order, "enter/file/"), {"file": SimpleUploadedFile(f"a.{form}", data)}, follow=True)
    assert "2" in str(next(iter(page.context["messages"])))
    values = list(Result.objects.filter(case=order.case).order_by("position").values_list("value", "verdict"))
    assert values == [("24.10", "pass"), ("24.10", "pass"), ("", "")]


def test_one_wrong_cell_and_nothing_is_stored_but_all_is_shown(book: Book, order: Order) -> None:
    more(book, order, 5)
    page = send(
        book.operator,
        order,
        row(book, 1),
        row(book, 2, "abc"),
        row(book, 3, day="昨天"),
        row(book, 4, instrument="不存在的设备", u=""),
        row(book, 99),
        row(book, "第五项"),
        row(book, 1),
    )
    assert page.status_code == 422
    errors = errors_of(page)
    assert set(errors["2"]) == {"value"}
    assert set(errors["3"]) == {"measured_on"}
    assert set(errors["4"]) == {"instrument", "uncertainty"}
    loose = " ".join(map(str, page.context["loose"]))
    assert "序号 99" in loose
    assert "第五项" in loose
    assert "序号 1 出现了两次" in loose
    html = page.content.decode()
    assert html.count("data-unsaved") == 4
    assert 'value="abc"' in html
    assert "不存在的设备" in html
    assert not Result.objects.filter(case=order.case).exclude(value="").exists()


def test_what_was_mended_in_the_grid_is_saved_with_the_rest_of_the_file(book: Book, order: Order) -> None:
    page = send(book.operator, order, row(book, 1, "26", day="x"))
    cells = page.context["grid"]["rows"][0]["cells"]
    assert cells["instrument"] == book.instrument.uid
    sent = {"id": "1", **cells, "measured_on": today()}
    saved = browse(book.operator).put(
        url(order, "rows/"), {"version": "1", "rows": [sent]}, content_type="application/json"
    )
    assert saved.status_code == 200
    assert Result.objects.get(case=order.case).verdict == "fail"


def test_a_file_that_is_no_table_of_this_order_is_told_so(book: Book, order: Order) -> None:
    assert "缺少列：序号、结果" in messages_of(book, order, "1,2", head="a,b")
    assert "没有填写任何结果" in messages_of(book, order, row(book, 1, ""))
    assert "请先选择文件" in browse(book.operator).post(url(order, "enter/file/"), follow=True).content.decode()
    picture = SimpleUploadedFile("r.xlsx", b"\x89PNG\r\n\x1a\n....")
    page = browse(book.operator).post(url(order, "enter/file/"), {"file": picture}, follow=True)
    assert "这不是表格" in page.content.decode()
    # A small u is another quantity than the U that is asked for.
    page = send(book.operator, order, f"1,24.1,km/h,0.1,2,{book.instrument.serial},{today()}",
                head="序号,结果,单位,u,k,测量设备,检测日期")  # fmt: skip
    assert set(errors_of(page)["1"]) == {"uncertainty"}


def test_an_instrument_must_be_the_one_that_is_meant(book: Book, order: Order) -> None:
    twin = Instrument.objects.get(pk=book.instrument.pk)
    twin.pk, twin.uid, twin._state.adding = None, "0000000000000", True
    twin.name_zh = "另一台"
    twin.save(force_insert=True)
    assert "instrument" in errors_of(send(book.operator, order, row(book)))["1"]
    named = f"另一台 {twin.serial}"
    assert send(book.operator, order, row(book, instrument=named)).status_code == 302
    assert list(Result.objects.get(case=order.case).instruments.all()) == [twin]


def test_who_may_not_enter_results_does_not_by_file(book: Book, order: Order) -> None:
    for actor in (book.reviewer, book.buyer):
        send(actor, order, row(book))
    assert send(book.actor(book.outsider, Role.OPERATOR), order, row(book)).status_code == 404
    book.bring(order, "in_review")
    before = Result.objects.get(case=order.case).value
    send(book.operator, order, row(book, 1, "20"))
    assert Result.objects.get(case=order.case).value == before


def test_the_same_over_the_api(book: Book, order: Order) -> None:
    client, api = browse(book.operator), f"/api/v1/orders/{order.case.uid}/results"
    assert client.get(f"{api}/template?format=csv").status_code == 200
    assert client.get(f"{api}/template?format=pdf").status_code == 422
    wrong = client.post(f"{api}/file", {"file": SimpleUploadedFile("r.csv", f"{HEAD}\n{row(book, 1, 'x')}".encode())})
    assert wrong.status_code == 422
    assert [(one["row"], one["field"]) for one in wrong.json()["errors"]] == [(1, "value")]
    good = client.post(f"{api}/file", {"file": SimpleUploadedFile("r.csv", f"{HEAD}\n{row(book)}".encode())})
    assert good.status_code == 200, good.content
    assert good.json()["results"][0]["value"] == "24.1"


def test_a_text_longer_than_a_result_may_be_is_refused(book: Book, order: Order) -> None:
    errors = errors_of(send(book.operator, order, row(book, k="2.0000000000000")))
    assert set(errors["1"]) == {"k"}


def test_five_hundred_rows_are_recorded_in_one_go(book: Book, order: Order) -> None:
    more(book, order, 500)
    answer = send(book.operator, order, *(row(book, position) for position in range(1, 501)))
    assert answer.status_code == 302
    assert Result.objects.filter(case=order.case, verdict="pass").count() == 500
    wrong = send(book.operator, order, *(row(book, position, "x") for position in range(1, 501)))
    assert len(errors_of(wrong)) == 500
    too_many = messages_of(book, order, *(row(book, position) for position in range(1, 502)))
    assert "最多保存 500 行" in too_many
