"""The processes of a complaint and of an objection: who answers until when, and where it may end.

A state that waits for the institution has a deadline; past it the client need not wait any longer. A state that waits
for the client ends by itself at its deadline. So nobody is kept in the open.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.disputes.judging import contradicted, is_stale, retest_is_lost, retest_is_reported
from quanheng.domains.disputes.models import Complaint, Objection
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.grants import Holds, PlatformOnly
from quanheng.kernel.base.html import last_moment
from quanheng.kernel.base.texts import filled
from quanheng.kernel.cases.models import Case
from quanheng.kernel.cases.process import ClockSpec, Guard, Move, Process, State, Wait, states
from quanheng.kernel.parties.roles import CLIENT_ROLES, Role

CLIENT = Holds("case__client", *CLIENT_ROLES)
# Who answers for the institution's work (ISO/IEC 17025 7.9): not those whose work it was.
ANSWERING = Holds("case__handler", Role.QUALITY_MANAGER, Role.ADMINISTRATOR)
# Conceding begins an amendment: whoever may do that.
AMENDING = Holds("case__handler", Role.SIGNATORY, Role.QUALITY_MANAGER)
BOTH = ("case__client", "case__handler")


def _past_due(case: Case) -> bool:
    return case.due_at is not None and case.due_at < timezone.now()


def _time_is_up(actor: Actor, row: Complaint | Objection, arguments: dict[str, Any]) -> Any | None:
    """The platform ends what waits for the client only once the client's time is over."""
    return None if _past_due(row.case) else _("委托方表态的期限还没有到。")


def _not_waiting_for_them(actor: Actor, row: Complaint | Objection, arguments: dict[str, Any]) -> Any | None:
    """While the institution still has time to answer, the client waits (or withdraws)."""
    if row.case.waiting_on_id != row.case.handler_id or _past_due(row.case) or row.case.due_at is None:
        return None
    return filled(_("机构的期限到 %(day)s 为止，此前请等待；也可以撤回。"), day=last_moment(row.case.due_at))


def _asked_once(actor: Actor, complaint: Complaint, arguments: dict[str, Any]) -> Any | None:
    """The institution is asked again once; then the client decides."""
    if not complaint.question:
        return None
    return _("已追问过一次。仍不满意的，请以“未解决”结束投诉，再向市场监管部门反映。")


def _not_after_a_retest(actor: Actor, objection: Objection, arguments: dict[str, Any]) -> Any | None:
    """One retest decides."""
    if objection.outcome != Objection.Outcome.CONTRADICTED:
        return None
    return _("复测已推翻原结果，不必再次复测；机构逾期不更正的，由监管部门处理。")


def _corrected(actor: Actor, objection: Objection, arguments: dict[str, Any]) -> Any | None:
    """The report that was objected to no longer stands: another has replaced it, or it was withdrawn."""
    if objection.report.state in (Attestation.State.SUPERSEDED, Attestation.State.WITHDRAWN):
        return None
    return filled(_("报告 %(number)s 尚未被更正或撤销。"), number=objection.report.number)


def _lost(actor: Actor, objection: Objection, arguments: dict[str, Any]) -> Any | None:
    """The retest order was declined, cancelled or given up: there is nothing to judge."""
    return None if retest_is_lost(objection) else _("复测任务单没有被谢绝、取消或放弃。")


def _contradicts(actor: Actor, objection: Objection, arguments: dict[str, Any]) -> Any | None:
    """The retest's report is out, and disagrees with the first in at least one item."""
    if not retest_is_reported(objection):
        return _("复测报告尚未交付。")
    return None if contradicted(objection) else _("复测与原结果没有不一致的项目。")


def _confirms(actor: Actor, objection: Objection, arguments: dict[str, Any]) -> Any | None:
    """The retest's report is out, and disagrees with the first in no item."""
    if not retest_is_reported(objection):
        return _("复测报告尚未交付。")
    return _("复测与原结果有不一致的项目。") if contradicted(objection) else None


def basis_changed(actor: Actor, objection: Objection, arguments: dict[str, Any]) -> Any | None:
    """A report that the judgement rests on was amended or withdrawn."""
    return None if is_stale(objection) else _("判定所依据的报告没有变化。")


def _up_to_date(actor: Actor, objection: Objection, arguments: dict[str, Any]) -> Any | None:
    """What is confirmed is what the reports come to now."""
    return _("报告又有变化，平台正在重新判定，请稍后再确认。") if is_stale(objection) else None


def _proposes(outcome: Objection.Outcome) -> Guard:
    def check(actor: Actor, objection: Objection, arguments: dict[str, Any]) -> Any | None:
        return None if objection.proposed == outcome else _("重新判定的结果不是这样。")

    check.__doc__ = f"The judgement made again comes to: {outcome.value}."
    return Guard(f"proposes-{outcome.value}", check, hides=True)


_UP_TO_DATE = Guard("up-to-date", _up_to_date)

