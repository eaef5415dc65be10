"""A plan as a picture of time: samples, orders, certification and the day that was asked for, on one scale of days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from quanheng.domains.services.models import Plan
from quanheng.kernel.cases.calendar import ClockError, WorkCalendar

_DAY = timedelta(days=1)
# Days of rest are drawn up to so many days; of a longer plan they would be a grey veil.
_REST_SHOWN = 150
_TICKS = 7
# A day asked for that lies farther out than this share of the plan would leave the plan itself no room.
_FAR = 0.6


@dataclass(frozen=True)
class Part:
    """One step: ``kind`` is send, order or certificate; ``last`` None where nobody knows; ``counts``: towards the day
    asked for. The rest is what is drawn, in percent of the width."""

    kind: str
    name: Any
    what: str
    first: date
    last: date | None
    workdays: int | None
    counts: bool
    late: int = 0
    left: str = "0"
    width: str = "0"
    over_left: str = ""
    over_width: str = ""


@dataclass(frozen=True)
class Timeline:
    """``margin``: working days between the end and the day asked for, below 0 where it is late; None where either is
    unknown. ``mark``: where that day is drawn, "" where it lies outside the picture."""

    parts: list[Part]
    ticks: list[tuple[str, str]]
    rests: list[tuple[str, str]]
    deadline: date | None
    end: date | None
    margin: int | None
    mark: str

    @property
    def late(self) -> int:
        """Working days after the day asked for."""
        return -(self.margin or 0)


def timeline(plan: Plan, bundles: Sequence[Any], deadline: date | None, calendar: WorkCalendar) -> Timeline | None:
    """The picture of a plan whose orders are ``bundles`` (institution, activity, days); None for one without orders."""
    if not bundles or not plan.ready_on:
        return None
    start = timezone.localdate(plan.proposed_at)
    handling = plan.days - max(one.days for one in bundles)
    parts = [*_sending(plan, start, calendar), *_orders(bundles, start, handling, calendar), *_certificates(plan)]
    counted = [one for one in parts if one.counts]
    end = None if any(one.last is None for one in counted) else max(one.last for one in counted if one.last)
    margin = _between(calendar, end, deadline) if end and deadline else None
    known = [one.last or one.first for one in parts]
    first, last = start, max(known)
    span = (last - first).days or 1
    drawn = deadline is not None and first - 0.2 * span * _DAY <= deadline <= last + _FAR * span * _DAY
    if deadline and drawn:
        first, last = min(first, deadline), max(last, deadline)
    last += max(1, span // 40) * _DAY
    scale = _Scale(first, last)
    return Timeline(
        [scale.drawn(one, deadline if drawn else None, calendar) for one in parts],
        scale.ticks(),
        list(scale.rests(calendar)) if scale.days <= _REST_SHOWN else [],
        deadline,
        end,
        margin,
        scale.place(deadline) if deadline and drawn else "",
    )


def _between(calendar: WorkCalendar, start: date, end: date) -> int:
    """Working days from one day to another, as far as the calendar goes."""
    try:
        return calendar.workdays_between(start, end)
    except ClockError:
        return (end - start).days


def _sending(plan: Plan, start: date, calendar: WorkCalendar) -> Iterator[Part]:
    if "accept" in plan.schedule:
        first = calendar.add_workdays(start, plan.schedule["accept"])
        last = calendar.add_workdays(first, plan.schedule["samples"])
        what = _("接单后即可送样；不计入以下各行，晚送几天顺延几天")
        yield Part("send", _("送样"), what, first, last, plan.schedule["samples"], counts=False)


def _orders(bundles: Sequence[Any], start: date, handling: int, calendar: WorkCalendar) -> Iterator[Part]:
    first = calendar.add_workdays(start, 1)
    for one in bundles:
        days = one.days + handling
        what = ngettext("%(activity)s，含受理、复核、签发 %(days)s 个工作日",
                        "%(activity)s，含受理、复核、签发 %(days)s 个工作日", handling) % {
            "activity": one.activity, "days": handling,
        }  # fmt: skip
        yield Part("order", one.institution, what, first, calendar.add_workdays(start, days), days, counts=True)


def _certificates(plan: Plan) -> Iterator[Part]:
    for entry in plan.certification:
        last = date.fromisoformat(entry["ends_on"]) if entry["ends_on"] else None
        english = (get_language() or "").startswith("en")
        scheme = entry["scheme_en"] if english else entry["scheme"]
        told = entry["period"][("en" if english else "zh")] if entry["period"] else _("时间未知")
        if not entry["asked"]:
            told = f"{told} · {_('需求未提到，不计入期限')}"
        first = date.fromisoformat(entry["starts_on"])
        yield Part("certificate", f"{_('认证')} {scheme}", told, first, last, None, counts=entry["asked"])


class _Scale:
    """Days as places between 0 and 100 %."""

    def __init__(self, first: date, last: date) -> None:
        self.first, self.last, self.days = first, last, (last - first).days + 1

    def at(self, day: date) -> float:
        return 100 * (day - self.first).days / self.days

    def place(self, day: date) -> str:
        """Where a day ends."""
        return f"{self.at(day + _DAY):.2f}"

    def drawn(self, part: Part, deadline: date | None, calendar: WorkCalendar) -> Part:
        last = part.last or self.last
        left, right = self.at(part.first), self.at(last + _DAY)
        facts = {**part.__dict__, "left": f"{left:.2f}", "width": f"{right - left:.2f}"}
        if deadline and part.counts and last > deadline:
            over = max(left, self.at(deadline + _DAY))
            facts |= {"over_left": f"{over:.2f}", "over_width": f"{right - over:.2f}"}
            facts["late"] = _between(calendar, deadline, part.last) if part.last else 0
        return Part(**facts)

    def ticks(self) -> list[tuple[str, str]]:
        """Round days with their places: Mondays, or the first of months."""
        days = [self.first + number * _DAY for number in range(self.days)]
        mondays = [day for day in days if day.weekday() == 0]
        some = mondays if len(mondays) <= _TICKS else [day for day in days if day.day == 1]
        step = -(-len(some) // _TICKS) or 1
        return [(f"{self.at(day):.2f}", f"{day:%m-%d}") for day in some[::step] if self.at(day) < 92]

    def rests(self, calendar: WorkCalendar) -> Iterator[tuple[str, str]]:
        """Runs of days that are not worked."""
        began: date | None = None
        for number in range(self.days + 1):
            day = self.first + number * _DAY
            rest = number < self.days and not calendar.is_workday(day)
            if rest and began is None:
                began = day
            elif not rest and began is not None:
                yield f"{self.at(began):.2f}", f"{self.at(day) - self.at(began):.2f}"
                began = None
