"""An import from upload to undo. What is staged is nobody's record yet; committing and undoing are acts."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.audit.models import Entry
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark, require
from quanheng.kernel.base.errors import Conflict, FieldError, Invalid, NotFound, Refusal, SignInNeeded, in_language
from quanheng.kernel.base.texts import filled
from quanheng.kernel.imports import tasks
from quanheng.kernel.imports.grants import MayCommit
from quanheng.kernel.imports.kinds import ImportKind, Made, kind_named
from quanheng.kernel.imports.matching import by_head, by_place, checked, guess, head_digest
from quanheng.kernel.imports.models import OPEN, WORKING, Batch, Matching, StagedRow
from quanheng.kernel.imports.reading.refused import Limits
from quanheng.kernel.imports.staging import Outcome, Rows, check_all, check_rows, note
from quanheng.kernel.imports.storing import count, pack, refuse_dependants, take_back, unpack
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.search.services import reindex

logger = logging.getLogger(__name__)

# Up to here mending one row looks at all of them again at once; above, at those that were mended.
SMALL = 2000
MAX_MENDED = 200
# Imports of an organisation that lie open: uploads fill the disk.
MAX_OPEN = 50
MAX_TEXT = 2000
STATE = Batch.State
_MAY = MayCommit()


def limits() -> Limits:
    """What a file may have in this deployment."""
    return Limits(file=settings.IMPORT_MAX_BYTES)


def both(message: Any) -> dict[str, str]:
    """A lazy text in both languages, as it is kept."""
    return {"zh": in_language(message, "zh-hans"), "en": in_language(message, "en")}


def locked(batch: Batch) -> Batch:
    """The batch read again and locked. Raises NotFound."""
    found = Batch.objects.select_for_update(of=("self",), no_key=True).select_related("owner").filter(pk=batch.pk)
    for one in found:
        return one
    raise NotFound(_("该记录已不存在，请刷新页面。"))


def _need(batch: Batch, *states: str) -> None:
    if batch.state not in states:
        sentence = _("这次导入当前为“%(state)s”，不能进行此操作。请刷新页面。")
        raise Conflict(filled(sentence, state=batch.get_state_display()))


def _work(batch: Batch, state: str, task: Any, person: int | None) -> None:
    """Give the batch to the background worker, which works in that person's name."""
    batch.state, batch.done, batch.problem = state, 0, {}
    batch.task, batch.asked_by_id = "", person
    batch.save(update_fields=["state", "done", "problem", "task", "mapping", "version", "asked_by"])
    transaction.on_commit(partial(enqueue, batch.pk, task))


def enqueue(key: int, task: Any) -> None:
    """Queue a task for a batch, and note which: should it be given up, the batch is told (``jobs``)."""
    result = task.enqueue(key)
    Batch.objects.filter(pk=key).update(task=str(result.id))


# --- upload ---------------------------------------------------------------------------------------------------


def upload(actor: Actor, owner: Organisation, *, kind: str, file: File[Any], name: str) -> Batch:
    """Keep a file and have it read. Raises Denied, NotFound, Invalid by field, Conflict for a file already imported."""
    what = kind_named(kind)
    require(actor, what.may, owner)
    if not actor.system and owner.pk not in actor.all_organisations:
        raise NotFound(_("没有找到该记录，或您无权查看。请核对编号。"))
    size = file.size or 0
    if not size:
        raise Invalid.field("file", _("文件是空的，没有表头也没有数据。请检查是否选错了文件。"))
    if size > settings.IMPORT_MAX_BYTES:
        raise too_large()
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    _refuse_known(owner, what, digest.hexdigest())
    if Batch.objects.filter(owner=owner, state__in=(*WORKING, *OPEN)).count() >= MAX_OPEN:
        told = _("本机构已有 %(count)s 个没有办完的导入。请先提交或放弃其中一些，再上传。")
        raise Conflict(filled(told, count=MAX_OPEN), code="too-many-open")
    with transaction.atomic():
        batch = Batch(
            owner=owner,
            kind=what.name,
            file_name=_clean(name),
            size=size,
            sha256=digest.hexdigest(),
            uploaded_by_id=actor.person_id,
            asked_by_id=actor.person_id,
        )
        batch.file.save("", file, save=False)
        batch.save()
        transaction.on_commit(partial(enqueue, batch.pk, tasks.read))
    return batch


