"""What the rules look at: the records of one order, read in a bounded number of queries whatever it holds."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Count
from django.utils import timezone

from quanheng.domains.testing.gate.rules import rules_on
from quanheng.domains.testing.models import GateRecord, Order
from quanheng.domains.testing.queries import LOST
from quanheng.domains.testing.statement import Evidence, evidence_of
from quanheng.kernel.base.completing import TOGETHER, padded
from quanheng.kernel.base.statements import Asked, Key, prefetched
from quanheng.kernel.objects.models import HandOver, Instrument, Outage, PastCalibration
from quanheng.kernel.parties.queries import fields_of
from quanheng.kernel.requirements.models import Requirement
from quanheng.kernel.results.models import RawFile, RawKey, Result

# Of numbers of fingerprints so many are looked up, and so many files compared: a millisecond each.
LOOKED_AT = 2000
COMPARED = 12


class Calibrated(NamedTuple):
    """A calibration: the days on which it may be relied on, its certificate."""

    first: date
    last: date
    number: str


class Out(NamedTuple):
    """Days on which an instrument was not to be used; ``until`` is the day it was back, None while it is not."""

    since: date
    until: date | None


class Link(NamedTuple):
    """A link of a chain of custody."""

    sample: int
    kind: str
    at: datetime


class Work(NamedTuple):
    """What a person recorded on a day for one institution."""

    operator: int
    day: date
    institution: int
    results: int


class Load(NamedTuple):
    """How many results were determined with an instrument on a day, for whichever case."""

    instrument: int
    day: date
    results: int


class Twin(NamedTuple):
    """What another order holds, too. ``number`` is that order's or its report's; empty where it is another
    institution's: whom that one works for is not for this one to learn."""

    what: str
    number: str

    @property
    def told(self) -> tuple[str, str]:
        """Which it is, in Chinese and English."""
        return (self.number, self.number) if self.number else ("另一机构的报告", "another institution's report")


class Print(NamedTuple):
    """The fingerprint of a raw file; ``number`` as of a Twin, for one of another order."""

    name: str
    fingerprint: bytes
    number: str = ""


@dataclass(frozen=True)
class Records:
    """One order and what the platform knows around it. ``signatory`` None: nobody is about to sign yet."""

    order: Order
    results: Sequence[Result]
    day: date
    signatory: int | None
    fields: tuple[str, ...] = ()
    calibrations: dict[int, list[Calibrated]] = field(default_factory=dict)
    outages: dict[int, list[Out]] = field(default_factory=dict)
    evidence: Evidence = field(default_factory=lambda: Evidence([], []))
    links: tuple[Link, ...] = ()
    required: tuple[tuple[int, int, str, str], ...] = ()
    ordered: frozenset[int] = frozenset()
    determined: frozenset[int] = frozenset()
    work: tuple[Work, ...] = ()
    loads: tuple[Load, ...] = ()
    raw: tuple[str, ...] = ()
    same_raw: tuple[Twin, ...] = ()
    prints: tuple[Print, ...] = ()
    like_raw: tuple[Print, ...] = ()
    likeness: str = ""
    same_results: tuple[Twin, ...] = ()

    @cached_property
    def own(self) -> list[Result]:
        """The results that the institution has determined itself."""
        return [one for one in self.results if one.provider_id is None]

    @cached_property
    def uses(self) -> list[tuple[Result, Instrument, date]]:
        """Which instrument was used for which result on which day, as far as a day is recorded."""
        return [
            (one, instrument, one.measured_on)
            for one in self.own
            if one.measured_on
            for instrument in prefetched(one, "instruments")
        ]


