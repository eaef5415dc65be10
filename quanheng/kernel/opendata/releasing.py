"""Making a release: all files into a folder of a temporary name, then that folder renamed, then the release recorded.

Whoever is killed in the middle leaves the last release whole; what is left over is swept up by the next.
"""

from __future__ import annotations

import fcntl
import json
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.models import new_uid
from quanheng.kernel.opendata import feed as feeds
from quanheng.kernel.opendata import writing
from quanheng.kernel.opendata.catalogue import both, data_package, publisher
from quanheng.kernel.opendata.declare import Dataset
from quanheng.kernel.opendata.models import Feed, Release
from quanheng.kernel.opendata.services import Made, confirm_release, make_release, remove_files

logger = logging.getLogger(__name__)

EVERY = timedelta(days=1)
# So many releases keep their files: a download that began before a new release can be finished.
KEPT = 3


def folder_of(dataset: str) -> Path:
    """Where the releases of a data set lie, each in a folder that is called as its uid."""
    return Path(settings.MEDIA_ROOT) / "open" / dataset


@contextmanager
def alone(dataset: str) -> Iterator[bool]:
    """Whether nobody else on this machine is at this data set; the claim ends with the process, however it ends."""
    folder = folder_of(dataset)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@contextmanager
def snapshot() -> Iterator[None]:
    """Read everything as it is at one moment, keeping no writer waiting."""
    if connection.in_atomic_block:
        # Somebody's transaction already decides what is seen (a test's).
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        # A transaction of Django's would take the write lock; this one only reads.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


def due(feed: Feed, latest: Release | None, now: datetime) -> bool:
    """Whether a data set wants a release: the first, the day's, or one that was asked for."""
    if latest is None or (feed.asked_at is not None and feed.asked_at > latest.made_at):
        return True
    return now - (latest.confirmed_at or latest.made_at) >= EVERY


def latest_release(feed: Feed) -> Release | None:
    """The newest release of a data set."""
    return Release.objects.filter(feed=feed).order_by("-id").first()


def release(dataset: Dataset, *, force: bool = False) -> Release | None:
    """Make a release where one is due; returns it, or None where there was nothing to do.

    Where nothing changed since the last one, that one is confirmed instead of written again.
    """
    with alone(dataset.name) as mine:
        if not mine:
            return None
        feed = Feed.objects.get(name=dataset.name)
        last = latest_release(feed)
        if not force and not due(feed, last, timezone.now()):
            return None
        sweep(feed)
        feeds.publish()
        feed.refresh_from_db()
        asked = last is None or (feed.asked_at is not None and feed.asked_at > last.made_at)
        if last is not None and not asked and not force and last.cursor == feed.cursor and _whole(dataset, last):
            confirm_release(last)
            return None
        made = _write(dataset)
    return make_release(Actor.platform("open-data"), feed, made=made)


def _whole(dataset: Dataset, last: Release) -> bool:
    folder = folder_of(dataset.name) / last.uid
    return all(
        (path := folder / name).is_file() and path.stat().st_size == facts["bytes"]
        for name, facts in last.files.items()
    )


def _write(dataset: Dataset) -> Made:
    """Write the files and bring them into their place; the release is not yet known to anybody."""
    uid, home = new_uid(), folder_of(dataset.name)
    working = home / f".making-{uid}"
    working.mkdir()
    try:
        with snapshot():
            made_at = timezone.now()
            cursor = Feed.objects.get(name=dataset.name).cursor
            cells = dataset.cells(dataset.rows()).iterator(chunk_size=writing.CHUNK)
            rows, synthetic = writing.write_rows(dataset, cells, working)
        facts = {"made_at": made_at.isoformat(), "rows": rows, "cursor": cursor, "synthetic": synthetic}
        writing.write_parquet(
            dataset,
            working,
            {
                "name": dataset.name,
                "title": both(dataset.title)["zh"],
                "title_en": both(dataset.title)["en"],
                "publisher": publisher()["zh"],
                "licence": dataset.licence.spdx,
                "licence_url": dataset.licence.url,
                **{name: json.dumps(value) if isinstance(value, bool) else str(value) for name, value in facts.items()},
            },
        )
        shutil.rmtree(working / "spill", ignore_errors=True)
        tables = [f"{dataset.name}.{kind}" for kind in ("csv", "jsonl", "parquet")]
        sealed = writing.seal(working, tables)
        package = data_package(dataset, facts, {name: sealed[name] for name in tables})
        (working / "datapackage.json").write_text(
            json.dumps(package, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
        files = writing.seal(working, [*tables, "datapackage.json"])
        working.rename(home / uid)
        writing.sync(home)
    except BaseException:
        shutil.rmtree(working, ignore_errors=True)
        raise
    return Made(uid=uid, made_at=made_at, rows=rows, cursor=cursor, files=files, synthetic=synthetic)


def sweep(feed: Feed) -> None:
    """Remove what a killed job left behind, and the files of releases older than the last KEPT - 1.

    Only whoever is ``alone`` at the data set may: nobody is writing there.
    """
    kept = list(Release.objects.filter(feed=feed).order_by("-id")[: KEPT - 1])
    for old in Release.objects.filter(feed=feed, removed_at=None).exclude(pk__in=[one.pk for one in kept]):
        remove_files(old)
    for path in folder_of(feed.name).iterdir():
        if path.is_dir() and path.name not in {one.uid for one in kept}:
            shutil.rmtree(path, ignore_errors=True)
