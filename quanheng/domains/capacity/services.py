"""Acts on statements of capacity: stated, stated anew, taken back, brought in many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.capacity.models import MOST_A_WEEK, MOST_WEEKS, Capacity
from quanheng.domains.capacity.queries import standing
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.cells import Cells, read_rows, refuse
from quanheng.kernel.base.checks import need_reason
from quanheng.kernel.base.errors import Conflict, FieldError, Invalid
from quanheng.kernel.base.grants import Holds
from quanheng.kernel.base.texts import filled
from quanheng.kernel.competence.models import Activity, ScopeLine
from quanheng.kernel.competence.services import STEWARDS
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.requirements.models import ProductFamily

MAX_ROWS = 2000
STATES = Holds("organisation", *STEWARDS)
# What is stated anew of a capacity; what it is for is another statement's.
STATED = ("unit", "per_week", "outside", "outside_on", "most_weeks", "opens_on")
_TAKEN = _("这一范围的承接能力已申报，请直接修改那一条。")


@dataclass(frozen=True)
class CapacityFacts:
    """What an institution states: ``line`` a scope line's public name, else ``activity`` and a family's code or "".

    ``per_week``: of five working days; ``outside``: in hand for others than clients of the platform, as of today.
    """

    activity: str = ""
    family: str = ""
    line: str = ""
    unit: str = Capacity.Unit.ITEMS
    per_week: int | str = ""
    outside: int | str = 0
    most_weeks: int | str | None = None
    opens_on: date | str | None = None


class CapacityReader:
    """Reads rows with the columns of ``CapacityFacts``; what they name is looked up once for all of them."""

    def __init__(self, owner: Organisation, day: date | None = None) -> None:
        self.owner, self.day = owner, day or timezone.localdate()
        self.families = {one.code: one for one in ProductFamily.objects.only("code", "name_zh", "name_en")}
        self.lines: dict[str, ScopeLine] = {}
        self.seen: dict[tuple[str, int | None, int | None], int | None] = {}

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> Callable[[Cells], Capacity]:
        named = {str(row.get("line") or "").strip() for row in rows} - {""}
        if named:
            found = ScopeLine.objects.filter(organisation=self.owner, uid__in=named, valid_until__gte=self.day)
            self.lines |= {one.uid: one for one in found}
        return self.read

    def read(self, cells: Cells) -> Capacity:
        """One statement; what is wrong stays in the cells."""
        line = cells.known("line", self.lines, required=False)
        made = Capacity(organisation=self.owner, outside_on=self.day, scope_line=line)
        if line is not None:
            made.activity, made.family_id = line.activity, line.family_id
        else:
            made.activity = cells.choice("activity", Activity.values)
            made.family = cells.known("family", self.families, required=False)
        read_amounts(made, cells)
        if not cells.errors and self.seen.setdefault(subject(made), cells.position) != cells.position:
            again = filled(_("与第 %(row)s 行重复，请删去其一。"), row=self.seen[subject(made)])
            cells.wrong("line" if line else "activity", again)
        return made


def read_amounts(made: Capacity, cells: Cells) -> None:
    """How much is stated, from cells."""
    made.unit = cells.choice("unit", Capacity.Unit.values) if cells.row.get("unit") else Capacity.Unit.ITEMS
    if str(cells.row.get("per_week") or "").strip():
        made.per_week = cells.integer("per_week", 1, MOST_A_WEEK, default=1)
    else:
        cells.wrong("per_week", _("请填写每周（5 个工作日）能完成多少，至少为 1；完全不能承接的，请填写最早开工日期。"))
    made.outside = cells.integer("outside", 0, MOST_A_WEEK, default=0)
    weeks = cells.integer("most_weeks", 0, MOST_WEEKS, default=0)
    made.most_weeks = weeks or None
    made.opens_on = cells.day("opens_on")


def subject(one: Capacity) -> tuple[str, int | None, int | None]:
    """What a statement is for."""
    if one.scope_line_id:
        return "", None, one.scope_line_id
    return one.activity, one.family_id, None


def _stated(owner: Organisation) -> dict[tuple[str, int | None, int | None], Capacity]:
    return {subject(one): one for one in standing(Capacity.objects.filter(organisation=owner))}


@act("capacity.state", on=Organisation, label=_("申报承接能力"), may=Holds("", *STEWARDS))
def state_capacity(actor: Actor, organisation: Organisation, *, facts: CapacityFacts) -> Capacity:
    """State a capacity for the first time. Raises Invalid by field, Conflict where it was stated already."""
    row = asdict(facts)
    cells = Cells(row)
    made = CapacityReader(organisation)([row])(cells)
    refuse(cells.errors)
    refuse(_out_of_scope(organisation, made.outside_on, [(None, made)]))
    if subject(made) in _stated(organisation):
        raise Conflict(_TAKEN)
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        raise Conflict(_TAKEN) from None
    return made


def _out_of_scope(owner: Organisation, day: date, stated: Iterable[tuple[int | None, Capacity]]) -> list[FieldError]:
    """What is not in the institution's scope on a day: capacity for it would mean nothing. Each with its row."""
    lines = ScopeLine.objects.filter(organisation=owner, valid_until__gte=day).order_by()
    able = set(lines.values_list("activity", "family_id").distinct())
    activities = {activity for activity, _family in able}
    told = _("本机构没有这一范围的有效能力，请先登记能力范围，或选择其他活动、产品。")
    return [
        FieldError("activity", told, row)
        for row, one in stated
        if one.activity not in activities
        or (one.family_id and able.isdisjoint({(one.activity, one.family_id), (one.activity, None)}))
    ]


