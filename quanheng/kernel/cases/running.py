"""The clocks of a case follow its state: started, paused, resumed and stopped by its moves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import Invalid, NotFound
from quanheng.kernel.base.statements import Asked, once
from quanheng.kernel.base.texts import filled
from quanheng.kernel.cases import clocks as arithmetic
from quanheng.kernel.cases.calendar import WorkCalendar, load_calendar
from quanheng.kernel.cases.models import Case, CaseRecord, Clock, Holiday, Rule
from quanheng.kernel.cases.process import ClockSpec, Process

# The shares of a period after which those who have to act are reminded.
REMINDERS = (0.5, 0.8, 1.0)
# The columns that ``set_clock`` writes.
COUNTED = ("pauses", "stopped_at", "due_at", "provisional", "calendar_at", "alert_at")


@dataclass(frozen=True)
class Edition:
    """Rules and work calendar as last loaded; ``at`` is the calendar's moment, None: no notice is on file."""

    latest: tuple[object, ...]
    at: datetime | None
    days: WorkCalendar
    rules: Mapping[str, Sequence[Rule]]

    def rule_in_force(self, key: str, day: date) -> Rule:
        """The version of a rule that is in force on the day its clock is triggered. Raises NotFound, Invalid."""
        versions = [rule for rule in self.rules.get(key, ()) if _in_force(rule, day)]
        # A version without a first day is older than every dated one.
        found = max(versions, key=lambda rule: rule.valid_from or date.min, default=None)
        if found is None:
            raise NotFound(filled(_("没有 %(day)s 有效的时限规则 %(key)s。请在规则表中补充该规则。"), key=key, day=day))
        if len(arithmetic.parse_periods(found.value, found.unit, found.day_type, found.direction)) != 1:
            raise Invalid(filled(_("规则 %(key)s 没有单一的期限长度，不能用来计时。请在规则表中核对。"), key=key))
        return found

    def days_of(self, keys: Iterable[str], day: date) -> int:
        """The days of several rules one after the other, as they are in force on a day."""
        return sum(int(self.rule_in_force(key, day).value) for key in keys)


_LATEST = (
    f"SELECT (SELECT MAX(loaded_at) FROM {Holiday._meta.db_table}), (SELECT MAX(loaded_at) FROM {Rule._meta.db_table})"
)
_edition: Edition | None = None


def edition() -> Edition:
    """The rules and the calendar of this deployment, as of their last loading.

    Building them takes some 50 ms, so each process keeps them and asks with one cheap query (two ends of
    indexes) whether they are still the latest: a clock set right after a loading, by whatever process, is set
    by what was loaded.
    """
    global _edition
    latest = once("edition", _latest)
    if _edition is None or _edition.latest != latest:
        days = list(Holiday.objects.order_by("date").values("date", "kind", "name_zh", "loaded_at"))
        rules: dict[str, list[Rule]] = defaultdict(list)
        for rule in Rule.objects.all():
            rules[rule.key].append(rule)
        at = max((day["loaded_at"] for day in days), default=None)
        _edition = Edition(latest, at, load_calendar(days), dict(rules))
    return _edition


def _latest() -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_LATEST)
        return tuple(cursor.fetchone())


def calendar() -> WorkCalendar:
    """The work calendar alone; see ``edition``."""
    return edition().days


def rule_in_force(key: str, day: date) -> Rule:
    """The version of a rule that is in force on the day its clock is triggered."""
    return edition().rule_in_force(key, day)


def last_day(key: str, start: datetime, now: Edition | None = None) -> date:
    """The last day of a period of the rule table that begins at ``start``; ``now``: the edition, where it was asked."""
    now = now or edition()
    rule = now.rule_in_force(key, timezone.localdate(start))
    period = arithmetic.parse_periods(rule.value, rule.unit, rule.day_type, rule.direction)[-1]
    return arithmetic.due(arithmetic.ClockState(started_at=start), period, now.days).last_day


def _in_force(rule: Rule, day: date) -> bool:
    return (rule.valid_from or date.min) <= day <= (rule.valid_to or date.max)


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


