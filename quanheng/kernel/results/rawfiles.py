"""Raw files of a case: kept as they came, shared with the client, withdrawn with a reason, never replaced.

They are added and withdrawn only while results are entered: what lies under an issued report does not change.
"""

from __future__ import annotations

import hashlib
import logging
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark, require
from quanheng.kernel.base.checks import need_reason
from quanheng.kernel.base.errors import Conflict, Invalid, Refusal
from quanheng.kernel.base.grants import Holds
from quanheng.kernel.base.texts import filled
from quanheng.kernel.cases.models import Case
from quanheng.kernel.cases.process import PROCESSES
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.results.models import RawFile, RawKey, Result, kept_at
from quanheng.kernel.results.printing import keys_of, printed
from quanheng.kernel.results.sniffing import HEAD, media_type

logger = logging.getLogger(__name__)

# Who determines; what was added by mistake the quality manager may withdraw too.
MAY_ATTACH = Holds("handler", Role.OPERATOR)
MAY_SHARE = Holds("case__handler", Role.OPERATOR)
MAY_WITHDRAW = Holds("case__handler", Role.OPERATOR, Role.QUALITY_MANAGER)


class NoRoom(Refusal):
    """The files cannot be written: the disk is full, or cannot be reached."""

    status = 503
    code = "unavailable"
    title = _("暂时无法保存文件")


@dataclass(frozen=True)
class Kept:
    """A file that lies in the storage already, and has no row yet."""

    place: str
    name: str
    media_type: str
    size: int
    sha256: str
    # Of its curves or its picture; see ``printing``.
    fingerprint: bytes = b""


def open_for_files(case: Case) -> bool:
    """Whether results are being entered: the process of the case says so by its move ``enter``."""
    process = PROCESSES.get(case.process)
    entering = process.by_move.get("enter") if process else None
    return entering is not None and case.state in entering.source


def _need_open(case: Case) -> None:
    if not open_for_files(case):
        raise Conflict(
            _("只有在录入结果期间才能添加、提供或撤下原始记录。报告签发后发现有误的，请先更正报告。"),
            code="wrong-state",
        )


def attach_raw_file(
    actor: Actor, case: Case, *, file: File[Any], name: str, position: int | None = None, shared: bool = False
) -> RawFile:
    """Keep a file and record it. Raises Invalid by field, Conflict for one that is there already, NoRoom.

    The file is written before the transaction begins, which stays short; where the record is refused, it goes again.
    """
    # Asked again by the act: what nobody may add, or no longer, is not written first.
    case = Case.objects.get(pk=case.pk)
    require(actor, MAY_ATTACH, case)
    _need_open(case)
    kept = _keep(file, name)
    try:
        return record_raw_file(actor, case, kept=kept, position=position, shared=shared)
    except BaseException:
        _forget(kept.place)
        raise


@act("results.file.attach", on=Case, label=_("添加原始记录"), may=MAY_ATTACH)
def record_raw_file(
    actor: Actor, case: Case, *, kept: Kept, position: int | None = None, shared: bool = False
) -> RawFile:
    """Record a file that was kept: once in a case, for a planned result or for the whole case."""
    _need_open(case)
    if position is not None and not Result.objects.filter(case=case, position=position).exists():
        raise Invalid.field("position", _("本单没有这一项，请核对序号。"))
    if RawFile.objects.filter(case=case).count() >= settings.RAW_FILES_MOST:
        told = _("本单已有 %(count)s 个原始记录文件，不能再添加。请把同类文件压缩成一个再上传。")
        raise Conflict(filled(told, count=settings.RAW_FILES_MOST), code="too-many-files")
    same = RawFile.objects.filter(case=case, sha256=kept.sha256, withdrawn_at=None).first()
    if same is not None:
        raise _known(same)
    raw = RawFile(
        case=case,
        position=position,
        name=kept.name,
        media_type=kept.media_type,
        size=kept.size,
        sha256=kept.sha256,
        fingerprint=kept.fingerprint,
        attached_by_id=actor.person_id,
        shared_at=_now() if shared else None,
    )
    raw.file.name = kept.place
    try:
        with transaction.atomic():
            raw.save(force_insert=True)
            if kept.fingerprint:
                RawKey.objects.bulk_create(RawKey(raw=raw, key=key) for key in keys_of(kept.fingerprint))
    except IntegrityError:
        raise _known(RawFile.objects.get(case=case, sha256=kept.sha256, withdrawn_at=None)) from None
    remark(file=raw.name, sha256=raw.sha256)
    return raw


