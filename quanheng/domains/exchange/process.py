"""The process of a contact: one side asks, the other answers in time, they talk, and it ends in a contract or a no.

A contract is one once both say so: the side with the need records it, the side with the result confirms.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from quanheng.domains.exchange.models import Contact, Offering, TechnicalNeed
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.grants import Holds, PlatformOnly
from quanheng.kernel.cases.process import ClockSpec, Guard, Move, Process, State, Wait, states
from quanheng.kernel.parties.roles import CLIENT_ROLES, Role

ASKED = Holds("asked", *CLIENT_ROLES)
PROPOSER = Holds("proposer", *CLIENT_ROLES)
NEED_SIDE = Holds("need__organisation", *CLIENT_ROLES)
RESULT_SIDE = Holds("offering__organisation", *CLIENT_ROLES)
BOTH = ("need__organisation", "offering__organisation")
ASKING = ("asks_need", "asks_result")


def still_open(need: TechnicalNeed, offering: Offering) -> Any | None:
    """Why the two are brought together no more; None while both are open."""
    if need.state not in (TechnicalNeed.State.OPEN, TechnicalNeed.State.IN_TALKS):
        return _("该需求已不再征集，不能对接。")
    if offering.state != Offering.State.OPEN:
        return _("该成果已不再提供，不能对接。")
    return None


def _still_open(actor: Actor, contact: Contact, arguments: dict[str, Any]) -> Any | None:
    return still_open(contact.need, contact.offering)


CONTACT = Process(
    name="exchange.contact",
    label=_("供需对接"),
    model="exchange.Contact",
    path="/exchange/contacts/{uid}/",
    prefix="DJ",
    initial="asks_need",
    begins_too=("asks_result",),
    states=(
        State("asks_need", _("待需求方答复"), Wait("client", Role.MEMBER)),
        State("asks_result", _("待成果方答复"), Wait("handler", Role.MEMBER)),
        State("talks", _("洽谈中"), Wait("client", Role.MEMBER)),
        State("to_confirm", _("合同待成果方确认"), Wait("handler", Role.MEMBER)),
        State("contracted", _("已签约"), final=True),
        State("declined", _("已谢绝"), final=True, good=False),
        State("withdrawn", _("已撤回"), final=True, good=False),
        State("unanswered", _("未获答复"), final=True, good=False),
        State("ended", _("未成"), final=True, good=False),
    ),
    moves=(
        Move(
            "accept",
            _("同意对接"),
            states(*ASKING),
            "talks",
            ASKED,
            guards=(Guard("still-open", _still_open),),
            tells=BOTH,
            primary=True,
        ),
        Move("decline", _("谢绝对接"), states(*ASKING), "declined", ASKED, tells=BOTH),
        Move("withdraw", _("撤回邀约"), states(*ASKING), "withdrawn", PROPOSER, tells=BOTH),
        Move("lapse", _("无人答复"), states(*ASKING), "unanswered", PlatformOnly(), tells=BOTH),
        Move("write", _("留言"), states("talks"), None, ASKED | PROPOSER, tells=BOTH),
        Move("sign", _("登记合同"), states("talks"), "to_confirm", NEED_SIDE, tells=BOTH, primary=True),
        Move("confirm", _("确认合同"), states("to_confirm"), "contracted", RESULT_SIDE, tells=BOTH, primary=True),
        Move("refuse", _("不认可登记的合同"), states("to_confirm"), "talks", RESULT_SIDE, tells=BOTH),
        Move("take_back", _("收回登记的合同"), states("to_confirm"), "talks", NEED_SIDE, tells=BOTH),
        Move("end", _("结束洽谈"), states("talks"), "ended", ASKED | PROPOSER, tells=BOTH),
        Move(
            "cease", _("需求或成果已了结"), states(*ASKING, "talks", "to_confirm"), "ended", PlatformOnly(), tells=BOTH
        ),
    ),
    clocks=(
        ClockSpec("answer", _("答复时限"), states(*ASKING), rule="one_stop.contact_answer"),
        ClockSpec("talks", _("洽谈时限"), states("talks"), rule="one_stop.contact_talks"),
        ClockSpec("confirmation", _("确认时限"), states("to_confirm"), rule="one_stop.contract_confirmation"),
    ),
)
