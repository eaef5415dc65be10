"""Entering things into the log, in the transaction that they belong to.

The entries of an act are written together when it ends, so that the head of the log is locked last and briefly. A
clock that was set back is noticed here: what would have happened before the log's last entry is refused, for
otherwise somebody could issue today what shall seem to be of yesterday.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.audit.services import at_the_end
from quanheng.kernel.base.bulk import load
from quanheng.kernel.base.errors import Unavailable
from quanheng.kernel.base.storing import insert_all
from quanheng.kernel.base.texts import filled
from quanheng.kernel.translog import entry
from quanheng.kernel.translog.models import Head, LogEntry

# Servers of one platform may differ by this much, and acts may take as long until they are entered.
LEEWAY = timedelta(minutes=2)
# From so many on, entries go the way of bulk loads.
MANY = 500

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
# One statement takes the indices and, until the transaction ends, the lock on the head.
_NEXT = (
    f"UPDATE {Head._meta.db_table} SET size = size + %s, last = CASE WHEN last > %s THEN last ELSE %s END "
    "WHERE id = 1 RETURNING size, last"
)


@dataclass(frozen=True)
class Draft:
    """An entry to be: of which attestation (its public name, "" for a key), what is stated, when it says it happened.

    ``happened`` is None for what is entered later, with its own time in the statement beside the time of entry.
    """

    kind: str
    attestation: str
    statement: dict[str, str]
    happened: datetime | None


def enter(draft: Draft) -> None:
    """Have an entry written at the end of the act under way, or at once outside of acts (in a transaction)."""
    at_the_end(write, draft)


def write(drafts: Sequence[Draft]) -> None:
    """Number and store entries. RuntimeError outside a transaction, Unavailable where the clock was set back."""
    if not drafts:
        return
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("what is entered into the log is entered with what it is about, or not at all")
    now = timezone.now()
    stamp = (now - _EPOCH) // _MICROSECOND
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [len(drafts), stamp, stamp])
        size, last = cursor.fetchone()
    # No entry seems older than the one before it, whatever the clocks of several servers say.
    logged = _EPOCH + last * _MICROSECOND
    for moment in (now, *(one.happened for one in drafts if one.happened is not None)):
        require_after(moment, logged)
    rows = []
    for place, one in enumerate(drafts, size - len(drafts)):
        salt, statement = entry.new_salt(), entry.written(one.statement, logged)
        committed = entry.committed(salt, statement)
        rows.append((place, one.kind, one.attestation or None, salt, statement, committed, logged))
    if len(rows) < MANY:
        insert_all([LogEntry(**dict(zip(_COLUMNS, row, strict=True))) for row in rows])
    else:
        load(LogEntry, _COLUMNS, rows)


_COLUMNS = ("id", "kind", "attestation_id", "salt", "statement", "entry", "at")


def require_after(moment: datetime, last: datetime | None) -> None:
    """Refuse a moment that lies before the log's last by more than servers may differ."""
    if last is not None and moment < last - LEEWAY:
        raise Unavailable(
            filled(
                _(
                    "服务器时钟显示 %(now)s，早于日志最后一条的时间 %(last)s：时钟可能被拨回，已停止签发。"
                    "请运维校准时钟后重试。"
                ),
                now=timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S"),
                last=timezone.localtime(last).strftime("%Y-%m-%d %H:%M:%S"),
            ),
            code="clock-set-back",
        )