def _known(same: RawFile) -> Conflict:
    when = timezone.localtime(same.created_at).strftime("%Y-%m-%d %H:%M")
    told = _("内容完全相同的文件已于 %(when)s 添加（%(name)s），不必再传。")
    return Conflict(filled(told, when=when, name=same.name), code="same-file")


@act("results.file.share", on=RawFile, label=_("选择是否向委托方提供原始记录"), may=MAY_SHARE)
def share_raw_file(actor: Actor, raw: RawFile, *, shared: bool) -> RawFile:
    """Mean a file for the client, who gets it with the next report, or keep it inside."""
    _need_open(raw.case)
    _need_standing(raw)
    if shared != (raw.shared_at is not None):
        raw.shared_at = _now() if shared else None
        raw.save(update_fields=["shared_at"])
    return raw


@act("results.file.withdraw", on=RawFile, label=_("撤下原始记录"), may=MAY_WITHDRAW)
def withdraw_raw_file(actor: Actor, raw: RawFile, *, reason: str) -> RawFile:
    """Say that a file does not count. It stays, with the reason (ISO/IEC 17025 7.5.2)."""
    _need_open(raw.case)
    _need_standing(raw)
    raw.withdrawn_reason = need_reason(reason)
    raw.withdrawn_at = _now()
    raw.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    remark(file=raw.name, sha256=raw.sha256)
    return raw


def _need_standing(raw: RawFile) -> None:
    if raw.withdrawn_at is not None:
        raise Conflict(_("该文件已撤下。它作为技术记录保留，不再变动。"))


def _now() -> Any:
    """To the second, as reports carry their time: what is shared and issued in one second was shared before."""
    return timezone.now().replace(microsecond=0)


# --- the files themselves -----------------------------------------------------------------------------------


def too_large() -> Invalid:
    """The refusal of a file over the limit of the deployment."""
    limit = settings.RAW_FILE_MAX_BYTES // (1024 * 1024)
    return Invalid.field("file", filled(_("文件超过 %(limit)s MB。请压缩或拆分后再上传。"), limit=limit))


def _keep(file: File[Any], name: str) -> Kept:
    """Write a file into the storage, all of it or nothing. Raises Invalid, NoRoom."""
    size = file.size or 0
    if not size:
        raise Invalid.field("file", _("文件是空的。请检查是否选错了文件。"))
    if size > settings.RAW_FILE_MAX_BYTES:
        raise too_large()
    digest, head = hashlib.sha256(), b""
    for chunk in file.chunks():
        head = head or chunk[:HEAD]
        digest.update(chunk)
    kind = media_type(head)
    fingerprint = printed(file, kind)
    storage = RawFile._meta.get_field("file").storage
    place = kept_at(None, "")
    try:
        # The name is ours and new: what a write that broke off has left can be found and removed.
        storage.save(place, file)
        _settle(storage, place)
    except OSError as error:
        _forget(place)
        logger.error("raw file not kept: %s", error)
        raise NoRoom(
            _("服务器暂时无法保存文件，没有写入任何内容。请稍后再试；仍不行请联系平台运维检查磁盘。")
        ) from error
    except BaseException:
        _forget(place)
        raise
    return Kept(place, clean_name(name), kind, size, digest.hexdigest(), fingerprint)


def _settle(storage: Any, place: str) -> None:
    """A record must not outlive its file: it is on the disk before the row is."""
    try:
        path = storage.path(place)
    except NotImplementedError:
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _forget(place: str) -> None:
    # Whatever hinders it, the sweep (``jobs``) comes by later.
    with suppress(OSError):
        RawFile._meta.get_field("file").storage.delete(place)


def clean_name(name: str) -> str:
    """A file's name as it is shown: without folders and without what cannot be seen.

    >>> clean_name("C:\\\\data\\\\a\\u202eb.csv"), clean_name("../")
    ('ab.csv', 'file')
    """
    bare = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(sign for sign in bare if sign.isprintable()).strip()[-200:] or "file"
