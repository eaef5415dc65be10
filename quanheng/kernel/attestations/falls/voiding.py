"""A calibration that falls: declared void from a day, by whoever holds the instrument or oversees its holder."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.attestations.falls import graph
from quanheng.kernel.attestations.following import acts as following
from quanheng.kernel.attestations.models import Attestation, Follow
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import Hooks, act, also_tell, remark
from quanheng.kernel.base.checks import need_reason
from quanheng.kernel.base.errors import Conflict, Invalid
from quanheng.kernel.base.grants import Grant, Holds, Oversees, PlatformOnly
from quanheng.kernel.objects.models import CalibrationVoid, Instrument
from quanheng.kernel.parties.models import Organisation, Person
from quanheng.kernel.parties.roles import REGULATORS, Role

# Putting an instrument back to use is theirs; so is saying that it should not have been used.
_MAY: Grant = Holds("owner", Role.QUALITY_MANAGER, Role.ADMINISTRATOR) | Oversees("owner__region_code", *REGULATORS)


class _Unlocked(Hooks):
    """Nothing is changed in the row, only told: not locked, so that whoever tells many waits for nobody in between."""

    def lock(self, row: Any) -> Any:
        return row


_UNLOCKED = _Unlocked()


@act("attestations.calibration.void", on=Instrument, label=_("宣布校准无效"), may=_MAY, tells=("owner",))
def void_calibration(actor: Actor, instrument: Instrument, *, since: date, reason: str) -> CalibrationVoid:
    """The calibration that an instrument or measurement standard has is not to be relied on from a day.

    All results of that day and later rest on nothing until it is calibrated anew, and so does what rests on them. The
    issuers and clients of every report among these are told, and everyone who asked to be. It cannot be taken back;
    an earlier day may be declared afterwards. Raises Invalid by field, Conflict.
    """
    reason = need_reason(reason)
    if since > timezone.localdate():
        raise Invalid.field("since", _("日期不能晚于今天。"))
    if instrument.calibrated_on is None:
        raise Conflict(_("该设备没有登记校准，无从宣布无效。请先登记校准。"), code="no-calibration")
    void = CalibrationVoid.objects.filter(instrument=instrument, calibrated_on=instrument.calibrated_on).first()
    if void is not None and since >= void.since:
        raise Conflict(_("该校准已宣布自同一天或更早起无效；只能改为更早的日期。"), code="void-already")
    void = void or CalibrationVoid(instrument=instrument, calibrated_on=instrument.calibrated_on)
    void.number, void.since, void.reason = instrument.calibration_number, since, reason
    void.declared_by_id = actor.person_id
    void.save()
    path = f"/worklists/calibration/{void.uid}/"
    remark(since=since.isoformat(), certificate=void.number, about={"number": str(instrument), "path": path})
    tell_dependents(dependents_of(void), path, known=[instrument.owner_id])
    return void


def dependents_of(void: CalibrationVoid) -> graph.Dependents:
    """Every attestation that rests on a calibration which was declared void."""
    until = graph.ends(graph.calibrations([void.instrument_id]).get(void.instrument_id, []), void.calibrated_on)
    return graph.below(spans=[graph.Span(void.instrument_id, void.since, until)])


def tell_dependents(found: graph.Dependents, path: str, *, known: Collection[int] = ()) -> None:
    """Called inside the act by which something falls: issuers and clients of what rests on it are led to the worklist,
    where each sees its own; whoever asked to be told is told of the report that was asked about.

    ``known`` are organisations that are told of the act itself. The others are not told what fell and why, which is
    its holder's affair, but that reports of theirs have to be looked at.
    """
    keys = sorted(found.links)
    parties: set[int] = set()
    remark(dependents=len(keys))
    for some in graph.chunks(keys):
        pairs = Attestation.objects.filter(pk__in=some).values_list("issuer_id", "client_id")
        parties.update(key for pair in pairs for key in pair if key)
    for some in graph.chunks(sorted(parties.difference(known))):
        for one in Organisation.objects.filter(pk__in=some).order_by("pk"):
            tell_party(Actor.platform(), one, path=path)
    for some in graph.chunks(keys):
        following.owe(Q(attestation__in=some))
    followed = Follow.objects.filter(attestation__in=keys, person__isnull=False).order_by("person_id", "id")
    for follow in followed.select_related("person", "attestation").defer("attestation__document"):
        if follow.person is not None:
            tell_doubt(Actor.platform(), follow.person, number=follow.attestation.number)


@act(
    "attestations.doubt.party",
    on=Organisation,
    label=_("报告所依据的记录存疑，请复核"),
    may=PlatformOnly(),
    tells=("",),
    hooks=_UNLOCKED,
)
def tell_party(actor: Actor, organisation: Organisation, *, path: str) -> Organisation:
    """An organisation is told that reports which it issued or got rest on something that fell."""
    remark(about={"number": "", "path": path})
    return organisation


@act(
    "attestations.doubt",
    on=Person,
    label=_("您关注的文件所依据的记录存疑"),
    may=PlatformOnly(),
    hooks=_UNLOCKED,
)
def tell_doubt(actor: Actor, person: Person, *, number: str) -> Person:
    """A person is told that something fell on which a report rests which this person follows; nobody else is."""
    remark(about={"number": number, "path": f"/verify/?number={number}"})
    also_tell(people=[person.pk])
    return person
