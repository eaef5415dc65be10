"""The process of a commission: its orders are under way until each is delivered or replaced."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from quanheng.domains.services.models import Commission
from quanheng.domains.testing.queries import unanswered_failures
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.grants import Holds, PlatformOnly
from quanheng.kernel.base.texts import filled, listed
from quanheng.kernel.cases.process import Guard, Move, Process, State, Wait, states
from quanheng.kernel.parties.roles import CLIENT_ROLES, Role

CLIENT = Holds("case__client", *CLIENT_ROLES)
OPEN = states("under_way", "to_answer")


def _nothing_lost(actor: Actor, commission: Commission, arguments: dict[str, Any]) -> Any | None:
    """A lost order waits for the client: given to another institution, or not wanted any more."""
    lost = unanswered_failures(commission.case_id)
    if not lost:
        return None
    return filled(_("任务单 %(numbers)s 未能完成，请改派其他机构，或说明不再需要。"), numbers=listed(lost))


def _something_lost(actor: Actor, commission: Commission, arguments: dict[str, Any]) -> Any | None:
    return None if unanswered_failures(commission.case_id) else _("没有待处理的任务单。")


def _something_delivered(actor: Actor, commission: Commission, arguments: dict[str, Any]) -> Any | None:
    """What was forgone whole is closed by the client, with a reason, and is no success."""
    if commission.case.children.filter(state="delivered").exists():
        return None
    return _("没有任何任务单交付，请结束委托。")


def _no_open_order(actor: Actor, commission: Commission, arguments: dict[str, Any]) -> Any | None:
    if commission.case.children.filter(closed_at=None).exists():
        return _("还有任务单在办理中。请先取消未收样的任务单，或等待其完成。")
    return None


COMMISSION = Process(
    name="services.commission",
    label=_("委托"),
    model="services.Commission",
    path="/commissions/{uid}/",
    prefix="WT",
    initial="under_way",
    states=(
        State("under_way", _("办理中")),
        State("to_answer", _("有任务单待处理"), Wait("client", Role.MEMBER)),
        State("completed", _("已办结"), final=True),
        State("closed", _("已结束"), final=True, good=False),
    ),
    moves=(
        Move("replace_order", _("改派机构"), OPEN, None, CLIENT, tells=("case__client",)),
        Move("replan_order", _("重新安排"), OPEN, None, CLIENT, tells=("case__client",)),
        Move("forgo_order", _("不再需要"), OPEN, None, CLIENT, tells=("case__client",)),
        Move(
            "complete",
            _("全部交付"),
            OPEN,
            "completed",
            PlatformOnly(),
            guards=(Guard("nothing-lost", _nothing_lost), Guard("something-delivered", _something_delivered)),
            tells=("case__client",),
            when_children_closed=True,
        ),
        Move(
            "answered",
            _("任务单已处理"),
            states("to_answer"),
            "under_way",
            PlatformOnly(),
            guards=(Guard("nothing-lost", _nothing_lost),),
            when_child_closes=True,
        ),
        Move(
            "need_answer",
            _("等委托方处理任务单"),
            states("under_way"),
            "to_answer",
            PlatformOnly(),
            guards=(Guard("something-lost", _something_lost),),
            when_child_closes=True,
        ),
        Move(
            "close",
            _("结束委托"),
            OPEN,
            "closed",
            CLIENT,
            guards=(Guard("no-open-order", _no_open_order),),
            tells=("case__client",),
        ),
    ),
)
