"""The process of an inquiry: the laboratory accounts for what was found, the regulator concludes, corrections are
followed to their end."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.supervision.models import Inquiry
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.grants import Holds
from quanheng.kernel.base.html import last_moment
from quanheng.kernel.base.texts import filled
from quanheng.kernel.cases.process import ClockSpec, Guard, Move, Process, State, Wait, states
from quanheng.kernel.parties.roles import Role

# Whoever handles cases for the regulator that asks; other regulators of the region see it.
REGULATOR = Holds("case__client", Role.CASE_OFFICER)
# Who answers for the institution's work (ISO/IEC 17025 7.9, 8.7).
ANSWERING = Holds("case__handler", Role.QUALITY_MANAGER, Role.ADMINISTRATOR)
BOTH = ("case__client", "case__handler")


def _heard(actor: Actor, inquiry: Inquiry, arguments: dict[str, Any]) -> Any | None:
    """Nobody is judged unheard: while the laboratory still has time to answer, it is waited for."""
    case = inquiry.case
    if case.waiting_on_id != case.handler_id or case.due_at is None or case.due_at < timezone.now():
        return None
    return filled(_("机构的期限到 %(day)s 为止，此前请等待。"), day=last_moment(case.due_at))


def _asked_once(actor: Actor, inquiry: Inquiry, arguments: dict[str, Any]) -> Any | None:
    """A laboratory is asked again once; then the regulator concludes."""
    return _("已追问过一次，请作出结论。") if inquiry.further else None


_HEARD = Guard("heard", _heard)
_RULES = "testing_body_supervision"

INQUIRY = Process(
    name="supervision.inquiry",
    label=_("核查"),
    model="supervision.Inquiry",
    path="/inquiries/{uid}/",
    prefix="HC",
    initial="asked",
    states=(
        State("asked", _("待机构说明"), Wait("handler", Role.QUALITY_MANAGER)),
        State("answered", _("已说明，待监管部门结论"), Wait("client", Role.CASE_OFFICER)),
        State("correcting", _("责令改正，待机构改正"), Wait("handler", Role.QUALITY_MANAGER)),
        State("to_check", _("已报告改正，待监管部门复查"), Wait("client", Role.CASE_OFFICER)),
        State("cleared", _("说明成立，未发现问题"), final=True),
        State("corrected", _("已改正"), final=True),
        State("handed_over", _("移交立案查处"), final=True, good=False),
    ),
    moves=(
        Move("answer", _("说明情况"), states("asked"), "answered", ANSWERING, tells=BOTH, primary=True),
        Move(
            "ask_again",
            _("追问一次"),
            states("answered"),
            "asked",
            REGULATOR,
            guards=(Guard("once", _asked_once),),
            tells=BOTH,
        ),
        Move("clear", _("说明成立，结束核查"), states("asked", "answered"), "cleared", REGULATOR, tells=BOTH),
        Move(
            "order",
            _("责令改正"),
            states("asked", "answered"),
            "correcting",
            REGULATOR,
            guards=(_HEARD,),
            tells=BOTH,
            primary=True,
        ),
        Move("report", _("报告改正情况"), states("correcting"), "to_check", ANSWERING, tells=BOTH, primary=True),
        Move("accept", _("复查通过"), states("to_check"), "corrected", REGULATOR, tells=BOTH, primary=True),
        Move("refuse", _("复查不通过，继续改正"), states("to_check"), "correcting", REGULATOR, tells=BOTH),
        Move(
            "hand_over",
            _("移交立案查处"),
            states("asked", "answered", "correcting", "to_check"),
            "handed_over",
            REGULATOR,
            guards=(_HEARD,),
            tells=BOTH,
        ),
    ),
    clocks=(
        ClockSpec("answer", _("说明时限"), states("asked"), rule=f"{_RULES}.inquiry_answer"),
        ClockSpec("conclusion", _("结论时限"), states("answered"), rule=f"{_RULES}.inquiry_conclusion"),
        ClockSpec("correction", _("改正时限"), states("correcting"), rule=f"{_RULES}.inquiry_correction"),
        ClockSpec("check", _("复查时限"), states("to_check"), rule=f"{_RULES}.inquiry_conclusion"),
    ),
)
