"""The content of raw files goes in the end: not before the time for which the law, or a regulator, wants it kept."""

from __future__ import annotations

import logging
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.attestations.keeping.retention import Kept, kept_of_case
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.checks import need_reason
from quanheng.kernel.base.errors import Conflict
from quanheng.kernel.base.grants import Grant, Holds
from quanheng.kernel.base.texts import filled
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.results.models import RawFile

logger = logging.getLogger(__name__)

MAY_ERASE: Grant = Holds("case__handler", Role.QUALITY_MANAGER, Role.ADMINISTRATOR)


@act("results.file.erase", on=RawFile, label=_("删除原始记录的内容"), may=MAY_ERASE)
def erase_raw_file(actor: Actor, raw: RawFile, *, reason: str) -> RawFile:
    """Delete the content of a raw file whose time is over; its name, size and digest stay. For good.

    Raises Conflict (``retention``) while any report of the case wants it kept, and where nothing says for how long.
    """
    need_reason(reason)
    found = kept_of_case(raw.case_id, lock=True)
    if refused := why_kept(raw, found):
        raise refused
    raw.erased_at = timezone.now()
    raw.save(update_fields=["erased_at"])
    remark(file=raw.name, sha256=raw.sha256, kept_until=str(found.until))
    transaction.on_commit(partial(remove_erased, raw.pk))
    return raw


def why_kept(raw: RawFile, found: Kept | None = None) -> Conflict | None:
    """Why the content of a file cannot be deleted as things stand; None where it can. ``found``: as it was read."""
    if raw.erased_at is not None:
        return Conflict(_("该文件的内容已经删除。"), code="erased")
    found = found or kept_of_case(raw.case_id)
    if found.until is None:
        unknown = _("没有适用的保存期限规则，或本单没有签发报告，不能删除。请联系平台运维补充规则。")
        return Conflict(unknown, code="retention")
    if not found.on(timezone.localdate()):
        return None
    source = f"{found.rule.source} {found.rule.article}".strip() if found.rule else ""
    told = _("须保存至 %(day)s（%(source)s），在此之前不能删除，也不能缩短。")
    if found.held_until is not None and found.held_until == found.until:
        told = _("监管机构要求保存至 %(day)s，在此之前不能删除，也不能缩短。")
    return Conflict(filled(told, day=found.until, source=source), code="retention")


def remove_erased(key: int | None = None) -> int:
    """Take from the storage what was erased on record: after the act, and again where that was cut off; how many."""
    rows = RawFile.objects.filter(erased_at__isnull=False).exclude(file="")
    storage, removed = RawFile._meta.get_field("file").storage, 0
    for raw in rows.filter(pk=key) if key else rows[:500]:
        try:
            storage.delete(str(raw.file.name))
        except OSError as error:
            logger.warning("raw file %s not removed: %s", raw.uid, error)
            continue
        RawFile.objects.filter(pk=raw.pk).update(file="")
        removed += 1
    return removed
