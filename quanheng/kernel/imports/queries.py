"""Reads of imports, restricted to those who may commit them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.imports.kinds import ImportKind, every_kind, kinds_for
from quanheng.kernel.imports.models import Batch
from quanheng.kernel.imports.staging import Row, Rows
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.queries import by_uid


def batches(actor: Actor, *, kind: str = "", state: str = "") -> QuerySet[Batch]:
    """Imports that the actor may see, without the large columns."""
    rows = restrict(Batch.objects.select_related("owner", "uploaded_by"), actor).defer("made", "head", "mapping")
    if kind:
        rows = rows.filter(kind=kind)
    if state:
        rows = rows.filter(state=state)
    return rows


def batch_by_uid(actor: Actor, uid: str) -> Batch:
    """Raises NotFound."""
    return by_uid(Batch.objects.select_related("owner", "uploaded_by", "committed_by").defer("made"), uid, actor)


def offered(actor: Actor) -> list[tuple[ImportKind, list[Organisation]]]:
    """What the actor may import, each with the organisations that it may be for."""
    owners = Organisation.objects.filter(pk__in=actor.all_organisations).order_by("name_zh", "pk")
    return [(every_kind()[name], found) for name, found in kinds_for(actor, owners).items()]


def owner_of(actor: Actor, kind: ImportKind, uid: str) -> Organisation:
    """The organisation that an import is for: the named one, or the only one it can be. Raises Invalid, NotFound."""
    if uid:
        return by_uid(Organisation.objects.all(), uid)
    owners = Organisation.objects.filter(pk__in=actor.all_organisations)
    able = [owner for owner in owners if kind.may.allows(actor, owner)]
    if len(able) != 1:
        raise Invalid.field("organisation", _("请说明为哪个机构导入。"))
    return able[0]


def _place(cursor: str) -> tuple[str, int]:
    """``a123``: rows after number 123; ``b123``: before it."""
    way, digits = cursor[:1] or "a", cursor[1:] or "0"
    if way not in ("a", "b") or not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        raise Invalid.field("cursor", _("翻页位置无效，请回到第一页。"))
    return way, int(digits)


def rows_page(batch: Batch, *, wrong: bool, cursor: str = "", limit: int = 50) -> dict[str, Any]:
    """A page of rows by number, those with errors or all: ``items``, ``next`` and ``previous``. Raises Invalid."""
    way, at = _place(cursor)
    limit = max(1, min(limit, 100))
    rows = Rows(batch)
    take = rows.wrong if wrong else rows.any
    if way == "b":
        found = take(before=at, count=limit + 1)
        more, found = len(found) > limit, found[-limit:]
        after, before = bool(found), more
    else:
        found = take(after=at, count=limit + 1)
        more, found = len(found) > limit, found[:limit]
        after, before = more, at > 0 and bool(found)
    return {
        "items": found,
        "next": f"a{found[-1].number}" if after else "",
        "previous": f"b{found[0].number}" if before else "",
    }


def messages_of(row: Row, english: bool) -> list[dict[str, str]]:
    """What is wrong with a row in one language: field, message."""
    return [{"field": one["field"], "message": one["en" if english else "zh"]} for one in row.errors]
