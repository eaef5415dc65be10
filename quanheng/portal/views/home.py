"""The home page: one box, four doors, what is going on, and verification."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from quanheng.domains.services.queries import live_figures
from quanheng.kernel.base.api import ActorRequest


@require_safe
def home(request: ActorRequest) -> HttpResponse:
    """The one box and what is public; the figures are at most a minute old."""
    return render(
        request,
        "portal/home.html",
        {"examples": _examples(), "doors": _doors(), "figures": live_figures(), "public": _public()},
    )


def _examples() -> list[str]:
    return [
        _("我厂生产电动自行车，想做新国标检测，三周内要报告"),
        _("车间有 24 块压力表要检定，还有 6 把卡尺要校准"),
        _("新上市的毛绒玩具要做安全检测，预算两万元"),
    ]


def _doors() -> list[dict[str, Any]]:
    return [
        {
            "name": "metrology",
            "icon": "gauge",
            "title": _("计量"),
            "text": _("压力表、卡尺、天平到期了：找谁校准、谁能检定、不确定度够不够。"),
        },
        {
            "name": "standards",
            "icon": "book-open",
            "title": _("标准"),
            "text": _("一项标准现行还是废止、被什么代替；一种产品今天要满足哪些要求。"),
        },
        {
            "name": "certification",
            "icon": "award",
            "title": _("认证"),
            "text": _("产品上市要不要认证、走哪种制度、由谁来做。"),
        },
        {
            "name": "testing",
            "icon": "flask-conical",
            "title": _("检测"),
            "text": _("按产品、项目、方法和量程找有资质的实验室，看清为什么行、为什么不行。"),
        },
    ]


def _public() -> list[dict[str, Any]]:
    return [
        {"url": "/organisations/", "title": _("机构名录"), "text": _("资质、有效期、每一条能力范围")},
        {"url": "/standards/", "title": _("标准题录"), "text": _("状态由日期推算，前后版本相连")},
        {"url": "/families/", "title": _("产品要求"), "text": _("项目、限值、方法，出自哪一条")},
        {"url": "/rules/", "title": _("时限规则表"), "text": _("每个时限的依据与版本")},
        {"url": "/toolbox/", "title": _("工具箱"), "text": _("不确定度、判定、抽样等计算，附图和结论")},
        {"url": "/plans/", "title": _("规划落实"), "text": _("规划点名的系统、项目与指标，哪些已能用")},
        {"url": "/api/v1/docs", "title": _("开放接口"), "text": _("页面能做的，程序都能做")},
    ]
