"""What things are assessed against: standards, the items they lay down, and the limits for a product."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import Public
from quanheng.kernel.base.models import Record
from quanheng.science.identifiers.standard_number import parse_standard_number


class Standard(Record):
    """A standard document. Its status is computed from dates on a given day, never stored.

    ``number`` is in the normal spelling; ``key`` is the sorting key that all editions share, so that
    GBT17761, GB/T 17761 and gb/t17761-2018 meet.
    """

    class Kind(models.TextChoices):
        GB = "gb", _("强制性国家标准")
        GBT = "gbt", _("推荐性国家标准")
        INDUSTRY = "industry", _("行业标准")
        LOCAL = "local", _("地方标准")
        ASSOCIATION = "association", _("团体标准")
        ENTERPRISE = "enterprise", _("企业标准")
        JJG = "jjg", _("计量检定规程")
        JJF = "jjf", _("计量技术规范")
        ISO = "iso", _("ISO 标准")
        IEC = "iec", _("IEC 标准")
        OTHER = "other", _("其他标准")

    number = models.CharField(_("标准号"), max_length=60, unique=True)
    key = models.CharField(max_length=60, db_index=True)
    title_zh = models.CharField(_("标准名称"), max_length=300)
    title_en = models.CharField(_("英文名称"), max_length=400, blank=True)
    kind = models.CharField(_("类别"), max_length=20, choices=Kind.choices)
    mandatory = models.BooleanField(_("强制性"), default=False)
    published = models.DateField(_("发布日期"), null=True, blank=True)
    effective = models.DateField(_("实施日期"), null=True, blank=True)
    withdrawn = models.DateField(_("废止日期"), null=True, blank=True)
    replaces = models.ManyToManyField("self", symmetrical=False, related_name="replaced_by", blank=True)
    # The day on which a successor took effect; kept by the service that records the replacement.
    superseded_on = models.DateField(null=True, blank=True, db_index=True)
    source = models.CharField(max_length=300)
    confidence = models.CharField(max_length=20)

    visible_to = Public()

    class Meta:
        verbose_name = _("标准")
        indexes = [models.Index(fields=["kind", "-id"], name="standard_kind")]

    def __str__(self) -> str:
        return self.number

    def status_on(self, day: date) -> str:
        """``upcoming``, ``in_force``, ``superseded`` or ``withdrawn`` on ``day``."""
        if self.withdrawn and self.withdrawn <= day:
            return "withdrawn"
        if self.superseded_on and self.superseded_on <= day:
            return "superseded"
        if self.effective and self.effective > day:
            return "upcoming"
        return "in_force"

    def takes_effect(self) -> date | None:
        """From when it replaces its predecessors: its effective date, else the day it was published.

        Where the register knows neither, the last day of the year in its number: the latest it can have been
        published. None for an undated number.
        """
        year = parse_standard_number(self.number).year
        return self.effective or self.published or (date(year, 12, 31) if year else None)


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