def too_large() -> Invalid:
    """The refusal of a file over the limit of the deployment."""
    limit = settings.IMPORT_MAX_BYTES // (1024 * 1024)
    return Invalid.field("file", filled(_("文件超过 %(limit)s MB。请分成几个文件导入。"), limit=limit))


def _clean(name: str) -> str:
    """A file's name as it is shown: without folders and without what cannot be seen."""
    bare = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(sign for sign in bare if sign.isprintable())[-200:] or "file"


_DOUBLE = (STATE.COMMITTING, STATE.COMMITTED, STATE.UNDOING)


def _refuse_known(owner: Organisation, kind: ImportKind, digest: str, besides: int | None = None) -> None:
    known = Batch.objects.filter(owner=owner, kind=kind.name, sha256=digest, state__in=_DOUBLE)
    one = next((each for each in known if each.pk != besides), None)
    if one is None:
        return
    if one.committed_at is None:
        raise Conflict(_("同一文件正在导入，请等它完成。"), code="same-file")
    told = _("同一文件已于 %(when)s 导入（%(name)s）。需要补充时请只上传新增或更正的行；需要重来请先撤销那一次。")
    when = timezone.localtime(one.committed_at).strftime("%Y-%m-%d %H:%M")
    raise Conflict(filled(told, when=when, name=one.file_name), code="same-file")


def after_reading(batch: Batch) -> None:
    """The file was read: match its columns; where that leaves no question, go on to the checks.

    Called inside the transaction that ends the reading.
    """
    kind, head = batch.what, batch.head
    remembered = Matching.objects.filter(owner=batch.owner, kind=batch.kind, head_digest=head_digest(head)).first()
    found = guess(kind, head)
    batch.mapping, sure = found.mapping, found.sure
    if remembered:
        mapping = by_place(remembered.mapping, head, kind)
        if all(column.name in mapping for column in kind.columns if column.required):
            batch.mapping, sure = mapping, True
            batch.remarks = [*batch.remarks, both_remark("remembered")]
    if sure:
        _work(batch, STATE.CHECKING, tasks.check, batch.asked_by_id)
    else:
        batch.state = STATE.MATCHING
    batch.save()


def both_remark(code: str, **facts: Any) -> dict[str, str]:
    """A remark on the file in both languages, as it is kept."""
    from quanheng.kernel.imports.wording import remark as worded

    return both(worded(code, facts))


def match(actor: Actor, batch: Batch, *, mapping: Mapping[str, Mapping[str, Any]]) -> Batch:
    """Say which column is which, and have the rows checked. Remembered for the next file with this head.

    Raises Invalid by column of the kind, Conflict.
    """
    require(actor, _MAY, batch)
    with transaction.atomic():
        batch = locked(batch)
        _need(batch, *OPEN)
        batch.mapping = checked(batch.what, batch.head, mapping)
        batch.version += 1
        Matching.objects.update_or_create(
            owner=batch.owner,
            kind=batch.kind,
            head_digest=head_digest(batch.head),
            defaults={"mapping": by_head(batch.mapping, batch.head)},
        )
        _work(batch, STATE.CHECKING, tasks.check, actor.person_id)
    return batch


def recheck(actor: Actor, batch: Batch) -> Batch:
    """Look at every row again: the registers may have changed, or rows that others were compared with."""
    require(actor, _MAY, batch)
    with transaction.atomic():
        batch = locked(batch)
        _need(batch, STATE.STAGED)
        batch.version += 1
        _work(batch, STATE.CHECKING, tasks.check, actor.person_id)
    return batch


# --- mending --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mend:
    """What is put into a row by hand: text by column, and whether it is left out (None: as it was)."""

    number: int
    values: Mapping[str, str]
    drop: bool | None = None


