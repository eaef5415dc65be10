"""The trail: append-only, hash-chained, one entry for one act."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quanheng.kernel.audit.grants import AdministersPerson
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
    actor = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    actor_name = models.CharField(max_length=120)
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    case = models.ForeignKey("cases.Case", null=True, on_delete=models.PROTECT, related_name="entries", db_index=False)
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
        "parties.Organisation", null=True, on_delete=models.PROTECT, related_name="notices", db_index=False
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

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
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


class Mailbox(models.Model):
    """What one person wants by e-mail. Whoever has chosen nothing has none, and gets what the defaults say."""

    class Wish(models.TextChoices):
        AT_ONCE = "at_once", _("随时发送")
        DIGEST = "digest", _("每个工作日早上汇总一封")
        NONE = "none", _("不发邮件")

    class Language(models.TextChoices):
        BOTH = "", _("中英文对照")
        CHINESE = "zh-hans", _("中文")
        ENGLISH = "en", _("英文")

    person = models.OneToOneField(
        "parties.Person", on_delete=models.PROTECT, primary_key=True, related_name="mailbox", editable=False
    )
    # What others did that concerns the person's organisations; and what waits there for the person, or is late.
    told = models.CharField(_("他方办理、与本机构有关的事项"), max_length=8, choices=Wish.choices, default=Wish.AT_ONCE)
    waiting = models.CharField(_("轮到我办理的与逾期的事项"), max_length=8, choices=Wish.choices, default=Wish.DIGEST)
    language = models.CharField(_("邮件语言"), max_length=8, choices=Language.choices, default="", blank=True)
    # The day of the last digest, also of one that had nothing to tell.
    digest_on = models.DateField(null=True)

    visible_to = Is("person")
    act_related = ("person",)

    class Meta:
        verbose_name = _("邮件通知")

    def __str__(self) -> str:
        return f"{self.person_id} {self.told} {self.waiting}"


class Letter(Record):
    """One message to one person about some entries of the trail: each entry is in one letter to a person at most.

    What it says is written when it is sent, from what its person may see then. It is marked before it is handed to
    the mail server: a letter of which nobody can say whether it left (the worker was killed in between) is
    ``UNCERTAIN`` and is not sent again.
    """

    class Kind(models.TextChoices):
        AT_ONCE = "at_once", _("随时通知")
        DIGEST = "digest", _("每日汇总")

    class State(models.TextChoices):
        COLLECTING = "collecting", _("待汇总")
        WAITING = "waiting", pgettext_lazy("mail", "待发送")
        SENDING = "sending", _("正在发送")
        SENT = "sent", _("已发送")
        EMPTY = "empty", _("无需发送")
        UNCERTAIN = "uncertain", _("结果不明")
        GIVEN_UP = "given_up", pgettext_lazy("mail", "已放弃")

    person = models.ForeignKey("parties.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(_("类型"), max_length=8, choices=Kind.choices)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.WAITING)
    entries = models.JSONField(default=list)
    tries = models.PositiveSmallIntegerField(_("次数"), default=0)
    next_try_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(_("发送时间"), null=True)
    last_error = models.CharField(_("失败原因"), max_length=300, blank=True)

    visible_to = Is("person") | AdministersPerson("person")
    act_related = ("person",)

    class Meta:
        verbose_name = _("通知邮件")
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(state="collecting"), name="one_collecting_letter"
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=models.Q(state="waiting"), name="letter_waiting"),
            models.Index(fields=["claimed_at"], condition=models.Q(state="sending"), name="letter_sending"),
            models.Index(fields=["person", "-id"], name="letter_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind} {self.state}"


class MailHead(Row):
    """How far the trail was looked through for letters: one row, locked by whoever looks."""

    last = models.BigIntegerField(default=0)

    visible_to = PlatformOnly()

    def __str__(self) -> str:
        return str(self.last)
