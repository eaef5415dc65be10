"""What a report rests on, and what rests on it: traceability as a graph that is computed, never asserted.

An attestation is of a case; the results of the case name the instruments used and the day; an instrument had a
calibration in force on that day; its certificate, where it was issued here, is an attestation again. Results of a
subcontractor rest on its report. Upwards that leads to the national standard or out of the platform, downwards to every
report that a fault touches. Every level is read in a fixed number of queries, however many rows it has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.objects.models import Instrument, PastCalibration
from quanheng.kernel.results.models import Result

T = TypeVar("T")
# No chain of calibrations is longer: what goes on is a circle of wrong numbers.
DEEPEST = 12
# A worklist shows so many at most, and says so.
MOST = 20_000
_CHUNK = 500
CALIBRATING = (Attestation.Kind.CALIBRATION, Attestation.Kind.VERIFICATION)


class Use(NamedTuple):
    """An instrument that a result of a case was measured with on a day."""

    case: int
    instrument: int
    day: date


class Calibrated(NamedTuple):
    """A calibration as an instrument's register has it: on which day, by which certificate."""

    on: date
    number: str


class Void(NamedTuple):
    """Results from a day on are in doubt as far as they rest on the calibration of ``calibrated_on`` or one before."""

    since: date
    calibrated_on: date


class Span(NamedTuple):
    """An instrument, from a day on, up to the day before ``until`` (None: to this day)."""

    instrument: int
    since: date
    until: date | None


class Link(NamedTuple):
    """How an attestation depends: over how many steps, through which instrument or which document's number."""

    level: int
    instrument: int | None
    number: str


def chunks(things: Iterable[T], size: int = _CHUNK) -> Iterator[list[T]]:
    """The things, so many at a time."""
    rest = iter(things)
    while part := list(islice(rest, size)):
        yield part


def calibrations(instruments: Collection[int]) -> dict[int, list[Calibrated]]:
    """The calibrations of instruments, the earliest first. One query for each some hundreds."""
    found: dict[int, set[Calibrated]] = defaultdict(set)
    for some in chunks(sorted(instruments)):
        now = Instrument.objects.filter(pk__in=some, calibrated_on__isnull=False).order_by()
        past = PastCalibration.objects.filter(instrument__in=some).order_by()
        rows = now.values_list("pk", "calibrated_on", "calibration_number").union(
            past.values_list("instrument_id", "calibrated_on", "number"), all=True
        )
        for key, day, number in rows:
            if day is not None:
                found[key].add(Calibrated(day, number))
    return {key: sorted(some) for key, some in found.items()}


def in_force(known: list[Calibrated], day: date) -> Calibrated | None:
    """The calibration on which a result of a day rests: the last one before; None where there was none."""
    return next((one for one in reversed(known) if one.on <= day), None)


def ends(known: list[Calibrated], calibrated_on: date) -> date | None:
    """The day on which a calibration was followed by another; None where it is the last."""
    return next((one.on for one in known if one.on > calibrated_on), None)


@dataclass
class Basis:
    """What the results of cases rest on: instruments with what of their calibrations was declared void, and reports."""

    uses: set[Use] = field(default_factory=set)
    voids: dict[int, set[Void]] = field(default_factory=lambda: defaultdict(set))
    reports: set[str] = field(default_factory=set)


def rests_on(cases: Collection[int]) -> Basis:
    """What the results of cases were measured with, and on which reports of others they rest. One query."""
    found = Basis()
    for some in chunks(sorted(cases)):
        rows = Result.objects.filter(case__in=some).order_by().distinct()
        for case, instrument, day, report, since, calibrated_on in rows.values_list(
            *("case_id", "instruments", "measured_on", "provider_report"),
            *("instruments__voids__since", "instruments__voids__calibrated_on"),
        ):
            if instrument is not None and day is not None:
                found.uses.add(Use(case, instrument, day))
            if instrument is not None and since is not None:
                found.voids[instrument].add(Void(since, calibrated_on))
            if report:
                found.reports.add(report)
    return found


