"""The transparency log: its entries in order, its tree as tiles, the checkpoints it signed, and who watches whom.

An entry is written in the transaction of the act that it is about and numbered without gaps. The worker grows the tree
by what was committed and signs a checkpoint; nothing of that is waited for when something is issued.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import PlatformOnly, Public
from quanheng.kernel.base.models import Record, Row


class Head(Row):
    """The end of the log: one row, locked by whoever enters something.

    ``last`` is the time of the last entry in microseconds of POSIX time, so that one statement can compare and set it.
    """

    size = models.BigIntegerField(default=0)
    last = models.BigIntegerField(default=0)

    visible_to = PlatformOnly()

    def __str__(self) -> str:
        return f"{self.size}"


class Tree(Row):
    """How far the tiles and checkpoints have come: one row, locked by whoever grows the tree.

    ``origin`` is the name of the log; it stays when the site moves.
    """

    size = models.BigIntegerField(default=0)
    origin = models.CharField(max_length=200, blank=True)

    visible_to = PlatformOnly()

    def __str__(self) -> str:
        return f"{self.origin} {self.size}"


class NoteKey(Record):
    """The key with which this platform signs checkpoints of its log, or countersigns those of others."""

    class Kind(models.TextChoices):
        LOG = "log", _("日志")
        WITNESS = "witness", _("见证")

    kind = models.CharField(max_length=8, choices=Kind.choices, unique=True)
    name = models.CharField(max_length=200)
    public_multibase = models.CharField(max_length=120, unique=True)
    private_sealed = models.TextField()

    visible_to = PlatformOnly()
    audit_exclude = frozenset({"private_sealed"})

    class Meta:
        verbose_name = _("日志签名密钥")

    def __str__(self) -> str:
        return f"{self.name} {self.public_multibase}"


class LogEntry(Row):
    """One entry: 32 bytes in the log, and the salt and statement that they commit to. Never changed, never deleted."""

    class Kind(models.TextChoices):
        ISSUE = "issue", _("签发")
        STATUS = "status", _("状态变化")
        KEY = "key", _("密钥")
        LIST = "list", _("状态清单")
        RULES = "rules", _("核查规则")

    id = models.BigIntegerField(primary_key=True)  # the index in the log, from 0: given by the head, gapless
    kind = models.CharField(max_length=6, choices=Kind.choices)
    # By its public name: rows that were loaded in bulk are known by nothing else when they are entered.
    attestation = models.ForeignKey(
        "attestations.Attestation",
        to_field="uid",
        null=True,
        on_delete=models.PROTECT,
        related_name="log_entries",
        db_index=False,
    )
    salt = models.BinaryField(max_length=16)
    statement = models.TextField()
    entry = models.BinaryField(max_length=32)
    at = models.DateTimeField()

    # Whoever holds an attestation gets its entries with it (``proving``); all others see 32 bytes each.
    visible_to = PlatformOnly()

    class Meta:
        verbose_name = _("日志条目")
        indexes = [
            models.Index(fields=["attestation", "id"], condition=models.Q(attestation__isnull=False), name="log_of"),
            # The few that say which rules reports were held against.
            models.Index(fields=["-id"], condition=models.Q(kind="rules"), name="log_rules"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["attestation"], condition=models.Q(kind="issue"), name="log_entry_issued_once"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["issue", "status"], attestation__isnull=False)
                | (~models.Q(kind__in=["issue", "status"]) & models.Q(attestation=None)),
                name="log_entry_of_attestation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.kind}"


class Tile(Row):
    """A tile of the tree; only the last one of a level still grows. The key is level · 2**48 + index."""

    id = models.BigIntegerField(primary_key=True)
    hashes = models.BinaryField(max_length=8192)

    visible_to = Public()

    def __str__(self) -> str:
        return f"{self.id >> 48}/{self.id & (1 << 48) - 1}"


class LogCheckpoint(Row):
    """A checkpoint of this log: ``note`` is the signed text, with the cosignatures that came since."""

    size = models.BigIntegerField(unique=True)
    root = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    note = models.TextField()
    # How many witnesses that were known then have signed it.
    witnesses = models.PositiveSmallIntegerField(default=0)

    visible_to = Public()

    class Meta:
        verbose_name = _("日志检查点")
        indexes = [models.Index(fields=["-size"], condition=models.Q(witnesses__gt=0), name="log_witnessed")]

    def __str__(self) -> str:
        return f"{self.size} {self.at:%Y-%m-%d %H:%M}"


class Peer(Record):
    """Another platform: one whose log is watched here, or one that watches this log. Public, so that all know whom to
    ask.

    Of a log that is watched, ``size``, ``root`` and ``note`` are the last checkpoint that continued what was known, the
    note with the cosignature made here. What does not continue it changes nothing but ``state``.
    """

    class Relation(models.TextChoices):
        WATCHED = "watched", _("本平台见证其日志")
        WITNESS = "witness", _("为本平台日志作见证")

    class Standing(models.TextChoices):
        NEW = "new", _("尚未联系")
        OK = "ok", _("一致")
        UNREACHABLE = "unreachable", _("暂时不可达")
        REFUSED = "refused", _("日志倒退或分叉")

    # The regulator that runs this platform and answers for the choice.
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(_("关系"), max_length=8, choices=Relation.choices)
    name = models.CharField(_("名称"), max_length=200)
    key = models.CharField(_("公钥"), max_length=300)
    url = models.URLField(_("地址"), max_length=300)
    active = models.BooleanField(_("启用"), default=True)
    state = models.CharField(_("状态"), max_length=12, choices=Standing.choices, default=Standing.NEW)
    problem = models.CharField(max_length=300, blank=True)
    size = models.BigIntegerField(default=0)
    root = models.BinaryField(max_length=32, default=b"")
    note = models.TextField(blank=True)
    seen_at = models.DateTimeField(null=True)

    visible_to = Public()
    act_related = ("organisation",)
    audit_exclude = frozenset({"root", "note"})

    class Meta:
        verbose_name = _("日志同伴")
        constraints = [
            models.UniqueConstraint(fields=["role", "key"], condition=models.Q(active=True), name="log_peer_once")
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.name}"