def mend(actor: Actor, batch: Batch, *, mends: Sequence[Mend], version: int | None = None) -> Batch:
    """Change rows in place and check them again. All of it is kept, right or wrong: the rows tell.

    Raises Invalid (``row``: place in ``mends`` from 0), Conflict where others have changed rows since ``version``.
    """
    require(actor, _MAY, batch)
    if len(mends) > MAX_MENDED:
        raise Invalid(filled(_("一次最多修改 %(limit)s 行，请分批保存。"), limit=MAX_MENDED))
    with transaction.atomic():
        batch = locked(batch)
        _need(batch, STATE.STAGED)
        if version is not None and version != batch.version:
            raise Conflict(_("这批数据刚刚被他人修改过，您的改动没有保存。请刷新页面后重新填写。"))
        rows = Rows(batch)
        found = {row.number: row for row in rows.numbered([one.number for one in mends])}
        errors = _mend_errors(batch.what, mends, found)
        if errors:
            raise Invalid(filled(_("有 %(count)s 处需要修改，全部未保存。"), count=len(errors)), errors=errors)
        changed = []
        for one in mends:
            row = found[one.number]
            beside = row.staged or StagedRow(batch=batch, number=row.number, cells=row.raw)
            values = {name: text.strip() for name, text in one.values.items()}
            beside.values = {
                **beside.values,
                **{name: text for name, text in values.items() if text != row.cells[name]},
            }
            if one.drop is not None:
                beside.dropped = one.drop
            if beside.dropped:
                beside.errors, beside.wrong = [], False
            changed.append(beside)
        StagedRow.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["batch", "number"],
            update_fields=["values", "errors", "wrong", "dropped"],
        )  # fmt: skip
        batch.version += 1
        if batch.total <= SMALL:
            check_all(batch, actor)
        elif batch.what.whole:
            _work(batch, STATE.CHECKING, tasks.check, actor.person_id)
            return batch
        else:
            again = rows.numbered(list(found))
            note(batch, again, check_rows(again, batch.what.check(actor, batch.owner), rows.naming))
        recount(batch)
        batch.save(update_fields=["version", "bad", "dropped"])
    return batch


def recount(batch: Batch) -> None:
    """How many rows are wrong, and how many left out, as they stand."""
    rows = StagedRow.objects.filter(batch=batch)
    batch.bad, batch.dropped = rows.filter(wrong=True).count(), rows.filter(dropped=True).count()


def _mend_errors(kind: ImportKind, mends: Sequence[Mend], found: Mapping[int, Any]) -> list[FieldError]:
    errors, seen = [], set()
    for place, one in enumerate(mends):
        if one.number not in found or one.number in seen:
            errors.append(FieldError("number", _("没有这一行，或同一行写了两次，请核对行号。"), place))
        seen.add(one.number)
        for name, text in one.values.items():
            if name not in kind.by_name:
                errors.append(FieldError(name[:60], _("这种导入没有这一列，请从列表中选择。"), place))
            elif len(text) > MAX_TEXT:
                errors.append(FieldError(name, filled(_("最多 %(longest)s 个字，请缩短。"), longest=MAX_TEXT), place))
            elif "\x00" in text:
                errors.append(FieldError(name, _("含有不可见的控制字符，请删除。"), place))
    return errors


# --- commit ---------------------------------------------------------------------------------------------------


def request_commit(actor: Actor, batch: Batch) -> Batch:
    """Have the rows brought in by the background worker, in the actor's name. Raises Conflict where rows are wrong."""
    require(actor, _MAY, batch)
    if not actor.signed_in:
        raise SignInNeeded(_("请先登录再进行此操作。"))
    try:
        with transaction.atomic():
            batch = locked(batch)
            _need(batch, STATE.STAGED)
            if batch.bad:
                told = _("还有 %(count)s 行有错误。请改正，或将这些行设为“不导入”，再提交。")
                raise Conflict(filled(told, count=batch.bad), code="rows-wrong")
            if not batch.left:
                raise Conflict(_("没有要导入的行：全部行都设为了“不导入”。"), code="no-rows")
            if batch.left > batch.what.max_rows:
                told = _("这种导入一次最多 %(limit)s 行。请分成几个文件。")
                raise Conflict(filled(told, limit=batch.what.max_rows), code="too-many-rows")
            _refuse_known(batch.owner, batch.what, batch.sha256, batch.pk)
            batch.version += 1
            _work(batch, STATE.COMMITTING, tasks.commit, actor.person_id)
    except IntegrityError:
        # Another upload of the same file went ahead between the look and the write.
        raise Conflict(_("同一文件正在导入，请等它完成。"), code="same-file") from None
    return batch


