"""Attestations that were signed in parallel: numbers taken together, documents entered as they were signed."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date

import pytest
from django.db import transaction
from django.utils import timezone

from quanheng.kernel.attestations.keys.issuers import key_at
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.services import Signed, load_attestations, number_of, series_of
from quanheng.kernel.audit.models import Entry
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.bulk import Unstorable
from quanheng.kernel.base.errors import Conflict, Denied
from quanheng.kernel.cases.services import next_number, next_numbers
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.tests.world import actor, organisation, region

pytestmark = pytest.mark.django_db


def signed(issuer: Organisation, count: int) -> list[Signed]:
    """Rows as they come back from those who sign; what stands in the documents does not matter here."""
    now = timezone.localtime()
    key = key_at(issuer, now)
    with transaction.atomic():
        numbers = next_numbers(series_of(issuer, now.year), count)
    return [
        Signed(
            uid=f"{number:013d}",
            kind="certificate",
            number=number_of("certificate", issuer, now.year, number),
            issuer_id=issuer.pk,
            client_id=None,
            key_id=key.pk,
            title="质量管理体系认证",
            verdict="pass",
            address=f"https://quanheng.example/r/{number}",
            document=(document := f'{{"number":{number}}}'),
            sha256=hashlib.sha256(document.encode()).hexdigest(),
            issued_at=now,
            valid_until=date(now.year + 3, 1, 1),
        )
        for number in numbers
    ]


def test_a_batch_enters_under_one_entry_and_numbers_go_on_behind_it() -> None:
    issuer = organisation("certification_body")
    load_attestations(Actor.platform(), region(), rows=signed(issuer, 12))
    load_attestations(Actor.platform(), region(), rows=iter(signed(issuer, 3)))
    kept = [int(one.number[-6:]) for one in Attestation.objects.order_by("id")]
    assert kept == list(range(1, 16))
    assert next_number(series_of(issuer, timezone.localdate().year)) == 16
    first, second = Entry.objects.filter(act="attestations.load").order_by("id")
    assert (first.facts["attestations"], second.facts["attestations"]) == (12, 3)
    assert first.facts["sha256"] != second.facts["sha256"]
    one = Attestation.objects.order_by("id")[0]
    assert (one.state, one.case_id, one.valid_until) == ("issued", None, date(timezone.localdate().year + 3, 1, 1))


def test_changed_bytes_and_taken_numbers_are_refused_and_nothing_is_kept() -> None:
    issuer = organisation("certification_body")
    rows = signed(issuer, 4)
    with pytest.raises(Conflict, match=rows[2].number):
        load_attestations(Actor.platform(), region(), rows=[*rows[:2], replace(rows[2], document="{}"), rows[3]])
    with pytest.raises(Unstorable) as refused:
        load_attestations(Actor.platform(), region(), rows=[*rows, rows[1]])
    assert {error.row for error in refused.value.errors} == {5}
    assert not Attestation.objects.exists()
    with pytest.raises(Denied):
        load_attestations(actor((issuer, "signatory")), region(), rows=rows)


def test_numbers_are_taken_in_a_transaction_only(monkeypatch: pytest.MonkeyPatch) -> None:
    # Not with real commits: emptying the tables afterwards would take the head of the audit chain from all others.
    monkeypatch.setattr(transaction.get_connection(), "in_atomic_block", False)
    with pytest.raises(RuntimeError):
        next_numbers("anything", 3)
