"""Classification tables: the International Classification for Standards and the Chinese one."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import Public
from quanheng.kernel.base.models import Record


class Classification(Record):
    """One code of a classification table, under its ``parent`` code ("" at the top)."""

    class Scheme(models.TextChoices):
        ICS = "ics", _("国际标准分类法（ICS）")
        CCS = "ccs", _("中国标准文献分类法（CCS）")

    scheme = models.CharField(max_length=6, choices=Scheme.choices)
    code = models.CharField(max_length=12)
    parent = models.CharField(max_length=12, blank=True)
    level = models.PositiveSmallIntegerField()
    name_zh = models.CharField(max_length=120, blank=True)
    name_en = models.CharField(max_length=300, blank=True)
    note_zh = models.TextField(blank=True)
    note_en = models.TextField(blank=True)
    # Codes that the note sends the reader to.
    see = models.JSONField(default=list)

    visible_to = Public()

    class Meta:
        verbose_name = _("标准分类")
        constraints = [models.UniqueConstraint(fields=["scheme", "code"], name="one_classification")]
        indexes = [models.Index(fields=["scheme", "parent", "code"], name="classification_parent")]

    def __str__(self) -> str:
        return f"{self.code} {self.name_zh or self.name_en}"
