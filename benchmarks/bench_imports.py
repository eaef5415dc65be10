"""A hundred thousand scope lines from one workbook: staged with their errors, mended, committed, taken back."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from django.core.files import File

from benchmarks.frame import Figure, cpu_ms
from quanheng.kernel.imports import queries, services, tasks
from quanheng.kernel.imports.models import Batch, StagedRow
from quanheng.kernel.imports.services import MAX_MENDED, Mend
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.parties.roles import Role
from tests import world

CITY = None
ROWS = 100_000
ITEMS, METHODS = 200, 50
# Every so many rows one is wrong.
WRONG = 97
HEAD = (
    *("资质类型", "资质证书编号", "活动", "项目编码", "方法标准", "方法条款", "范围", "最佳不确定度", "包含因子"),
    *("限制说明", "价格（分）", "工作日"),
)


def _spent() -> float:
    """Processor time of this process and of those that it has waited for: the reader is one of them."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def _workbook(path: Path, certificate: str) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEAD)
    for n in range(ROWS):
        item = f"bench_p{n % ITEMS}" if n % WRONG else "nothing"
        method, formula = f"GB/T {91000 + n % METHODS}-2018", f"{(1 + n % 9) / 100}% x + 0.00{1 + n % 7} MPa"
        cells = (
            "CMA",
            certificate,
            "检测",
            item,
            method,
            f"5.{n}",
            f"(0~{1 + n % 60}) MPa",
            formula,
            2,
            f"限{n}",
            10000,
            5,
        )
        sheet.write_row(n + 1, 0, cells)
    book.close()


def figures() -> Iterator[Figure]:
    """Rows a second of each step, by the clock and by the processor: a busy neighbour slows only the first."""
    world.make_region()
    lab = world.make_organisation("laboratory")
    actor = actor_of(world.make_person((lab, Role.QUALITY_MANAGER)))
    recognition = world.make_recognition(lab)
    for n in range(ITEMS):
        world.make_item(f"bench_p{n}", quantity="pressure", unit="MPa")
    for n in range(METHODS):
        world.make_standard(f"GB/T {91000 + n}-2018")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scope.xlsx"
        _workbook(path, recognition.number)
        began, cpu = time.perf_counter(), _spent()
        with path.open("rb") as file:
            batch = services.upload(actor, lab, kind="scope-lines", file=File(file), name=path.name)
        tasks.read.func(batch.pk)
        tasks.check.func(batch.pk)
        yield Figure("XLSX of 100,000 scope lines staged", ROWS / (time.perf_counter() - began), "rows/s", 5000)
        yield Figure("the same by processor time", ROWS / (_spent() - cpu), "rows/s", 5000)
    batch.refresh_from_db()
    assert (batch.state, batch.total, batch.bad) == (Batch.State.STAGED, ROWS, -(-ROWS // WRONG)), batch.problem
    page = cpu_ms(lambda: queries.rows_page(batch, wrong=True, cursor="a90000"))
    yield Figure("CPU of a page of wrong rows, far down", page, "ms", 20, higher_is_better=False)
    page = cpu_ms(lambda: queries.rows_page(batch, wrong=False, cursor="a90000"))
    yield Figure("CPU of a page of all rows, far down", page, "ms", 20, higher_is_better=False)
    wrong = list(StagedRow.objects.filter(batch=batch, wrong=True).values_list("number", flat=True))
    began = time.perf_counter()
    for start in range(0, len(wrong), MAX_MENDED):
        mends = [Mend(number, {"item": "bench_p1"}) for number in wrong[start : start + MAX_MENDED]]
        batch = services.mend(actor, batch, mends=mends)
    yield Figure("rows mended and checked again", len(wrong) / (time.perf_counter() - began), "rows/s", 200)
    services.request_commit(actor, batch)
    began, cpu = time.perf_counter(), _spent()
    tasks.commit.func(batch.pk)
    yield Figure("100,000 scope lines committed", ROWS / (time.perf_counter() - began), "rows/s", 5000)
    yield Figure("the same by processor time", ROWS / (_spent() - cpu), "rows/s", 5000)
    batch.refresh_from_db()
    assert (batch.state, batch.made_count) == (Batch.State.COMMITTED, ROWS), batch.problem
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield Figure("memory of the worker at most", peak, "MB", 400, higher_is_better=False)
    began = time.perf_counter()
    services.request_undo(actor, batch)
    tasks.undo.func(batch.pk)
    batch.refresh_from_db()
    assert batch.state == Batch.State.UNDONE, batch.problem
    yield Figure("the import taken back", ROWS / (time.perf_counter() - began), "rows/s", 5000)
