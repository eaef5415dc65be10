"""Three of the four doors: metrology, certification, testing. The door to standards is their register itself."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from quanheng.kernel.base.paging import capped_count
from quanheng.kernel.competence.models import Activity
from quanheng.kernel.parties import queries as parties
from quanheng.kernel.parties.roles import OrganisationKind
from quanheng.kernel.requirements import queries as requirements

SHOWN = 8


def _bodies(kind: OrganisationKind, title: Any) -> dict[str, Any]:
    """Organisations of one kind for a door: the newest, how many, and where the rest is."""
    rows = parties.organisations(kind=kind)
    count, more = capped_count(rows)
    return {
        "title": title,
        "count": count,
        "more": more,
        "url": f"/organisations/?kind={kind}",
        "rows": list(rows.select_related("region").order_by("-id")[:SHOWN]),
    }


@require_safe
def metrology(request: HttpRequest) -> HttpResponse:
    """Calibration and verification: who does it, by which procedure, in which time."""
    return render(
        request,
        "portal/door.html",
        {
            "door": "metrology",
            "title": _("计量"),
            "lead": _("让仪器的示值连到国家基准：校准给出偏差与不确定度，检定判定是否合格。"),
            "activities": [(Activity.CALIBRATION, _("找谁能校准")), (Activity.VERIFICATION, _("找谁能检定"))],
            "ask": _("仪器或参数，例如：压力表"),
            "need": _("车间有压力表和卡尺要校准"),
            "bodies": [_bodies(OrganisationKind.METROLOGY_INSTITUTE, pgettext("several", "计量技术机构"))],
            "links": [
                ("/standards/?kind=jjg", _("计量检定规程"), _("JJG：检定按它做")),
                ("/standards/?kind=jjf", _("计量技术规范"), _("JJF：校准按它做")),
                ("/toolbox/uncertainty/", _("不确定度怎么算"), _("工具箱：模型、一览表、蒙特卡洛")),
                ("/toolbox/interval/", _("校准间隔怎么定"), _("工具箱：看历次结果，该延长还是缩短")),
                ("/exchange/results/", _("科技成果与能力"), _("方法、仪器、标准物质，等人来用")),
                ("/rules/?process=mandatory_verification", _("强制检定的时限"), _("受理、检定、出证各多少天")),
                ("/rules/?process=measurement_standard_exam", _("计量标准考核的时限"), _("建标、复查各多少天")),
            ],
        },
    )


@require_safe
def certification(request: HttpRequest) -> HttpResponse:
    """Certification: which scheme a product falls under, who certifies."""
    families = [one for one in requirements.families().order_by("name_zh") if one.schemes]
    return render(
        request,
        "portal/door.html",
        {
            "door": "certification",
            "title": _("认证"),
            "lead": _("由第三方证明产品、服务或管理体系符合要求。先看要不要做、走哪种制度，再找机构。"),
            "activities": [(Activity.CERTIFICATION, _("找谁能认证"))],
            "ask": _("产品或认证项目"),
            "need": _("产品要做强制性认证"),
            "schemes": families,
            "bodies": [_bodies(OrganisationKind.CERTIFICATION_BODY, pgettext("several", "认证机构"))],
            "links": [
                ("/verify/", _("查验证书"), _("按编号、二维码或文件")),
                ("/rules/?process=certification", _("认证活动的时限"), _("暂停、撤销、公示各多少天")),
            ],
        },
    )


@require_safe
def testing(request: HttpRequest) -> HttpResponse:
    """Testing and inspection: what to test on a product, which laboratory may."""
    return render(
        request,
        "portal/door.html",
        {
            "door": "testing",
            "title": _("检测"),
            "lead": _("按标准测出数值、给出不确定度、写明合格与否。每份报告都能公开查验。"),
            "activities": [(Activity.TESTING, _("找谁能检测")), (Activity.INSPECTION, _("找谁能检验"))],
            "ask": _("项目，例如：制动性能"),
            "need": _("我厂的产品要送检"),
            "families": list(requirements.families().order_by("name_zh")),
            "bodies": [
                _bodies(OrganisationKind.LABORATORY, pgettext("several", "检验检测机构")),
                _bodies(OrganisationKind.INSPECTION_BODY, pgettext("several", "检验机构")),
            ],
            "links": [
                ("/verify/", _("查验检测报告"), _("按编号、二维码或文件")),
                ("/toolbox/decision/", _("合格怎么判"), _("工具箱：判定规则和误判风险")),
                ("/toolbox/acceptance_plan/", _("一批抽多少件"), _("工具箱：抽样方案和特性曲线")),
                ("/chains/", _("产业链质量图"), _("每条产业链能测什么、缺什么")),
                ("/exchange/needs/", _("企业技术需求"), _("没人能做的，贴出来找办法")),
                ("/rules/?process=one_stop", _("服务时限"), _("接受、收样、审核、签发、交付")),
                ("/rules/?process=product_spot_check", _("监督抽查的时限"), _("抽样、异议、复检")),
            ],
        },
    )
