"""The style page in a real browser: nothing breaks the content policy, axe is content, the grid behaves."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = Path(__file__).resolve().parents[3] / "node_modules" / "axe-core" / "axe.min.js"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # The browser's loop lives in this thread; the tests' own database calls are still synchronous.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    path = shutil.which("chromium")
    assert path, "Chromium is missing: install the package chromium"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(browser: Browser, live_server: Any) -> Iterator[Page]:
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def visit(page: Page, language: str = "zh-CN") -> list[str]:
    """Opens the style page; returns what the browser complains of."""
    trouble: list[str] = []
    page.on("console", lambda m: trouble.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.set_extra_http_headers({"Accept-Language": language})
    page.goto("/style/")
    expect(page.locator("[data-chart] canvas")).to_have_count(2)
    return trouble


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("width", [1280, 390])
def test_sound_and_accessible(page: Page, language: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    assert visit(page, language) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    grave = [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]
    assert grave == []


def paste(page: Page, name: str, text: str) -> None:
    """Pastes ``text`` into the grid's cell of that name, as the clipboard would."""
    page.evaluate(
        """([name, text]) => {
            const cell = document.querySelector(`[name="${name}"]`);
            const data = new DataTransfer();
            data.setData("text/plain", text);
            cell.focus();
            cell.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        [name, text],
    )


def held(page: Page, name: str) -> str:
    return page.locator(f'[name="{name}"]').input_value()


def test_block_from_a_spreadsheet_full_width_digits_and_undo(page: Page) -> None:
    visit(page)
    paste(page, "1.value", "６．９１\tm\t0.04\n1,234.5\tmm\t－０.5\n24.6\tfurlong\tabc\n9\t9\t9\n")
    assert [held(page, f"{row}.value") for row in "123"] == ["6.91", "1234.5", "24.6"]
    assert held(page, "2.unit") == "mm"
    assert held(page, "2.expanded") == "-0.5"
    assert held(page, "3.unit") == "km/h"
    assert page.locator("td.wrong").count() == 2
    assert page.locator(".grid-status").inner_text() == "粘贴了 8 格；有 4 格超出表格或不能填写，没有粘贴"
    page.locator("[data-grid-undo]").click()
    assert [held(page, f"{row}.value") for row in "123"] == ["6.82", "", ""]
    assert page.locator("[data-grid-save]").is_disabled()


def test_keys_move_as_in_a_spreadsheet(page: Page) -> None:
    visit(page)
    page.locator('[name="1.value"]').focus()
    places = []
    for key in ("ArrowDown", "Enter", "ArrowUp", "Shift+Enter", "End", "ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
        places.append(page.evaluate("document.activeElement.name"))
    assert places == ["2.value", "3.value", "2.value", "1.value", "1.value", "1.unit", "1.expanded", "1.unit"]


def test_refused_rows_are_marked_and_saved_ones_settle(page: Page) -> None:
    visit(page)
    asked: list[dict[str, Any]] = []
    answers = [
        (422, {"detail": "输入有误", "errors": [{"row": 1, "field": "expanded", "message": "请填写扩展不确定度"}]}),
        (200, {"version": "2"}),
    ]

    def answer(route: Route) -> None:
        if route.request.method != "PUT":
            route.fallback()
            return
        assert route.request.headers["x-csrftoken"]
        asked.append(route.request.post_data_json)
        status, body = answers[len(asked) - 1]
        route.fulfill(status=status, content_type="application/problem+json", body=json.dumps(body))

    page.route("**/style/", answer)
    paste(page, "2.value", "8.7\tm\n24.6\tkm/h")
    page.locator("[data-grid-save]").click()
    page.wait_for_selector("td.wrong")
    assert [row["id"] for row in asked[0]["rows"]] == ["2", "3"]
    assert asked[0]["rows"][0] == {
        "id": "2", "value": "8.7", "unit": "m", "expanded": "", "k": "2", "equipment": ""
    }  # fmt: skip
    assert page.locator("td.wrong .cell-error").inner_text() == "请填写扩展不确定度"
    assert page.evaluate("document.activeElement.name") == "3.expanded"
    page.keyboard.type("0.3")
    page.keyboard.press("Control+s")
    expect(page.locator(".grid-status")).to_have_text("已保存")
    assert asked[1]["version"] == "1"
    assert page.locator("[data-grid]").get_attribute("data-version") == "2"


def test_unsaved_text_survives_the_page(page: Page) -> None:
    visit(page)
    page.locator('[name="2.value"]').fill("8.9")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    assert held(page, "2.value") == "8.9"
    assert page.locator(".grid-status").inner_text() == "已找回上次没有保存的 1 处内容，请核对后保存"


def test_confirmation_is_asked_and_can_be_declined(page: Page) -> None:
    visit(page)
    sent: list[str] = []
    page.on("request", lambda r: sent.append(r.method) if r.method == "POST" else None)
    page.get_by_role("button", name="退回样品").click()
    dialog = page.get_by_role("dialog")
    assert "不能恢复" in dialog.inner_text()
    dialog.get_by_role("button", name="返回").click()
    assert sent == []
    page.get_by_role("button", name="退回样品").click()
    with page.expect_request(lambda r: r.method == "POST"):
        dialog.get_by_role("button", name="退回样品").click()
