"""Reads of capacity: what is stated, what waits ahead on the platform, and the queues that a plan reckons with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import Case, Count, IntegerField, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.capacity.models import Capacity
from quanheng.domains.capacity.reckoning import Queue
from quanheng.domains.testing.queries import UNDETERMINED
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.completing import completed, padded
from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.base.html import local
from quanheng.kernel.base.statements import Asked
from quanheng.kernel.cases import running
from quanheng.kernel.cases.calendar import WorkCalendar
from quanheng.kernel.competence.models import Activity, ScopeLine
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.region.models import Region
from quanheng.kernel.results.models import Result

# For how long what an institution says of its work for others is counted (rules.csv).
STATEMENT = "one_stop.capacity_statement"
# Instruments come and are done one by one, whatever is counted.
BY_PIECE = (Activity.CALIBRATION, Activity.VERIFICATION)
SIGN_IN = _("请先登录再进行此操作。")
NO_REGION = _("行政区划代码应为 6 位数字，如 120101。")
NO_ACTIVITY = _("没有这种活动，请从检测、校准、检定、检验、认证中选择。")
_PIECES = Q(unit=Capacity.Unit.ITEMS) | Q(activity__in=BY_PIECE)


def _waiting(**where: Any) -> tuple[Subquery, Subquery]:
    """How many results, and how many orders, wait at the institution of the outer statement."""
    rows = Result.objects.filter(UNDETERMINED, case__handler=OuterRef("organisation"), **where).order_by()
    held = rows.values("case__handler")
    return tuple(
        Subquery(held.annotate(n=counted).values("n"), output_field=IntegerField())
        for counted in (Count("pk"), Count("case", distinct=True))
    )  # type: ignore[return-value]


def with_ahead(rows: QuerySet[Capacity]) -> QuerySet[Capacity]:
    """Statements with ``ahead``: what was ordered on the platform and is not determined yet, by what each counts."""
    of_order = {"case__order__activity": OuterRef("activity")}
    pieces, orders = zip(
        _waiting(scope_line=OuterRef("scope_line")),
        _waiting(case__order__family=OuterRef("family"), **of_order),
        _waiting(**of_order),
        strict=True,
    )
    # The database asks the one that applies.
    whens = [
        When(counts & what, then=ahead)
        for counts, found in ((_PIECES, pieces), (~_PIECES, orders))
        for what, ahead in zip(_WHAT, found, strict=True)
    ]
    return rows.annotate(ahead=Coalesce(Case(*whens, output_field=IntegerField()), 0))


_WHAT = (
    Q(scope_line__isnull=False),
    Q(scope_line=None, family__isnull=False),
    Q(scope_line=None, family=None),
)


def standing(rows: QuerySet[Capacity] | None = None) -> QuerySet[Capacity]:
    """Statements that were not taken back."""
    return (Capacity.objects.all() if rows is None else rows).filter(ended_on=None)


def _keys_with_ahead(*keys: int) -> QuerySet[Any, Any]:
    rows: Any = with_ahead(Capacity.objects.filter(pk__in=keys))
    return rows.order_by().values_list("pk", "ahead")


_AHEAD = Asked(_keys_with_ahead)


def _reckoned(rows: Sequence[Any]) -> None:
    """Set ``ahead`` and ``today``, by which a statement's queue is reckoned."""
    ahead, today = dict(_AHEAD(*padded([row.pk for row in rows]))), Today.of()
    for row in rows:
        row.ahead, row.today = ahead.get(row.pk, 0), today


def capacities(actor: Actor) -> QuerySet[Capacity]:
    """Statements that the actor may see, with what lists show of them, what waits ahead and the day it is reckoned."""
    related = ("organisation__region", "family", "scope_line__item", "scope_line__method")
    return completed(restrict(Capacity.objects.all(), actor).select_related(*related), _reckoned)


def capacity_by_uid(actor: Actor, uid: str) -> Capacity:
    """One statement. Raises NotFound, also where the actor may not see it."""
    found = capacities(actor).filter(uid=uid).first()
    if found is None:
        raise NotFound(_("没有找到该承接能力，或您无权查看。请核对编号。"))
    return found


@dataclass(frozen=True)
class Today:
    """A day on which statements are reckoned, with the calendar and the term of the rule table."""

    day: date
    calendar: WorkCalendar
    term: int

    @classmethod
    def of(cls, day: date | None = None) -> Today:
        day = day or timezone.localdate()
        edition = running.edition()
        return cls(day, edition.days, edition.days_of((STATEMENT,), day))

    def last_day(self, row: Capacity | Stated) -> date:
        """Until when what was said of work for others is counted."""
        return self.calendar.add_workdays(row.outside_on, self.term)

    def outside(self, row: Capacity | Stated) -> int:
        """The institution's work for others as it counts: nothing once the statement is too old."""
        return row.outside if row.outside and self.last_day(row) >= self.day else 0

    def queue(self, row: Any) -> Queue:
        """What stands before new work, of a statement read ``with_ahead``."""
        opens = 0
        if row.opens_on and row.opens_on > self.day:
            opens = self.calendar.workdays_between(self.day, row.opens_on - timedelta(days=1))
        pieces = row.unit == Capacity.Unit.ITEMS or row.activity in BY_PIECE
        return Queue(row.pk, row.per_week, row.ahead + self.outside(row), opens, row.most_weeks, pieces)


