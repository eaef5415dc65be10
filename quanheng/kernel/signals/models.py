"""Something that surveillance noticed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import Holds, Oversees
from quanheng.kernel.base.models import Record
from quanheng.kernel.parties.roles import REGULATORS


class Signal(Record):
    """A noticed fact that someone should look at: an overdue clock, a failed result, a drifting standard."""

    class Kind(models.TextChoices):
        OVERDUE = "overdue", _("时限逾期")
        NONCONFORMING = "nonconforming", _("结果不合格")
        METHOD_SUPERSEDED = "method_superseded", _("方法标准已被代替")
        RETEST_CONTRADICTED = "retest_contradicted", _("复测推翻检测结果")
        LOG_CONTRADICTED = "log_contradicted", _("透明日志倒退或分叉")

    kind = models.CharField(max_length=24, choices=Kind.choices)
    case = models.ForeignKey("cases.Case", null=True, on_delete=models.PROTECT, related_name="signals")
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="signals")
    region_code = models.CharField(max_length=6)
    # What makes the signal the same one: noticing it twice leaves one row.
    fingerprint = models.CharField(max_length=120, unique=True)
    evidence = models.JSONField(default=dict)
    noticed_at = models.DateTimeField()
    settled_at = models.DateTimeField(_("处置时间"), null=True)
    settlement = models.CharField(_("处置说明"), max_length=300, blank=True)

    visible_to = Holds("organisation") | Oversees("region_code", *REGULATORS)
    act_related = ("organisation",)

    class Meta:
        verbose_name = _("信号")
        indexes = [models.Index(fields=["region_code", "kind", "-id"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.fingerprint}"
