"""The reference city is whole, sound, labelled, and the same every time."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from quanheng.demo.breadth import shares
from quanheng.demo.city import PASSWORD, load_city
from quanheng.demo.counters import LEADS
from quanheng.demo.names import Namer
from quanheng.demo.scale import SCALES, Scale
from quanheng.domains.disputes.models import Complaint, Objection
from quanheng.domains.exchange.models import Contact
from quanheng.domains.exchange.process import CONTACT
from quanheng.domains.stations.models import Mandate, Station, Visit, Zone, ZoneMember
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.process import ORDER
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.queries import check
from quanheng.kernel.audit.models import Entry
from quanheng.kernel.audit.services import prove
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Conflict
from quanheng.kernel.competence.models import ScopeLine
from quanheng.kernel.competence.queries import scope_lines
from quanheng.kernel.objects.models import Product
from quanheng.kernel.parties.models import Group, Organisation, Person
from quanheng.kernel.registers.declare import Register, every_register
from quanheng.kernel.registers.reading import ask, rows_of
from quanheng.science.identifiers.credit_code import parse_credit_code


def test_the_city_is_whole_sound_and_labelled(db: None) -> None:
    """One city for all of it, because loading is what costs."""
    call_command("load_facts", verbosity=0)
    accounts = load_city("test", lambda line: None)
    every_state_of_an_order_is_shown_and_the_trail_is_sound()
    every_state_of_a_contact_is_shown()
    everything_synthetic_says_so()
    counters_are_open_and_firms_have_come()
    one_report_was_amended()
    complaints_and_a_dispute_are_shown()
    only_the_listed_accounts_can_sign_in(accounts)
    no_list_asks_anything_for_each_row()
    with pytest.raises(Conflict):
        load_city("test", lambda line: None)


def every_state_of_an_order_is_shown_and_the_trail_is_sound() -> None:
    states = Counter(Order.objects.values_list("case__state", flat=True))
    assert set(states) == set(ORDER.by_state)
    assert prove().sound
    assert ScopeLine.objects.count() >= SCALES["test"].scope_lines
    certified = ScopeLine.objects.filter(activity="certification")
    assert certified.filter(family__code="ebike").exists() and not certified.filter(price_cents=0).exists()


def no_list_asks_anything_for_each_row() -> None:
    """Every cell of every register, hidden ones too: as many questions for fifty rows as for one."""
    seen = []
    for name, declared in sorted(every_register().items()):
        rows = rows_of(declared, Actor.platform(), ask(declared, {})).order_by("-pk")
        asked_for(declared, rows[:1])  # what a process keeps is kept now
        one, (many, count) = asked_for(declared, rows[:1])[0], asked_for(declared, rows[:50])
        assert many <= one, name
        seen += [name] * (count > 5)
    assert len(seen) >= 12, seen


def asked_for(declared: Register, rows: QuerySet[Any]) -> tuple[int, int]:
    """How many questions it takes to show rows in full, and how many rows they were."""
    with CaptureQueriesContext(connection) as asked:
        found = list(rows)
        for row in found:
            for column in declared.columns:
                for told in (column.value, column.text, column.show):
                    if told:
                        told(row)
            for told in (declared.called, declared.url, declared.sub):
                if told:
                    told(row)
    return len(asked), len(found)


def counters_are_open_and_firms_have_come() -> None:
    for model in (Station, Zone):
        assert model.objects.exists() and not model.objects.filter(synthetic=False).exists()
    assert set(Visit.objects.values_list("state", flat=True)) == {"open", "answered", "closed"}
    assert Visit.objects.filter(need__isnull=False).exists() and Visit.objects.filter(client=None).exists()
    assert Visit.objects.filter(stars__isnull=False).exists()
    assert set(Mandate.objects.values_list("state", flat=True)) == {"asked", "given"}
    assert ZoneMember.objects.filter(state="joined").count() >= 6
    assert [group.members.count() >= 3 for group in Group.objects.all()] == [True, True]
    assert not Organisation.objects.filter(name_zh__contains="天津港").exists()


def every_state_of_a_contact_is_shown() -> None:
    assert set(Contact.objects.values_list("case__state", flat=True)) == set(CONTACT.by_state)
    assert Contact.objects.exclude(match={}).count() == Contact.objects.count()


def everything_synthetic_says_so() -> None:
    assert not Organisation.objects.filter(synthetic=False).exists()
    assert not Person.objects.filter(synthetic=False).exists()
    for attestation in Attestation.objects.all():
        verdict = check(attestation)
        assert verdict.genuine
        assert verdict.synthetic
    for code in Organisation.objects.values_list("uscc", flat=True):
        assert parse_credit_code(code).text == code
        assert code[0] == "Y"
        assert code[8:10] == "QH"


def one_report_was_amended() -> None:
    first = Attestation.objects.get(state=Attestation.State.SUPERSEDED)
    second = first.superseded_by
    assert second.issued_at > first.issued_at
    assert second.order.case.state == "delivered"
    assert check(first).status == "superseded"


def complaints_and_a_dispute_are_shown() -> None:
    states = set(Complaint.objects.values_list("case__state", flat=True))
    assert states == {"open", "answered", "settled", "unresolved"}
    dispute = Objection.objects.get()
    assert (dispute.case.state, dispute.outcome) == ("correcting", "contradicted")
    (item,) = dispute.items.all()
    assert item.basis == "en" and item.agrees is False
    assert dispute.retest is not None and dispute.retest.case.handler != dispute.case.handler
    assert dispute.case.due_at is not None and dispute.case.due_at > timezone.now()


def only_the_listed_accounts_can_sign_in(accounts: list[dict[str, str]]) -> None:
    listed = {account["username"] for account in accounts}
    able = {person.username for person in Person.objects.all() if person.has_usable_password()}
    assert able == listed
    assert Person.objects.get(username="enterprise").check_password(PASSWORD)


def test_a_city_of_real_size_is_loaded_in_bulk_and_just_as_sound(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The way of the largest scale, at a size that a test can wait for."""
    small = Scale(8, 2, 2, 1, 1, 1, 2, 40, 3_000, 8, certificates=90, reports=260)
    monkeypatch.setitem(SCALES, "small", small)
    call_command("load_facts", verbosity=0)
    told: list[str] = []
    accounts = load_city("small", told.append)
    assert len(told) >= 7
    assert Organisation.objects.filter(kind="laboratory").count() == 8
    assert Organisation.objects.filter(kind="enterprise").count() == 40 + len(LEADS)
    assert Attestation.objects.filter(kind="certificate").count() == 90
    only_the_listed_accounts_can_sign_in(accounts)
    everything_synthetic_says_so()
    the_scopes_are_as_many_as_promised_and_differ()
    attestations_are_numbered_without_gap_and_in_order_of_time()
    assert Product.objects.count() >= 40
    assert prove().sound
    loads = Counter(Entry.objects.filter(act__endswith=".load").values_list("act", flat=True))
    assert loads["attestations.load"] == 1
    assert loads["competence.scope.load"] >= 8
    assert loads["parties.organisation.load"] == 1