class Stated(NamedTuple):
    """The columns of a statement that its queue is reckoned from."""

    pk: int
    organisation_id: int
    scope_line_id: int | None
    activity: str
    family_id: int | None
    unit: str
    per_week: int
    outside: int
    outside_on: date
    most_weeks: int | None
    opens_on: date | None
    ahead: int


# Of everybody who does an activity: to name those who are asked for would cost more than they do.
_STATED = Asked(
    lambda activity: with_ahead(standing().filter(activity=activity)).order_by().values_list(*Stated._fields)
)


class Book:
    """The queues of some institutions on a day for the activities of some scope lines; a query for each activity."""

    def __init__(self, lines: Iterable[ScopeLine], day: date) -> None:
        self.today = Today.of(day)
        self.stating: set[int] = set()
        self._by_line: dict[int, Queue] = {}
        self._by_field: dict[tuple[int, str, int | None], Queue] = {}
        asked = {(line.organisation_id, line.activity) for line in lines}
        for activity in sorted({activity for _organisation, activity in asked}):
            for row in map(Stated._make, _STATED(activity)):
                if (row.organisation_id, activity) in asked:
                    self._keep(row)
        self.queues = lru_cache(maxsize=None)(self._queues)

    def _keep(self, row: Stated) -> None:
        self.stating.add(row.organisation_id)
        if row.scope_line_id:
            self._by_line[row.scope_line_id] = self.today.queue(row)
        else:
            self._by_field[row.organisation_id, row.activity, row.family_id] = self.today.queue(row)

    def _queues(self, organisation: int, activity: str, family: int | None, line: int) -> tuple[Queue, ...]:
        """Every queue that a determination for a product family would stand in."""
        fields = {family, None}
        found = [self._by_line.get(line), *(self._by_field.get((organisation, activity, one)) for one in fields)]
        return tuple(one for one in found if one)


# --- for planners --------------------------------------------------------------------------------------------


@dataclass
class Load:
    """What institutions of a region state for one field in one unit, together; ``waits``: each one's working days."""

    region: Region
    activity: str
    family: Any
    unit: str
    institutions: int = 0
    per_week: int = 0
    ahead: int = 0
    outside: int = 0
    full: int = 0
    waits: list[int] | None = None

    @property
    def weeks(self) -> float:
        """How many weeks' work is in hand."""
        return (self.ahead + self.outside) / self.per_week

    @property
    def weeks_text(self) -> str:
        return f"{self.weeks:.1f}"

    @property
    def unit_label(self) -> Any:
        return Capacity.Unit(self.unit).label

    @property
    def field(self) -> str:
        """The field in words."""
        return f"{Activity(self.activity).label} · {local(self.family) if self.family else _('全部产品')}"

    @property
    def least_wait(self) -> int:
        return min(self.waits or [0])

    @property
    def longest_wait(self) -> int:
        return max(self.waits or [0])


def loads(actor: Actor, region: str = "", activity: str = "") -> list[Load]:
    """Capacity and load by region and field, as far as the actor may see statements; the fullest first.

    Statements for single scope lines are parts of a field and are not added to it.
    """
    rows = standing(capacities(actor)).filter(scope_line=None)
    if region:
        rows = rows.filter(organisation__region_code__startswith=region)
    if activity:
        rows = rows.filter(activity=activity)
    found: dict[tuple[str, str, int | None, str], Load] = {}
    row: Any
    for row in rows.order_by("pk"):
        key = (row.organisation.region_code, row.activity, row.family_id, row.unit)
        load = found.setdefault(key, Load(row.organisation.region, row.activity, row.family, row.unit, waits=[]))
        queue = row.today.queue(row)
        load.institutions += 1
        load.per_week += row.per_week
        load.ahead += row.ahead
        load.outside += row.today.outside(row)
        load.full += queue.full(1)
        load.waits = [*(load.waits or []), queue.waits]
    return sorted(found.values(), key=lambda one: (-one.weeks, one.region.code, one.activity))


def places(actor: Actor) -> list[Region]:
    """The regions of institutions whose statements the actor may see."""
    rows = standing(restrict(Capacity.objects.all(), actor))
    return list(Region.objects.filter(code__in=rows.values("organisation__region_code")).order_by("code"))


def stating(actor: Actor, *roles: str) -> list[Organisation]:
    """The institutions for which the actor may state capacity."""
    held = actor.organisations(*roles)
    return list(Organisation.objects.filter(pk__in=held, merged_into=None, scope_lines__isnull=False).distinct())
