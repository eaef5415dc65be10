"""Who came to a station, what was asked and answered, and how satisfied the firm was."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.stations.grants import at_counter
from quanheng.domains.stations.models import Station, Visit
from quanheng.domains.stations.offers import offers
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.cells import Cells, refuse
from quanheng.kernel.base.checks import checked_text, need_reason
from quanheng.kernel.base.errors import Conflict, Invalid
from quanheng.kernel.base.grants import Holds
from quanheng.kernel.base.texts import filled
from quanheng.kernel.cases.running import last_day
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import CLIENT_ROLES

LONGEST = 2000
STAFF = at_counter("station")
FIRM = Holds("client", *CLIENT_ROLES)


def about(visit: Visit) -> dict[str, Any]:
    """What a notice says an act is about, and where it leads."""
    return {
        "title_zh": visit.station.name_zh,
        "title_en": visit.station.name_en or visit.station.name_zh,
        "path": f"/visits/{visit.uid}/",
    }


@act(
    "stations.visit.record",
    on=Station,
    label=_("登记来访"),
    may=at_counter(),
    tells=("client",),
)
def record_visit(
    actor: Actor,
    station: Station,
    *,
    channel: str,
    topic: str,
    question: str,
    client: Organisation | None = None,
    client_name: str = "",
    contact: str = "",
    answer: str = "",
    on: date | None = None,
) -> Visit:
    """A firm came: one on the platform (``client``, which is told), or by the name it gives. An answer given at once
    is recorded with it. Raises Invalid by field, Conflict where the station was closed."""
    if client is not None and (refusal := client.ended()):
        raise refusal
    day = on or timezone.localdate()
    row = {"channel": channel, "question": question, "answer": answer, "contact": contact, "client_name": client_name}
    cells = Cells({**row, "topic": topic})
    visit = Visit(
        station=station,
        client=client,
        client_name="" if client else cells.text("client_name", 120),
        told_at=timezone.now() if client else None,
        recorded_by_id=actor.person_id,
    )
    told = _read(visit, cells, day)
    if told:
        _answer(visit, told)
    visit.save()
    remark(about=about(visit))
    return visit


def _read(visit: Visit, cells: Cells, day: date) -> str:
    """What happened on a visit, from cells; returns the answer. Raises Invalid by field, Conflict: closed that day."""
    visit.contact = cells.text("contact", 120, required=False)
    visit.channel = cells.choice("channel", Visit.Channel.values)
    visit.topic = cells.choice("topic", offers())
    visit.question = cells.text("question", LONGEST)
    visit.visited_on = day
    told = cells.text("answer", LONGEST, required=False)
    station = visit.station
    if day > timezone.localdate():
        cells.wrong("on", _("来访日期在今天之后，请核对。"))
    elif day < station.opened_on:
        cells.wrong("on", filled(_("该站点 %(day)s 才开通，请核对来访日期。"), day=station.opened_on))
    refuse(cells.errors)
    if station.closed_on is not None and day >= station.closed_on:
        raise Conflict(filled(_("该站点已于 %(day)s 停办，不能再登记来访。"), day=station.closed_on), code="closed")
    return told


CORRECTABLE = ("contact", "channel", "topic", "question", "answer")


@act("stations.visit.correct", on=Visit, label=_("更正来访记录"), may=STAFF, tells=("client",))
def correct_visit(actor: Actor, visit: Visit, *, reason: str, on: date | None = None, **facts: str) -> Visit:
    """What a contested record should have said, in one or more of ``CORRECTABLE`` and its day; None leaves as it is.

    The firm is told of it anew. Raises Conflict where nobody contests it, Invalid by field and where nothing changes.
    """
    need_reason(reason)
    if visit.standing != Visit.Standing.CONTESTED:
        raise Conflict(_("只有企业提出异议的记录才能更正。"), code="not-contested")
    kept = {name: getattr(visit, name) for name in CORRECTABLE}
    for name in facts:
        if name not in CORRECTABLE:
            raise Invalid.field(name, _("该项不能更正；来访企业不对的，请撤销记录后重新登记。"))
    wanted = {**kept, **{name: value for name, value in facts.items() if value is not None}}
    day = on or visit.visited_on
    if wanted == kept and day == visit.visited_on:
        raise Invalid.field("question", _("没有任何改动。记录无误的，请维持记录并说明理由。"))
    told = _read(visit, Cells(wanted), day)
    if told != kept["answer"]:
        if not told:
            raise Invalid.field("answer", _("已有的答复可以改，不能删去。"))
        visit.answer = told
        if visit.state == Visit.State.OPEN:
            _answer(visit, told)
    visit.standing, visit.told_at = Visit.Standing.COUNTS, timezone.now()
    visit.save()
    remark(about=about(visit))
    return visit


def _answer(visit: Visit, answer: str) -> None:
    visit.answer, visit.answered_at, visit.state = answer, timezone.now(), Visit.State.ANSWERED


def refuse_unsettled(visit: Visit) -> None:
    """Conflict where the record is contested or struck: neither side writes on in it."""
    if visit.standing == Visit.Standing.CONTESTED:
        raise Conflict(_("企业对该记录提出了异议，办结前不能再办理。请先答复异议。"), code="contested")
    if visit.standing == Visit.Standing.STRUCK:
        raise Conflict(_("该记录已撤销，不能再办理。"), code="struck")


def refuse_closed(visit: Visit) -> None:
    """Conflict where nothing is done on a visit any more."""
    refuse_unsettled(visit)
    if visit.state == Visit.State.CLOSED:
        raise Conflict(_("该来访已办结。如有新的问题，请登记新的来访。"), code="closed")


@act("stations.visit.answer", on=Visit, label=_("答复来访"), may=STAFF, tells=("client",))
def answer_visit(actor: Actor, visit: Visit, *, answer: str) -> Visit:
    """What the firm was told; said again it replaces what was said, until the visit is closed."""
    refuse_closed(visit)
    _answer(visit, checked_text("answer", answer, LONGEST))
    visit.save(update_fields=["answer", "answered_at", "state"])
    remark(about=about(visit))
    return visit


@act("stations.visit.identify", on=Visit, label=_("补登来访企业"), may=STAFF, tells=("client",))
def identify_visitor(actor: Actor, visit: Visit, *, client: Organisation) -> Visit:
    """The firm of a visit recorded by name alone is on the platform now. Raises Conflict where one is named."""
    if visit.client_id is not None:
        raise Conflict(_("该来访已对应平台上的企业，不能再改。"))
    if refusal := client.ended():
        raise refusal
    visit.client, visit.told_at = client, timezone.now()
    visit.save(update_fields=["client", "told_at"])
    remark(about=about(visit))
    return visit


@act("stations.visit.close", on=Visit, label=_("办结来访"), may=STAFF, tells=("client",))
def close_visit(actor: Actor, visit: Visit) -> Visit:
    """Nothing more is to be done. Raises Conflict where it was not answered."""
    refuse_closed(visit)
    if visit.state != Visit.State.ANSWERED:
        raise Conflict(_("请先填写答复再办结。"), code="not-answered")
    visit.state, visit.closed_at = Visit.State.CLOSED, timezone.now()
    visit.save(update_fields=["state", "closed_at"])
    remark(about=about(visit))
    return visit


@act("stations.visit.rate", on=Visit, label=_("评价来访服务"), may=FIRM, tells=("station__operator",))
def rate_visit(actor: Actor, visit: Visit, *, stars: int, comment: str = "") -> Visit:
    """The firm says how satisfied it was, once, after the answer. Raises Invalid, Conflict."""
    if visit.answered_at is None:
        raise Conflict(_("站点答复后才能评价。"), code="not-answered")
    if visit.stars is not None:
        raise Conflict(_("这次来访已评价，只能评价一次。"), code="rated")
    until = last_day("one_stop.visit_rating_window", visit.answered_at)
    if timezone.localdate() > until:
        raise Conflict(filled(_("评价期已于 %(day)s 结束。"), day=until), code="rating-closed")
    if not 1 <= stars <= 5:
        raise Invalid.field("stars", _("请选择 1 到 5 星。"))
    visit.stars, visit.comment = stars, checked_text("comment", comment, 500, required=False)
    visit.save(update_fields=["stars", "comment"])
    remark(about=about(visit))
    return visit
