"""Acts that wait for a second person, and where a deployment wants one."""

from __future__ import annotations

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import Is, Public
from quanheng.kernel.base.models import Record
from quanheng.kernel.changes.grants import MayDoIt


class Proposal(Record):
    """An act that a person has asked for and that waits for somebody else.

    ``arguments`` are what the act will be called with (see ``codec``); ``basis`` holds the columns of every row
    that it was based on, by ``label:key``; ``effects`` is what it changes: as rehearsed when it was proposed, and
    once approved, as it was done.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("待批准")
        APPROVED = "approved", _("已批准并生效")
        DECLINED = "declined", _("未批准")
        TAKEN_BACK = "taken_back", _("已撤回")
        OUTDATED = "outdated", _("已过时")

    act = models.CharField(max_length=80)
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    subject_name = models.CharField(max_length=200)
    arguments = models.JSONField(default=dict)
    basis = models.JSONField(default=dict)
    effects = models.JSONField(default=list)
    reason = models.CharField(_("理由"), max_length=300, blank=True)
    proposer = models.ForeignKey(
        "parties.Person", verbose_name=_("提出人"), on_delete=models.PROTECT, related_name="proposals"
    )
    # The proposer's office, and the office whose people are asked: the same one where it has somebody else.
    office = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    asked = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.WAITING)
    decided_by = models.ForeignKey(
        "parties.Person", verbose_name=_("决定人"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(_("决定时间"), null=True)
    decision = models.CharField(_("决定说明"), max_length=300, blank=True)

    visible_to = Is("proposer") | MayDoIt()
    act_related = ("proposer", "decided_by")
    audit_exclude = frozenset({"arguments", "basis", "effects"})

    class Meta:
        verbose_name = _("变更提案")
        constraints = [
            models.UniqueConstraint(
                fields=["act", "subject_id"], condition=models.Q(state="waiting"), name="one_waiting_proposal"
            ),
            # Four eyes, whatever the code does.
            models.CheckConstraint(
                condition=~models.Q(state="approved")
                | models.Q(decided_by__isnull=False) & ~models.Q(decided_by=models.F("proposer")),
                name="approved_by_somebody_else",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "act", "subject_id"], name="proposal_waiting"),
            models.Index(fields=["proposer", "-id"], name="proposal_own"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.subject_name}"

    def subject(self) -> models.Model | None:
        """The row that the act is on, read anew; None where it is no more."""
        model = apps.get_model(self.subject_type)
        rows = model._default_manager.select_related(*getattr(model, "act_related", ()))
        return rows.filter(pk=self.subject_id).first()


class Switch(Record):
    """Where a deployment wants a second person otherwise than the packaged table says."""

    act = models.CharField(_("办理事项"), max_length=80, unique=True)
    required = models.BooleanField(_("需要第二人"))

    visible_to = Public()

    class Meta:
        verbose_name = _("第二人规则")

    def __str__(self) -> str:
        return self.act
