"""Who works at a station: assigned by the operator's administrator among its people, from a day to a day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.stations.models import Staff, Station
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.cells import Cells, refuse
from quanheng.kernel.base.checks import need_reason
from quanheng.kernel.base.errors import Conflict
from quanheng.kernel.base.grants import Holds
from quanheng.kernel.base.texts import filled
from quanheng.kernel.parties.models import Membership, Person
from quanheng.kernel.parties.queries import in_force
from quanheng.kernel.parties.roles import Role


def _about(station: Station) -> dict[str, Any]:
    title = {"title_zh": station.name_zh, "title_en": station.name_en or station.name_zh}
    return {**title, "path": f"/stations/{station.uid}/"}


@act(
    "stations.staff.assign",
    on=Station,
    label=_("安排站点人员"),
    may=Holds("operator", Role.ADMINISTRATOR),
    tells_people=("person",),
)
def assign_staff(
    actor: Actor,
    station: Station,
    *,
    person: Person,
    role: str,
    valid_from: date | None = None,
    valid_until: date | None = None,
) -> Staff:
    """Somebody who holds a post at the operator works at the station, from today where no day is named.

    Raises Invalid by field, Conflict where the person is there already in that time, or the station is closed.
    """
    today = timezone.localdate()
    since = valid_from or max(today, station.opened_on)
    if station.closed_on is not None:
        raise Conflict(filled(_("该站点已于 %(day)s 停办，不能安排人员。"), day=station.closed_on), code="closed")
    cells = Cells({"role": role})
    staff = Staff(station=station, person=person, valid_from=since, valid_until=valid_until)
    staff.role = cells.choice("role", Staff.Role.values)
    if not Membership.objects.filter(
        in_force(today), organisation=station.operator, person=person, person__is_active=True
    ).exists():
        cells.wrong("person", _("该人员没有在运营机构任职，请先由运营机构登记人员或授予角色。"))
    if since < station.opened_on:
        cells.wrong("valid_from", filled(_("该站点 %(day)s 才开通，请核对到岗日期。"), day=station.opened_on))
    if valid_until is not None and valid_until < since:
        cells.wrong("valid_until", _("离岗日期早于到岗日期，请核对。"))
    refuse(cells.errors)
    for other in Staff.objects.filter(station=station, person=person).order_by("valid_from"):
        if other.valid_from <= (valid_until or date.max) and since <= (other.valid_until or date.max):
            sentence = _("%(name)s 在这段时间已在本站任“%(role)s”。需要换岗时，请先结束原岗位。")
            raise Conflict(filled(sentence, name=person.name_zh, role=other.get_role_display()), code="assigned")
    staff.save()
    remark(about=_about(station), person=person.name_zh, role=staff.role)
    return staff


@act(
    "stations.staff.end",
    on=Staff,
    label=_("结束站点岗位"),
    may=Holds("station__operator", Role.ADMINISTRATOR),
    tells_people=("person",),
)
def end_staff(actor: Actor, staff: Staff, *, reason: str) -> Staff:
    """The person no longer acts for the station, from this moment, with the reason. Raises Conflict where it ended."""
    need_reason(reason)
    today = timezone.localdate()
    if staff.valid_until is not None and staff.valid_until < today:
        raise Conflict(filled(_("该岗位已于 %(day)s 结束。"), day=staff.valid_until), code="ended")
    staff.valid_until = today - timedelta(days=1)
    staff.save(update_fields=["valid_until"])
    remark(about=_about(staff.station), person=staff.person.name_zh)
    return staff
