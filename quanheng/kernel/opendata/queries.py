"""Reads of what is published."""

from __future__ import annotations

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.opendata.declare import Dataset, datasets
from quanheng.kernel.opendata.models import Feed, Release

SHOWN = 20


def latest_releases() -> list[tuple[Dataset, Release | None]]:
    """Every data set with its newest release. One query."""
    newest = Release.objects.filter(feed=OuterRef("feed")).order_by("-id").values("id")[:1]
    found = Release.objects.filter(id=Subquery(newest)).select_related("feed")
    by_name = {one.feed.name: one for one in found}
    return [(dataset, by_name.get(dataset.name)) for dataset in datasets().values()]


def feed_of(dataset: Dataset) -> Feed:
    """The history of changes of a data set."""
    return Feed.objects.get(name=dataset.name)


def releases_of(dataset: Dataset) -> list[Release]:
    """The last releases of a data set, newest first."""
    return list(Release.objects.filter(feed__name=dataset.name).order_by("-id")[:SHOWN])


def latest_of(dataset: Dataset) -> Release:
    """The newest release. NotFound where none was made yet."""
    found = Release.objects.filter(feed__name=dataset.name, removed_at=None).order_by("-id").first()
    if found is None:
        raise NotFound(_("该数据集还没有发布，后台会在几分钟内完成首次发布，请稍后再来。"))
    return found


def release_named(dataset: Dataset, uid: str) -> Release:
    """A release by its name, its files still there. NotFound says what to take instead."""
    found = Release.objects.filter(feed__name=dataset.name, uid=uid, removed_at=None).first()
    if found is None:
        raise NotFound(_("没有这次发布，或其文件已为新的发布让位。请下载最新发布。"))
    return found
