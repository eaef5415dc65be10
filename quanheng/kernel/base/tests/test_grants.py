"""One declaration of permission, two ways to ask it: the query and the row in hand must agree."""

from __future__ import annotations

import pytest

from quanheng.kernel.base.actor import Actor, Post, region_prefix
from quanheng.kernel.base.acts import every_act
from quanheng.kernel.base.grants import ALL, NONE, Both, Either, Grant, Having, Holds, Is, Oversees, Public, SignedIn
from quanheng.kernel.base.tests.worlds import World, guarded_models
from quanheng.kernel.parties.models import Organisation

pytestmark = pytest.mark.django_db

SEEDS = (1, 20, 300)


def disagreements(world: World, model: type, grant: Grant, actors: list[Actor]) -> list[str]:
    rows = world.rows[model]
    found = []
    for actor in actors:
        by_query = set(model._default_manager.filter(grant.q(actor)).values_list("pk", flat=True))
        by_row = {row.pk for row in rows if grant.allows(actor, row)}
        if by_query != by_row:
            found.append(f"{model.__name__} {grant} {actor}: {by_query ^ by_row}")
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_query_and_row_agree_for_every_model_and_every_act(seed: int) -> None:
    world = World(seed)
    empty = [model.__name__ for model in guarded_models() if not world.rows[model]]
    assert not empty
    actors = world.actors(40)
    grants = [(model, model.visible_to) for model in guarded_models()] + [
        (act.on, act.may) for act in every_act().values()
    ]
    assert len(every_act()) > 30
    wrong = [line for model, grant in grants for line in disagreements(world, model, grant, actors)]
    assert not wrong, "\n".join(wrong)


def test_the_worlds_tell_apart_who_may_and_who_may_not() -> None:
    """The property would hold of a grant that always says no: here are both answers for every kind of grant."""
    world = World(7)
    actors = world.actors(60)
    kinds = (
        Public(),
        SignedIn(),
        Holds(""),
        Holds("", "administrator", "member"),
        Oversees("region_code", "case_officer", "district_officer"),
        Having("kind", "enterprise"),
        Holds("") | Oversees("region_code", "planner"),
        Holds("") & Having("synthetic", True),
    )
    for grant in kinds:
        answers = {grant.allows(actor, row) for actor in actors[2:] for row in world.rows[Organisation]}
        assert answers == ({True} if isinstance(grant, Public | SignedIn) else {True, False}), grant
        assert not disagreements(world, Organisation, grant, actors)


def test_nothing_and_everything_stay_themselves_when_combined() -> None:
    nobody, platform = Actor.nobody(), Actor.platform()
    assert Either((Holds("lead"), Is("person"))).q(nobody) == NONE
    assert Either((Holds("lead"), Public())).q(nobody) == ALL
    assert Both((Public(), SignedIn())).q(platform) == ALL
    assert not Either(()).allows(platform, Organisation())
    assert Both(()).allows(nobody, Organisation())


@pytest.mark.parametrize(
    ("code", "prefix"),
    [("120000", "12"), ("210100", "2101"), ("120101", "120101"), ("210000", "21"), ("", "")],
)
def test_a_region_holds_what_begins_with_its_prefix(code: str, prefix: str) -> None:
    assert region_prefix(code) == prefix


def test_a_post_without_region_oversees_nothing() -> None:
    actor = Actor(person_id=1, posts=(Post(1, "case_officer", ""),))
    grant = Oversees("region_code", "case_officer")
    assert grant.q(actor) == NONE
    assert not grant.allows(actor, Organisation(region_code="120101"))
