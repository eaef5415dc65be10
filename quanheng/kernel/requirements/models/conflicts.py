"""Where two records of one standard disagree."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import Public
from quanheng.kernel.base.models import Record
from quanheng.kernel.requirements.models.standards import Standard


class Conflict(Record):
    """Two records of one standard say different things of one fact; a keeper of the register settles it.

    The standard shows ``kept`` meanwhile. Whatever is chosen is fixed: files read later leave it alone.
    """

    class Choice(models.TextChoices):
        KEPT = "kept", _("保留现值")
        OTHER = "other", _("改用另一值")

    standard = models.ForeignKey(Standard, on_delete=models.CASCADE, related_name="conflicts", db_index=False)
    # A column of ``Standard``.
    field = models.CharField(max_length=20)
    kept = models.TextField(blank=True)
    other = models.TextField(blank=True)
    kept_source = models.CharField(max_length=200)
    other_source = models.CharField(max_length=200)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    choice = models.CharField(_("采用"), max_length=5, choices=Choice.choices, blank=True)
    reason = models.CharField(_("理由"), max_length=300, blank=True)

    visible_to = Public()
    act_related = ("standard",)
    act_locked = ("standard",)

    class Meta:
        verbose_name = _("题录分歧")
        constraints = [models.UniqueConstraint(fields=["standard", "field", "other_source"], name="one_conflict")]
        indexes = [
            models.Index(fields=["-id"], name="conflict_open", condition=models.Q(settled_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.standard_id} {self.field}"

    @property
    def field_label(self) -> str:
        """The name of the fact as people know it."""
        column: Any = Standard._meta.get_field(self.field)
        return str(column.verbose_name)
