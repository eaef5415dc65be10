"""The status lists as they were signed last. Which bits are set follows from the attestations; nothing is kept here
that could disagree with them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import Public
from quanheng.kernel.base.models import Row


class StatusList(Row):
    """One list: its number and purpose, and the signed credential as it is served.

    ``seen`` is how far the log had come when the list was last compared with the register: a change of status is an
    entry of the log, so nothing has changed while there are no newer ones.
    """

    class Purpose(models.TextChoices):
        REVOCATION = "revocation", _("撤销")
        SUSPENSION = "suspension", _("暂停")

    number = models.PositiveIntegerField()
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    document = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    signed_at = models.DateTimeField(null=True)
    seen = models.BigIntegerField(default=0)

    visible_to = Public()

    class Meta:
        verbose_name = _("状态清单")
        constraints = [models.UniqueConstraint(fields=["number", "purpose"], name="status_list_once")]

    def __str__(self) -> str:
        return f"{self.number} {self.purpose}"