COMPLAINT = Process(
    name="disputes.complaint",
    label=_("投诉"),
    model="disputes.Complaint",
    path="/complaints/{uid}/",
    prefix="TS",
    initial="open",
    states=(
        State("open", _("待机构答复"), Wait("handler", Role.QUALITY_MANAGER)),
        State("answered", _("已答复，待委托方表态"), Wait("client", Role.MEMBER)),
        State("settled", _("已解决"), final=True),
        State("unresolved", _("未解决"), final=True, good=False),
        State("lapsed", _("到期未表态"), final=True, good=False),
        State("withdrawn", _("已撤回"), final=True, good=False),
    ),
    moves=(
        Move("reply", _("答复投诉"), states("open"), "answered", ANSWERING, tells=BOTH, primary=True),
        Move("settle", _("接受答复"), states("answered"), "settled", CLIENT, tells=BOTH, primary=True),
        Move(
            "ask_again",
            _("追问一次"),
            states("answered"),
            "open",
            CLIENT,
            guards=(Guard("once", _asked_once),),
            tells=BOTH,
        ),
        Move(
            "give_up",
            _("以未解决结束"),
            states("open", "answered"),
            "unresolved",
            CLIENT,
            guards=(Guard("their-turn", _not_waiting_for_them),),
            tells=BOTH,
        ),
        Move("withdraw", _("撤回投诉"), states("open", "answered"), "withdrawn", CLIENT, tells=BOTH),
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
        ClockSpec("reply", _("答复时限"), states("open"), rule="one_stop.complaint_reply"),
        ClockSpec("response", _("表态时限"), states("answered"), rule="one_stop.dispute_response"),
    ),
)

OBJECTION = Process(
    name="disputes.objection",
    label=_("异议"),
    model="disputes.Objection",
    path="/objections/{uid}/",
    prefix="YY",
    initial="raised",
    states=(
        State("raised", _("待机构答复"), Wait("handler", Role.QUALITY_MANAGER)),
        State("answered", _("机构维持结果，待委托方决定"), Wait("client", Role.MEMBER)),
        State("retesting", _("复测中")),
        State("correcting", _("待更正报告"), Wait("handler", Role.SIGNATORY)),
        State("rejudged", _("判定依据有变，待确认新判定"), Wait("handler", Role.QUALITY_MANAGER)),
        State("accepted", _("委托方接受原结果"), final=True),
        State("confirmed", _("复测未推翻原结果"), final=True),
        State("corrected", _("报告已更正或撤销"), final=True),
        State("lapsed", _("到期未表态，原结果维持"), final=True, good=False),
        State("withdrawn", _("已撤回"), final=True, good=False),
    ),
    moves=(
        Move("concede", _("认可异议并更正报告"), states("raised", "answered"), "correcting", AMENDING, tells=BOTH),
        Move("uphold", _("维持结果并说明理由"), states("raised"), "answered", ANSWERING, tells=BOTH),
        Move("accept", _("接受原结果"), states("answered"), "accepted", CLIENT, tells=BOTH),
        Move(
            "ask_retest",
            _("请其他机构复测"),
            states("raised", "answered", "correcting"),
            "retesting",
            CLIENT,
            guards=(Guard("one-retest", _not_after_a_retest), Guard("their-turn", _not_waiting_for_them)),
            tells=BOTH,
        ),
        Move(
            "lose_retest",
            _("复测未能进行"),
            states("retesting"),
            "answered",
            PlatformOnly(),
            guards=(Guard("lost", _lost),),
            tells=BOTH,
            when_children_closed=True,
        ),
        Move(
            "contradict",
            _("判定：复测推翻原结果"),
            states("retesting"),
            "correcting",
            PlatformOnly(),
            guards=(Guard("contradicts", _contradicts),),
            tells=BOTH,
            when_children_closed=True,
        ),
        Move(
            "confirm",
            _("判定：复测未推翻原结果"),
            states("retesting"),
            "confirmed",
            PlatformOnly(),
            guards=(Guard("confirms", _confirms),),
            tells=BOTH,
            when_children_closed=True,
        ),
        Move(
            "close",
            _("报告已更正，办结"),
            states("correcting"),
            "corrected",
            CLIENT | ANSWERING,
            guards=(Guard("corrected", _corrected),),
            tells=BOTH,
        ),
        Move(
            "propose",
            _("依据有变，重新判定，结果改变"),
            states("correcting", "confirmed", "corrected", "rejudged"),
            "rejudged",
            PlatformOnly(),
            guards=(Guard("basis-changed", basis_changed),),
            tells=BOTH,
            reopens=True,
        ),
        Move(
            "adopt_confirmed",
            _("确认新判定：复测未推翻原结果"),
            states("rejudged"),
            "confirmed",
            CLIENT | ANSWERING,
            guards=(_proposes(Objection.Outcome.CONFIRMED), _UP_TO_DATE),
            tells=BOTH,
        ),
        Move(
            "adopt_contradicted",
            _("确认新判定：复测推翻原结果"),
            states("rejudged"),
            "correcting",
            CLIENT | ANSWERING,
            guards=(_proposes(Objection.Outcome.CONTRADICTED), _UP_TO_DATE),
            tells=BOTH,
        ),
        Move(
            "adopt_unjudged",
            _("确认：复测报告已撤销，由委托方再决定"),
            states("rejudged"),
            "answered",
            CLIENT | ANSWERING,
            guards=(_proposes(Objection.Outcome.UNJUDGED), _UP_TO_DATE),
            tells=BOTH,
        ),
        Move("withdraw", _("撤回异议"), states("raised", "answered"), "withdrawn", CLIENT, tells=BOTH),
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
        ClockSpec("answer", _("答复时限"), states("raised"), rule="one_stop.report_correction"),
        ClockSpec("response", _("决定时限"), states("answered"), rule="one_stop.dispute_response"),
        ClockSpec("confirmation", _("确认时限"), states("rejudged"), rule="one_stop.dispute_response"),
        ClockSpec("correction", _("更正时限"), states("correcting"), rule="one_stop.disputed_report"),
    ),
)
