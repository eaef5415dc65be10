"""Needs that nobody offers to meet yet, results and capacities that might, and the contacts between them."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import Grant, Having, Holds, Oversees, PlatformOnly
from quanheng.kernel.base.models import Record, Row
from quanheng.kernel.cases.models import CaseRecord
from quanheng.kernel.parties.roles import REGULATORS, Role

_OVERSEERS = Oversees("region_code", *REGULATORS, Role.PLANNER)
_KEEPERS = Holds("organisation") | _OVERSEERS


def _public(*states: str) -> Grant:
    return reduce(or_, (Having("state", state) for state in states))


class Posting(Record):
    """What needs and results share: words, a field, and as far as it is known what is measured, how far and how well.

    The range is kept as it was written and again in SI, as in a scope of competence; ``uncertainty`` is the expanded
    uncertainty (k = 2) over the range, in the unit of the range.
    """

    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    # The region of the organisation again: who oversees it is a prefix match without a join.
    region_code = models.CharField(max_length=6, editable=False, db_index=True)
    posted_by = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(_("标题"), max_length=80)
    text = models.TextField(_("说明"))
    field = models.CharField(_("技术领域"), max_length=20)
    item = models.ForeignKey(
        "requirements.Item", verbose_name=_("检测项目"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    lower = models.CharField(_("下限"), max_length=40, blank=True)
    upper = models.CharField(_("上限"), max_length=40, blank=True)
    unit = models.CharField(_("单位"), max_length=20, blank=True)
    uncertainty = models.CharField(_("不确定度"), max_length=100, blank=True)
    dimension = models.CharField(max_length=60, blank=True)
    lower_si = models.FloatField(null=True)
    upper_si = models.FloatField(null=True)
    uncertainty_si = models.FloatField(null=True)
    # The last day on which it is shown as open.
    open_until = models.DateField(_("公开至"))

    act_related: ClassVar[tuple[str, ...]] = ("organisation",)
    # A firm need not show its name: neither who posted a row nor that it was posted is told to others.
    story_to = _KEEPERS

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding:
            self.region_code = self.organisation.region_code
        super().save(*args, **kwargs)


class TechnicalNeed(Posting):
    """A technical need of an enterprise. Where ``named`` is False nobody else is told whose it is."""

    class State(models.TextChoices):
        OPEN = "open", _("征集中")
        IN_TALKS = "in_talks", _("洽谈中")
        CONTRACTED = "contracted", _("已签约")
        WITHDRAWN = "withdrawn", _("已撤回")
        LAPSED = "lapsed", _("已到期")

    named = models.BooleanField(_("公开企业名称"), default=True)
    family = models.ForeignKey(
        "requirements.ProductFamily", verbose_name=_("产品类别"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    budget_cents = models.PositiveBigIntegerField(_("预算（分）"), null=True)
    deadline = models.DateField(_("希望完成日期"), null=True)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.OPEN)
    # The missing capacity that it was posted from.
    gap = models.ForeignKey("services.Gap", null=True, on_delete=models.PROTECT, related_name="posted_needs")

    visible_to = _KEEPERS | _public(State.OPEN, State.IN_TALKS, State.CONTRACTED)
    act_related = ("organisation", "family", "item")

    class Meta:
        verbose_name = _("技术需求")
        indexes = [
            models.Index(fields=["organisation", "-id"], name="need_poster"),
            models.Index(fields=["state", "field", "-id"], name="need_state_field"),
            models.Index(fields=["open_until", "id"], name="need_open_until"),
        ]


class Offering(Posting):
    """A result, or a capacity, that an institution offers."""

    class Kind(models.TextChoices):
        METHOD = "method", _("方法")
        INSTRUMENT = "instrument", _("仪器设备")
        REFERENCE_MATERIAL = "reference_material", _("标准物质")
        STANDARD = "standard", _("标准")
        PATENT = "patent", _("专利")
        SOFTWARE = "software", _("软件")
        CAPACITY = "capacity", _("能力")

    class Terms(models.TextChoices):
        LICENCE = "licence", _("许可使用")
        TRANSFER = "transfer", _("转让")
        SERVICE = "service", _("技术服务")
        JOINT = "joint", _("合作开发")

    class State(models.TextChoices):
        OPEN = "open", _("可对接")
        WITHDRAWN = "withdrawn", _("已撤回")
        LAPSED = "lapsed", _("已到期")

    kind = models.CharField(_("成果类型"), max_length=20, choices=Kind.choices)
    maturity = models.PositiveSmallIntegerField(_("技术就绪水平"))
    # Number of a patent, a standard, a certificate of a reference material.
    identifier = models.CharField(_("专利号或标准号"), max_length=60, blank=True)
    families = models.ManyToManyField("requirements.ProductFamily", related_name="+", blank=True)
    # Their codes again: lists and matches read them with the row.
    family_codes = models.JSONField(default=list)
    terms = models.CharField(_("合作方式"), max_length=10, choices=Terms.choices)
    price_cents = models.PositiveBigIntegerField(_("报价（分）"), null=True)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.OPEN)

    visible_to = _KEEPERS | _public(State.OPEN)

    class Meta:
        verbose_name = _("科技成果")
        indexes = [
            models.Index(fields=["organisation", "-id"], name="offering_poster"),
            models.Index(fields=["state", "field", "-id"], name="offering_state_field"),
            models.Index(fields=["open_until", "id"], name="offering_open_until"),
            models.Index(fields=["maturity", "id"], name="offering_maturity"),
        ]


class Word(Row):
    """A word of an open post, by which the other side's are found; with a mark also its item and product families."""

    class Side(models.TextChoices):
        NEED = "n", _("需求")
        OFFERING = "o", _("成果")

    side = models.CharField(max_length=1, choices=Side.choices)
    word = models.CharField(max_length=64)
    post = models.BigIntegerField()

    visible_to = PlatformOnly()

    class Meta:
        verbose_name = _("对接用词")
        constraints = [models.UniqueConstraint(fields=["side", "word", "post"], name="one_word_each")]
        indexes = [models.Index(fields=["side", "post"], name="word_post")]

    def __str__(self) -> str:
        return f"{self.side}{self.post} {self.word}"