_CALIBRATIONS = Asked(
    lambda *instruments: (
        PastCalibration.objects.filter(instrument__in=instruments)
        .order_by()
        .values_list("instrument_id", "calibrated_on", "calibrated_until", "number")
    ),
    steady=True,
)
_OUTAGES = Asked(
    lambda *instruments: (
        Outage.objects.filter(instrument__in=instruments).order_by().values_list("instrument_id", "since", "until")
    ),
    steady=True,
)
_LINKS = Asked(
    lambda case: HandOver.objects.filter(sample__case=case).order_by("id").values_list("sample_id", "kind", "at")
)
_REQUIRED = Asked(
    lambda family, *standards: (
        Requirement.objects.filter(family=family, mandatory=True, standard__in=standards)
        .order_by("id")
        .values_list("id", "standard_id", "item__name_zh", "item__name_en")
    ),
    steady=True,
)
# Of one commission, whoever carries it out: a plan spreads the items of a product over several institutions.
# Issuing changes the state of a case, but none into one of those that are lost.
_ORDERED = Asked(
    lambda parent: (
        Result.objects.filter(case__parent=parent).order_by().values_list("requirement_id", "case__state").distinct()
    ),
    steady=True,
)
_SAME_RAW = Asked(
    lambda case: (
        RawFile.objects.filter(withdrawn_at=None)
        .filter(sha256__in=RawFile.objects.filter(case=case, withdrawn_at=None).values("sha256"))
        .exclude(case=case)
        .order_by("id")
        .values_list("sha256", "case__number", "case__handler_id")[:20]
    )
)
# Files of other orders that share numbers with those of a case, most of them first. The numbers of the noise stand
# before those of the shape, which thousands of honest curves may share: of these no more than so many are looked at.
_LIKE_RAW = Asked(
    lambda case: (
        RawFile.objects.filter(withdrawn_at=None)
        .filter(
            keys__in=RawKey.objects.filter(
                key__in=RawKey.objects.filter(raw__case=case, raw__withdrawn_at=None).values("key")
            )
            .order_by("-key", "-id")
            .values("id")[:LOOKED_AT]
        )
        .exclude(case=case)
        .exclude(sha256__in=RawFile.objects.filter(case=case, withdrawn_at=None).values("sha256"))
        .annotate(shared=Count("keys"))
        .order_by("-shared", "-id")
        .values_list("name", "fingerprint", "case__number", "case__handler_id")[:COMPARED]
    )
)
# What operators recorded between two days, for whichever institution.
_WORK = Asked(
    lambda first, last, *operators: (
        Result.objects.filter(operator__in=operators, measured_on__gte=first, measured_on__lte=last)
        .order_by()
        .values_list("operator_id", "measured_on", "case__handler_id")
        .annotate(Count("id"))
    ),
    steady=True,
)
# What the instruments of a case that have a capacity were used for on its days, in whichever case.
_LOADS = Asked(
    lambda case: (
        Result.objects.filter(
            instruments__in=Instrument.objects.filter(results__case=case, tests_a_day__isnull=False).values("pk")
        )
        .filter(measured_on__in=Result.objects.filter(case=case).values("measured_on"))
        .order_by()
        .values_list("instruments", "measured_on")
        .annotate(Count("id"))
    )
)
_LIKE = Asked(
    lambda likeness, case: (
        GateRecord.objects.filter(likeness=likeness)
        .exclude(attestation__case=case)
        .order_by("id")
        .values_list("attestation__number", "attestation__issuer_id")[:10]
    )
)


def records_of(order: Order, results: Sequence[Result], *, day: date, signatory: int | None) -> Records:
    """Read what the rules look at for an order whose results were read; at most twelve queries."""
    case = order.case_id
    here, evidence = order.case.handler_id or 0, evidence_of(case)
    raw = {one.sha256: one.name for one in evidence.files}
    prints = tuple(Print(one.name, bytes(one.fingerprint)) for one in evidence.files if one.fingerprint)
    alike = next((rule for rule in rules_on(day) if rule.key == "results.alike"), None)
    likeness = likeness_of(results, int(alike.parameters["least"])) if alike else ""
    ordered, determined = _ordered(order, results)
    return Records(
        order=order,
        results=results,
        day=day,
        signatory=signatory,
        fields=fields_of(signatory, here, day) if signatory else (),
        calibrations=_calibrations(results),
        outages=_outages(results),
        evidence=evidence,
        links=tuple(Link(*one) for one in _LINKS(case)),
        required=_required(order, results),
        ordered=ordered,
        determined=determined,
        work=_work(results),
        loads=_loads(case, results),
        raw=tuple(raw),
        same_raw=_same_raw(case, here, raw),
        prints=prints,
        like_raw=tuple(
            Print(name, bytes(fingerprint), number if handler == here else "")
            for name, fingerprint, number, handler in (_LIKE_RAW(case) if prints else ())
        ),
        likeness=likeness,
        same_results=tuple(
            Twin("results", number if issuer == here else "")
            for number, issuer in (_LIKE(likeness, case) if likeness else ())
        ),
    )


