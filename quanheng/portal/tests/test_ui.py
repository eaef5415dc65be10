"""The tags that pages are made of: what they write, in both languages, and that they escape."""

from __future__ import annotations

import re
import time
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django import forms
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils import timezone
from django.utils.translation import override

from quanheng.portal.templatetags import grid, ui

NBSP = "\N{NO-BREAK SPACE}"
EVIL = '"><script>alert(1)</script>'


def text_of(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html).replace(NBSP, " ")


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (("10.002", "MPa", "0.003", 2), "10.002 MPa ± 0.003 MPa, k = 2"),
        (("10.002", "MPa", "0.003"), "10.002 MPa ± 0.003 MPa"),
        (("10.00", "MPa"), "10.00 MPa"),
        (("-0.35", "°C", "0.12", "2"), "\N{MINUS SIGN}0.35 °C ± 0.12 °C, k = 2"),
        ((None, "MPa"), "—"),
        (("未检出",), "未检出"),
    ],
)
def test_a_measured_value_keeps_its_digits(arguments: tuple[Any, ...], shown: str) -> None:
    assert text_of(ui.value(*arguments)) == shown


@pytest.mark.parametrize(
    ("number", "expanded", "shown"),
    [
        ("10.002", "0.003", "10.002(3) MPa"),
        ("6.82", "0.15", "6.82(15) MPa"),
        ("6.82", "0.005", "6.82 MPa ± 0.005 MPa"),
        ("6.82", "0.00", "6.82 MPa ± 0.00 MPa"),
        ("<0.05", "0.01", "&lt;0.05 MPa ± 0.01 MPa"),
    ],
)
def test_concise_notation_only_where_the_last_digits_agree(number: str, expanded: str, shown: str) -> None:
    assert text_of(ui.value(number, "MPa", expanded, dense=True)) == shown


@pytest.mark.parametrize(
    ("left", "state", "tone", "zh", "en"),
    [
        (3, "running", "info", "剩 3 个工作日", "3 working days left"),
        (1, "running", "wait", "剩 1 个工作日", "1 working day left"),
        (0, "running", "wait", "今天到期", "Due today"),
        (-2, "running", "bad", "逾期 2 个工作日", "2 working days late"),
        (3, "paused", "idle", "计时暂停", "Clock paused"),
        (3, "met", "ok", "按时完成", "Done in time"),
        (-1, "missed", "bad", "逾期完成", "Done late"),
    ],
)
def test_clock(left: int, state: str, tone: str, zh: str, en: str) -> None:
    with override("zh-hans"):
        shown = ui.clock(date(2026, 3, 5), left, state=state)
        assert text_of(shown) == zh
        assert f"badge-{tone}" in shown
    with override("en"):
        assert text_of(ui.clock(date(2026, 3, 5), left, state=state)) == en


def test_a_period_of_days_ends_with_its_last_day() -> None:
    midnight = timezone.make_aware(datetime(2026, 11, 21))
    with override("zh-hans"):
        assert text_of(ui.deadline(midnight)) == "2026-11-20"
        assert text_of(ui.deadline(midnight + timedelta(hours=9))) == "2026-11-21 09:00"
        assert 'title="2026-11-20"' in ui.clock(midnight, 3)
        # On the Saturday after, no working day has passed: it is late all the same.
        assert text_of(ui.clock(timezone.now() - timedelta(hours=1), 0)) == "已逾期"
        assert text_of(ui.clock(timezone.now() + timedelta(hours=1), 0)) == "今天到期"


def test_clock_counts_by_itself_in_the_fitting_unit() -> None:
    now = timezone.now()
    with override("zh-hans"):
        assert text_of(ui.clock(now + timedelta(minutes=25, seconds=30))) == "剩 25 分钟"
        assert text_of(ui.clock(now - timedelta(hours=5, minutes=1))) == "逾期 5 小时"
        assert text_of(ui.clock(now + timedelta(days=9, minutes=1))) == "剩 9 天"
        assert text_of(ui.clock(None)) == "无期限"


def test_badge_knows_its_tones() -> None:
    with pytest.raises(ValueError, match="purple"):
        ui.badge("x", "purple")


def test_icon_that_is_not_collected_is_refused() -> None:
    with pytest.raises(TemplateSyntaxError, match="no-such"):
        ui.icon("no-such")


def test_what_users_wrote_is_inert() -> None:
    request = RequestFactory().get("/", {"sort": EVIL, "q": EVIL})
    column = {"key": EVIL, "label": EVIL, "unit": EVIL, "sort": "a", "kind": "select", "choices": [(EVIL, EVIL)]}
    row = {"id": EVIL, "label": EVIL, "url": EVIL, "sub": EVIL, "cells": [EVIL]}
    written = [
        ui.badge(EVIL),
        ui.value(EVIL, EVIL, EVIL, EVIL),
        ui.copyable(EVIL),
        ui.qr("https://example.org/", EVIL),
        ui.icon("bell", EVIL),
        ui.table(Context({"request": request}), [column], [row], EVIL),
        grid.grid_cells([column, {**column, "kind": "number"}], {**row, "cells": {EVIL: EVIL}}),
        ui.without(Context({"request": request}), "page"),
    ]
    assert all("<script" not in piece for piece in written)


def test_table_sorts_both_ways_and_forgets_the_cursor() -> None:
    columns = [{"label": "编号", "sort": "number"}, {"label": "U", "unit": "MPa", "num": True}]
    request = RequestFactory().get("/", {"sort": "number", "after": "xyz", "q": "阀"})
    html = ui.table(Context({"request": request}), columns, [{"url": "/a/1/", "cells": ["A1", None]}])
    assert 'aria-sort="ascending"><a href="?sort=-number&amp;q=%E9%98%80">' in html
    assert '<th scope="col" class="n">U <span class="unit">/ MPa</span></th>' in html
    assert '<a class="row-link" href="/a/1/">A1</a>' in html
    assert '<td class="n" data-label="U">—</td>' in html


def test_fifty_rows_are_cheap() -> None:
    columns = [{"label": f"列{i}", "sort": f"c{i}"} for i in range(7)]
    rows = [
        {"url": f"/x/{n}/", "sub": "说明", "cells": [f"WT-{n}", "甲", ui.value("1.02", "MPa", "0.03", 2), "乙", "丙",
         ui.clock(date(2026, 3, 5), 3), ui.badge("检测中", "info")]}
        for n in range(50)
    ]  # fmt: skip
    template = Template("{% load ui %}{% table columns rows %}")
    context = Context({"columns": columns, "rows": rows, "request": RequestFactory().get("/")})
    template.render(context)
    spent = []
    for _ in range(5):
        begun = time.process_time()
        html = template.render(context)
        spent.append(time.process_time() - begun)
    assert min(spent) < 0.010
    assert len(html) < 40_000


@pytest.mark.parametrize(
    ("language", "told"),
    [("zh-hans", "最多 3 个字符，现有 5 个，请缩短。"), ("en", "At most 3 characters; this has 5. Please shorten it.")],
)
def test_a_text_that_is_too_long_is_told_so_in_our_words(language: str, told: str) -> None:
    class Named(forms.Form):
        name = forms.CharField(max_length=3)

    with override(language):
        assert Named({"name": "五个字的字"}).errors["name"] == [told]
