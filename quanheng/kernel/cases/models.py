"""A piece of work with a state, an owner, statutory clocks and a history."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import Holds, Oversees, PlatformOnly, Public
from quanheng.kernel.base.models import Record, Row
from quanheng.kernel.parties.roles import REGULATORS


class Rule(Record):
    """One version of one clock laid down by law, or promised by the platform, with its source.

    Versions of the same rule share ``key``; a case keeps the version that was in force on the day its
    clock was triggered.
    """

    key = models.CharField(max_length=120, db_index=True)
    process = models.CharField(max_length=60, db_index=True)
    step_zh = models.CharField(max_length=120)
    step_en = models.CharField(max_length=200)
    actor_zh = models.CharField(max_length=80, blank=True)
    actor_en = models.CharField(max_length=120, blank=True)
    value = models.CharField(max_length=40, blank=True)
    unit = models.CharField(max_length=10, blank=True)
    day_type = models.CharField(max_length=10, blank=True)
    direction = models.CharField(max_length=6, default="after")  # "before": counts back from an expiry
    trigger_zh = models.CharField(max_length=120, blank=True)
    trigger_en = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=200)
    article = models.CharField(max_length=20, blank=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    confidence = models.CharField(max_length=20)
    note = models.TextField(blank=True)
    # The latest of these names the edition of the table; see ``running.edition``.
    loaded_at = models.DateTimeField(default=timezone.now, db_index=True)

    visible_to = Public()

    class Meta:
        verbose_name = _("时限规则")
        indexes = [models.Index(fields=["key", "valid_from"])]

    def __str__(self) -> str:
        return f"{self.key} {self.value} {self.unit}"


class Holiday(models.Model):
    """A day off, or a make-up workday, by notice of the State Council."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", _("放假")
        WORKDAY = "workday", _("调休上班")

    date = models.DateField(primary_key=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name_zh = models.CharField(max_length=40)
    name_en = models.CharField(max_length=80)
    source = models.CharField(max_length=200)
    # The latest of these names the edition of the calendar; see ``running.edition``.
    loaded_at = models.DateTimeField(default=timezone.now, db_index=True)

    visible_to = Public()

    class Meta:
        verbose_name = _("节假日")

    def __str__(self) -> str:
        return f"{self.date} {self.kind}"


_OPEN = models.Q(closed_at=None)
_RUNNING = models.Q(stopped_at=None)


class Case(Record):
    """The case itself; what it is about hangs on it one to one (an order, a commission, an application).

    Who has it: ``waiting_on`` in ``waiting_role``. Until when: ``due_at``, the nearest running clock.
    """

    process = models.CharField(max_length=40)
    state = models.CharField(max_length=24)
    number = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=200)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    client = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="cases_as_client")
    handler = models.ForeignKey(
        "parties.Organisation", null=True, on_delete=models.PROTECT, related_name="cases_as_handler"
    )
    region_code = models.CharField(max_length=6, db_index=True)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    waiting_on = models.ForeignKey("parties.Organisation", null=True, on_delete=models.PROTECT, related_name="+")
    waiting_role = models.CharField(max_length=20, blank=True)

    visible_to = Holds("client") | Holds("handler") | Oversees("region_code", *REGULATORS)
    # Who reads the reasons of internal moves.
    inside = Holds("handler") | Oversees("region_code", *REGULATORS)

    class Meta:
        verbose_name = _("案件")
        indexes = [
            models.Index(fields=["waiting_on", "waiting_role", "due_at"], name="case_waiting"),
            models.Index(fields=["client", "process", "-id"], name="case_client"),
            models.Index(fields=["handler", "process", "-id"], name="case_handler"),
            models.Index(fields=["client", "due_at"], condition=_OPEN, name="case_client_open"),
            models.Index(fields=["handler", "due_at"], condition=_OPEN, name="case_handler_open"),
            models.Index(fields=["due_at"], condition=_OPEN, name="case_due_open"),
        ]

    def __str__(self) -> str:
        return self.number


class Clock(Row):
    """A running, paused or stopped clock of a case.

    Its period is frozen when it starts: from the version of a rule in force that day, or (``rule`` null) from
    what the parties agreed.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="clocks")
    name = models.CharField(max_length=40)
    rule = models.ForeignKey(Rule, null=True, on_delete=models.PROTECT, related_name="+")
    value = models.CharField(max_length=40)
    unit = models.CharField(max_length=10)
    day_type = models.CharField(max_length=10)
    direction = models.CharField(max_length=6, default="after")
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    # Pauses as [from, to or null, reason code] in ISO 8601, in order.
    pauses = models.JSONField(default=list)
    # ``due_at`` depends on days for which no holiday notice is published yet.
    provisional = models.BooleanField(default=False)
    # The edition of the calendar by which ``due_at`` was counted; null: no notice was on file.
    calendar_at = models.DateTimeField(null=True)
    reminded = models.FloatField(default=0)  # the fraction of time spent at the last reminder
    escalated = models.BooleanField(default=False)
    # When to remind or escalate next; null: never, or not while paused.
    alert_at = models.DateTimeField(null=True)

    visible_to = Holds("case__client") | Holds("case__handler") | Oversees("case__region_code", *REGULATORS)

    class Meta:
        verbose_name = _("时限")
        constraints = [models.UniqueConstraint(fields=["case", "name"], condition=_RUNNING, name="one_running_clock")]
        indexes = [
            models.Index(fields=["alert_at"], condition=_RUNNING, name="clock_alert"),
            models.Index(fields=["calendar_at"], condition=_RUNNING, name="clock_calendar"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.name}"


class CaseRecord(Row):
    """What a case is about: shares the case's key. ``visible_to`` is the case's own."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="%(class)s")

    visible_to = Holds("case__client") | Holds("case__handler") | Oversees("case__region_code", *REGULATORS)
    act_related: ClassVar[tuple[str, ...]] = ("case",)
    # An act on the record locks its case with it, in one query.
    act_locked: ClassVar[tuple[str, ...]] = ("case",)

    class Meta:
        abstract = True

    @property
    def uid(self) -> str:
        return self.case.uid


class Series(models.Model):
    """The last number given in a series: what gapless numbers grow from."""

    name = models.CharField(max_length=80, primary_key=True)
    last = models.PositiveIntegerField(default=0)

    visible_to = PlatformOnly()

    def __str__(self) -> str:
        return f"{self.name} {self.last}"