@dataclass
class Dependents:
    """Attestations that depend on something, each with how; ``cut`` where there are more than are looked for."""

    links: dict[int, Link] = field(default_factory=dict)
    cut: bool = False


def below(roots: Iterable[int] = (), spans: Iterable[Span] = (), numbers: Iterable[str] = ()) -> Dependents:
    """Every attestation that rests on the uses in ``spans`` or on the documents ``numbers``, and ``roots`` themselves.

    Each with the shortest way that leads to it.
    """
    found = Dependents({key: Link(0, None, "") for key in roots})
    numbers = [*numbers, *_certificates(found.links)]
    ahead = list(spans)
    for level in range(1, DEEPEST + 1):
        by_case: dict[int, Link] = {}
        ahead += [span for span, _number in _calibrated_by(numbers)]
        for case, instrument in _used(ahead):
            by_case.setdefault(case, Link(level, instrument, ""))
        for case, number in _subcontracted(numbers):
            by_case.setdefault(case, Link(level, None, number))
        new = _of_cases(by_case, found.links)
        found.links.update(islice(new.items(), MOST - len(found.links)))
        if len(found.links) >= MOST:
            found.cut = True
            break
        numbers, ahead = _certificates(new), []
        if not numbers:
            break
    return found


def _certificates(keys: Collection[int]) -> list[str]:
    """The numbers under which others may rest on attestations: certificates of calibration, and reports."""
    numbers: list[str] = []
    for some in chunks(sorted(keys)):
        numbers += Attestation.objects.filter(pk__in=some).values_list("number", flat=True)
    return numbers


def _calibrated_by(numbers: Iterable[str]) -> Iterator[tuple[Span, str]]:
    """Instruments that certificates calibrated, with the days on which these were the last."""
    hits: set[tuple[int, date, str]] = set()
    for some in chunks(numbers):
        now = Instrument.objects.filter(calibration_number__in=some, calibrated_on__isnull=False)
        rows = now.values_list("pk", "calibrated_on", "calibration_number")
        hits.update((key, day, number) for key, day, number in rows if day is not None)
        past = PastCalibration.objects.filter(number__in=some).order_by()
        hits.update(past.values_list("instrument_id", "calibrated_on", "number"))
    known = calibrations({key for key, _day, _number in hits})
    for key, day, number in hits:
        yield Span(key, day, ends(known.get(key, []), day)), number


def _used(spans: list[Span]) -> Iterator[tuple[int, int]]:
    """The cases whose results were measured with instruments on days of spans."""
    by_instrument: dict[int, list[Span]] = defaultdict(list)
    for span in spans:
        by_instrument[span.instrument].append(span)
    for some in chunks(sorted(by_instrument)):
        earliest = min(span.since for key in some for span in by_instrument[key])
        rows = Result.objects.filter(instruments__in=some, measured_on__gte=earliest).order_by().distinct()
        for case, key, day in rows.values_list("case_id", "instruments", "measured_on"):
            if day is not None and any(
                one.since <= day and (one.until is None or day < one.until) for one in by_instrument.get(key, ())
            ):
                yield case, key


def _subcontracted(numbers: Iterable[str]) -> Iterator[tuple[int, str]]:
    for some in chunks(numbers):
        rows = Result.objects.filter(provider_report__in=some).exclude(provider_report="").order_by().distinct()
        yield from rows.values_list("case_id", "provider_report")


def _of_cases(cases: dict[int, Link], known: Collection[int]) -> dict[int, Link]:
    new: dict[int, Link] = {}
    for some in chunks(sorted(cases, reverse=True)):
        rows: Any = Attestation.objects.filter(case__in=some).values_list("pk", "case_id")
        new.update({key: cases[case] for key, case in rows if key not in known})
    return new
