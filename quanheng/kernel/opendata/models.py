"""Releases of open data, and the feed of what changed since one.

A change of a published row is noticed by triggers of the database, whoever makes it: an act, an importer, a
bulk load, a hand at the console. They put the row's key into ``Touched``, in the transaction of the change. The
background worker then moves keys from there into ``Change`` and numbers them (see ``feed``): it sees only what is
committed and numbers one batch at a time, so numbers come in the order in which changes became visible, and whoever
has read up to a number has missed nothing below it. Timestamps and sequences promise no such thing.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import PlatformOnly, Public
from quanheng.kernel.base.models import Record, new_uid


def new_epoch() -> str:
    """The name of a history of changes; cursors of another history are refused."""
    return new_uid()[:8]


class Feed(models.Model):
    """One data set's history of changes: the last number given, and the ``epoch`` within which numbers hold.

    A new epoch begins when tables are migrated or a copy is given back: then everybody takes a new release.
    """

    name = models.CharField(max_length=40, unique=True)
    epoch = models.CharField(max_length=8, default=new_epoch)
    last = models.BigIntegerField(default=0)
    # When an administrator last asked for a release; it is made even where nothing changed.
    asked_at = models.DateTimeField(_("申请发布时间"), null=True)

    visible_to = Public()

    class Meta:
        verbose_name = _("开放数据集")

    def __str__(self) -> str:
        return self.name

    @property
    def cursor(self) -> str:
        return f"{self.epoch}.{self.last}"


class Touched(models.Model):
    """A published row that was added, changed or removed, not yet numbered. Written by triggers only."""

    dataset = models.CharField(max_length=40)
    key = models.CharField(max_length=64)
    born = models.BooleanField(db_default=False)

    visible_to = PlatformOnly()

    def __str__(self) -> str:
        return f"{self.dataset} {self.key}"


class Change(models.Model):
    """The last change of a row: one entry per row, which moves to the end whenever the row changes again.

    ``born`` is the number under which the row first appeared, empty for rows older than the feed.
    """

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="changes", db_index=False)
    key = models.CharField(max_length=64)
    seq = models.BigIntegerField()
    born = models.BigIntegerField(null=True)

    visible_to = PlatformOnly()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["feed", "key"], name="one_change_per_row"),
            models.UniqueConstraint(fields=["feed", "seq"], name="one_change_per_number"),
        ]

    def __str__(self) -> str:
        return f"{self.feed_id} {self.seq} {self.key}"


class Release(Record):
    """A data set as it was at one moment, in files: name → {bytes, sha256}. ``cursor`` is where its changes go on."""

    feed = models.ForeignKey(Feed, verbose_name=_("数据集"), on_delete=models.PROTECT, related_name="releases")
    made_at = models.DateTimeField(_("发布时间"))
    # When it was last found to be still the whole truth.
    confirmed_at = models.DateTimeField(null=True)
    rows = models.PositiveBigIntegerField(_("行数"))
    cursor = models.CharField(max_length=40)
    files = models.JSONField(_("文件"), default=dict)
    synthetic = models.BooleanField(_("含示范数据"), default=False)
    # Its files were removed to make room for newer ones; their checksums stay on record.
    removed_at = models.DateTimeField(null=True)

    visible_to = Public()

    class Meta:
        verbose_name = _("数据发布")
        indexes = [models.Index(fields=["feed", "-id"], name="release_feed")]

    def __str__(self) -> str:
        return f"{self.feed_id} {self.made_at:%Y-%m-%d}"
