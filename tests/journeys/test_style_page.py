"""The style page in a real browser: nothing breaks the content policy, axe is content, the grid behaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect


def opened(page: Page) -> None:
    page.goto("/style/")
    expect(page.locator("[data-chart] canvas")).to_have_count(2)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("phone", [False, True])
def test_sound_and_accessible(
    visit: Callable[..., Page], axe: Callable[[Page], None], language: str, phone: bool
) -> None:
    page = visit(language=language, phone=phone)
    opened(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    axe(page)


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
    opened(page)
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
    opened(page)
    page.locator('[name="1.value"]').focus()
    places = []
    for key in ("ArrowDown", "Enter", "ArrowUp", "Shift+Enter", "End", "ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
        places.append(page.evaluate("document.activeElement.name"))
    assert places == ["2.value", "3.value", "2.value", "1.value", "1.value", "1.unit", "1.expanded", "1.unit"]


def test_refused_rows_are_marked_and_saved_ones_settle(page: Page, allow_problems: list[str]) -> None:
    allow_problems.append("status of 422")
    opened(page)
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
    opened(page)
    page.locator('[name="2.value"]').fill("8.9")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    assert held(page, "2.value") == "8.9"
    assert page.locator(".grid-status").inner_text() == "已找回上次没有保存的 1 处内容，请核对后保存"


def test_confirmation_is_asked_and_can_be_declined(page: Page) -> None:
    opened(page)
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