def _used(results: Sequence[Result]) -> dict[int, Instrument]:
    return {one.pk: one for result in results for one in prefetched(result, "instruments")}


def _calibrations(results: Sequence[Result]) -> dict[int, list[Calibrated]]:
    found: dict[int, list[Calibrated]] = defaultdict(list)
    used = _used(results)
    for one in used.values():
        if one.calibrated_on and one.calibrated_until:
            found[one.pk].append(Calibrated(one.calibrated_on, one.calibrated_until, one.calibration_number))
    for instrument, first, last, number in _of_all(_CALIBRATIONS, used):
        found[instrument].append(Calibrated(first, last, number))
    return found


def _outages(results: Sequence[Result]) -> dict[int, list[Out]]:
    found: dict[int, list[Out]] = defaultdict(list)
    for instrument, since, until in sorted(_of_all(_OUTAGES, _used(results)), key=lambda one: one[:2]):
        found[instrument].append(Out(since, until))
    return found


def _required(order: Order, results: Sequence[Result]) -> tuple[tuple[int, int, str, str], ...]:
    """What the standards that are reported against make mandatory for the product."""
    standards = {one.standard_id for one in results if one.standard_id}
    if not order.family_id:
        return ()
    return tuple(_of_all(_REQUIRED, standards, order.family_id))


def _of_all(question: Asked[Any], keys: Iterable[int], *before: Key) -> Iterator[Any]:
    """What a question answers about any number of keys, which stand behind those ``before``."""
    named = sorted(keys)
    for start in range(0, len(named), TOGETHER):
        yield from question(*before, *padded(named[start : start + TOGETHER]))


def _ordered(order: Order, results: Sequence[Result]) -> tuple[frozenset[int], frozenset[int]]:
    """The requirements that were ordered in the commission, and of them those whose order was not lost."""
    mine = {one.requirement_id for one in results if one.requirement_id}
    parent = order.case.parent_id
    rows = [(key, state) for key, state in (_ORDERED(parent) if parent else ()) if key]
    kept = mine | {key for key, state in rows if state not in LOST}
    return frozenset(mine | {key for key, _state in rows}), frozenset(kept)


def _work(results: Sequence[Result]) -> tuple[Work, ...]:
    """What each operator of these results recorded on the days of them."""
    pairs = {(one.operator_id, one.measured_on) for one in results if one.operator_id and one.measured_on}
    if not pairs:
        return ()
    days = [day for _operator, day in pairs]
    rows = _of_all(_WORK, {operator for operator, _day in pairs}, min(days), max(days))
    return tuple(Work(*row) for row in rows if (row[0], row[1]) in pairs)


def _loads(case: int, results: Sequence[Result]) -> tuple[Load, ...]:
    """What each instrument of these results did on the days of them; not asked where no capacity is stated."""
    pairs = {
        (instrument.pk, one.measured_on)
        for one in results
        if one.measured_on and one.provider_id is None
        for instrument in prefetched(one, "instruments")
        if instrument.tests_a_day
    }
    return tuple(Load(*row) for row in _LOADS(case) if (row[0], row[1]) in pairs) if pairs else ()


def _same_raw(case: int, here: int, raw: dict[str, str]) -> tuple[Twin, ...]:
    rows = _SAME_RAW(case) if raw else ()
    return tuple(Twin(raw[digest], number if handler == here else "") for digest, number, handler in rows)


def likeness_of(results: Sequence[Result], least: int) -> str:
    """The SHA-256 of what a report's results are, where they are enough measured values to be like no other's.

    Item, value, unit and uncertainty in the order of the items; empty where fewer than ``least`` are numbers, or where
    all of them are one number (a row of zeros looks like any other).
    """
    measured = sorted(
        (one.item_id, one.value, one.unit, one.uncertainty)
        for one in results
        if one.value and one.uncertainty and one.provider_id is None
    )
    if len(measured) < least or len({value for _item, value, _unit, _u in measured}) < 2:
        return ""
    return hashlib.sha256(json.dumps(measured).encode()).hexdigest()


def local_day(moment: datetime) -> date:
    """The day of a moment here."""
    return timezone.localtime(moment).date()
