"""The process of a subcontract: proposed by the institution, agreed to by the client, carried out, taken over."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from quanheng.domains.testing.models import Subcontract
from quanheng.domains.testing.process import BOTH, CLIENT, RECEPTION
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.grants import PlatformOnly
from quanheng.kernel.cases.process import ClockSpec, Guard, Move, Process, State, Wait, states
from quanheng.kernel.parties.roles import Role


def _delivered(actor: Actor, subcontract: Subcontract, arguments: dict[str, Any]) -> Any | None:
    order = subcontract.provider_order
    return None if order and order.case.state == "delivered" else _("分包方还没有交付报告。")


def _not_delivered(actor: Actor, subcontract: Subcontract, arguments: dict[str, Any]) -> Any | None:
    return None if _delivered(actor, subcontract, arguments) else _("分包方已交付报告。")


def _order_under_way(actor: Actor, subcontract: Subcontract, arguments: dict[str, Any]) -> Any | None:
    if subcontract.order.case.closed_at is None:
        return None
    return _("原任务单已结束，分包不再进行。")


SUBCONTRACT = Process(
    name="testing.subcontract",
    label=_("分包"),
    model="testing.Subcontract",
    path="/subcontracts/{uid}/",
    prefix="FB",
    initial="proposed",
    states=(
        State("proposed", _("待委托方同意"), Wait("client", Role.MEMBER)),
        State("agreed", _("分包方办理中")),
        State("taken_over", _("结果已接收"), final=True),
        State("refused", _("委托方不同意"), final=True, good=False),
        State("withdrawn", _("已撤回"), final=True, good=False),
        State("failed", _("分包方未完成"), final=True, good=False),
    ),
    moves=(
        Move(
            "agree",
            _("同意分包"),
            states("proposed"),
            "agreed",
            CLIENT,
            guards=(Guard("order-under-way", _order_under_way),),
            tells=BOTH,
            primary=True,
        ),
        Move("refuse", _("不同意分包"), states("proposed"), "refused", CLIENT, tells=BOTH),
        Move("withdraw", _("撤回分包"), states("proposed"), "withdrawn", RECEPTION, tells=BOTH),
        Move(
            "take_over",
            _("接收分包结果"),
            states("agreed"),
            "taken_over",
            PlatformOnly(),
            guards=(Guard("delivered", _delivered),),
            tells=BOTH,
            when_children_closed=True,
        ),
        Move(
            "come_to_nothing",
            _("分包未完成"),
            states("agreed"),
            "failed",
            PlatformOnly(),
            guards=(Guard("not-delivered", _not_delivered),),
            tells=BOTH,
            when_children_closed=True,
        ),
    ),
    clocks=(ClockSpec("consent", _("同意时限"), states("proposed"), rule="one_stop.quote_answer"),),
)
