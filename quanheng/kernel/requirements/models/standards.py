"""Standards, how they hang together, and what they are classified under."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import Public
from quanheng.kernel.base.models import Record
from quanheng.kernel.requirements import dates

# Stages of a project by ISO's harmonised codes: from 60 on it is published; x.98 and 95.99 end it.
PUBLISHED_STAGE = "60"


class Standard(Record):
    """A standard document. Its status is computed from dates on a given day, never stored.

    ``number`` is in the normal spelling; ``key`` is the sorting key that all editions share, so that
    GBT17761, GB/T 17761 and gb/t17761-2018 meet; ``series`` is shared by all parts of a number too.
    """

    class Kind(models.TextChoices):
        GB = "gb", _("强制性国家标准")
        GBT = "gbt", _("推荐性国家标准")
        GBZ = "gbz", _("国家标准化指导性技术文件")
        INDUSTRY = "industry", _("行业标准")
        LOCAL = "local", _("地方标准")
        ASSOCIATION = "association", _("团体标准")
        ENTERPRISE = "enterprise", _("企业标准")
        JJG = "jjg", _("计量检定规程")
        JJF = "jjf", _("计量技术规范")
        ISO = "iso", _("ISO 标准")
        IEC = "iec", _("IEC 标准")
        INTERNATIONAL = "international", _("其他国际标准")
        OTHER = "other", _("其他标准")

    class Type(models.TextChoices):
        STANDARD = "standard", _("标准")
        REGULATION = "regulation", _("检定规程")
        SPECIFICATION = "specification", _("技术规范")
        REPORT = "report", _("技术报告")
        PAS = "pas", _("可公开提供的规范")
        GUIDE = "guide", _("指南")
        WORKSHOP = "workshop", _("研讨会协议")
        DIRECTIVE = "directive", _("导则")

    class Precision(models.TextChoices):
        DAY = "day", _("到日")
        MONTH = "month", _("到月")
        YEAR = "year", _("到年")

    number = models.CharField(_("标准号"), max_length=60, unique=True)
    key = models.CharField(max_length=60, db_index=True)
    series = models.CharField(max_length=60, db_index=True, default="")
    title_zh = models.CharField(_("标准名称"), max_length=300, blank=True)
    title_en = models.CharField(_("英文名称"), max_length=600, blank=True)
    kind = models.CharField(_("类别"), max_length=20, choices=Kind.choices)
    doctype = models.CharField(_("文件类型"), max_length=14, choices=Type.choices, default=Type.STANDARD)
    mandatory = models.BooleanField(_("强制性"), default=False)
    # The year of the document: of its number, else of its publication.
    year = models.PositiveSmallIntegerField(_("年份"), null=True, blank=True)
    edition = models.PositiveSmallIntegerField(_("版次"), null=True, blank=True)
    # The harmonised stage code where the source tells it, like 60.60; "" where it does not.
    stage = models.CharField(_("阶段"), max_length=5, blank=True)
    published = models.DateField(_("发布日期"), null=True, blank=True)
    # How much of ``published`` is known: of a month or a year the last day stands, the latest it can have been.
    published_to = models.CharField(max_length=5, choices=Precision.choices, default=Precision.DAY)
    effective = models.DateField(_("实施日期"), null=True, blank=True)
    withdrawn = models.DateField(_("废止日期"), null=True, blank=True)
    # False: the source only says that it has ended; ``withdrawn`` is then the day of the source, the latest possible.
    withdrawn_exact = models.BooleanField(default=True)
    replaces = models.ManyToManyField("self", symmetrical=False, related_name="replaced_by", blank=True)
    # The day on which a successor took effect; kept by whoever records the replacement.
    superseded_on = models.DateField(null=True, blank=True)
    ics = models.JSONField(_("ICS 分类号"), default=list, blank=True)
    ccs = models.JSONField(_("CCS 分类号"), default=list, blank=True)
    committee = models.CharField(_("技术委员会"), max_length=160, blank=True)
    body = models.CharField(_("发布或归口单位"), max_length=200, blank=True)
    drafters = models.JSONField(_("起草单位"), default=list, blank=True)
    # What a register says of it in free text and nobody has turned into facts yet.
    remark = models.CharField(_("登记备注"), max_length=600, blank=True)
    # Names of the facts that a keeper of the register has decided: a file read later leaves them alone.
    fixed = models.JSONField(default=list, editable=False)
    # What those who watch it were last told; empty where nobody watches.
    told = models.JSONField(default=dict, editable=False)
    source = models.CharField(_("来源"), max_length=300)
    confidence = models.CharField(max_length=20)

    visible_to = Public()
    audit_exclude = frozenset({"told"})

    class Meta:
        verbose_name = _("标准")
        indexes = [
            models.Index(fields=["kind", "-id"], name="standard_kind"),
            models.Index(fields=["year", "-id"], name="standard_year"),
            # Few standards end, wait or are in preparation: each status has its own short index.
            models.Index(fields=["-id"], name="standard_withdrawn", condition=models.Q(withdrawn__isnull=False)),
            models.Index(fields=["superseded_on", "-id"], name="standard_superseded"),
            models.Index(fields=["effective", "-id"], name="standard_effective"),
            models.Index(
                fields=["-id"], name="standard_draft", condition=models.Q(stage__gt="", stage__lt=PUBLISHED_STAGE)
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def draft(self) -> bool:
        """Whether it is still in preparation: a project before publication."""
        return "" < self.stage < PUBLISHED_STAGE and self.published is None and self.effective is None

    def status_on(self, day: date) -> str:
        """``draft``, ``upcoming``, ``in_force``, ``superseded`` or ``withdrawn`` on ``day``."""
        return dates.status_on(
            day,
            effective=self.effective,
            published=self.published,
            superseded_on=self.superseded_on,
            withdrawn=self.withdrawn,
            draft=self.draft,
        )

    def ended_on(self, day: date) -> date | None:
        """Since when it is no longer in force, as of ``day``; None while it has not ended."""
        return min((one for one in (self.superseded_on, self.withdrawn) if one and one <= day), default=None)

    def takes_effect(self) -> date | None:
        """From when it replaces its predecessors."""
        return dates.takes_effect(self.number, self.effective, self.published)


class StandardCode(models.Model):
    """A standard under a code of a classification or under a group above it; kept from ``ics`` and ``ccs``.

    Whatever level is asked for, one equality on one index answers.
    """

    standard = models.ForeignKey(Standard, on_delete=models.CASCADE, related_name="codes")
    scheme = models.CharField(max_length=6)
    code = models.CharField(max_length=12)

    visible_to = Public()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["standard", "scheme", "code"], name="one_standard_code")]
        indexes = [models.Index(fields=["scheme", "code", "-standard"], name="standard_code")]

    def __str__(self) -> str:
        return f"{self.scheme} {self.code}"


class Relation(Record):
    """What a document says of another, beside the whole replacements that ``Standard.replaces`` holds.

    ``number`` is the other's number as it was named; ``other`` is the row where the register has it. A row of
    kind ``replaces`` or ``replaced_by`` is a replacement that could not be entered: the other is not registered yet
    (``doubt`` empty), or it contradicts what is known (``doubt`` says how).
    """

    class Kind(models.TextChoices):
        REPLACES = "replaces", _("代替")
        REPLACED_BY = "replaced_by", _("被代替")
        PARTLY = "partly", _("部分代替")
        AMENDS = "amends", _("修改或更正")
        AMENDED_BY = "amended_by", _("被修改或更正")
        ADOPTS = "adopts", _("采用")
        PART_OF = "part_of", _("属于")
        # A keeper's decision that a file is wrong: it is not entered again.
        NOT_REPLACES = "not_replaces", _("不代替")

    class Degree(models.TextChoices):
        """Degrees of correspondence (GB/T 1.2-2020; ISO/IEC Guide 21-1)."""

        IDT = "IDT", _("等同采用")
        MOD = "MOD", _("修改采用")
        NEQ = "NEQ", _("非等效")

    class Doubt(models.TextChoices):
        CYCLE = "cycle", _("与其他代替关系互相矛盾（首尾相接）")
        BACKWARD = "backward", _("代替者早于被代替者")

    standard = models.ForeignKey(Standard, on_delete=models.CASCADE, related_name="relations", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    number = models.CharField(max_length=80, db_index=True)
    other = models.ForeignKey(Standard, null=True, on_delete=models.SET_NULL, related_name="named_by")
    degree = models.CharField(_("一致性程度"), max_length=3, choices=Degree.choices, blank=True)
    doubt = models.CharField(max_length=8, choices=Doubt.choices, blank=True)
    source = models.CharField(max_length=300)

    visible_to = Public()

    class Meta:
        verbose_name = _("标准之间的关系")
        constraints = [models.UniqueConstraint(fields=["standard", "kind", "number"], name="one_relation")]

    def __str__(self) -> str:
        return f"{self.standard_id} {self.kind} {self.number}"
