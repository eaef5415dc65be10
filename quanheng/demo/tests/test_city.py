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


@pytest.fixture
def city(db: None) -> list[dict[str, str]]:
    call_command("load_facts", verbosity=0)
    return load_city("test", lambda line: None)


def test_the_city_shows_every_state_of_an_order_and_its_trail_is_sound(city: list[dict[str, str]]) -> None:
    states = Counter(Order.objects.values_list("case__state", flat=True))
    assert set(states) == set(ORDER.by_state)
    assert prove().sound
    assert ScopeLine.objects.count() >= SCALES["test"].scope_lines


def test_everything_synthetic_says_so(city: list[dict[str, str]]) -> None:
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


def test_only_the_listed_accounts_can_sign_in(city: list[dict[str, str]]) -> None:
    listed = {account["username"] for account in city}
    able = {person.username for person in Person.objects.all() if person.has_usable_password()}
    assert able == listed
    assert Person.objects.get(username="enterprise").check_password(PASSWORD)


def test_a_second_city_is_refused(city: list[dict[str, str]]) -> None:
    with pytest.raises(Conflict):
        load_city("test", lambda line: None)


def test_the_same_seed_draws_the_same_names() -> None:
    one, other = Namer(Random(7)), Namer(Random(7))
    assert [one.person() for _ in range(20)] == [other.person() for _ in range(20)]
    assert one.credit_code("120101") == other.credit_code("120101")
