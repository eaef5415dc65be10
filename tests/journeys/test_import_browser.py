"""A quality manager brings a workbook in: three rows wrong, two mended, one left out; committed, then taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from quanheng.cli.client import Client
from quanheng.cli.instance import Instance
from quanheng.kernel.imports.tests.files import workbook
from tests.journeys.following import follow

Visit = Callable[..., Page]
HEAD = ["资质类型", "证书编号", "活动", "产品类别", "检测项目", "检测方法", "限制", "工期（天）", "经办人"]
ROWS = 8


@pytest.fixture
def scope(server: Instance, client: Callable[[str | None], Client]) -> dict[str, Any]:
    """A line of the laboratory's scope under a valid recognition, as an example of what it does."""
    name = next(one["organisation"] for one in server.accounts if one["username"] == "quality")
    visitor = client(None)
    found = visitor.get("/organisations", text=name)["items"]
    lab = next(one for one in found if one["name_zh"] == name)
    lines = visitor.get(f"/organisations/{lab['uid']}/scope", limit=100)["items"]
    line = next(one for one in lines if one["outdated"] is None and not one["range_upper"])
    recognition = visitor.get(f"/recognitions/{line['recognition']}")
    return {**line, "number": recognition["number"], "lab": lab["uid"]}


def rows(scope: dict[str, Any], mark: str) -> list[list[Any]]:
    """Sound rows; the third, fifth and seventh are wrong."""
    given = []
    for place in range(ROWS):
        family, item, activity = scope["family"], scope["item"], scope["activity"]
        if place == 2:
            item = "没有这一项"
        if place == 4:
            activity = "测试一下"
        days: Any = "两周" if place == 6 else 5
        given.append(
            [scope["scheme"], scope["number"], activity, family, item, scope["method"], f"{mark}{place}", days, "张三"]
        )
    return given


def lines_of(client: Callable[[str | None], Client], scope: dict[str, Any], mark: str) -> int:
    found = client(None).get(f"/organisations/{scope['lab']}/scope", limit=100)["items"]
    return sum(one["restriction_zh"].startswith(mark) for one in found)


def test_a_workbook_is_mended_brought_in_and_taken_back(
    visit: Visit,
    axe: Callable[[Page], None],
    screenshot: Callable[..., None],
    client: Callable[[str | None], Client],
    scope: dict[str, Any],
    tmp_path: Path,
) -> None:
    def look(page: Page, name: str = "") -> None:
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.url} is too wide"
        if name:
            screenshot(page, name)

    mark = "试行限制"
    file = tmp_path / "能力表.xlsx"
    file.write_bytes(workbook([HEAD, *rows(scope, mark)]))
    page = visit("quality")
    page.goto("/imports/")
    look(page)
    follow(page.get_by_role("link", name="新的导入").first)
    look(page, "import-choose")
    follow(page.get_by_role("link", name="能力范围", exact=True))
    look(page)
    with page.expect_download() as download:
        page.locator("aside").get_by_role("link", name="XLSX").click()
    assert download.value.suggested_filename == "scope-lines-template.xlsx"
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="上传并检查").click()

    # One head is no column of ours: the page asks, with all others matched already.
    page.wait_for_url("**/columns/")
    expect(page.locator("select[name=column-item]")).to_have_value("4")
    expect(page.locator("select[name=column-days]")).to_have_value("7")
    expect(page.locator(".card-foot")).to_contain_text("经办人")
    look(page, "import-columns")
    page.get_by_role("button", name="检查数据").click()

    expect(page.locator("main")).to_contain_text("3 行有错误", timeout=30_000)
    expect(page.get_by_role("button", name="提交导入")).to_be_disabled()
    grid = page.locator("[data-grid=rows]")
    expect(grid.locator("tbody tr")).to_have_count(3)
    expect(grid.locator(".cell-error")).to_have_count(3)
    look(page, "import-rows")
    grid.locator("input[name='4.item']").fill(scope["item"])
    grid.locator("select[name='6.activity']").select_option(scope["activity"])
    grid.locator("select[name='8._use']").select_option("drop")
    grid.get_by_role("button", name="保存并检查").click()
    expect(page.locator("main")).to_contain_text("7 行可以导入")
    expect(page.locator("main")).to_contain_text("1 行不导入")
    look(page)
    phone = visit("quality", phone=True)
    phone.goto(page.url)
    look(phone, "import-rows-phone")
    assert lines_of(client, scope, mark) == 0
    page.get_by_role("button", name="提交导入").click()
    expect(page.locator("main")).to_contain_text("已导入 7 条", timeout=30_000)
    look(page, "import-done")
    assert lines_of(client, scope, mark) == 7
    expect(page.get_by_role("link", name="查看导入的内容")).to_have_attribute("href", f"/organisations/{scope['lab']}/")

    page.get_by_role("button", name="撤销导入").click()
    page.locator("#confirm").get_by_role("button", name="撤销这次导入").click()
    expect(page.locator("main")).to_contain_text("已全部取出", timeout=30_000)
    look(page)
    assert lines_of(client, scope, mark) == 0
    english = visit("quality", language="en-GB", phone=True)
    english.goto("/imports/")
    expect(english.locator("main")).to_contain_text("Undone")
    look(english)