class Corpus(Row):
    """In how many open posts each word stands: what makes a word weigh much or little. One row, made anew hourly."""

    made_at = models.DateTimeField()
    size = models.PositiveIntegerField()
    counts = models.JSONField(default=dict)

    visible_to = PlatformOnly()

    class Meta:
        verbose_name = _("用词统计")

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d} {self.size}"


class Contact(CaseRecord):
    """A need and a result brought together. The case's client has the need, its handler the result.

    An anonymous firm that was asked is hidden from whoever asked until it accepts: until then the case has no handler,
    so that whoever asked sees this record (``proposer``) and not the case with its client and its history.
    """

    class No(models.TextChoices):
        UNFIT = "unfit", _("达不到要求")
        PRICE = "price", _("价格谈不拢")
        TIME = "time", _("时间来不及")
        MATURITY = "maturity", _("成果不够成熟")
        TERMS = "terms", _("合作方式或知识产权谈不拢")
        ELSEWHERE = "elsewhere", _("已另行解决")
        NO_LONGER = "no_longer", _("不再需要或不再提供")
        SILENCE = "silence", _("没有答复")
        OTHER = "other", _("其他")

    need = models.ForeignKey(TechnicalNeed, on_delete=models.PROTECT, related_name="contacts")
    offering = models.ForeignKey(Offering, on_delete=models.PROTECT, related_name="contacts")
    proposer = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    asked = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    message = models.CharField(_("留言"), max_length=500)
    # The match as it was when the contact was proposed: {"score", "reasons": [{"points", "zh", "en"}], "words"}.
    match = models.JSONField(default=dict)
    # Open until it ends one way or the other: of a pair there is one open contact.
    open = models.BooleanField(default=True)
    why_not = models.CharField(_("未成原因"), max_length=10, choices=No.choices, blank=True)
    remark = models.CharField(_("说明"), max_length=300, blank=True)
    amount_cents = models.PositiveBigIntegerField(_("合同金额（分）"), null=True)
    signed_on = models.DateField(_("签约日期"), null=True)
    contract_number = models.CharField(_("合同编号"), max_length=60, blank=True)
    # When the side with the result confirmed it; contracts of before this was asked have none.
    confirmed_at = models.DateTimeField(_("确认时间"), null=True)

    visible_to = Holds("proposer") | Holds("asked") | Oversees("case__region_code", *REGULATORS, Role.PLANNER)
    act_related = ("case", "need__organisation", "offering__organisation")
    # Whoever withdraws or contracts a need locks it first and then its contacts.
    act_locked = ("need", "case")

    class Meta:
        verbose_name = _("对接")
        constraints = [
            models.UniqueConstraint(fields=["need", "offering"], condition=models.Q(open=True), name="one_open_contact")
        ]

    def __str__(self) -> str:
        return f"{self.need_id} {self.offering_id}"

    @property
    def veiled(self) -> bool:
        """Whether whoever asked does not know yet who has the need."""
        return self.case.handler_id is None
