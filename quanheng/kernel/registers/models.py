"""What people keep of registers: views by name, and exports being made."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import Holds, Is
from quanheng.kernel.base.models import Record


class SavedView(Record):
    """Filters, order and columns of a register under a name, of one person or of everybody in an organisation."""

    person = models.ForeignKey("parties.Person", on_delete=models.CASCADE, related_name="saved_views")
    # Whose people see it too; the person alone where there is none.
    organisation = models.ForeignKey(
        "parties.Organisation", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    register = models.CharField(max_length=40)
    name = models.CharField(_("视图名称"), max_length=60)
    query = models.CharField(_("筛选条件"), max_length=1000, blank=True)

    visible_to = Is("person") | Holds("organisation")
    act_related = ("person",)

    class Meta:
        verbose_name = _("保存的视图")
        constraints = [models.UniqueConstraint(fields=["person", "register", "name"], name="one_view_of_a_name")]

    def __str__(self) -> str:
        return self.name


class Export(Record):
    """A file made of a register in the background, with what its person may see when it is made."""

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"

    class State(models.TextChoices):
        WAITING = "waiting", _("等待生成")
        READY = "ready", _("已生成")
        FAILED = "failed", _("未能生成")

    person = models.ForeignKey("parties.Person", on_delete=models.CASCADE, related_name="exports")
    register = models.CharField(max_length=40)
    query = models.CharField(_("筛选条件"), max_length=1000, blank=True)
    format = models.CharField(_("格式"), max_length=4, choices=Format.choices)
    language = models.CharField(max_length=10)
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.WAITING)
    rows = models.PositiveIntegerField(_("行数"), default=0)
    size = models.PositiveBigIntegerField(default=0)
    trouble_zh = models.CharField(max_length=300, blank=True)
    trouble_en = models.CharField(max_length=300, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    visible_to = Is("person")
    act_related = ("person",)

    class Meta:
        verbose_name = _("导出")
        indexes = [models.Index(fields=["person", "-id"], name="export_person")]

    def __str__(self) -> str:
        return f"{self.register}.{self.format}"
