"""The trail: append-only, hash-chained, one entry for one act."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import Holds, Is, PlatformOnly
from quanheng.kernel.base.models import Record, Row


class Entry(Row):
    """Who did what to which row, when, what it changed and why. Never changed, never deleted.

    ``hash`` is SHA-256 over the canonical JSON of the entry's content together with ``previous``, the hash
    of the entry before it, so that a change anywhere breaks every later link.
    """

    id = models.BigIntegerField(primary_key=True)  # given by the chain head: gapless
    at = models.DateTimeField()
    act = models.CharField(max_length=80)
    actor = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+")
    actor_name = models.CharField(max_length=120)
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    case = models.ForeignKey("cases.Case", null=True, on_delete=models.PROTECT, related_name="entries")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    facts = models.JSONField(default=dict)
    made_type = models.CharField(max_length=60, default="")
    made_id = models.BigIntegerField(null=True)
    reason = models.TextField(default="")
    errand = models.CharField(max_length=13)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    # History pages read entries through the case or row they belong to, which is where permission is asked.
    visible_to = PlatformOnly()

    class Meta:
        verbose_name = _("审计条目")
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "id"]),
            models.Index(fields=["made_type", "made_id"]),
            models.Index(fields=["case", "id"]),
            models.Index(fields=["actor", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.act}"


class Head(Row):
    """The end of the chain: one row, locked by whoever appends."""

    last = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    visible_to = PlatformOnly()

    def __str__(self) -> str:
        return f"{self.last} {self.hash[:12]}"


class Notice(models.Model):
    """An entry that an organisation, or one person alone, is told of."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="notices")
    organisation = models.ForeignKey(
        "parties.Organisation", null=True, on_delete=models.PROTECT, related_name="notices"
    )
    person = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    visible_to = Holds("organisation") | Is("person")

    class Meta:
        verbose_name = _("通知")
        indexes = [
            models.Index(fields=["organisation", "-id"]),
            models.Index(fields=["person", "-id"], name="notice_person", condition=models.Q(person__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(organisation=None, person__isnull=False)
                | models.Q(organisation__isnull=False, person=None),
                name="notice_to_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} → {self.organisation_id or self.person_id}"


class Webhook(Record):
    """Where an organisation's own system wants to be told; ``acts`` are name prefixes, empty for all.

    Its signing secret is derived from the deployment's key and ``uid`` and is stored nowhere.
    """

    organisation = models.ForeignKey("parties.Organisation", on_delete=models.CASCADE, related_name="+")
    url = models.URLField(_("回调地址"), max_length=500)
    acts = models.JSONField(_("事项范围"), default=list)
    active = models.BooleanField(_("启用"), default=True)

    visible_to = Holds("organisation", "administrator")
    act_related = ("organisation",)

    class Meta:
        verbose_name = _("回调地址")
        indexes = [models.Index(fields=["organisation", "active"])]

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """One attempt-until-delivered of one notice to one webhook."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待发送")
        DELIVERED = "delivered", _("已送达")
        GIVEN_UP = "given_up", _("已放弃")

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    last_error = models.TextField(default="")
    delivered_at = models.DateTimeField(null=True)

    visible_to = Holds("webhook__organisation", "administrator")

    class Meta:
        verbose_name = _("回调发送")
        indexes = [
            models.Index(fields=["next_try_at"], condition=models.Q(state="waiting"), name="delivery_waiting"),
            models.Index(fields=["webhook", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.webhook_id} {self.entry_id} {self.state}"
