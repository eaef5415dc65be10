"""The process of a contested record: the station answers, the firm accepts or asks for a ruling, somebody else rules.

A state that waits for the station has a deadline; past it the firm may ask for the ruling at once. A state that waits
for the firm ends by itself at its deadline. Until it has ended, the visit is in no count.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.stations.grants import at_counter
from quanheng.domains.stations.models import Contest
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.grants import Holds, PlatformOnly
from quanheng.kernel.base.html import last_moment
from quanheng.kernel.base.texts import filled
from quanheng.kernel.cases.models import Case
from quanheng.kernel.cases.process import ClockSpec, Guard, Move, Process, State, Wait, states
from quanheng.kernel.parties.roles import CLIENT_ROLES, REGULATORS, Role

STATION = at_counter("visit__station")
FIRM = Holds("visit__client", *CLIENT_ROLES)
RULING = Holds("decider", Role.ADMINISTRATOR, *REGULATORS)
BOTH = ("visit__client", "visit__station__operator")
ALL = (*BOTH, "decider")


def _past_due(case: Case) -> bool:
    return case.due_at is not None and case.due_at < timezone.now()


def _time_is_up(actor: Actor, contest: Contest, arguments: dict[str, Any]) -> Any | None:
    """The platform ends what waits for the firm only once the firm's time is over."""
    return None if _past_due(contest.case) else _("企业表态的期限还没有到。")


def _station_has_had_its_time(actor: Actor, contest: Contest, arguments: dict[str, Any]) -> Any | None:
    """While the station still has time to answer, the firm waits (or withdraws)."""
    case = contest.case
    if case.state != "raised" or _past_due(case) or case.due_at is None:
        return None
    return filled(_("站点的答复期限到 %(day)s 为止，此前请等待；也可以撤回异议。"), day=last_moment(case.due_at))


CONTEST = Process(
    name="stations.contest",
    label=_("来访异议"),
    model="stations.Contest",
    path="/visit-contests/{uid}/",
    prefix="LY",
    initial="raised",
    states=(
        State("raised", _("待站点答复"), Wait("handler", Role.MEMBER)),
        State("answered", _("站点维持记录，待企业表态"), Wait("client", Role.MEMBER)),
        State("for_ruling", _("待裁定"), Wait("handler", Role.DISTRICT_OFFICER)),
        State("corrected", _("记录已更正"), final=True),
        State("struck", _("记录已撤销"), final=True),
        State("kept", _("裁定维持记录"), final=True),
        State("accepted", _("企业接受原记录"), final=True),
        State("lapsed", _("到期未表态，维持记录"), final=True, good=False),
        State("withdrawn", _("已撤回"), final=True, good=False),
    ),
    moves=(
        Move("correct", _("更正记录"), states("raised", "answered"), "corrected", STATION, tells=BOTH, primary=True),
        Move("strike", _("撤销记录"), states("raised", "answered"), "struck", STATION, tells=BOTH),
        Move("stand", _("维持记录并说明理由"), states("raised"), "answered", STATION, tells=BOTH),
        Move("accept", _("接受原记录"), states("answered"), "accepted", FIRM, tells=BOTH, primary=True),
        Move(
            "ask_ruling",
            _("请求裁定"),
            states("raised", "answered"),
            "for_ruling",
            FIRM,
            guards=(Guard("their-turn", _station_has_had_its_time),),
            tells=ALL,
        ),
        Move("rule_struck", _("裁定撤销记录"), states("for_ruling"), "struck", RULING, tells=ALL),
        Move("rule_kept", _("裁定维持记录"), states("for_ruling"), "kept", RULING, tells=ALL),
        Move("withdraw", _("撤回异议"), states("raised", "answered", "for_ruling"), "withdrawn", FIRM, tells=ALL),
        Move(
            "lapse",
            _("到期结束"),
            states("answered"),
            "lapsed",
            PlatformOnly(),
            guards=(Guard("time-is-up", _time_is_up),),
            tells=BOTH,
        ),
    ),
    clocks=(
        ClockSpec("answer", _("答复时限"), states("raised"), rule="one_stop.visit_contest_answer"),
        ClockSpec("response", _("表态时限"), states("answered"), rule="one_stop.dispute_response"),
        ClockSpec("ruling", _("裁定时限"), states("for_ruling"), rule="one_stop.visit_contest_ruling"),
    ),
)
