"""A measured or judged value with unit, uncertainty, method, time, equipment used and decision rule."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import Holds, Oversees
from quanheng.kernel.base.models import Record
from quanheng.kernel.parties.roles import REGULATORS


class Result(Record):
    """One result of a determination (ISO/IEC 17000 A.3), for one requirement, in one case.

    Numbers are decimal strings: what was entered is what is signed. The limit and the method are frozen
    beside the value when the result is planned, so that a later edition changes nothing in it.
    """

    class Verdict(models.TextChoices):
        PASS = "pass", _("合格")
        CONDITIONAL_PASS = "conditional_pass", _("有条件合格")
        CONDITIONAL_FAIL = "conditional_fail", _("有条件不合格")
        FAIL = "fail", _("不合格")
        REPORTED = "reported", _("仅报告")

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="results")
    position = models.PositiveSmallIntegerField()
    requirement = models.ForeignKey("requirements.Requirement", null=True, on_delete=models.PROTECT)
    item = models.ForeignKey("requirements.Item", on_delete=models.PROTECT)
    standard = models.ForeignKey(
        "requirements.Standard", null=True, on_delete=models.PROTECT, related_name="results_against"
    )
    clause = models.CharField(max_length=60, blank=True)
    method = models.ForeignKey("requirements.Standard", on_delete=models.PROTECT, related_name="results_by")
    scope_line = models.ForeignKey("competence.ScopeLine", null=True, on_delete=models.PROTECT)
    sample = models.ForeignKey("objects.Sample", null=True, on_delete=models.PROTECT, related_name="results")
    limit = models.CharField(max_length=12)
    lower = models.CharField(max_length=40, blank=True)
    upper = models.CharField(max_length=40, blank=True)
    limit_unit = models.CharField(max_length=20, blank=True)
    limit_text_zh = models.CharField(max_length=300, blank=True)
    limit_text_en = models.CharField(max_length=400, blank=True)
    value = models.CharField(_("结果"), max_length=60, blank=True)
    unit = models.CharField(_("单位"), max_length=20, blank=True)
    uncertainty = models.CharField(_("扩展不确定度"), max_length=40, blank=True)
    k = models.CharField(_("包含因子"), max_length=10, blank=True)
    decision_rule = models.CharField(max_length=20, blank=True)
    verdict = models.CharField(max_length=18, choices=Verdict.choices, blank=True)
    instruments = models.ManyToManyField("objects.Instrument", related_name="results", blank=True)
    operator = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+")
    measured_on = models.DateField(null=True)
    environment = models.CharField(max_length=120, blank=True)
    remark = models.CharField(max_length=300, blank=True)

    visible_to = Holds("case__client") | Holds("case__handler") | Oversees("case__region_code", *REGULATORS)
    act_related = ("case",)

    class Meta:
        verbose_name = _("结果")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["case", "position"], name="one_result_per_position")]

    def __str__(self) -> str:
        return f"{self.case_id}.{self.position}"
