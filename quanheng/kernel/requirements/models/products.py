"""Product families, the items that standards lay down for them, and the limits."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import Public
from quanheng.kernel.base.models import Record
from quanheng.kernel.requirements.models.standards import Standard
from quanheng.kernel.requirements.schemes import scheme_en


class ProductFamily(Record):
    """A family of products (or of instruments) that share requirements."""

    code = models.CharField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    aliases = models.JSONField(default=list)
    chain = models.CharField(max_length=60, blank=True)
    schemes = models.JSONField(default=list)
    # Codes of the Harmonized System (customs) and of the Chinese Classification for Standards.
    hs = models.JSONField(default=list)
    ccs = models.JSONField(default=list)
    source = models.CharField(max_length=300)
    confidence = models.CharField(max_length=20)

    visible_to = Public()

    class Meta:
        verbose_name = _("产品类别")

    def __str__(self) -> str:
        return self.name_zh

    @property
    def schemes_en(self) -> list[str]:
        """The schemes in English."""
        return [scheme_en(one) for one in self.schemes]


class Item(Record):
    """A characteristic that is determined: a parameter with its kind of quantity."""

    code = models.CharField(max_length=60, unique=True)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=160)
    quantity = models.CharField(max_length=40, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    aliases = models.JSONField(default=list)
    source = models.CharField(max_length=300)
    confidence = models.CharField(max_length=20)

    visible_to = Public()

    class Meta:
        verbose_name = _("检测项目")

    def __str__(self) -> str:
        return self.name_zh


class Requirement(Record):
    """A specified requirement (ISO/IEC 17000 5.1): item, limit and method for a product family."""

    class Limit(models.TextChoices):
        MAX = "max", _("不大于")
        MIN = "min", _("不小于")
        RANGE = "range", _("范围")
        EXACT = "exact", _("等于")
        QUALITATIVE = "qualitative", _("定性")
        REPORT = "report", _("仅报告")

    family = models.ForeignKey(ProductFamily, on_delete=models.PROTECT, related_name="requirements")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="requirements")
    standard = models.ForeignKey(Standard, on_delete=models.PROTECT, related_name="requirements")
    clause = models.CharField(max_length=60, blank=True)
    method = models.ForeignKey(Standard, on_delete=models.PROTECT, related_name="method_of")
    method_clause = models.CharField(max_length=60, blank=True)
    limit = models.CharField(max_length=12, choices=Limit.choices)
    # Decimal strings: a limit is compared with the digits it is printed with.
    lower = models.CharField(max_length=40, blank=True)
    upper = models.CharField(max_length=40, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    limit_text_zh = models.CharField(max_length=300, blank=True)
    limit_text_en = models.CharField(max_length=400, blank=True)
    mandatory = models.BooleanField(default=False)
    sample_size = models.CharField(max_length=60, blank=True)
    usual_days = models.PositiveSmallIntegerField(default=5)
    source = models.CharField(max_length=300)
    confidence = models.CharField(max_length=20)

    visible_to = Public()

    class Meta:
        verbose_name = _("技术要求")
        constraints = [
            models.UniqueConstraint(
                fields=["family", "item", "standard", "clause", "limit_text_zh"], name="one_requirement"
            )
        ]

    def __str__(self) -> str:
        return f"{self.family_id} {self.item_id}"
