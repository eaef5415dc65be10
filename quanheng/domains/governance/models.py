"""Readings of the indicators: what the registers held on a day."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import Public


class Reading(models.Model):
    """How many records an indicator counted when it was last looked on a day: one for each day, so that its course
    can be shown."""

    code = models.CharField(_("指标编号"), max_length=12)
    day = models.DateField(_("日期"))
    count = models.PositiveBigIntegerField(_("记录数"))
    counted_at = models.DateTimeField(_("计数时间"))

    visible_to = Public()

    class Meta:
        verbose_name = _("指标读数")
        constraints = [models.UniqueConstraint(fields=["code", "day"], name="one_reading_a_day")]
        indexes = [models.Index(fields=["day", "code"], name="reading_day")]

    def __str__(self) -> str:
        return f"{self.code} {self.day} {self.count}"