def set_clock(clock: Clock, state: arithmetic.ClockState, edition: Edition) -> Clock:
    """Write the state of a clock into its columns with all that follows from it; does not store it."""
    clock.pauses = [
        [span.start.isoformat(), span.end.isoformat() if span.end else None, span.reason] for span in state.pauses
    ]
    clock.stopped_at = state.stopped_at
    end = arithmetic.due(state, period_of(clock), edition.days)
    clock.due_at, clock.provisional, clock.calendar_at = end.at, end.provisional, edition.at
    clock.alert_at = None if end.paused or state.stopped_at else next_alert(clock, state, edition.days)
    return clock


def next_alert(clock: Clock, state: arithmetic.ClockState, days: WorkCalendar) -> datetime | None:
    """When a running clock wants attention next: a reminder not given yet, or its end; None after that."""
    if clock.escalated:
        return None
    points = arithmetic.reminder_points(state, period_of(clock), days, REMINDERS)
    ahead = [point for point, share in zip(points, REMINDERS, strict=True) if share > clock.reminded]
    return min(ahead, default=clock.due_at)


def _start(spec: ClockSpec, case: Case, record: CaseRecord | None, at: datetime, edition: Edition) -> Clock:
    """A new clock with its period frozen: the rule in force on the trigger date, or the agreed days."""
    clock = Clock(case=case, name=spec.name, started_at=at)
    if spec.rule:
        clock.rule = edition.rule_in_force(spec.rule, timezone.localtime(at).date())
        for name in ("value", "unit", "day_type", "direction"):
            setattr(clock, name, getattr(clock.rule, name))
    else:
        clock.value, clock.unit, clock.day_type = str(getattr(record, spec.agreed)), "day", "working"
    return set_clock(clock, arithmetic.ClockState(started_at=at), edition)


_OPEN_CLOCKS = Asked(lambda case: Clock.objects.filter(case=case, stopped_at=None))


def follow(process: Process, case: Case, record: CaseRecord | None, at: datetime) -> list[Clock]:
    """Start, pause, resume and stop the clocks of a case as its state asks; sets the case's ``due_at``.

    ``record`` is what hangs on the case (None while the case is being opened). Returns the changed clocks;
    the caller stores the case and then them (``keep``).
    """
    if not process.clocks:
        return []
    running = {clock.name: clock for clock in _OPEN_CLOCKS(case.pk)} if case.pk else {}
    now = edition()
    changed = []
    for spec in process.clocks:
        clock = running.get(spec.name)
        if clock is None:
            if case.state in spec.runs_in:
                running[spec.name] = _start(spec, case, record, at, now)
                changed.append(running[spec.name])
            continue
        state = _next_state(spec, case.state, state_of(clock), at)
        if state is not None:
            changed.append(set_clock(clock, state, now))
    open_clocks = [clock for clock in running.values() if clock.stopped_at is None]
    case.due_at = nearest(open_clocks)
    return changed


def _next_state(
    spec: ClockSpec, case_state: str, state: arithmetic.ClockState, at: datetime
) -> arithmetic.ClockState | None:
    """What becomes of an open clock now that its case is in ``case_state``; None: nothing."""
    # Two moves in one instant on machines whose clocks differ must not turn the clock's events around.
    at = max(at, state.started_at, *(span.end or span.start for span in state.pauses))
    if case_state in spec.runs_in:
        return arithmetic.resume(state, at) if state.paused_since else None
    if case_state in spec.pauses_in:
        return None if state.paused_since else arithmetic.pause(state, at, case_state)
    return arithmetic.stop(state, at)


def nearest(clocks: list[Clock]) -> datetime | None:
    """The nearest end among open clocks that are not paused."""
    return min((clock.due_at for clock in clocks if not state_of(clock).paused_since), default=None)


def keep(clocks: list[Clock]) -> None:
    """Store changed clocks."""
    for clock in clocks:
        if clock.pk is None:
            clock.save(force_insert=True)
        else:
            clock.save(update_fields=COUNTED)
