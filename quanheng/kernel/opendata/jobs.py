"""What the background worker does for open data: number changes, make the day's releases."""

from __future__ import annotations

from django.utils import timezone

from quanheng.kernel.base.periodic import every
from quanheng.kernel.opendata import feed as feeds
from quanheng.kernel.opendata.declare import datasets
from quanheng.kernel.opendata.models import Feed
from quanheng.kernel.opendata.releasing import due, latest_release
from quanheng.kernel.opendata.tasks import release_now


@every(2)
def number_changes() -> None:
    """Give what was touched its place in the feed."""
    if feeds.anything_touched():
        feeds.publish()


@every(600)
def enqueue_releases() -> list[str]:
    """A task for every data set that is due; returns their names. A task that finds it done does nothing."""
    now = timezone.now()
    names = [
        feed.name
        for feed in Feed.objects.filter(name__in=list(datasets())).order_by("id")
        if due(feed, latest_release(feed), now)
    ]
    for name in names:
        release_now.enqueue(name)
    return names
