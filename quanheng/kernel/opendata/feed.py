"""Numbering what was touched, and reading what changed since a number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import Invalid, Refusal
from quanheng.kernel.opendata.declare import Dataset
from quanheng.kernel.opendata.models import Change, Feed, Touched

# So many keys are numbered in one transaction: the feeds are locked for a fraction of a second.
BATCH = 20_000


class TooOld(Refusal):
    """The history that a cursor belongs to is over: a new release is the only way on."""

    status: ClassVar[int] = 410
    code: ClassVar[str] = "cursor-too-old"
    title = _("游标已失效")


def publish() -> int:
    """Number all keys that are touched and committed; returns how many there were."""
    total = 0
    while moved := _publish_some():
        total += moved
    return total


@transaction.atomic
def _publish_some() -> int:
    """Number up to BATCH keys. One caller at a time: the feeds are locked from before they are read."""
    list(Feed.objects.select_for_update().order_by("id"))
    with connection.cursor() as cursor:
        return _postgresql(cursor) if connection.vendor == "postgresql" else _sqlite(cursor)


_NUMBERED = """
INSERT INTO opendata_change (feed_id, key, seq, born)
SELECT feed_id, key, seq, CASE WHEN born THEN seq END FROM (
    SELECT f.id AS feed_id, t.key, t.born,
           f.last + ROW_NUMBER() OVER (PARTITION BY f.id ORDER BY t.place) AS seq
    FROM (SELECT dataset, key, MIN(id) AS place, {born} AS born FROM {taken} GROUP BY dataset, key) t
    JOIN opendata_feed f ON f.name = t.dataset
) numbered WHERE true
ON CONFLICT (feed_id, key) DO UPDATE SET seq = excluded.seq, born = COALESCE(excluded.born, opendata_change.born)
"""
_ADVANCED = """
UPDATE opendata_feed SET last = (SELECT MAX(seq) FROM opendata_change c WHERE c.feed_id = opendata_feed.id)
WHERE EXISTS (SELECT 1 FROM opendata_change c WHERE c.feed_id = opendata_feed.id AND c.seq > opendata_feed.last)
"""


def _postgresql(cursor: Any) -> int:
    # Taken and numbered in one statement: it sees what is committed when it begins, and takes away just that.
    cursor.execute(
        "WITH taken AS (DELETE FROM opendata_touched WHERE id IN "
        f"(SELECT id FROM opendata_touched ORDER BY id LIMIT {BATCH}) RETURNING id, dataset, key, born), "
        f"written AS ({_NUMBERED.format(taken='taken', born='bool_or(born)')} RETURNING 1) "
        "SELECT (SELECT COUNT(*) FROM taken), (SELECT COUNT(*) FROM written)"
    )
    moved = int(cursor.fetchone()[0])
    if moved:
        cursor.execute(_ADVANCED)
    return moved


def _sqlite(cursor: Any) -> int:
    # The transaction has held the database's write lock from its start: nobody adds a key meanwhile.
    cursor.execute(f"SELECT MAX(id) FROM (SELECT id FROM opendata_touched ORDER BY id LIMIT {BATCH})")
    upto = cursor.fetchone()[0]
    if upto is None:
        return 0
    taken = f"opendata_touched WHERE id <= {int(upto)}"
    cursor.execute(_NUMBERED.format(taken=taken, born="MAX(born)"))
    cursor.execute(_ADVANCED)
    cursor.execute(f"DELETE FROM {taken}")
    return int(cursor.rowcount)


def anything_touched() -> bool:
    """Whether keys wait to be numbered: one look that locks nothing."""
    return Touched.objects.exists()


@dataclass(frozen=True)
class Changed:
    """One row's last change: ``op`` is added, changed or removed; ``row`` is what it is now, None if removed."""

    op: str
    key: str
    row: tuple[Any, ...] | None


@dataclass(frozen=True)
class Changes:
    """A page of changes in order; ask again with ``next``. ``more``: there are more already."""

    items: list[Changed]
    next: str
    more: bool


def read_cursor(cursor: str) -> tuple[str, int]:
    """Epoch and number. Raises Invalid for a text that is no cursor."""
    epoch, _dot, digits = cursor.partition(".")
    if len(epoch) != 8 or not epoch.isalnum() or not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        raise Invalid.field("since", _("游标无效：请使用发布文件所附的 cursor，或上一次查询返回的 next。"))
    return epoch, int(digits)


def changes_since(dataset: Dataset, since: str, limit: int) -> Changes:
    """What changed after a cursor, in order. Three queries. Raises Invalid, TooOld.

    The numbers are read before the rows: a row is at least as new as its number, and if it is newer, a later page
    brings it again.
    """
    epoch, after = read_cursor(since)
    feed = Feed.objects.get(name=dataset.name)
    if epoch != feed.epoch or after > feed.last:
        raise TooOld(
            _("该游标所属的变更记录已经结束（数据表升级或恢复备份后会如此）。请下载最新发布，再从它的游标继续。")
        )
    found = list(Change.objects.filter(feed=feed, seq__gt=after).order_by("seq")[: limit + 1])
    more, found = len(found) > limit, found[:limit]
    rows = dataset.by_key([one.key for one in found]) if found else {}
    items = []
    for one in found:
        row = rows.get(one.key)
        born = one.born is not None and one.born > after
        items.append(Changed("removed" if row is None else "added" if born else "changed", one.key, row))
    return Changes(items, f"{epoch}.{found[-1].seq if found else after}", more)
