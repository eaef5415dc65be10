"""What an institution says that it can do in a working week, for a scope line, a field, or an activity as a whole."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import Holds, Oversees
from quanheng.kernel.base.models import Record
from quanheng.kernel.competence.models import Activity
from quanheng.kernel.parties.roles import REGULATORS, Role

MOST_A_WEEK, MOST_WEEKS = 100_000, 52
_STANDING = models.Q(ended_on=None)


class Capacity(Record):
    """One statement of capacity; several may cover one determination, and then the tightest counts.

    It is for one scope line, for an activity on one product family (the field), or for an activity as a whole. A
    working week is five working days. What waits on the platform is counted from open orders (``queries``); what the
    institution has to do for others is its own statement, which stands for a while from ``outside_on`` on.
    """

    class Unit(models.TextChoices):
        ITEMS = "items", _("项次")
        SAMPLES = "samples", _("样品")

    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="capacities")
    activity = models.CharField(_("活动"), max_length=14, choices=Activity.choices)
    family = models.ForeignKey("requirements.ProductFamily", null=True, on_delete=models.PROTECT, related_name="+")
    # With it, ``activity`` and ``family`` are those of the line.
    scope_line = models.ForeignKey("competence.ScopeLine", null=True, on_delete=models.PROTECT, related_name="+")
    unit = models.CharField(_("计数单位"), max_length=8, choices=Unit.choices, default=Unit.ITEMS)
    per_week = models.PositiveIntegerField(
        _("每周能力"), validators=[MinValueValidator(1), MaxValueValidator(MOST_A_WEEK)]
    )
    # What the institution has to do for others than clients of the platform, as of a day.
    outside = models.PositiveIntegerField(_("平台外在手"), default=0, validators=[MaxValueValidator(MOST_A_WEEK)])
    outside_on = models.DateField(_("申报日期"))
    # How many weeks' work it takes on ahead at most; none: any.
    most_weeks = models.PositiveSmallIntegerField(
        _("最多排期"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MOST_WEEKS)]
    )
    # Work that is taken on now begins on this day at the earliest: a laboratory moves, an operator is away.
    opens_on = models.DateField(_("最早开工"), null=True, blank=True)
    ended_on = models.DateField(_("撤回日期"), null=True, blank=True)

    visible_to = Holds("organisation") | Oversees("organisation__region_code", *REGULATORS, Role.PLANNER)
    act_related = ("organisation", "scope_line")

    class Meta:
        verbose_name = _("承接能力")
        constraints = [
            models.CheckConstraint(condition=models.Q(per_week__gte=1), name="capacity_is_something"),
            models.UniqueConstraint(
                fields=["scope_line"],
                condition=_STANDING & models.Q(scope_line__isnull=False),
                name="one_capacity_line",
            ),
            models.UniqueConstraint(
                fields=["organisation", "activity", "family"],
                condition=_STANDING & models.Q(scope_line=None, family__isnull=False),
                name="one_capacity_field",
            ),
            models.UniqueConstraint(
                fields=["organisation", "activity"],
                condition=_STANDING & models.Q(scope_line=None, family=None),
                name="one_capacity_activity",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.activity} {self.per_week}"
