"""The reference city is whole, sound, labelled, and the same every time."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from django.core.management import call_command

from quanheng.demo.city import PASSWORD, load_city
from quanheng.demo.names import Namer
from quanheng.demo.scale import SCALES
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.process import ORDER
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.queries import check
from quanheng.kernel.audit.services import prove
from quanheng.kernel.base.errors import Conflict
from quanheng.kernel.competence.models import ScopeLine
from quanheng.kernel.parties.models import Organisation, Person
from quanheng.science.identifiers.credit_code import parse_credit_code


def test_the_city_is_whole_sound_and_labelled(db: None) -> None:
    """One city for all of it, because loading is what costs."""
    call_command("load_facts", verbosity=0)
    accounts = load_city("test", lambda line: None)
    every_state_of_an_order_is_shown_and_the_trail_is_sound()
    everything_synthetic_says_so()
    one_report_was_amended()
    only_the_listed_accounts_can_sign_in(accounts)
    with pytest.raises(Conflict):
        load_city("test", lambda line: None)


def every_state_of_an_order_is_shown_and_the_trail_is_sound() -> None:
    states = Counter(Order.objects.values_list("case__state", flat=True))
    assert set(states) == set(ORDER.by_state)
    assert prove().sound
    assert ScopeLine.objects.count() >= SCALES["test"].scope_lines


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


def only_the_listed_accounts_can_sign_in(accounts: list[dict[str, str]]) -> None:
    listed = {account["username"] for account in accounts}
    able = {person.username for person in Person.objects.all() if person.has_usable_password()}
    assert able == listed
    assert Person.objects.get(username="enterprise").check_password(PASSWORD)


def test_the_same_seed_draws_the_same_names() -> None:
    one, other = Namer(Random(7)), Namer(Random(7))
    assert [one.person() for _ in range(20)] == [other.person() for _ in range(20)]
    assert one.credit_code("120101") == other.credit_code("120101")
