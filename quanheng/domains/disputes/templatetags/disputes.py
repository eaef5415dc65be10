"""What the page of an order tells of disputes about it. ``{% load disputes %}``."""

from __future__ import annotations

from typing import Any

from django import template

from quanheng.domains.disputes import queries
from quanheng.domains.disputes.models import Complaint
from quanheng.domains.testing.models import Order
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.cases.head import tone_of

register = template.Library()


@register.simple_tag
def disputes_of(actor: Actor, order: Order) -> dict[str, Any]:
    """The disputes about an order, each with the badge of its state and, for a complaint, its topic in words."""
    found = queries.disputes_of(actor, order)
    topics = dict(Complaint.Topic.choices)
    rows = []
    for one in found.known:
        state = one.process.by_state[one.state]
        rows.append({"row": one, "state": state, "tone": tone_of(state), "topic": topics.get(one.topic, "")})
    return {"found": found, "rows": rows}
