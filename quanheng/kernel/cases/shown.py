"""Rules as people read them: the matter, the length of time in words, how sure we are."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from quanheng.kernel.cases.models import Rule

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
