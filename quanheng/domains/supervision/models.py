"""What surveillance of laboratories holds: how each compares with all others, and inquiries that follow from it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import Oversees
from quanheng.kernel.base.models import Record
from quanheng.kernel.cases.models import CaseRecord
from quanheng.kernel.parties.roles import REGULATORS

# A question, an answer, a conclusion: more than a reason, less than a letter.
TEXT_LENGTH = 2000


class Scrutiny(Record):
    """How a laboratory compares with all others over the last twelve months: made anew by the platform, by no act.

    ``measured`` holds every measure with its counts and chances (``weighing.Weighed.kept``); ``findings`` counts those
    that are more than chance, ``weight`` adds up how much more, and ranks.
    """

    organisation = models.OneToOneField("parties.Organisation", on_delete=models.CASCADE, related_name="scrutiny")
    reports = models.PositiveIntegerField(_("报告数"))
    findings = models.PositiveSmallIntegerField(_("线索数"))
    weight = models.FloatField(_("权重"))
    measured = models.JSONField()
    since = models.DateTimeField(_("统计起"))
    until = models.DateTimeField(_("统计止"))

    # For those who decide where to look: a laboratory learns of it by an inquiry, with its evidence.
    visible_to = Oversees("organisation__region_code", *REGULATORS)
    act_related = ("organisation",)

    class Meta:
        verbose_name = _("机构比对")
        indexes = [
            models.Index(fields=["-weight", "-id"], name="scrutiny_weight"),
            models.Index(fields=["-reports", "-id"], name="scrutiny_reports"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}"


class Inquiry(CaseRecord):
    """A regulator asks a laboratory to account for what was found. The case's client is the regulator, its handler the
    laboratory; ``evidence`` is frozen as it stood when the inquiry was opened.
    """

    class Outcome(models.TextChoices):
        CLEARED = "cleared", _("说明成立，未发现问题")
        CORRECTED = "corrected", _("已改正")
        HANDED_OVER = "handed_over", _("移交立案查处")

    question = models.CharField(_("要求说明的事项"), max_length=TEXT_LENGTH)
    evidence = models.JSONField(default=list)
    reports = models.ManyToManyField("attestations.Attestation", related_name="inquiries", blank=True)
    answer = models.CharField(_("机构说明"), max_length=TEXT_LENGTH, blank=True)
    # Not empty: asked once more.
    further = models.CharField(_("追问"), max_length=TEXT_LENGTH, blank=True)
    second_answer = models.CharField(_("再次说明"), max_length=TEXT_LENGTH, blank=True)
    ordered = models.CharField(_("责令改正的内容"), max_length=TEXT_LENGTH, blank=True)
    corrected = models.CharField(_("改正情况"), max_length=TEXT_LENGTH, blank=True)
    outcome = models.CharField(_("结论"), max_length=12, choices=Outcome.choices, blank=True)
    conclusion = models.CharField(_("结论理由"), max_length=TEXT_LENGTH, blank=True)

    class Meta:
        verbose_name = _("核查")

    def __str__(self) -> str:
        return f"{self.case_id}"
