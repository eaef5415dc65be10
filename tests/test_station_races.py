"""Who accepts, gives, takes back and acts at once: each happens once, and nothing on a mandate that was taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from quanheng.cli.instance import Instance
from tests import races

pytestmark = pytest.mark.faults

COUNT = 10
_COMMON = """
from datetime import date, timedelta
from django.utils import timezone
from quanheng.domains.services.models import Need, Plan
from quanheng.domains.stations import services
from quanheng.domains.stations.models import Mandate, Station, Visit, Zone, ZoneMember
from quanheng.kernel.audit.models import Entry
from quanheng.kernel.audit.services import prove
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Refusal
from quanheng.kernel.parties import services as parties
from quanheng.kernel.parties.models import Group, Organisation, Person
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.parties.tests.world import organisation, person
from tests.world import make_rules

until = timezone.localdate() + timedelta(days=9)

def somebody(name):
    return actor_of(Person.objects.get(username=name))

def told(perform):
    try:
        perform()
    except Refusal as refused:
        print(refused.reason)
    else:
        print("done")

def firms():
    return Organisation.objects.filter(kind="enterprise").order_by("id")
"""
_MAKE = """
make_rules()
centre = organisation("service_station", "120101")
person((centre, "administrator"), username="centre")
facts = dict(kind="physical", address="x", offers=["testing"], opened_on=date(2026, 1, 1))
station = services.register_station(Actor.platform(), centre.region, operator=centre, name_zh="station", **facts)
zone = services.register_zone(Actor.platform(), centre.region, operator=centre, name_zh="zone")
group = parties.create_group(somebody("centre"), centre, name_zh="group")
one, two = (person(username=name) for name in ("one", "two"))
from quanheng.kernel.parties.models import Membership
for place in range({count}):
    firm = organisation()
    for who in (one, two):
        Membership.objects.create(person=who, organisation=firm, role="administrator")
    parties.invite_to_group(somebody("centre"), group, organisation=firm)
    services.invite_to_zone(somebody("centre"), zone, organisation=firm)
    services.record_visit(somebody("centre"), station, client=firm, channel="phone", topic="testing", question="x")
"""
_ACCEPT = """
who = somebody("{who}")
group, station = Group.objects.get(), Station.objects.get()
for firm in firms():
    told(lambda: parties.join_group(who, firm, group=group))
for member in ZoneMember.objects.order_by("id"):
    told(lambda: services.join_zone(who, member))
for firm in firms():
    told(lambda: services.give_mandate(who, firm, station=station, valid_until=until))
"""
_GIVE = """
station = Station.objects.get()
for firm in firms():
    services.give_mandate(somebody("one"), firm, station=station, valid_until=until)
"""
_ACT = """
for visit in Visit.objects.order_by("id"):
    told(lambda: services.state_need_for(somebody("centre"), visit, text="x"))
"""
_TAKE_BACK = """
station = Station.objects.get()
for mandate in Mandate.objects.filter(state="given").order_by("id"):
    services.end_mandate(somebody("one"), mandate, reason="x")
"""
_TURN = (
    _TAKE_BACK
    + """    services.give_mandate(somebody("two"), mandate.client, station=station, valid_until=until)
"""
)


def at_once(instance: Instance, *scripts: str) -> Counter[str]:
    """Run each script in a process of its own, all at once; how often each word was told."""
    told = races.at_once(instance, *(_COMMON + script for script in scripts))
    return Counter(word for words in told for word in words)


def ask(instance: Instance, script: str) -> str:
    return races.alone(instance, _COMMON + script)


def test_two_who_accept_at_once_accept_once(make_server: Callable[..., Instance]) -> None:
    instance = make_server(None, start=False)
    ask(instance, _MAKE.format(count=COUNT))
    told = at_once(instance, _ACCEPT.format(who="one"), _ACCEPT.format(who="two"))
    assert told == {"done": 3 * COUNT, "not-found": COUNT, "joined": COUNT, "given": COUNT}
    found = ask(
        instance,
        "print(Group.objects.get().members.count(), Group.objects.get().invited.count(),"
        ' ZoneMember.objects.filter(state="joined").count(), Mandate.objects.count(), prove().sound)',
    )
    assert found == f"{COUNT} 0 {COUNT} {COUNT} True"


def test_nothing_is_done_on_a_mandate_taken_back(make_server: Callable[..., Instance]) -> None:
    instance = make_server(None, start=False)
    ask(instance, _MAKE.format(count=COUNT) + _GIVE)
    told = at_once(instance, _ACT, _TAKE_BACK)
    assert sum(told.values()) == COUNT and set(told) <= {"done", "denied"}
    found = ask(
        instance,
        """
late = 0
for mandate in Mandate.objects.all():
    end = Entry.objects.get(act="stations.mandate.end", subject_id=mandate.pk)
    acts = Entry.objects.filter(act="stations.behalf.state", facts__mandate=mandate.uid)
    late += acts.filter(id__gt=end.pk).count()
print(late, Need.objects.count(), Visit.objects.filter(need__isnull=False).count(), prove().sound)
""",
    )
    assert found == f"0 {told['done']} {told['done']} True"


def test_giving_and_acting_never_block_each_other(make_server: Callable[..., Instance]) -> None:
    instance = make_server(None, start=False)
    ask(instance, _MAKE.format(count=COUNT) + _GIVE)
    told = at_once(instance, _ACT, _TURN, _ACT)
    assert told["done"] >= 1 and set(told) <= {"done", "denied", "stated"}
    assert ask(instance, 'print(Mandate.objects.filter(state="given").count(), prove().sound)') == f"{COUNT} True"
