"""The indicators of the plans: what was promised, what the registers hold, and how that was counted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from quanheng.domains.governance.measures import Fit
from quanheng.domains.governance.queries import course_of
from quanheng.domains.governance.standing import Standing
from quanheng.kernel.base.html import SPACE, badge, local, markup, moment
from quanheng.kernel.base.lists import asked
from quanheng.kernel.cases.shown import CONFIDENCE
from quanheng.kernel.registers.declare import Column
from quanheng.portal.coverage import documents
from quanheng.portal.indicators import (
    COUNTED,
    KINDS,
    SIGNS,
    STATES,
    Indicator,
    Told,
    find_indicators,
    indicator_by_code,
    indicators,
    written,
)
from quanheng.portal.views.plans import ANY, as_file, choose, frame, of_plan


class IndicatorFilter(forms.Form):
    """What the indicators are narrowed by."""

    q = forms.CharField(label=gettext_lazy("名称"), required=False, max_length=60)
    document = forms.ChoiceField(label=gettext_lazy("文件"), required=False)
    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=[ANY, ("live", gettext_lazy("有实时值")), *((str(key), word) for key, (word, _t) in STATES.items())],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, document=[ANY, *of_plan()])

    def found(self) -> list[Told]:
        """The indicators that are asked for."""
        return find_indicators(**asked(self))


def amount(one: Indicator, number: Decimal | None, sign: str = "") -> Any:
    """A number in the indicator's unit, behind a sign; None stays None."""
    if number is None:
        return None
    unit = local(one, "unit")
    parts = (sign, written(number), unit)
    return markup('<span class="nowrap">{}</span>', " ".join(part for part in parts if part))


def promised(one: Indicator) -> Any:
    """The target as people read it: with its sign, or in the words of the plan."""
    return amount(one, one.target, SIGNS[one.comparator]) or local(one, "target") or None


def began(one: Indicator) -> Any:
    """The base; where the plan says "more than", with its sign."""
    return amount(one, one.base, SIGNS[one.comparator] if one.target is None else "")


# How a count is read that is not quite what the plan counts.
FITS = {Fit.EXACT: "", Fit.FEWER: "≥", Fit.NEAR: "≈"}


def held(told: Told) -> Any:
    """What the registers hold."""
    return amount(told.indicator, told.value, FITS[told.measure.fit] if told.measure else "")


def _tiles(told: Told) -> list[dict[str, Any]]:
    """Base, target, what is held, what the line has: those that there are."""
    one = told.indicator
    unit = local(one, "unit")
    tiles: list[dict[str, Any]] = []

    def tile(label: Any, number: Decimal | None, sign: str, note: Any) -> None:
        if number is not None:
            shown = f"{sign}{SPACE}{written(number)}" if sign else written(number)
            tiles.append({"label": label, "value": shown, "unit": unit, "note": note})

    sign = SIGNS[one.comparator]
    tile(_("基期"), one.base, sign if one.target is None else "", one.base_year)
    tile(_("目标"), one.target, sign, one.target_year)
    if one.target is None and local(one, "target"):
        tiles.append({"label": _("目标"), "value": local(one, "target"), "note": one.target_year})
    if told.reading and told.measure:
        tile(_("现值"), told.value, FITS[told.measure.fit], moment(told.reading.counted_at))
    tile(_("按直线今天应有"), told.due, "", _("从基期到目标的直线"))
    return tiles


def _with_year(shown: Any, year: int | None) -> Any:
    return markup('{}<span class="sub">{}</span>', shown, year) if shown is not None and year else shown


@require_safe
def indicator_list(request: HttpRequest) -> HttpResponse:
    """The indicators by plan, with base, target, and what the registers hold."""
    form = IndicatorFilter(request.GET, auto_id="filter_%s")
    found = form.found()
    every = find_indicators() if len(found) < len(indicators()) else found
    columns: list[dict[str, Any]] = [{"label": _("指标")}]
    columns += [{"label": label, "num": True} for label in (_("基期"), _("目标"), _("现值"))]
    columns.append({"label": _("状态")})
    return render(
        request,
        "portal/indicators.html",
        {
            **frame(request, "plans-indicators", form),
            "columns": columns,
            "groups": [
                {"document": document, "rows": [_row(one) for one in found if one.indicator.document is document]}
                for document in documents().values()
            ],
            "count": len(found),
            "all": len(indicators()),
            "live": sum(one.state in COUNTED for one in every),
            "counted_at": max((one.reading.counted_at for one in every if one.reading), default=None),
        },
    )


def _row(told: Told) -> dict[str, Any]:
    one = told.indicator
    status = badge(*STATES[told.state])
    if one.waits and one.waits.id != "no-count":
        status = markup('{}<span class="sub">{}</span>', status, _("需要：%(name)s") % {"name": local(one.waits)})
    return {
        "url": reverse("plans-indicator", args=[one.id]),
        "sub": markup('<span class="code">{}</span> · <span lang="zh-Hans">{}</span>', one.id, one.section),
        "cells": [
            local(one),
            _with_year(began(one), one.base_year),
            _with_year(promised(one), one.target_year),
            held(told),
            status,
        ],
    }


@require_safe
def indicator_page(request: HttpRequest, code: str) -> HttpResponse:
    """One indicator: its definition, its course from base to target, and the records that were counted."""
    told = indicator_by_code(code)
    one = told.indicator
    course = [(each.day, told.worth(each.count)) for each in course_of(one.id)] if told.reading else []
    name = local(one)
    return render(
        request,
        "portal/indicator.html",
        {
            "told": told,
            "one": one,
            "status": STATES[told.state],
            "tiles": _tiles(told),
            "facts": _facts(told),
            "questions": told.measure.questions(told.reading.day) if told.measure and told.reading else [],
            "chart": _chart(told, course),
            "crumbs": [(_("规划落实"), reverse("plans")), (_("指标"), reverse("plans-indicators")), (name, "")],
        },
    )


