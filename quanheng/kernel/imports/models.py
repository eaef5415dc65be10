"""An import on its way: the file, its rows as they were read, what is wrong with them, and what came of it."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quanheng.kernel.base.models import Record
from quanheng.kernel.imports.grants import MayCommit
from quanheng.kernel.imports.kinds import ImportKind, kind_named


def unguessable(batch: Any, name: str) -> str:
    """Where an upload is kept. Nothing of its own name enters the path."""
    return f"imports/{secrets.token_hex(20)}"


class Batch(Record):
    """One file brought in by an organisation for one kind of rows.

    ``sha256`` is the digest of the file. ``head`` are its columns; ``mapping`` says, for each column of the kind,
    which of them it is (``{"column": 3}``) or what it is in every row (``{"value": "CMA"}``). ``problem`` is what
    stopped the last step, in both languages; ``remarks`` is what a reader should know of the file.
    """

    class State(models.TextChoices):
        READING = "reading", _("正在读取")
        UNREADABLE = "unreadable", _("无法读取")
        MATCHING = "matching", _("待对应列")
        CHECKING = "checking", _("正在检查")
        STAGED = "staged", _("待提交")
        COMMITTING = "committing", _("正在导入")
        COMMITTED = "committed", _("已导入")
        UNDOING = "undoing", _("正在撤销")
        UNDONE = "undone", pgettext_lazy("import", "已撤销")
        DISCARDED = "discarded", pgettext_lazy("import", "已放弃")

    owner = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(_("类型"), max_length=40)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.READING)
    file = models.FileField(upload_to=unguessable, max_length=60, blank=True)
    file_name = models.CharField(_("文件"), max_length=200)
    size = models.BigIntegerField(_("大小"))
    sha256 = models.CharField(max_length=64)
    format = models.CharField(max_length=8, blank=True)
    sheet = models.CharField(_("工作表"), max_length=120, blank=True)
    head = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    remarks = models.JSONField(default=list)
    problem = models.JSONField(default=dict)
    # Rows read; of them wrong, and left out on purpose; how far the step under way has come.
    total = models.PositiveIntegerField(default=0)
    bad = models.PositiveIntegerField(default=0)
    dropped = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    # Counts every change of the rows: two people who mend at once are told.
    version = models.PositiveIntegerField(default=0)
    # The task that works on it.
    task = models.CharField(max_length=36, blank=True)
    uploaded_by = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+")
    # In whose name the task works: what that person may do then is what it may do.
    asked_by = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+")
    committed_by = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+")
    committed_at = models.DateTimeField(_("导入时间"), null=True)
    made_count = models.PositiveIntegerField(default=0)
    made = models.BinaryField(default=b"")

    visible_to = MayCommit()
    act_related = ("owner",)
    audit_exclude = frozenset({"made", "head", "mapping", "remarks", "file", "task", "done"})

    class Meta:
        verbose_name = _("导入")
        constraints = [
            # The same file is not brought in twice, however many ask for it at once.
            models.UniqueConstraint(
                fields=["owner", "kind", "sha256"],
                condition=models.Q(state__in=["committing", "committed", "undoing"]),
                name="one_import_of_a_file",
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "-id"], name="import_owner"),
            models.Index(
                fields=["state"],
                condition=models.Q(state__in=["reading", "checking", "committing", "undoing"]),
                name="import_at_work",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.file_name}"

    @property
    def what(self) -> ImportKind:
        """Its kind. Raises NotFound where the platform no longer has it."""
        return kind_named(self.kind)

    @property
    def busy(self) -> bool:
        """Whether a task works on it."""
        return self.state in WORKING

    @property
    def left(self) -> int:
        """How many rows would be brought in."""
        return self.total - self.dropped


WORKING = (Batch.State.READING, Batch.State.CHECKING, Batch.State.COMMITTING, Batch.State.UNDOING)
OPEN = (Batch.State.MATCHING, Batch.State.STAGED)


class Block(models.Model):
    """Up to two thousand rows as they were read, compressed: [number, cells] each. Never changed."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="blocks", db_index=False)
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    count = models.PositiveIntegerField()
    data = models.BinaryField()

    visible_to = MayCommit("batch")
    act_related = ("batch",)

    class Meta:
        verbose_name = _("导入的行块")
        constraints = [models.UniqueConstraint(fields=["batch", "last"], name="one_block_of_rows")]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.first}–{self.last}"


class StagedRow(models.Model):
    """What is to be said of one row beside its cells: errors, what was mended by hand, or that it is left out.

    Rows with nothing to say have none of these. ``errors``: [{"field", "zh", "en"}]; ``values``: column → text.
    ``cells`` are the row's own once more, so that a page of wrong rows need not open every block.
    """

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField()
    cells = models.JSONField(default=list)
    values = models.JSONField(default=dict)
    errors = models.JSONField(default=list)
    wrong = models.BooleanField(default=False)
    dropped = models.BooleanField(default=False)

    visible_to = MayCommit("batch")
    act_related = ("batch",)

    class Meta:
        verbose_name = _("导入的行")
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="one_staged_row")]
        indexes = [models.Index(fields=["batch", "number"], condition=models.Q(wrong=True), name="staged_row_wrong")]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.number}"


class Matching(models.Model):
    """How an organisation matched the columns of files with this head, the last time."""

    owner = models.ForeignKey("parties.Organisation", on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=40)
    head_digest = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)

    visible_to = MayCommit()
    act_related = ("owner",)

    class Meta:
        verbose_name = _("列的对应")
        constraints = [models.UniqueConstraint(fields=["owner", "kind", "head_digest"], name="one_matching_of_a_head")]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.kind}"
