"""Many laboratories with many reports, made at once: honest ones that differ by chance alone, and some that do not.

For comparisons of laboratories; what a single report says stands in ``orderbook``. The rows are those that issuing
leaves behind, without signatures: nothing here is verified.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.utils import timezone

from quanheng.domains.testing.gate.rules import rules_on
from quanheng.domains.testing.models import GateRecord
from quanheng.kernel.attestations.models import Attestation, IssuerKey
from quanheng.kernel.cases.models import Case
from quanheng.kernel.parties.models import Organisation, Person
from quanheng.kernel.requirements.models import Item, Standard
from quanheng.kernel.results.models import Result
from quanheng.kernel.signals.models import Signal
from tests import world

BATCH = 2000
ITEMS = 5
# A busy laboratory has so many times the reports, all by one person.
BUSY = 10


@dataclass(frozen=True)
class Habit:
    """How a laboratory works: the shares of its reports of which something is true. The defaults are honest."""

    explained: float = 0.05
    unrecorded: float = 0.2
    alike: float = 0.0
    fives: float = 0.0
    fails: float = 0.1
    busy: bool = False
    contradicted: float = 0.002
    withdrawn: float = 0.01


HONEST = Habit()


def make_crowd(
    laboratories: int, reports: int, *, habits: Mapping[int, Habit] | None = None, seed: int = 1
) -> list[Organisation]:
    """So many laboratories with so many reports of five results each over the last ten months; ``habits`` by place."""
    world.make_region("120101")
    random, now = Random(seed), timezone.now()
    client = world.make_organisation("enterprise", "120101")
    items = [world.make_item(f"crowd_{one}", f"项目{one}") for one in range(ITEMS)]
    method = world.make_standard("GB/T 1-2020")
    places = [world.make_organisation("laboratory", "120101") for _ in range(laboratories)]
    key = IssuerKey.objects.create(
        key_id=f"did:web:crowd#{seed}", public_multibase=f"z{seed}", private_sealed="", valid_from=now
    )
    for place, laboratory in enumerate(places):
        habit = (habits or {}).get(place, HONEST)
        people = [world.make_person((laboratory, "operator")) for _ in range(1 if habit.busy else 3)]
        _Reports(laboratory, client, key, items, method, people, habit, random, now).make(reports)
    return places


@dataclass
class _Reports:
    laboratory: Organisation
    client: Organisation
    key: IssuerKey
    items: list[Item]
    method: Standard
    people: list[Person]
    habit: Habit
    random: Random
    now: datetime

    def make(self, count: int) -> None:
        count *= BUSY if self.habit.busy else 1
        for first in range(0, count, BATCH):
            self._batch(range(first, min(first + BATCH, count)))

    def _batch(self, numbers: range) -> None:
        at = {one: self.now - timedelta(days=self._days(one)) for one in numbers}
        cases = Case.objects.bulk_create(Case(**self._case(one, at[one])) for one in numbers)
        reports = Attestation.objects.bulk_create(
            Attestation(**self._report(one, case, at[one])) for one, case in zip(numbers, cases, strict=True)
        )
        GateRecord.objects.bulk_create(GateRecord(attestation=one, **self._gate(one)) for one in reports)
        Result.objects.bulk_create(
            Result(**self._result(case, place, at[one]))
            for one, case in zip(numbers, cases, strict=True)
            for place in range(ITEMS)
        )
        Signal.objects.bulk_create(
            Signal(
                kind=Signal.Kind.RETEST_CONTRADICTED,
                organisation=self.laboratory,
                region_code=self.laboratory.region_code,
                fingerprint=f"retest:{one.number}",
                noticed_at=one.issued_at,
            )
            for one in reports
            if self._hit(self.habit.contradicted)
        )

    def _days(self, number: int) -> float:
        """How long ago a report was issued: over ten months, or all of them in four days."""
        return 1 + number % 4 if self.habit.busy else self.random.uniform(1, 300)

    def _hit(self, share: float) -> bool:
        return self.random.random() < share

    def _case(self, number: int, at: datetime) -> dict[str, object]:
        return {
            "process": "testing.order",
            "state": "closed",
            "title": "样品",
            "region_code": "120101",
            "number": f"C{self.laboratory.pk}-{number}",
            "client": self.client,
            "handler": self.laboratory,
            "opened_at": at,
            "changed_at": at,
            "closed_at": at,
        }

    def _report(self, number: int, case: Case, at: datetime) -> dict[str, object]:
        name = f"R{self.laboratory.pk}-{number}"
        digest = hashlib.sha256(name.encode()).hexdigest()
        state = "withdrawn" if self._hit(self.habit.withdrawn) else "issued"
        return {
            "kind": "test_report",
            "number": name,
            "title": "样品",
            "state": state,
            "issued_at": at,
            "issuer": self.laboratory,
            "client": self.client,
            "case": case,
            "key": self.key,
            "address": f"https://crowd/{name}",
            "document": "{}",
            "sha256": digest,
        }

    def _gate(self, report: Attestation) -> dict[str, object]:
        outcomes = {rule.key: "pass" for rule in rules_on(timezone.localdate(self.now))}
        for key in outcomes:
            if self._hit(self.habit.unrecorded):
                outcomes[key] = "not-evaluated"
        if self._hit(self.habit.explained):
            outcomes["method.in_force"] = "fail"
        return {
            "failed": sum(one == "fail" for one in outcomes.values()),
            "missing": sum(one == "not-evaluated" for one in outcomes.values()),
            "outcomes": outcomes,
            "likeness": "a" * 64 if self._hit(self.habit.alike) else report.sha256,
        }

    def _result(self, case: Case, place: int, at: datetime) -> dict[str, object]:
        digit = self.random.choice((0, 5)) if self._hit(self.habit.fives) else self.random.randrange(10)
        # Some items fail often, some seldom, whoever determines them.
        verdict = "fail" if self._hit(self.habit.fails * 2 * place / (ITEMS - 1)) else "pass"
        return {
            "case": case,
            "position": place + 1,
            "item": self.items[place],
            "method": self.method,
            "limit": "max",
            "value": f"{self.random.randrange(100, 200)}.{digit}",
            "unit": "mm",
            "uncertainty": "0.4",
            "k": "2",
            "verdict": verdict,
            "operator": self.random.choice(self.people),
            "measured_on": timezone.localdate(at),
        }