def the_scopes_are_as_many_as_promised_and_differ() -> None:
    lines = ScopeLine.objects.exclude(activity="certification").select_related("organisation", "recognition")
    assert lines.count() == 3_000
    texts = {(one.item_id, one.method_id, one.range_upper, one.uncertainty, one.restriction_zh) for one in lines}
    assert len(texts) > 1_500
    for one in lines:
        assert (one.region_code, one.scheme) == (one.organisation.region_code, one.recognition.scheme)
    today = timezone.localdate()
    assert any(one.valid_until < today for one in lines)
    assert scope_lines(outdated=True).exists()


def attestations_are_numbered_without_gap_and_in_order_of_time() -> None:
    by_series: dict[tuple[int, int], list[str]] = {}
    moments = []
    for one in Attestation.objects.select_related("issuer").order_by("id"):
        by_series.setdefault((one.issuer_id, timezone.localtime(one.issued_at).year), []).append(one.number)
        moments.append(one.issued_at)
        assert one.number in one.document
    for numbers in by_series.values():
        assert [int(number.rsplit("-", 1)[1]) for number in numbers] == list(range(1, len(numbers) + 1))
    assert moments[:350] == sorted(moments[:350])
    today = timezone.localdate()
    certificates = Attestation.objects.filter(kind="certificate")
    assert not certificates.filter(valid_until__lt=today).exists()


def test_scopes_are_shared_out_to_the_last_line() -> None:
    counts = shares(Random(3), 600_000, 640)
    assert sum(counts) == 600_000
    assert min(counts) >= 40
    assert max(counts) <= 9_000


def test_three_words_make_a_name_where_pairs_run_short() -> None:
    namer = Namer(Random(5))
    names = [namer.organisation("米业", "Rice")[0] for _ in range(1_000)]
    assert len(set(names)) == 1_000


def test_the_same_seed_draws_the_same_names() -> None:
    one, other = Namer(Random(7)), Namer(Random(7))
    assert [one.person() for _ in range(20)] == [other.person() for _ in range(20)]
    assert one.credit_code("120101") == other.credit_code("120101")
