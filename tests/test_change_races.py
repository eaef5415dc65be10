"""Two people decide at once, two propose at once, two merge in opposite directions: one wins, the other is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from quanheng.cli.instance import Instance
from tests import races

pytestmark = pytest.mark.faults

_COMMON = """
from quanheng.kernel.audit.models import Entry
from quanheng.kernel.audit.services import prove
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Proposed, Refusal
from quanheng.kernel.changes.models import Proposal
from quanheng.kernel.changes.services import approve_proposal
from quanheng.kernel.parties.models import Merger, Organisation, Person
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.parties.services import correct_registration, merge_organisation
from quanheng.kernel.parties.tests.world import organisation, person

def told(perform):
    try:
        perform()
    except Proposed:
        print("proposed")
    except Refusal as refused:
        print(refused.reason)
    else:
        print("done")
"""
_MAKE = """
bureau = organisation("regulator", "120101")
for name in ("one", "two", "three"):
    person((bureau, "case_officer"), username=name)
firms = [organisation() for _ in range({count})]
if {proposed}:
    for firm in firms:
        told(lambda: correct_registration(
            actor_of(Person.objects.get(username="one")), firm, name_zh=firm.name_zh + "新", reason="x"))
"""
_PROPOSE = """
who = actor_of(Person.objects.get(username="{who}"))
for firm in Organisation.objects.filter(kind="enterprise").order_by("id"):
    told(lambda: correct_registration(who, firm, name_zh="{who}" + firm.name_zh, reason="x"))
"""
_APPROVE = """
who = actor_of(Person.objects.get(username="{who}"))
for proposal in Proposal.objects.order_by("id"):
    told(lambda: approve_proposal(who, proposal))
"""
_MERGE = """
firms = list(Organisation.objects.filter(kind="enterprise").order_by("id"))
for one, other in zip(firms[::2], firms[1::2]):
    loser, survivor = ({order})
    told(lambda: merge_organisation(Actor.platform(), loser, survivor=survivor, reason="x"))
"""


def at_once(instance: Instance, *scripts: str) -> Counter[str]:
    """Run each script in a process of its own, all at once; how often each word was told."""
    told = races.at_once(instance, *(_COMMON + script for script in scripts))
    return Counter(word for words in told for word in words)


def ask(instance: Instance, script: str) -> str:
    return races.alone(instance, _COMMON + script)


def test_one_of_two_who_approve_at_once_wins_and_the_act_is_done_once(make_server: Callable[..., Instance]) -> None:
    count = 12
    instance = make_server(None, start=False)
    ask(instance, _MAKE.format(count=count, proposed=True))
    told = at_once(instance, _APPROVE.format(who="two"), _APPROVE.format(who="three"))
    assert told == {"done": count, "decided": count}
    found = ask(
        instance,
        'print(Organisation.objects.filter(name_zh__endswith="新").count(),'
        ' Entry.objects.filter(act="parties.organisation.correct").count(), prove().sound)',
    )
    assert found == f"{count} {count} True"


def test_one_of_two_who_propose_at_once_is_told_of_the_other(make_server: Callable[..., Instance]) -> None:
    count = 12
    instance = make_server(None, start=False)
    ask(instance, _MAKE.format(count=count, proposed=False))
    told = at_once(instance, _PROPOSE.format(who="one"), _PROPOSE.format(who="two"))
    assert told == {"proposed": count, "already-proposed": count}
    assert ask(instance, "print(Proposal.objects.count(), prove().sound)") == f"{count} True"


def test_two_mergers_in_opposite_directions_never_block_each_other(make_server: Callable[..., Instance]) -> None:
    pairs = 12
    instance = make_server(None, start=False)
    ask(instance, _MAKE.format(count=2 * pairs, proposed=False))
    told = at_once(instance, _MERGE.format(order="one, other"), _MERGE.format(order="other, one"))
    assert told == {"done": pairs, "merged": pairs}
    assert ask(instance, "print(Merger.objects.count(), prove().sound)") == f"{pairs} True"
