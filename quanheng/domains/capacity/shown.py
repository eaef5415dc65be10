"""How statements of capacity are told."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quanheng.domains.capacity.models import Capacity
from quanheng.domains.capacity.reckoning import Queue
from quanheng.kernel.base.html import badge, local


def field_of(row: Any) -> str:
    """What a statement is for, in words: a line's item, a product, or an activity as a whole."""
    if row.scope_line_id:
        return f"{local(row.scope_line.item)} · {row.scope_line.method.number}"
    return local(row.family) if row.family_id else _("全部产品")


def waits_text(days: int) -> str:
    """How long new work waits before it is begun."""
    if not days:
        return _("随时可以开始")
    return ngettext("约 %(days)s 个工作日后开始", "约 %(days)s 个工作日后开始", days) % {"days": days}


def standing_of(row: Capacity, queue: Queue) -> tuple[Any, str]:
    """A statement's standing as a badge's word and tone."""
    if row.ended_on:
        return _("已撤回"), "ended"
    if queue.full(1):
        return _("已满"), "bad"
    return (_("有排队"), "wait") if queue.waits else (_("有余量"), "ok")


def queue_of(row: Any) -> Queue:
    """What stands before new work under a statement that was read ``with_ahead``; reckoned once for each row."""
    if not hasattr(row, "_queue"):
        row._queue = row.today.queue(row)
    found: Queue = row._queue
    return found


def standing_badge(row: Any) -> Any:
    """The standing as markup."""
    return badge(*standing_of(row, queue_of(row)))
