"""How a case stands now: who has it, until when, how much time is left, and by which rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from quanheng.kernel.base.statements import Asked
from quanheng.kernel.base.texts import filled
from quanheng.kernel.cases import clocks as arithmetic
from quanheng.kernel.cases.calendar import WorkCalendar
from quanheng.kernel.cases.models import Case, Clock, Rule
from quanheng.kernel.cases.process import PROCESSES
from quanheng.kernel.cases.running import calendar, period_of, state_of
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import Role


@dataclass(frozen=True)
class ClockView:
    """One clock as people read it. ``amount`` is what is left, or overdue when ``late``, in whole ``unit``s.

    ``unit`` is working_day, day or minute. ``rule`` is None where the parties agreed the time themselves.
    ``provisional``: the deadline depends on a holiday notice that is not published yet.
    """

    name: str
    label: Any
    started_at: datetime
    due_at: datetime
    last_day: date
    amount: int
    unit: str
    late: bool
    spent: float
    paused_since: datetime | None
    stopped_at: datetime | None
    provisional: bool
    rule: Rule | None
    source: Any

    @property
    def words(self) -> Any:
        """What is left, in words."""
        if self.paused_since:
            return _("已暂停计时")
        left, late = _WORDS[self.unit]
        return (late if self.late else left) % {"count": self.amount}


_WORDS = {
    "working_day": (
        ngettext_lazy("还剩 %(count)s 个工作日", "还剩 %(count)s 个工作日", "count"),
        ngettext_lazy("逾期 %(count)s 个工作日", "逾期 %(count)s 个工作日", "count"),
    ),
    "day": (
        ngettext_lazy("还剩 %(count)s 天", "还剩 %(count)s 天", "count"),
        ngettext_lazy("逾期 %(count)s 天", "逾期 %(count)s 天", "count"),
    ),
    "minute": (
        ngettext_lazy("还剩 %(count)s 分钟", "还剩 %(count)s 分钟", "count"),
        ngettext_lazy("逾期 %(count)s 分钟", "逾期 %(count)s 分钟", "count"),
    ),
}


@dataclass(frozen=True)
class Standing:
    """Who has the case (``who`` in ``role``), and its clocks: the open ones first, the nearest end first.

    ``clock`` is the one that sets the deadline; None where no clock runs.
    """

    state: str
    label: Any
    who: Organisation | None
    role: Any
    clock: ClockView | None
    clocks: tuple[ClockView, ...]

    @property
    def until(self) -> datetime | None:
        return self.clock.due_at if self.clock else None

    @property
    def late(self) -> bool:
        return self.clock is not None and self.clock.late


def standing(case: Case, now: datetime | None = None) -> Standing:
    """How a case stands: two queries, and one more where ``waiting_on`` was not fetched with the case."""
    clocks = clocks_of(case, now)
    return Standing(
        state=case.state,
        label=PROCESSES[case.process].by_state[case.state].label,
        who=case.waiting_on,
        role=Role(case.waiting_role).label if case.waiting_role else "",
        clock=nearest(clocks),
        clocks=clocks,
    )


_CLOCKS = Asked(lambda case: Clock.objects.filter(case=case).select_related("rule"))


def clocks_of(case: Case, now: datetime | None = None) -> tuple[ClockView, ...]:
    """The clocks of a case, the open ones first, the nearest end first: two queries at most."""
    labels = {spec.name: spec.label for spec in PROCESSES[case.process].clocks}
    rows = _CLOCKS(case.pk) if labels else []
    views = _views(rows, labels, now or timezone.now()) if rows else []
    return tuple(sorted(views, key=lambda one: (bool(one.stopped_at), bool(one.paused_since), one.due_at)))


_RUNNING = Asked(
    lambda *cases: Clock.objects.filter(case__in=cases, stopped_at=None).select_related("rule").order_by("due_at", "pk")
)


def running_clocks(cases: Sequence[Case], now: datetime | None = None) -> dict[int, ClockView]:
    """The clock that sets the deadline of each of these cases, by the case's key: two queries for them all."""
    rows = _RUNNING(*(case.pk for case in cases)) if cases else []
    found: dict[int, ClockView] = {}
    if rows:
        views = _views(rows, {}, now or timezone.now())
        for row, view in zip(rows, views, strict=True):
            if not view.paused_since:
                found.setdefault(row.case_id, view)
    return found


def nearest(clocks: Sequence[ClockView]) -> ClockView | None:
    """The running clock that sets the deadline."""
    return next((one for one in clocks if not one.stopped_at and not one.paused_since), None)


def _views(rows: list[Clock], labels: dict[str, Any], now: datetime) -> list[ClockView]:
    days = calendar()
    return [_view(clock, labels.get(clock.name, clock.name), days, now) for clock in rows]


def _view(clock: Clock, label: Any, days: WorkCalendar, now: datetime) -> ClockView:
    state, period = state_of(clock), period_of(clock)
    left = arithmetic.remaining(state, period, days, now)
    return ClockView(
        name=clock.name,
        label=label,
        started_at=clock.started_at,
        due_at=clock.due_at,
        last_day=left.due.last_day,
        amount=left.amount,
        unit=left.unit,
        late=left.late,
        spent=arithmetic.fraction_spent(state, period, days, now),
        paused_since=state.paused_since,
        stopped_at=clock.stopped_at,
        provisional=clock.provisional,
        rule=clock.rule,
        source=source_of(clock.rule),
    )


def source_of(rule: Rule | None) -> Any:
    """Where a time comes from, as people cite it: an article of law, the platform's own rule, or an agreement."""
    if rule is None:
        return _("双方约定")
    if rule.confidence == "platform":
        return _("平台服务规则")
    if not rule.article:
        return rule.source
    return filled(_("%(source)s 第%(article)s条"), source=rule.source, article=rule.article)
