"""The living style page: every component with an example, to look at while building pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.portal.templatetags.ui import badge, clock, moment, value


class SampleForm(forms.Form):
    """Fields of every sort, one of them wrong when it is sent empty."""

    name = forms.CharField(label=_("样品名称"), help_text=_("与铭牌一致，例如：电动自行车 TDT-01Z"))
    amount = forms.DecimalField(label=_("数量"), min_value=1)
    deliver = forms.ChoiceField(
        label=_("送样方式"),
        choices=[("post", _("寄送")), ("self", _("自送")), ("pick", _("上门取样"))],
        widget=forms.RadioSelect,
    )
    level = forms.ChoiceField(label=_("服务"), choices=[("normal", _("常规")), ("fast", _("加急"))], required=False)
    note = forms.CharField(label=_("说明"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    agree = forms.BooleanField(label=_("样品检测后不必退还"), required=False)


class SampleFilter(forms.Form):
    """A filter bar of three fields."""

    q = forms.CharField(label=_("关键词"), required=False)
    district = forms.ChoiceField(
        label=_("区域"),
        required=False,
        choices=[("", _("全部")), ("120101", "和平区"), ("120116", "滨海新区")],
    )
    status = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[("", _("全部")), ("doing", _("检测中")), ("done", _("已签发"))],
    )


def _case(now: datetime) -> dict[str, Any]:
    return {
        "kind": _("检测委托"),
        "number": "WT-2026-000128",
        "title": _("电动自行车整车及蓄电池检测"),
        "badge": {"label": _("检测中"), "tone": "info"},
        "holder": _("天津示范车辆检测中心"),
        "holder_note": _("检测员 李敏"),
        "due": (now + timedelta(days=4)).date(),
        "left": 3,
        "clock_note": _("自收样起 10 个工作日"),
        "last": {"what": _("录入制动性能结果"), "when": now - timedelta(hours=3), "who": _("李敏")},
        "acts": [
            {"label": _("录入结果"), "url": "#grid", "primary": True, "icon": "pencil"},
            {
                "label": _("退回样品"),
                "url": "#",
                "method": "post",
                "danger": True,
                "confirm": _("样品退回后，这份委托随即终止，不能恢复。"),
            },
            {"label": _("提交复核"), "url": "#", "reason": _("还有 2 个项目没有结果")},
        ],
    }


def _events(now: datetime) -> list[dict[str, Any]]:
    return [
        {"what": _("复核与批准"), "tone": "next"},
        {"what": _("录入制动性能结果"), "who": _("李敏"), "when": now - timedelta(hours=3), "tone": "ok"},
        {
            "what": _("样品状态异常"),
            "who": _("王建国"),
            "when": now - timedelta(days=1),
            "tone": "bad",
            "detail": _("后轮辐条松动，已与委托方确认按原样检测。"),
        },
        {"what": _("收到样品"), "who": _("王建国"), "when": now - timedelta(days=2), "tone": "ok"},
    ]


def _register(now: datetime) -> dict[str, Any]:
    columns = [
        {"label": _("项目"), "sort": "item"},
        {"label": _("方法")},
        {"label": _("结果"), "num": True},
        {"label": _("限值"), "unit": "m", "num": True, "sort": "limit"},
        {"label": _("期限")},
        {"label": _("状态")},
    ]
    data = [
        (_("干态制动距离"), "6.82", "0.05", "≤ 7", 3, badge(_("合格"), "ok")),
        (_("湿态制动距离"), "9.40", "0.06", "≤ 9", -2, badge(_("不合格"), "bad")),
        (_("车体宽度"), "0.43", "0.01", "≤ 0.45", 0, badge(_("待复核"), "wait")),
    ]
    rows = [
        {
            "url": "#row",
            "sub": _("电动自行车 TDT-01Z"),
            "cells": [
                item,
                "GB 17761-2024",
                value(number, "m", expanded, 2, dense=True),
                limit,
                clock((now + timedelta(days=left)).date(), left),
                state,
            ],
        }
        for item, number, expanded, limit, left, state in data
    ]
    return {"columns": columns, "rows": rows}


def _chart() -> dict[str, Any]:
    months = ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06"]
    issued, failed = [120, 98, 165, 182, 176, 210], [6, 4, 9, 7, 8, 6]
    return {
        "id": "sample-chart",
        "title": _("每月签发的报告"),
        "csv": "#",
        "note": _("按签发日期统计"),
        "option": {
            "grid": {"left": 56, "right": 24, "top": 48, "bottom": 32},
            "legend": {"top": 8, "right": 16},
            "tooltip": {"trigger": "axis"},
            "xAxis": {"type": "category", "data": months},
            "yAxis": {"type": "value", "name": _("份")},
            "series": [
                {"type": "bar", "name": _("签发"), "data": issued},
                {"type": "line", "name": _("不合格"), "data": failed},
            ],
        },
        "columns": [{"label": _("月份")}, {"label": _("签发"), "num": True}, {"label": _("不合格"), "num": True}],
        "rows": [{"cells": row} for row in zip(months, issued, failed, strict=True)],
    }


def _map() -> dict[str, Any]:
    counts = {"和平区": 14, "南开区": 22, "西青区": 31, "滨海新区": 58, "武清区": 27, "蓟州区": 6, "静海区": 19}
    return {
        "id": "sample-map",
        "title": _("各区检验检测机构"),
        "map": "tianjin",
        "tall": True,
        "option": {
            "tooltip": {"trigger": "item"},
            "visualMap": {"min": 0, "max": 60, "left": 16, "bottom": 16, "calculable": True},
            "series": [
                {
                    "type": "map",
                    "map": "tianjin",
                    "roam": False,
                    "data": [{"name": name, "value": count} for name, count in counts.items()],
                }
            ],
        },
        "columns": [{"label": _("区")}, {"label": _("机构数"), "num": True}],
        "rows": [{"cells": pair} for pair in counts.items()],
    }


def _grid() -> dict[str, Any]:
    units = {"length": [("m", "m"), ("mm", "mm")], "speed": [("km/h", "km/h"), ("m/s", "m/s")]}
    rows = [
        ("1", _("干态制动距离"), "≤ 7 m", "6.82", "m", "0.05", units["length"]),
        ("2", _("湿态制动距离"), "≤ 9 m", "", "m", "", units["length"]),
        ("3", _("最高车速"), "≤ 25 km/h", "", "km/h", "", units["speed"]),
    ]
    return {
        "id": "sample",
        "head": _("项目"),
        "save": "#",
        "version": "1",
        "columns": [
            {"key": "value", "label": _("测得值"), "kind": "number"},
            {"key": "unit", "label": _("单位"), "kind": "select"},
            {"key": "expanded", "label": "U", "kind": "number"},
            {"key": "k", "label": "k", "kind": "number"},
            {"key": "equipment", "label": _("设备"), "kind": "text"},
            {"key": "method", "label": _("方法"), "kind": "plain"},
        ],
        "rows": [
            {
                "id": key,
                "label": label,
                "sub": limit,
                "cells": {
                    "value": number,
                    "unit": unit,
                    "expanded": expanded,
                    "k": "2",
                    "method": "GB 17761-2024",
                },
                "choices": {"unit": choices},
            }
            for key, label, limit, number, unit, expanded, choices in rows
        ],
    }


def style_page(request: HttpRequest) -> HttpResponse:
    """Every component once, with made-up content."""
    now = timezone.now()
    sent = SampleForm({"sent-name": "", "sent-amount": "0"}, prefix="sent")
    return render(
        request,
        "portal/styleguide.html",
        {
            "synthetic": True,
            "door": "testing",
            "growth": _("比去年同期多 %(percent)s%%") % {"percent": "8.4"},
            "notices_unread": 3,
            "crumbs": [(_("首页"), "/"), (_("检测"), "#"), (_("样式"), "")],
            "case": _case(now),
            "events": _events(now),
            "register": _register(now),
            "page": {"after": "abc", "before": "", "count": 1000, "capped": True},
            "steps": [
                {"label": _("提出需求"), "state": "done"},
                {"label": _("方案"), "state": "done", "note": "2026-03-02"},
                {"label": _("委托"), "state": "done"},
                {"label": _("检测"), "state": "now", "note": _("5 项中的 3 项")},
                {"label": _("报告"), "state": "todo"},
                {"label": _("评价"), "state": "todo"},
            ],
            "tones": [
                ("ok", _("已签发")),
                ("wait", _("待复核")),
                ("info", _("检测中")),
                ("bad", _("不合格")),
                ("idle", _("未开始")),
                ("ended", _("已终止")),
            ],
            "clocks": [
                clock((now + timedelta(days=9)).date(), 7),
                clock((now + timedelta(days=1)).date(), 1),
                clock(now.date(), 0),
                clock((now - timedelta(days=3)).date(), -2),
                clock(now + timedelta(minutes=25)),
                clock(now.date(), state="paused"),
                clock(now.date(), state="met"),
            ],
            "facts": [
                (_("产品"), _("电动自行车 TDT-01Z")),
                (_("标准"), "GB 17761-2024"),
                (_("测量范围"), value("0.06", "MPa", "0.0005", 2)),
                (_("签发"), moment(datetime(2026, 3, 5, 6, 30, tzinfo=UTC))),
            ],
            "tabs": [
                {"label": _("待办"), "url": "?tab=todo", "current": True, "count": 12},
                {"label": _("逾期"), "url": "?tab=late", "count": 2},
                {"label": _("最近变化"), "url": "?tab=recent"},
            ],
            "filter_form": SampleFilter(request.GET or None),
            "active": [(_("区域"), "滨海新区", "district")],
            "form": SampleForm(),
            "sent": sent,
            "chart": _chart(),
            "map": _map(),
            "grid": _grid(),
        },
    )
