"""Releases are made by the background worker: they take seconds to minutes."""

from __future__ import annotations

from django_tasks import task

from quanheng.kernel.base.periodic import LONG
from quanheng.kernel.opendata.declare import datasets
from quanheng.kernel.opendata.releasing import release


# Nobody sits and waits for a release, and nobody's task waits for it.
@task(queue_name=LONG)
def release_now(name: str) -> None:
    """Make the release of one data set where it is due; doing it twice does no harm."""
    dataset = datasets().get(name)
    if dataset is not None:
        release(dataset)
