"""What a client does not accept: how an order was served (a complaint), or what its report says (an objection)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import Holds, Oversees
from quanheng.kernel.cases.models import CaseRecord
from quanheng.kernel.parties.roles import REGULATORS
from quanheng.kernel.results.models import Result

# A complaint, an objection and the answers to them: more than a reason, less than a letter.
TEXT_LENGTH = 1000


class Complaint(CaseRecord):
    """A complaint about the service of an order: client and institution of the case are those of the order."""

    class Topic(models.TextChoices):
        LATE = "late", _("进度延误")
        PRICE = "price", _("价格收费")
        SAMPLES = "samples", _("样品处置")
        ATTITUDE = "attitude", _("服务态度")
        REPORT_FORM = "report_form", _("报告形式")
        OTHER = "other", _("其他")

    order = models.ForeignKey("testing.Order", on_delete=models.PROTECT, related_name="complaints")
    topic = models.CharField(_("投诉事项"), max_length=12, choices=Topic.choices)
    text = models.CharField(_("投诉内容"), max_length=TEXT_LENGTH)
    reply = models.CharField(_("机构答复"), max_length=TEXT_LENGTH, blank=True)
    # Why the first reply does not do; not empty: asked once more, which is once at most.
    question = models.CharField(_("追问"), max_length=300, blank=True)
    second_reply = models.CharField(_("再次答复"), max_length=TEXT_LENGTH, blank=True)

    class Meta:
        verbose_name = _("投诉")

    def __str__(self) -> str:
        return f"{self.case_id}"


class Objection(CaseRecord):
    """An objection to results in an issued report, up to the judgement of a retest elsewhere."""

    class SampleChoice(models.TextChoices):
        RETAINED = "retained", _("原机构留存的样品")
        NEW = "new", _("委托方另送的样品")

    class Outcome(models.TextChoices):
        CONCEDED = "conceded", _("机构认可异议")
        CONFIRMED = "confirmed", _("复测未推翻原结果")
        CONTRADICTED = "contradicted", _("复测推翻原结果")
        # The retest's report was withdrawn: there is nothing to judge by any more.
        UNJUDGED = "unjudged", _("复测报告已撤销，判定失去依据")

    order = models.ForeignKey("testing.Order", on_delete=models.PROTECT, related_name="objections")
    report = models.ForeignKey("attestations.Attestation", on_delete=models.PROTECT, related_name="+")
    grounds = models.CharField(_("异议理由"), max_length=TEXT_LENGTH)
    answer = models.CharField(_("机构答复"), max_length=TEXT_LENGTH, blank=True)
    outcome = models.CharField(_("处理结果"), max_length=12, choices=Outcome.choices, blank=True)
    # The latest retest order: one that was declined or cancelled is followed by another.
    retest = models.OneToOneField(
        "testing.Order", null=True, on_delete=models.PROTECT, related_name="retest_of", verbose_name=_("复测任务单")
    )
    sample = models.CharField(_("复测样品"), max_length=8, choices=SampleChoice.choices, blank=True)
    # The two reports that the judgement compares; where they are amended or withdrawn, it is made again.
    first_judged = models.ForeignKey("attestations.Attestation", null=True, on_delete=models.PROTECT, related_name="+")
    retest_judged = models.ForeignKey("attestations.Attestation", null=True, on_delete=models.PROTECT, related_name="+")
    # Not empty: the outcome by the reports as they stand now, which waits to be confirmed.
    proposed = models.CharField(_("重新判定的结果"), max_length=12, choices=Outcome.choices, blank=True)
    # Judgements that were made before and do not hold any more, the first first (``judging.kept``).
    judgements = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("异议")

    def __str__(self) -> str:
        return f"{self.case_id}"

    @property
    def borne_by(self) -> str:
        """Who bears the cost of the retest in the end: "client", "institution", or "" while that is open."""
        sides = {self.Outcome.CONFIRMED: "client", self.Outcome.CONTRADICTED: "institution"}
        return sides.get(self.Outcome(self.outcome), "") if self.outcome else ""


class DisputedItem(models.Model):
    """One result that is objected to, as the report states it, beside what the retest found.

    Both are kept here: an amendment changes the results themselves, and a judgement outlives it.
    """

    class Basis(models.TextChoices):
        EN = "en", _("E_n 值")
        VERDICT = "verdict", _("判定结论")
        NONE = "none", _("无法比较")

    objection = models.ForeignKey(Objection, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveSmallIntegerField()
    item = models.ForeignKey("requirements.Item", on_delete=models.PROTECT, related_name="+")
    value = models.CharField(max_length=60)
    unit = models.CharField(max_length=20, blank=True)
    uncertainty = models.CharField(max_length=40, blank=True)
    k = models.CharField(max_length=10, blank=True)
    verdict = models.CharField(max_length=18, choices=Result.Verdict.choices)
    retest_value = models.CharField(max_length=60, blank=True)
    retest_unit = models.CharField(max_length=20, blank=True)
    retest_uncertainty = models.CharField(max_length=40, blank=True)
    retest_k = models.CharField(max_length=10, blank=True)
    retest_verdict = models.CharField(max_length=18, choices=Result.Verdict.choices, blank=True)
    basis = models.CharField(max_length=8, choices=Basis.choices, blank=True)
    score = models.CharField(max_length=16, blank=True)
    agrees = models.BooleanField(null=True)

    visible_to = (
        Holds("objection__case__client")
        | Holds("objection__case__handler")
        | Oversees("objection__case__region_code", *REGULATORS)
    )

    class Meta:
        verbose_name = _("异议项目")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["objection", "position"], name="one_item_per_objection")]

    def __str__(self) -> str:
        return f"{self.objection_id}.{self.position}"
