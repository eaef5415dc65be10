"""The raw files of an order as a section of its page. ``{% load order_files %}``."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings

from quanheng.domains.testing.models import Order
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.results.erasing import MAY_ERASE, why_kept
from quanheng.kernel.results.models import RawFile
from quanheng.kernel.results.queries import raw_files
from quanheng.kernel.results.rawfiles import MAY_ATTACH, MAY_SHARE, MAY_WITHDRAW, open_for_files

register = template.Library()


@register.inclusion_tag("testing/order_files.html", takes_context=True)
def order_files(context: template.Context, order: Order) -> dict[str, Any]:
    """What the reader may see of the files and do with them; nothing where there is neither."""
    actor, case = context["actor"], order.case
    going = open_for_files(case)
    files = raw_files(actor, case)
    return {
        "order": order,
        "address": f"/orders/{case.uid}/files/",
        "files": files,
        "results": list(case.results.all()) if going else [],
        "may_attach": going and MAY_ATTACH.allows(actor, case),
        "may_share": going and bool(files) and MAY_SHARE.allows(actor, files[0]),
        "may_withdraw": going and bool(files) and MAY_WITHDRAW.allows(actor, files[0]),
        "may_erase": not going and bool(files) and _may_erase(actor, files),
        "inside": case.handler_id in actor.all_organisations,
        "limit": settings.RAW_FILE_MAX_BYTES // (1024 * 1024),
        "csrf_token": context.get("csrf_token"),
    }


def _may_erase(actor: Actor, files: list[RawFile]) -> bool:
    """Whether the actor may delete the content of files: their time is over. It is the same for all of an order."""
    left = next((raw for raw in files if raw.erased_at is None), None)
    return left is not None and MAY_ERASE.allows(actor, left) and why_kept(left) is None
