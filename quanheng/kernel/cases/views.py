"""The rule table, open to everybody: every clock with its source, its versions and how sure we are of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from quanheng.kernel.base.lists import asked, chips, listed
from quanheng.kernel.cases import queries
from quanheng.kernel.cases.models import Rule
from quanheng.kernel.cases.standing import source_of

PROCESS_NAMES: dict[str, Any] = {
    "one_stop": gettext_lazy("一站式服务"),
    "cma_approval": gettext_lazy("检验检测机构资质认定"),
    "cma_notification_commitment": gettext_lazy("资质认定告知承诺"),
    "cma_scope_list": gettext_lazy("资质认定能力表"),
    "testing_body_supervision": gettext_lazy("检验检测机构监督"),
    "measurement_standard_exam": gettext_lazy("计量标准考核"),
    "mandatory_verification": gettext_lazy("强制检定"),
    "type_approval": gettext_lazy("计量器具型式批准"),
    "metrology_dispute": gettext_lazy("计量纠纷仲裁检定"),
    "certification": gettext_lazy("认证"),
    "product_spot_check": gettext_lazy("产品质量监督抽查"),
    "food_sampling": gettext_lazy("食品安全抽样检验"),
    "food_inspection": gettext_lazy("食品监督检查"),
    "dual_random": gettext_lazy("双随机抽查"),
    "consumer_product_recall": gettext_lazy("消费品召回"),
    "vehicle_recall": gettext_lazy("汽车召回"),
    "adr_reporting": gettext_lazy("不良反应报告"),
    "elevator": gettext_lazy("电梯安全"),
    "special_equipment": gettext_lazy("特种设备"),
    "standards": gettext_lazy("标准制修订"),
    "complaints": gettext_lazy("投诉举报"),
    "penalty_disclosure": gettext_lazy("行政处罚公示"),
    "administrative_licence": gettext_lazy("行政许可"),
    "quality_award": gettext_lazy("质量奖"),
}
# confidence -> (its word, the tone of its badge)
CONFIDENCE: dict[str, tuple[Any, str]] = {
    "confirmed": (gettext_lazy("已核实"), "ok"),
    "secondary": (gettext_lazy("二手来源"), "info"),
    "unconfirmed": (gettext_lazy("未核实"), "wait"),
    "platform": (gettext_lazy("平台承诺"), "idle"),
}


class RuleFilter(forms.Form):
    """What the rule table is narrowed by."""

    process = forms.ChoiceField(
        label=gettext_lazy("事项"), required=False, choices=[("", gettext_lazy("全部")), *PROCESS_NAMES.items()]
    )
    confidence = forms.ChoiceField(
        label=gettext_lazy("核实程度"),
        required=False,
        choices=[("", gettext_lazy("全部")), *((name, word) for name, (word, _tone) in CONFIDENCE.items())],
    )
    on = forms.DateField(label=gettext_lazy("某日有效"), required=False, widget=forms.DateInput(attrs={"type": "date"}))


@require_safe
def rule_list(request: HttpRequest) -> HttpResponse:
    """Every version of every rule, newest entry first, with filters kept in the address."""
    form = RuleFilter(request.GET, auto_id="filter_%s")
    wanted = asked(form)
    found = listed(
        request,
        queries.rules(process=wanted["process"], confidence=wanted["confidence"], on=wanted["on"] or None),
    )
    return render(
        request,
        "cases/rules.html",
        {
            "form": form,
            "active": chips(form),
            "rules": [_dressed(rule) for rule in found["items"]],
            "page": found["page"],
            "crumbs": [(_("时限规则表"), "")],
        },
    )


@require_safe
def rule_page(request: HttpRequest, uid: str) -> HttpResponse:
    """One rule with all its versions."""
    versions = [_dressed(rule) for rule in queries.rule_versions(uid)]
    return render(
        request,
        "cases/rule.html",
        {
            "rule": next(one for one in versions if one["row"].uid == uid),
            "versions": versions,
            "crumbs": [(_("时限规则表"), "/rules/"), (versions[0]["row"].key, "")],
        },
    )


def _dressed(rule: Rule) -> dict[str, Any]:
    word, tone = CONFIDENCE.get(rule.confidence, (rule.confidence, "idle"))
    today = timezone.localdate()
    in_force = (rule.valid_from is None or rule.valid_from <= today) and (
        rule.valid_to is None or rule.valid_to >= today
    )
    return {
        "row": rule,
        "process": PROCESS_NAMES.get(rule.process, rule.process),
        "length": length_of(rule),
        "source": source_of(rule),
        "word": word,
        "tone": tone,
        "in_force": in_force,
    }


def length_of(rule: Rule) -> str:
    """The time of a rule in words: 5 个工作日, 3 个月, 立即; what is no single length as it is written."""
    if rule.day_type == "immediate":
        return _("立即")
    if not rule.value:
        return "—"
    if not rule.value.isascii() or not rule.value.isdigit():
        units = {"day": _("天"), "year": _("年"), "month": _("个月")}
        return f"{rule.value.replace('-', '–')} {units.get(rule.unit, rule.unit)}".strip()
    count = int(rule.value)
    forms_of = {
        "day": ngettext("%(count)d 天", "%(count)d 天", count),
        "month": ngettext("%(count)d 个月", "%(count)d 个月", count),
        "year": ngettext("%(count)d 年", "%(count)d 年", count),
        "hour": ngettext("%(count)d 小时", "%(count)d 小时", count),
        "minute": ngettext("%(count)d 分钟", "%(count)d 分钟", count),
        "person": ngettext("%(count)d 人", "%(count)d 人", count),
        "": "%(count)d",
    }
    if rule.unit == "day" and rule.day_type == "working":
        told = ngettext("%(count)d 个工作日", "%(count)d 个工作日", count) % {"count": count}
    else:
        told = forms_of.get(rule.unit, f"%(count)d {rule.unit}") % {"count": count}
    return _("提前 %(length)s") % {"length": told} if rule.direction == "before" else told
