"""The institution's side: an order, from acceptance to the issued report."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.checks import REASON_LENGTH
from quanheng.kernel.cases.models import CaseRecord
from quanheng.kernel.competence.models import Activity


class Order(CaseRecord):
    """Work that a client has commissioned from one institution; its planned results hang on its case."""

    class DecisionRule(models.TextChoices):
        SIMPLE = "simple", _("简单接受")
        GUARDED = "guarded", _("保护带 w = U")

    activity = models.CharField(max_length=14, choices=Activity.choices)
    family = models.ForeignKey("requirements.ProductFamily", null=True, on_delete=models.PROTECT, related_name="+")
    object_name = models.CharField(_("样品名称"), max_length=120)
    object_model = models.CharField(_("规格型号"), max_length=120, blank=True)
    decision_rule = models.CharField(max_length=10, choices=DecisionRule.choices, default=DecisionRule.SIMPLE)
    price_cents = models.PositiveIntegerField()
    days = models.PositiveSmallIntegerField()
    promised_on = models.DateField(_("承诺完成日期"), null=True, blank=True)
    replaced_by = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaces")
    reviewed_by = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+")
    signed_by = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+")
    conclusion = models.CharField(_("结论"), max_length=300, blank=True)
    attestation = models.OneToOneField(
        "attestations.Attestation", null=True, on_delete=models.PROTECT, related_name="order"
    )
    # Not empty: the report is being amended; ``attestation`` stands as it is until the next one is issued.
    amendment_reason = models.CharField(_("更正理由"), max_length=REASON_LENGTH, blank=True)

    class Meta:
        verbose_name = _("任务单")

    def __str__(self) -> str:
        return f"{self.case_id}"