@act("imports.commit", on=Batch, label=_("导入文件"), may=_MAY, tells=("owner",))
def commit_batch(actor: Actor, batch: Batch, *, checked: Outcome) -> Batch:
    """Store every row of an import, all or none. Called by the worker once all rows were found right."""
    _need(batch, STATE.COMMITTING)
    kind = batch.what
    Organisation.objects.select_for_update(no_key=True).get(pk=batch.owner_id)
    if kind.store is not None:
        made: Sequence[Made] = kind.store(actor, batch.owner, checked.built)
    else:
        made = kind.commit(actor, batch.owner, checked.rows)
    batch.made, batch.made_count = pack(made), count(made)
    batch.state, batch.committed_at, batch.problem = STATE.COMMITTED, timezone.now(), {}
    batch.committed_by_id = actor.person_id
    batch.save(update_fields=["made", "made_count", "state", "committed_at", "committed_by", "problem"])
    _index(made)
    remark(file=batch.file_name, sha256=batch.sha256, rows=len(checked.numbers), dropped=batch.dropped,
           made={one.model._meta.label_lower: len(one.keys) for one in made},
           changed={one.model._meta.label_lower: len(one.changed) for one in made if one.changed})  # fmt: skip
    return batch


def _index(made: Sequence[Made]) -> None:
    """Let what was made be found by the search."""
    for one in made:
        if not (one.attached or one.indexed):
            reindex(one.model, [*one.keys, *(changed.key for changed in one.changed)])


def refused(key: int, at: str, to: str, refusal: Refusal) -> None:
    """The step ``at`` could not be done: the batch goes to the state ``to`` and says why."""
    Batch.objects.filter(pk=key, state=at).update(state=to, problem=both(refusal.message), done=0)


# --- undo -----------------------------------------------------------------------------------------------------


def entry_of(batch: Batch) -> Entry:
    """The entry of the commit in the audit trail."""
    entries = Entry.objects.filter(subject_type=Batch._meta.label_lower, subject_id=batch.pk, act="imports.commit")
    return entries.latest("id")


def request_undo(actor: Actor, batch: Batch) -> Batch:
    """Have what was brought in taken out again. Raises Conflict with what depends on it."""
    require(actor, _MAY, batch)
    if not actor.signed_in:
        raise SignInNeeded(_("请先登录再进行此操作。"))
    _need(batch, STATE.COMMITTED)
    if batch.what.lasting:
        raise Conflict(batch.what.lasting, code="lasting")
    refuse_dependants(unpack(bytes(batch.made)), entry_of(batch).pk)
    with transaction.atomic():
        batch = locked(batch)
        _need(batch, STATE.COMMITTED)
        batch.version += 1
        _work(batch, STATE.UNDOING, tasks.undo, actor.person_id)
    return batch


@act("imports.undo", on=Batch, label=_("撤销导入"), may=_MAY, tells=("owner",))
def undo_batch(actor: Actor, batch: Batch) -> Batch:
    """Take out what an import made, put back what it changed, all or none. Raises Conflict where something depends."""
    _need(batch, STATE.UNDOING)
    made = unpack(bytes(batch.made))
    taken = take_back(made, entry_of(batch).pk)
    batch.state, batch.problem = STATE.UNDONE, {}
    batch.save(update_fields=["state", "problem"])
    _index(made)
    remark(rows=taken, sha256=batch.sha256)
    return batch


def discard(actor: Actor, batch: Batch) -> Batch:
    """Give an import up before it was committed; its rows and its file are removed."""
    require(actor, _MAY, batch)
    with transaction.atomic():
        batch = locked(batch)
        _need(batch, *OPEN, STATE.UNREADABLE)
        batch.state = STATE.DISCARDED
        batch.version += 1
        batch.save(update_fields=["state", "version"])
        forget_rows(batch)
    return batch


def forget_rows(batch: Batch) -> None:
    """Remove the rows and the file of an import that needs them no longer."""
    batch.blocks.all().delete()
    StagedRow.objects.filter(batch=batch)._raw_delete(StagedRow.objects.db)
    if batch.file:
        name, storage = str(batch.file.name), batch.file.storage
        batch.file = ""
        batch.save(update_fields=["file"])
        transaction.on_commit(partial(storage.delete, name))