@act("capacity.change", on=Capacity, label=_("更新承接能力"), may=STATES)
def change_capacity(actor: Actor, capacity: Capacity, *, facts: CapacityFacts) -> Capacity:
    """State anew how much, and what is in hand today; what it is for stays. Raises Invalid by field, Conflict."""
    if capacity.ended_on:
        raise Conflict(_("该承接能力已撤回，请重新申报。"))
    cells = Cells(asdict(facts))
    read_amounts(capacity, cells)
    refuse(cells.errors)
    capacity.outside_on = timezone.localdate()
    capacity.save(update_fields=list(STATED))
    return capacity


@act("capacity.end", on=Capacity, label=_("撤回承接能力"), may=STATES)
def end_capacity(actor: Actor, capacity: Capacity, *, reason: str) -> Capacity:
    """Take a statement back: plans reckon with the usual days alone again."""
    need_reason(reason)
    if capacity.ended_on:
        raise Conflict(_("该承接能力已撤回，无需再次撤回。"))
    capacity.ended_on = timezone.localdate()
    capacity.save(update_fields=["ended_on"])
    return capacity


def hold(organisations: Iterable[int]) -> None:
    """Keep others from reckoning with the queues of some institutions until the transaction under way has ended.

    Whoever orders does so before it looks what is ahead: then nobody is promised a place that somebody else just took.
    """
    rows = standing(Capacity.objects.filter(organisation__in=set(organisations))).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


@act("capacity.load", on=Organisation, label=_("批量申报承接能力"), may=Holds("", *STEWARDS))
def load_capacities(actor: Actor, organisation: Organisation, *, rows: Iterable[Mapping[str, Any]]) -> Organisation:
    """State many at once, all or none: what was stated before is stated anew. Raises Invalid naming every bad row."""
    given = list(rows)
    if len(given) > MAX_ROWS:
        raise Invalid(filled(_("一次最多申报 %(limit)s 行，请分批。"), limit=MAX_ROWS))
    made = read_rows(given, CapacityReader(organisation)(given))
    there, new, old = _stated(organisation), [], []
    first = [(row, one) for row, one in enumerate(made, start=1) if subject(one) not in there]
    refuse(_out_of_scope(organisation, timezone.localdate(), first))
    for one in made:
        known = there.get(subject(one))
        if known is None:
            new.append(one)
            continue
        for name in STATED:
            setattr(known, name, getattr(one, name))
        old.append(known)
    try:
        with transaction.atomic():
            Capacity.objects.bulk_create(new)
            Capacity.objects.bulk_update(old, STATED)
    except IntegrityError:
        raise Conflict(_("有承接能力刚刚被同事申报，请重新检查文件。")) from None
    remark(stated=len(new), stated_anew=len(old))
    return organisation
