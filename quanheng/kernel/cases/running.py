"""The clocks of a case follow its state; the background worker reminds and escalates."""

from __future__ import annotations

from datetime import date, datetime

from django.apps import apps
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import Invalid, NotFound
from quanheng.kernel.cases import clocks as arithmetic
from quanheng.kernel.cases.calendar import WorkCalendar, load_calendar
from quanheng.kernel.cases.models import Case, Clock, Holiday, Rule
from quanheng.kernel.cases.process import ClockSpec, Process

_calendar: WorkCalendar | None = None


def calendar() -> WorkCalendar:
    """The work calendar of this deployment, read once per process."""
    global _calendar
    if _calendar is None:
        rows = Holiday.objects.order_by("date").values("date", "kind", "name_zh", "name_en", "source")
        _calendar = load_calendar(list(rows))
    return _calendar


def forget_calendar() -> None:
    """After the holidays have changed: read them anew."""
    global _calendar
    _calendar = None


def rule_in_force(key: str, day: date) -> Rule:
    """The version of a rule that is in force on the day its clock is triggered."""
    found = (
        Rule.objects.filter(key=key)
        .filter(Q(valid_from=None) | Q(valid_from__lte=day))
        .filter(Q(valid_to=None) | Q(valid_to__gte=day))
        .order_by("-valid_from")
        .first()
    )
    if found is None:
        raise NotFound(_("没有 %(day)s 有效的时限规则 %(key)s。请在规则表中补充该规则。") % {"key": key, "day": day})
    if len(arithmetic.parse_periods(found.value, found.unit, found.day_type, found.direction)) != 1:
        raise Invalid(_("规则 %(key)s 没有单一的期限长度，不能用来计时。请在规则表中核对。") % {"key": key})
    return found


def state_of(clock: Clock) -> arithmetic.ClockState:
    """The stored clock as the pure arithmetic wants it."""
    return arithmetic.ClockState(
        started_at=clock.started_at,
        pauses=tuple(
            arithmetic.Pause(
                start=datetime.fromisoformat(start), reason=reason, end=datetime.fromisoformat(end) if end else None
            )
            for start, end, reason in clock.pauses
        ),
        stopped_at=clock.stopped_at,
    )


def period_of(clock: Clock) -> arithmetic.Period:
    """The length of time of a clock."""
    return arithmetic.parse_periods(clock.value, clock.unit, clock.day_type, clock.direction)[0]


def _start(spec: ClockSpec, process: Process, case: Case, at: datetime) -> Clock:
    """A new clock with its period frozen: the rule in force on the trigger date, or the agreed days."""
    clock = Clock(case=case, name=spec.name, started_at=at)
    if spec.rule:
        clock.rule = rule_in_force(spec.rule, timezone.localtime(at).date())
        for name in ("value", "unit", "day_type", "direction"):
            setattr(clock, name, getattr(clock.rule, name))
    else:
        record = apps.get_model(process.model)._default_manager.get(pk=case.pk)
        clock.value, clock.unit, clock.day_type = str(getattr(record, spec.agreed)), "day", "working"
    _store(clock, arithmetic.ClockState(started_at=at))
    return clock


def _store(clock: Clock, state: arithmetic.ClockState) -> None:
    clock.pauses = [
        [span.start.isoformat(), span.end.isoformat() if span.end else None, span.reason] for span in state.pauses
    ]
    clock.stopped_at = state.stopped_at
    clock.due_at = arithmetic.due(state, period_of(clock), calendar()).at
    clock.save()


def follow(process: Process, case: Case, at: datetime) -> None:
    """Start, pause, resume and stop the clocks of a case as its state asks; sets the case's ``due_at``."""
    if not process.clocks:
        return
    open_clocks = Clock.objects.filter(case=case, stopped_at=None)
    running = {clock.name: clock for clock in open_clocks}
    for spec in process.clocks:
        clock = running.get(spec.name)
        if clock is None:
            if case.state in spec.runs_in:
                running[spec.name] = _start(spec, process, case, at)
            continue
        state = state_of(clock)
        if case.state in spec.runs_in:
            if state.paused_since:
                _store(clock, arithmetic.resume(state, at))
        elif case.state in spec.pauses_in:
            if not state.paused_since:
                _store(clock, arithmetic.pause(state, at, case.state))
        else:
            _store(clock, arithmetic.stop(state, at))
            del running[spec.name]
    case.due_at = min((c.due_at for c in running.values() if not state_of(c).paused_since), default=None)
    Case.objects.filter(pk=case.pk).update(due_at=case.due_at)
