"""Both sides of a match at once, on PostgreSQL, where rows are locked one by one: one contact comes of it, and whoever
answers while the other side withdraws never blocks it for good."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from quanheng.cli.instance import Instance
from tests.races import printed

pytestmark = [pytest.mark.faults, pytest.mark.postgresql]

PAIRS = 12
_COMMON = """
from quanheng.domains.exchange import services
from quanheng.domains.exchange.models import Contact, Offering, TechnicalNeed
from quanheng.kernel.base.actor import Actor, Post
from quanheng.kernel.base.errors import Conflict

needs = list(TechnicalNeed.objects.select_related("organisation").order_by("pk"))
offerings = list(Offering.objects.select_related("organisation").order_by("pk"))
buyer = Actor(name="b", posts=(Post(needs[0].organisation_id, "member"),)) if needs else None
scholar = Actor(name="s", posts=(Post(offerings[0].organisation_id, "member"),)) if offerings else None

def each(act, rows):
    done = 0
    for row in rows:
        try:
            act(row)
            done += 1
        except Conflict:
            pass
    print(done)
"""
_MAKE = """
from django.utils import timezone
from tests.world import make_organisation, make_rules
make_rules("one_stop.")
firm, house = make_organisation("enterprise", "120101"), make_organisation("research", "120101")
for place in range({pairs}):
    shared = {{"title": f"m{{place}}", "text": "x", "field": "energy", "open_until": timezone.localdate()}}
    TechnicalNeed.objects.create(organisation=firm, **shared)
    Offering.objects.create(organisation=house, maturity=5, **shared)
"""
_NEED_ASKS = """
pairs = zip(needs, offerings)
each(lambda pair: services.ask_offerer(buyer, pair[0], offering=pair[1], message="m"), pairs)
"""
_RESULT_ASKS = """
pairs = zip(needs, offerings)
each(lambda pair: services.ask_needer(scholar, pair[1], need=pair[0], message="m"), pairs)
"""
_COUNT = """
open_ = Contact.objects.filter(open=True)
print(open_.count(), open_.values("need", "offering").distinct().count(), Contact.objects.count())
"""
_ACCEPT = """
def answer(contact):
    services.accept_contact(buyer if contact.asked_id == buyer.posts[0].organisation_id else scholar, contact)

each(answer, Contact.objects.select_related("case").order_by("pk"))
"""
_WITHDRAW_NEEDS = """
each(lambda need: services.withdraw_need(buyer, need, reason="r"), needs)
"""
_WITHDRAW_RESULTS = """
each(lambda offering: services.withdraw_offering(scholar, offering, reason="r"), reversed(offerings))
"""


@pytest.fixture
def instance(make_server: Callable[..., Instance]) -> Instance:
    """An empty platform; nobody serves it."""
    return make_server(None, start=False)


def _at_once(instance: Instance, *scripts: str) -> list[str]:
    return [text.strip() for text in printed(instance, *(_COMMON + script for script in scripts))]


def test_two_sides_that_act_at_once(instance: Instance) -> None:
    _at_once(instance, _MAKE.format(pairs=PAIRS))
    asked = _at_once(instance, _NEED_ASKS, _RESULT_ASKS)
    assert sum(map(int, asked)) == PAIRS
    assert _at_once(instance, _COUNT) == [f"{PAIRS} {PAIRS} {PAIRS}"]
    _accepted, needs, results = _at_once(instance, _ACCEPT, _WITHDRAW_NEEDS, _WITHDRAW_RESULTS)
    assert (needs, results) == (str(PAIRS), str(PAIRS))
    assert _at_once(instance, _COUNT) == [f"0 0 {PAIRS}"]
