"""Asking for a release, and putting one on record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.errors import Conflict
from quanheng.kernel.base.grants import PlatformOnly
from quanheng.kernel.opendata.grants import AdministersRegulator
from quanheng.kernel.opendata.models import Feed, Release

ASKED = "opendata.release.ask"
MADE = "opendata.release.make"


@dataclass(frozen=True)
class Made:
    """What was written of a release."""

    uid: str
    made_at: datetime
    rows: int
    cursor: str
    files: dict[str, dict[str, Any]]
    synthetic: bool


_ASKERS = AdministersRegulator()


def ask_release_allowed(actor: Actor) -> bool:
    """Whether somebody may have releases made, of whatever data set."""
    return _ASKERS.holds(actor)


@act(ASKED, on=Feed, label=_("申请发布开放数据"), may=_ASKERS)
def ask_release(actor: Actor, feed: Feed) -> Feed:
    """Have the background worker make a release now, whether or not anything changed."""
    last = Release.objects.filter(feed=feed).order_by("-id").first()
    if feed.asked_at is not None and (last is None or last.made_at < feed.asked_at):
        raise Conflict(_("已申请发布该数据集，后台正在办理，请稍后查看。"))
    feed.asked_at = timezone.now()
    feed.save(update_fields=["asked_at"])
    from quanheng.kernel.opendata.tasks import release_now

    transaction.on_commit(lambda: release_now.enqueue(feed.name))
    return feed


@act(MADE, on=Feed, label=_("发布开放数据"), may=PlatformOnly())
def make_release(actor: Actor, feed: Feed, *, made: Made) -> Release:
    """Put a release on record: from now on it is the latest."""
    remark(dataset=feed.name)
    return Release.objects.create(
        feed=feed,
        uid=made.uid,
        made_at=made.made_at,
        confirmed_at=made.made_at,
        rows=made.rows,
        cursor=made.cursor,
        files=made.files,
        synthetic=made.synthetic,
    )


def confirm_release(release: Release) -> None:
    """The release is still the whole truth. Housekeeping, not an act: it enters no trail."""
    Release.objects.filter(pk=release.pk).update(confirmed_at=timezone.now())


def remove_files(release: Release) -> None:
    """The release's files make room; what it was stays on record. Housekeeping, not an act."""
    Release.objects.filter(pk=release.pk).update(removed_at=timezone.now())
