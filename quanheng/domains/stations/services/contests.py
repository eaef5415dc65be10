"""The acts of a contested record: the firm, the station, whoever rules between them, and what becomes of the visit.

What the firm said of its satisfaction is its own: no act here reads it, changes it or takes it out of the mean.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.stations.models import LONG_REASON, Contest, Station, Visit
from quanheng.domains.stations.process import CONTEST
from quanheng.domains.stations.services.visits import FIRM, about, correct_visit
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.checks import checked_text, need_reason
from quanheng.kernel.base.errors import Conflict, Invalid
from quanheng.kernel.base.grants import PlatformOnly
from quanheng.kernel.base.texts import filled
from quanheng.kernel.cases.running import last_day
from quanheng.kernel.cases.services import move, open_case
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import OrganisationKind

WINDOW = "one_stop.visit_contest_window"
Standing = Visit.Standing
# How a contest ended after which the same record may be contested again.
_ANEW = ("withdrawn", "corrected")


def why_no_contest(visit: Visit) -> Conflict | None:
    """Why a visit cannot be contested; None within the window that began when the firm was told of it."""
    if visit.client_id is None or visit.told_at is None:
        return Conflict(_("该来访没有对应平台上的企业。"), code="no-firm")
    if visit.standing == Standing.STRUCK:
        return Conflict(_("该记录已撤销，不必再提异议。"), code="struck")
    if visit.standing == Standing.CONTESTED:
        return Conflict(_("对该记录的异议正在办理，请在其中说明。"), code="contested")
    if visit.contests.exclude(case__state__in=_ANEW).exists():
        return Conflict(_("对该记录的异议已有结论，不能重复提出。"), code="settled")
    until = last_day(WINDOW, visit.told_at)
    if timezone.localdate() > until:
        return Conflict(filled(_("对该记录提出异议的期限已于 %(day)s 结束。"), day=until), code="contest-closed")
    return None


@act("stations.contest.raise", on=Visit, label=_("对来访记录提出异议"), may=FIRM, tells=("station__operator",))
def contest_visit(actor: Actor, visit: Visit, *, ground: str, text: str) -> Contest:
    """The firm contests what was recorded in its name; the visit is in no count until that has ended.

    Raises Invalid by field, Conflict (too late, contested already, settled).
    """
    if ground not in Contest.Ground.values:
        raise Invalid.field("ground", _("请从列出的异议中选择一项。"))
    text = checked_text("text", text, LONG_REASON, missing=_("请写清哪里不对、事实是怎样的。"))
    if refusal := why_no_contest(visit):
        raise refusal
    assert visit.client is not None  # asked just now
    station = visit.station
    case = open_case(
        CONTEST, title=station.name_zh, client=visit.client, handler=station.operator, region_code=station.region_code
    )
    visit.standing = Standing.CONTESTED
    visit.save(update_fields=["standing"])
    return Contest.objects.create(case=case, visit=visit, ground=ground, text=text)


@act("stations.visit.settle", on=Visit, label=_("异议办结，确定记录效力"), may=PlatformOnly())
def _settle(actor: Actor, visit: Visit, *, standing: str) -> Visit:
    """What a contest came to, on the visit itself: it counts again, or never more."""
    visit.standing = standing
    visit.save(update_fields=["standing"])
    remark(about=about(visit))
    return visit


def _settled(contest: Contest, standing: str) -> Contest:
    _settle(Actor.platform(), contest.visit, standing=standing)
    return contest


@move(CONTEST, "correct")
def correct_contested(actor: Actor, contest: Contest, *, reason: str, **facts: Any) -> Contest:
    """The station puts right what it had recorded: ``facts`` of ``correct_visit``. It counts again, and may be
    contested anew."""
    contest.answer = need_reason(reason)
    contest.save(update_fields=["answer"])
    correct_visit(actor, contest.visit, reason=reason, **facts)
    return contest


@move(CONTEST, "strike")
def strike_contested(actor: Actor, contest: Contest, *, reason: str) -> Contest:
    """The station takes its record back: it stays to be read, and never counts."""
    contest.answer = need_reason(reason)
    contest.save(update_fields=["answer"])
    return _settled(contest, Standing.STRUCK)


@move(CONTEST, "stand")
def stand_by_record(actor: Actor, contest: Contest, *, text: str) -> Contest:
    """The station stands by its record, and says why."""
    contest.answer = checked_text("text", text, LONG_REASON, missing=_("请写明维持记录的理由：对方将看到它。"))
    contest.save(update_fields=["answer"])
    return contest


@move(CONTEST, "accept")
def accept_record(actor: Actor, contest: Contest) -> Contest:
    """The firm lets the record stand."""
    return _settled(contest, Standing.COUNTS)


@move(CONTEST, "ask_ruling")
def ask_ruling(actor: Actor, contest: Contest, *, text: str) -> Contest:
    """The firm does not accept the answer, or has none in time: somebody who is neither side rules.

    Raises Conflict where nobody is on the platform who could.
    """
    contest.rejoinder = checked_text("text", text, LONG_REASON, missing=_("请写明为什么不接受。"))
    decider = decider_of(contest.visit.station, contest.visit.client_id)
    if decider is None:
        raise Conflict(_("平台上没有能裁定的示范区运营机构或主管部门，请联系当地市场监管局。"), code="nobody-rules")
    contest.decider = contest.case.handler = decider
    contest.save(update_fields=["rejoinder", "decider"])
    contest.case.save(update_fields=["handler"])
    return contest


def decider_of(station: Station, client: int | None) -> Organisation | None:
    """Who rules between a station and a firm: whoever runs the zone it lies in, unless that is one of the two; else the
    nearest regulator above it."""
    sides = (station.operator_id, client)
    if station.zone is not None and station.zone.operator_id not in sides and not station.zone.operator.ended():
        return station.zone.operator
    code = station.region_code
    above = [code, f"{code[:4]}00", f"{code[:2]}0000"]
    regulators = Organisation.objects.filter(kind=OrganisationKind.REGULATOR, region_code__in=above, merged_into=None)
    found = regulators.exclude(pk__in=[one for one in sides if one]).order_by("pk")
    return min(found, key=lambda one: above.index(one.region_code), default=None)


def _ruled(contest: Contest, ruling: str, standing: str) -> Contest:
    contest.ruling = checked_text("text", ruling, LONG_REASON, missing=_("请写明裁定理由：双方将看到它。"))
    contest.save(update_fields=["ruling"])
    _back(contest)
    return _settled(contest, standing)


def _back(contest: Contest) -> None:
    """The closed case is the station's again: its operator finds it among its own."""
    contest.case.handler = contest.visit.station.operator
    contest.case.save(update_fields=["handler"])


@move(CONTEST, "rule_struck")
def rule_struck(actor: Actor, contest: Contest, *, text: str) -> Contest:
    """The firm is right: the record is struck."""
    return _ruled(contest, text, Standing.STRUCK)


@move(CONTEST, "rule_kept")
def rule_kept(actor: Actor, contest: Contest, *, text: str) -> Contest:
    """The station is right: the record counts."""
    return _ruled(contest, text, Standing.COUNTS)


@move(CONTEST, "withdraw")
def withdraw_contest(actor: Actor, contest: Contest) -> Contest:
    """The firm takes its contest back."""
    _back(contest)
    return _settled(contest, Standing.COUNTS)


@move(CONTEST, "lapse")
def lapse_contest(actor: Actor, contest: Contest) -> Contest:
    """The firm has said nothing to the answer until its time was over: the record stands."""
    return _settled(contest, Standing.COUNTS)
