"""One-stop service: what an enterprise needs, the plan that answers it, the commission it becomes."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import Holds, Oversees
from quanheng.kernel.base.models import Record
from quanheng.kernel.cases.models import CaseRecord
from quanheng.kernel.competence.models import Activity
from quanheng.kernel.parties.roles import REGULATORS, Role

_OURS = Holds("organisation") | Oversees("organisation__region_code", *REGULATORS)


class Need(Record):
    """What an enterprise says it needs, and what was understood of it.

    ``understanding`` is {"chips": [...], "unknown": [...]}, see ``chips``; the other columns follow from it.
    """

    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="needs")
    stated_by = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(_("需求"))
    understanding = models.JSONField(default=dict)
    family = models.ForeignKey("requirements.ProductFamily", null=True, on_delete=models.PROTECT, related_name="+")
    product_name = models.CharField(_("产品名称"), max_length=120, blank=True)
    product_model = models.CharField(_("规格型号"), max_length=120, blank=True)
    budget_cents = models.PositiveBigIntegerField(null=True, blank=True)
    deadline = models.DateField(null=True, blank=True)

    visible_to = _OURS
    # That a firm has a need is nobody else's to read in the firm's own history.
    story_to = _OURS
    act_related = ("organisation", "family")

    class Meta:
        verbose_name = _("需求")

    def __str__(self) -> str:
        return self.text[:40]


class Plan(Record):
    """A proposal that answers a need: who does what, when and for how much. Valid until a date."""

    class Prefer(models.TextChoices):
        BALANCED = "balanced", _("综合")
        CHEAPEST = "cheapest", _("价格最低")
        FASTEST = "fastest", _("时间最短")
        FEWEST = "fewest", _("机构最少")

    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="plans")
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    # Frozen with the plan: the need may be revised afterwards.
    family = models.ForeignKey("requirements.ProductFamily", null=True, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    valid_until = models.DateField()
    prefer = models.CharField(max_length=10, choices=Prefer.choices, default=Prefer.BALANCED)
    # No choice of institutions is better by more than this share of what the plan costs (0: proved the best); none
    # where a person chose, or nobody proved it.
    gap = models.FloatField(null=True)
    total_cents = models.PositiveBigIntegerField(default=0)
    # Working days until the last report: the longest order and the handling before and after it.
    days = models.PositiveSmallIntegerField(default=0)
    ready_on = models.DateField(null=True)
    # What nobody here can do, with the reason for each candidate that was considered.
    gaps = models.JSONField(default=list)
    # Where the plan misses what was asked: deadline, budget, a superseded standard.
    warnings = models.JSONField(default=list)
    # What else has to be known: variants of limits, licences.
    advice = models.JSONField(default=list)
    # Certification after the tests: who may give it, what it takes, from when to when (see ``certifying``).
    certification = models.JSONField(default=list)
    # What its page shows of time, place and other ways (see ``schedule``).
    schedule = models.JSONField(default=dict)

    visible_to = _OURS
    act_related = ("organisation", "need", "family")

    class Meta:
        verbose_name = _("服务方案")

    def __str__(self) -> str:
        return f"{self.need_id} {self.proposed_at:%Y-%m-%d}"


class PlanLine(models.Model):
    """One item of a plan, given to one institution under one scope line; price and days frozen."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    activity = models.CharField(max_length=14, choices=Activity.choices)
    requirement = models.ForeignKey("requirements.Requirement", null=True, on_delete=models.PROTECT)
    item = models.ForeignKey("requirements.Item", on_delete=models.PROTECT)
    method = models.ForeignKey("requirements.Standard", on_delete=models.PROTECT, related_name="+")
    institution = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    scope_line = models.ForeignKey("competence.ScopeLine", on_delete=models.PROTECT, related_name="+")
    # Pieces: instruments are calibrated one by one and priced so; a product counts once.
    count = models.PositiveSmallIntegerField(default=1)
    # The price of all pieces together.
    price_cents = models.PositiveBigIntegerField()
    days = models.PositiveSmallIntegerField()
    # How many of the days are because of what its institution has in hand, or of its rate.
    wait_days = models.PositiveSmallIntegerField(default=0)
    # Candidates considered, the chosen one first, each with the reasons for and against.
    considered = models.JSONField(default=list)

    visible_to = Holds("plan__organisation") | Oversees("plan__organisation__region_code", *REGULATORS)

    class Meta:
        verbose_name = _("方案条目")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["plan", "position"], name="one_plan_line_per_position")]

    def __str__(self) -> str:
        return f"{self.plan_id}.{self.position}"


class Gap(Record):
    """A determination that an enterprise needed and nobody here could do: where test capacity is missing.

    One for each need, item and activity, however often the need is planned; met once a later plan has somebody for it.
    """

    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="gaps")
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    region_code = models.CharField(_("地区"), max_length=6)
    item = models.ForeignKey("requirements.Item", on_delete=models.PROTECT, related_name="+")
    family = models.ForeignKey("requirements.ProductFamily", null=True, on_delete=models.PROTECT, related_name="+")
    activity = models.CharField(_("活动"), max_length=14, choices=Activity.choices)
    # Institutions here that fail one criterion alone.
    nearly = models.PositiveSmallIntegerField(default=0)
    since = models.DateField()
    met_on = models.DateField(null=True, blank=True)

    visible_to = Holds("organisation") | Oversees("region_code", *REGULATORS, Role.PLANNER)
    act_related = ("organisation", "item")

    class Meta:
        verbose_name = _("能力缺口")
        constraints = [models.UniqueConstraint(fields=["need", "item", "activity"], name="one_gap_per_need")]
        indexes = [models.Index(fields=["since", "id"], name="gap_since")]

    def __str__(self) -> str:
        return f"{self.need_id} {self.item_id}"


class Commission(CaseRecord):
    """A confirmed plan: parent of the orders to institutions."""

    plan = models.OneToOneField(Plan, on_delete=models.PROTECT, related_name="commission")
    confirmed_by = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+")
    contact = models.CharField(_("联系人及电话"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("委托")

    def __str__(self) -> str:
        return f"{self.case_id}"


class Rating(Record):
    """What the enterprise says of an institution's work, once per order."""

    order_case = models.OneToOneField("cases.Case", on_delete=models.PROTECT, related_name="rating")
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    institution = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="ratings")
    stars = models.PositiveSmallIntegerField(_("评分"), validators=[MinValueValidator(1), MaxValueValidator(5)])
    comment = models.CharField(_("评价"), max_length=500, blank=True)

    visible_to = Holds("organisation") | Holds("institution") | Oversees("institution__region_code", *REGULATORS)
    act_related = ("order_case",)

    class Meta:
        verbose_name = _("评价")
        constraints = [models.CheckConstraint(condition=models.Q(stars__gte=1, stars__lte=5), name="stars_one_to_five")]

    def __str__(self) -> str:
        return f"{self.order_case_id} {self.stars}"
