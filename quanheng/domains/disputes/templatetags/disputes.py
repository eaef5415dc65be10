"""What the page of an order tells of disputes about it. ``{% load disputes %}``."""

from __future__ import annotations

from typing import Any

from django import template

from quanheng.domains.disputes import queries
from quanheng.domains.testing.models import Order
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.cases.head import badge_of

register = template.Library()


@register.simple_tag
def disputes_of(actor: Actor, order: Order) -> dict[str, Any]:
    """The disputes about an order, each with its badge and address."""
    found = queries.disputes_of(actor, order)
    return {
        "found": found,
        "rows": [
            {"row": row, "badge": badge_of(row.case), "url": f"/{kind}/{row.case.uid}/", "kind": kind}
            for kind, rows in (("complaints", found.complaints), ("objections", found.objections))
            for row in rows
        ],
    }