def _facts(told: Told) -> list[tuple[Any, Any]]:
    one = told.indicator
    facts: list[tuple[Any, Any]] = [
        (_("文件"), local(one.document)),
        (_("章节"), markup('<span lang="zh-Hans">{}</span>', one.section)),
        (_("来源"), local(one.document, "source")),
        (_("指标性质"), KINDS[one.kind]),
        (_("单位"), local(one, "unit")),
        (_("核实程度"), badge(*CONFIDENCE[one.confidence])),
    ]
    partial = told.measure is not None and told.measure.fit is Fit.FEWER
    if told.missing:
        short = _("距目标至多还差") if partial else _("距目标还差")
        label = _("超出目标") if told.state == Standing.REACHED else short
        facts.append((label, amount(one, abs(told.missing))))
    # A part of the records beside the whole of the base year would only look like a fall.
    if told.change is not None and not partial:
        facts.append((_("比基期"), amount(one, told.change, "+" if told.change > 0 else "")))
    return [(label, shown) for label, shown in facts if shown not in (None, "")]


def _chart(told: Told, course: list[tuple[date, Decimal]]) -> dict[str, Any] | None:
    """From base to target, and what was counted: as a drawing and as a table. None where there is nothing to draw."""
    one = told.indicator
    path = [
        (date(year, 12, 31), number, word)
        for year, number, word in (
            (one.base_year, one.base, _("基期")),
            (one.target_year, one.target, _("目标")),
        )
        if year is not None and number is not None
    ]
    if not course and len(path) < 2:
        return None
    counted = _("登记簿计数")
    line = _("基期到目标") if len(path) == 2 else (path[0][2] if path else "")
    rows = sorted([*path, *((day, number, counted) for day, number in course)], key=lambda row: row[0])
    drawn: list[dict[str, Any]] = [
        {"type": "line", "name": line, "data": [[day.isoformat(), float(number)] for day, number, _w in path]},
        {
            "type": "line",
            "name": counted,
            "symbolSize": 9,
            "data": [[day.isoformat(), float(number)] for day, number in course],
        },
    ]
    return {
        "id": "course",
        "title": _("从基期到目标"),
        "option": {
            "grid": {"left": 64, "right": 32, "top": 72, "bottom": 32},
            "legend": {"top": 8, "right": 16},
            "tooltip": {"trigger": "item"},
            "xAxis": {"type": "time"},
            "yAxis": {"type": "value", "name": local(one, "unit"), "scale": True},
            "series": [series for series in drawn if series["data"]],
        },
        "columns": [{"label": _("日期")}, {"label": _("数值"), "num": True}, {"label": _("是什么")}],
        "rows": [{"cells": [moment(day), written(number), word]} for day, number, word in rows],
        "note": _("规划按年末计：基期与目标各在当年 12 月 31 日。登记簿计数每月留最后一次。"),
    }


def _number(number: Decimal | None) -> str:
    return "" if number is None else f"{number.normalize():f}"


COLUMNS = (
    Column("id", gettext_lazy("编号"), lambda told: told.indicator.id),
    Column("document", gettext_lazy("文件"), lambda told: local(told.indicator.document)),
    Column("section", gettext_lazy("章节"), lambda told: told.indicator.section),
    Column("name_zh", gettext_lazy("名称"), lambda told: told.indicator.name_zh),
    Column("name_en", gettext_lazy("英文名称"), lambda told: told.indicator.name_en),
    Column("unit", gettext_lazy("单位"), lambda told: local(told.indicator, "unit")),
    Column("kind", gettext_lazy("指标性质"), lambda told: str(KINDS[told.indicator.kind])),
    Column("base_year", gettext_lazy("基期年份"), lambda told: told.indicator.base_year),
    Column("base", gettext_lazy("基期"), lambda told: _number(told.indicator.base)),
    Column("target_year", gettext_lazy("目标年份"), lambda told: told.indicator.target_year),
    Column("comparator", gettext_lazy("比较"), lambda told: SIGNS[told.indicator.comparator]),
    Column(
        "target", gettext_lazy("目标"), lambda told: _number(told.indicator.target) or local(told.indicator, "target")
    ),
    Column("value", gettext_lazy("现值"), lambda told: _number(told.value)),
    Column("counted_at", gettext_lazy("计数时间"), lambda told: told.reading.counted_at if told.reading else None),
    Column("state", gettext_lazy("状态"), lambda told: str(STATES[told.state][0])),
    Column("counts", gettext_lazy("怎样计数"), lambda told: local(told.measure, "counts")),
    Column("differs", gettext_lazy("与定义的差别"), lambda told: local(told.measure, "differs")),
    Column("waits", gettext_lazy("需要的登记簿"), lambda told: local(told.indicator.waits)),
    Column("wording", gettext_lazy("规划原文"), lambda told: told.indicator.wording),
    Column("note", gettext_lazy("说明"), lambda told: local(told.indicator, "note")),
    Column("confidence", gettext_lazy("核实程度"), lambda told: told.indicator.confidence),
)


@require_safe
def indicators_csv(request: HttpRequest) -> HttpResponse:
    """The indicators that the filters ask for, as a file."""
    return as_file("indicators", COLUMNS, IndicatorFilter(request.GET).found())
