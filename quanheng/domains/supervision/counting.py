"""What the registers hold of every laboratory in a span of time, counted for all of them at once.

Whatever the number of reports these are some ten statements; sums are made by the database where it can make them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import Right
from django.utils import timezone

from quanheng.domains.testing.gate.rules import rules_on
from quanheng.domains.testing.models import GateRecord
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.results.models import Result
from quanheng.kernel.signals.models import Signal

# Digits mean something where results of an item take so many values.
_VALUES = 20
_JUDGED = (Result.Verdict.PASS, Result.Verdict.CONDITIONAL_PASS, Result.Verdict.CONDITIONAL_FAIL, Result.Verdict.FAIL)
_FAILED = (Result.Verdict.CONDITIONAL_FAIL, Result.Verdict.FAIL)
# What laboratories issue; certificates of certification and qualifications are decided otherwise.
KINDS = (
    Attestation.Kind.TEST_REPORT,
    Attestation.Kind.INSPECTION,
    Attestation.Kind.CALIBRATION,
    Attestation.Kind.VERIFICATION,
)


@dataclass
class Tally:
    """``found`` of ``looked``."""

    found: int = 0
    looked: int = 0


@dataclass
class Counted:
    """What one laboratory has done. ``shares`` by measure; ``items`` (not found good, judged) by item;
    ``digits``: how often each last digit occurs; ``rules``: how often each rule of the gate came out as what."""

    reports: int = 0
    shares: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    items: dict[int, Tally] = field(default_factory=lambda: defaultdict(Tally))
    digits: list[int] = field(default_factory=lambda: [0] * 10)
    rules: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


Laboratories = dict[int, Counted]


def counted(since: datetime, until: datetime) -> Laboratories:
    """Every laboratory that issued a report in the span, by the key of its organisation."""
    found: Laboratories = defaultdict(Counted)
    _reports(found, since, until)
    _gate(found, since, until)
    first, last = (timezone.localdate(one) for one in (since, until))
    results = Result.objects.filter(measured_on__range=(first, last), provider=None).exclude(verdict="").order_by()
    _failures(found, results)
    _digits(found, results)
    _days(found, results, until)
    # Who issued no report in the span has results under way: they are compared once there is a report.
    return {key: one for key, one in found.items() if one.reports}


def _reports(found: Laboratories, since: datetime, until: datetime) -> None:
    issued = Attestation.objects.filter(issued_at__range=(since, until), kind__in=KINDS).order_by()
    withdrawn = Count("id", filter=Q(state=Attestation.State.WITHDRAWN))
    totals = issued.values("issuer").annotate(n=Count("id"), ended=withdrawn)
    for issuer, count, ended in totals.values_list("issuer", "n", "ended"):
        found[issuer].reports = count
        found[issuer].shares["withdrawn"] = Tally(ended, count)
        found[issuer].shares["contradicted"].looked = count
    contradicted = Signal.objects.filter(kind=Signal.Kind.RETEST_CONTRADICTED, noticed_at__range=(since, until))
    signals = contradicted.order_by().values("organisation").annotate(n=Count("id"))
    for issuer, count in signals.values_list("organisation", "n"):
        tally = found[issuer].shares["contradicted"]
        tally.found = min(count, tally.looked)


def _gate(found: Laboratories, since: datetime, until: datetime) -> None:
    rows = GateRecord.objects.filter(attestation__issued_at__range=(since, until)).order_by()
    like: dict[str, list[int]] = defaultdict(list)
    for issuer, outcomes, failed, likeness in rows.values_list(
        "attestation__issuer_id", "outcomes", "failed", "likeness"
    ).iterator(chunk_size=5000):
        one = found[issuer]
        one.shares["explained"].looked += 1
        one.shares["explained"].found += failed > 0
        open_rules = one.shares["unrecorded"]
        open_rules.looked += len(outcomes)
        for rule, outcome in outcomes.items():
            if outcome != "pass":
                one.rules[rule][outcome] += 1
                open_rules.found += outcome != "fail"
        if likeness:
            like[likeness].append(issuer)
    for issuers in like.values():
        for issuer in issuers:
            tally = found[issuer].shares["alike"]
            tally.looked += 1
            tally.found += len(issuers) > 1


def _failures(found: Laboratories, results: Any) -> None:
    judged = results.filter(verdict__in=_JUDGED)
    failed = Count("id", filter=Q(verdict__in=_FAILED))
    judged = judged.values("case__handler", "item").annotate(bad=failed, n=Count("id"))
    for laboratory, item, bad, count in judged.values_list("case__handler", "item", "bad", "n").iterator():
        found[laboratory].items[item] = Tally(bad, count)


def _digits(found: Laboratories, results: Any) -> None:
    # Of "1.2E-3" the last sign is no digit of the result.
    measured = results.exclude(Q(uncertainty="") | Q(value="") | Q(value__icontains="e"))
    spread = measured.values("case__handler", "item").annotate(n=Count("value", distinct=True)).filter(n__gte=_VALUES)
    wide = set(spread.values_list("case__handler", "item"))
    ends = measured.annotate(end=Right("value", 1)).values("case__handler", "item", "end").annotate(n=Count("id"))
    for laboratory, item, end, count in ends.values_list("case__handler", "item", "end", "n"):
        if (laboratory, item) in wide and end.isascii() and end.isdigit():
            found[laboratory].digits[int(end)] += count


def _days(found: Laboratories, results: Any, until: datetime) -> None:
    rules = {rule.key: rule for rule in rules_on(timezone.localdate(until))}
    if "operator.volume" not in rules:
        return
    most = rules["operator.volume"].parameters["most"]
    days = results.exclude(operator=None).values("case__handler", "operator", "measured_on").annotate(n=Count("id"))
    for laboratory, count in days.values_list("case__handler", "n").iterator(chunk_size=5000):
        tally = found[laboratory].shares["busy"]
        tally.looked += 1
        tally.found += count > most
