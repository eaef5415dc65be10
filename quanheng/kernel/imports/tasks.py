"""What the background worker does with an import. Every task may be done twice: it looks first where things stand."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_tasks import task

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.bulk import roomy
from quanheng.kernel.base.errors import Invalid, Refusal
from quanheng.kernel.imports.models import Batch, Block, StagedRow
from quanheng.kernel.imports.reading.apart import End, Head, read_apart
from quanheng.kernel.imports.reading.frames import Packed
from quanheng.kernel.imports.reading.refused import Unreadable

logger = logging.getLogger(__name__)

STATE = Batch.State
# How often progress is written down, in seconds: each time is a small transaction.
TELL_EVERY = 0.5


def _at(key: int, state: str) -> Batch | None:
    """The batch, if it still waits for this task."""
    return Batch.objects.select_related("owner", "asked_by").filter(pk=key, state=state).first()


def _actor(batch: Batch) -> Actor:
    """Whoever asked for it, with what that person may do now."""
    from quanheng.kernel.parties.queries import actor_of

    return actor_of(batch.asked_by) if batch.asked_by is not None else Actor.platform()


def _progress(batch: Batch) -> Callable[[int], None]:
    told = time.monotonic()

    def tell(done: int) -> None:
        nonlocal told
        if time.monotonic() - told >= TELL_EVERY:
            Batch.objects.filter(pk=batch.pk).update(done=done)
            told = time.monotonic()

    return tell


@contextmanager
def _or_back(batch: Batch, state: str) -> Iterator[None]:
    """Whatever goes wrong, the batch is not left at work: it goes to ``state`` and says why.

    Unless another worker, that was taken for lost, has meanwhile brought it further.
    """
    from quanheng.kernel.imports import services

    at = batch.state
    try:
        yield
    except Refusal as refusal:
        services.refused(batch.pk, at, state, refusal)
    except Exception:
        logger.exception("import %s", batch.uid)
        services.refused(batch.pk, at, state, failure())
        raise


def failure() -> Refusal:
    """What is said where the platform itself has failed."""
    return Refusal(_("平台处理时出错，没有写入任何内容。请稍后重试；仍不行请联系平台运维。"))


@task()
def read(key: int) -> None:
    """Read the file into blocks, in a process of its own."""
    from quanheng.kernel.imports import services, wording

    batch = _at(key, STATE.READING)
    if batch is None:
        return
    with _or_back(batch, STATE.UNREADABLE):
        try:
            with _local(batch) as path:
                _read(batch, path)
        except Unreadable as unreadable:
            raise wording.refusal(unreadable) from unreadable
        with transaction.atomic():
            services.after_reading(batch)


@contextmanager
def _local(batch: Batch) -> Iterator[Path]:
    """The upload as a file of this machine, wherever it is kept."""
    try:
        path = Path(batch.file.path)
    except NotImplementedError:
        with tempfile.NamedTemporaryFile(prefix="qh-import-") as copy, batch.file.open("rb") as source:
            for chunk in source.chunks():
                copy.write(chunk)
            copy.flush()
            yield Path(copy.name)
        return
    if not path.exists():
        raise Invalid(_("上传的文件已不在，请重新上传。"))
    yield path


def _read(batch: Batch, path: Path) -> None:
    """Blocks are stored one by one as they come: nobody is kept waiting, and memory stays small."""
    from quanheng.kernel.imports import services

    Block.objects.filter(batch=batch).delete()
    StagedRow.objects.filter(batch=batch).delete()
    batch.total, tell = 0, _progress(batch)
    for part in read_apart(path, services.limits()):
        if isinstance(part, Head):
            batch.format, batch.sheet, batch.head = part.format, part.sheet[:120], part.names
        elif isinstance(part, Packed):
            Block.objects.create(batch=batch, first=part.first, last=part.last, count=part.count, data=part.data)
            batch.total += part.count
            tell(batch.total)
        elif isinstance(part, End):
            batch.remarks = [services.both_remark(code, **facts) for code, facts in part.remarks]


@task()
def check(key: int) -> None:
    """Look at every row, and note what is wrong."""
    from quanheng.kernel.imports.staging import check_all, leave_out_example

    batch = _at(key, STATE.CHECKING)
    if batch is None:
        return
    with _or_back(batch, STATE.MATCHING):
        leave_out_example(batch)
        outcome = check_all(batch, _actor(batch), progress=_progress(batch))
        _checked(batch, outcome.bad, outcome.dropped)


def _checked(batch: Batch, bad: int, dropped: int) -> None:
    Batch.objects.filter(pk=batch.pk, state=STATE.CHECKING).update(
        state=STATE.STAGED, bad=bad, dropped=dropped, done=0, remarks=batch.remarks
    )


@task()
def commit(key: int) -> None:
    """Look at every row once more, then store all of them in one act; or none, and say why."""
    from quanheng.kernel.imports import services
    from quanheng.kernel.imports.staging import check_all

    batch = _at(key, STATE.COMMITTING)
    if batch is None:
        return
    with _or_back(batch, STATE.STAGED):
        actor = _actor(batch)
        keep = "rows" if batch.what.store is None else "built"
        outcome = check_all(batch, actor, keep=keep, progress=_progress(batch))
        if outcome.bad:
            Batch.objects.filter(pk=batch.pk, state=STATE.COMMITTING).update(bad=outcome.bad, dropped=outcome.dropped)
            raise Refusal(_("登记册在检查之后有变化，有的行现在有错误，未导入任何内容。请按提示改正后再提交。"))
        Batch.objects.filter(pk=batch.pk).update(done=outcome.total)
        with roomy():
            services.commit_batch(actor, batch, checked=outcome)


@task()
def undo(key: int) -> None:
    """Take everything out again in one act; or nothing, and say what depends on it."""
    from quanheng.kernel.imports import services

    batch = _at(key, STATE.UNDOING)
    if batch is None:
        return
    with _or_back(batch, STATE.COMMITTED):
        services.undo_batch(_actor(batch), batch)
