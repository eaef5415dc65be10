"""Every act × every role × own, other, group lead, own and other region, visitor: who may, and that nobody else can."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import connection, models

from quanheng.kernel.audit.models import Head
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import Act, every_act
from quanheng.kernel.base.errors import Denied, NotFound, SignInNeeded
from quanheng.kernel.base.grants import ALL
from quanheng.kernel.parties.roles import Role
from tests.security.expected import EVERYBODY, EXPECTED, PERSONAL, SEEN, expects
from tests.security.scene import PLACES, Scene

pytestmark = pytest.mark.django_db

OURS = [model for model in apps.get_models() if model.__module__.startswith("quanheng.")]


def everyone(scene: Scene) -> Iterator[tuple[str, str, Actor]]:
    """Somebody in every role at every place."""
    for place in PLACES:
        for role in Role.values:
            yield place, role, scene.actor(place, role)


def row_for(scene: Scene, name: str) -> models.Model:
    """The row of the scene that an expectation names."""
    organisations = {"enterprise": scene.places["client"], "regulator": scene.places["city"]}
    found = organisations.get(name) or scene.rows[name]
    return type(found)._default_manager.get(pk=found.pk)


def performed(act: Act) -> Callable[..., Any]:
    """The service as others call it: the function that wraps the declared one."""
    for value in vars(importlib.import_module(act.function.__module__)).values():
        for candidate in value.values() if isinstance(value, dict) else (value,):
            if getattr(candidate, "__wrapped__", None) is act.function:
                return candidate  # type: ignore[no-any-return]
    raise AssertionError(f"{act.name}: no service to call in {act.function.__module__}")


def counted() -> dict[str, int]:
    """How many rows there are of everything."""
    tables = sorted(model._meta.db_table for model in OURS)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{table}', COUNT(*) FROM \"{table}\"" for table in tables))
        return dict(cursor.fetchall())


def state_of(row: models.Model) -> dict[str, Any]:
    """How many rows there are of everything, the head of the trail, and the row itself."""
    facts: dict[str, Any] = {"rows": counted()}
    fresh = type(row)._default_manager.get(pk=row.pk)
    return {
        **facts,
        "head": Head.objects.values_list("last", "hash").get(pk=1),
        "row": {column.attname: getattr(fresh, column.attname) for column in row._meta.concrete_fields},
    }


def test_the_table_names_every_act() -> None:
    assert set(EXPECTED) == set(every_act()), set(EXPECTED) ^ set(every_act())


# Who may is judged in Python; who sees, below, in SQL.
@pytest.mark.any_database
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_who_may_and_that_nobody_else_can(scene: Scene, name: str) -> None:
    act = every_act()[name]
    label, who = EXPECTED[name]
    row = row_for(scene, label)
    assert isinstance(row, act.on)
    personal = act.on._meta.label in PERSONAL
    service = performed(act)
    before = state_of(row)
    allowed = 0
    for place, role, actor in everyone(scene):
        wanted = expects(who, place, role, personal=personal)
        assert act.may.allows(actor, row) is wanted, f"{role} of {place} {'must' if wanted else 'must not'} {name}"
        if wanted:
            allowed += 1
            continue
        # Whoever may not even see the row is not told that it exists.
        refusal = Denied if act.on.visible_to.allows(actor, row) else NotFound  # type: ignore[attr-defined]
        with pytest.raises(refusal):
            service(actor, row)
    assert not act.may.allows(Actor.nobody(), row)
    with pytest.raises(SignInNeeded):
        service(Actor.nobody(), row)
    assert act.may.allows(Actor.platform(), row)
    assert bool(allowed) is bool(who)
    assert state_of(row) == before


def test_every_model_says_who_sees_its_rows() -> None:
    """Through tables that hold two others together nothing is shown; every other model has its grant."""
    silent = [model._meta.label for model in OURS if not hasattr(model, "visible_to")]
    assert not silent
    assert {model._meta.label for model in OURS} == set(SEEN), {model._meta.label for model in OURS} ^ set(SEEN)


@pytest.mark.parametrize("label", sorted(SEEN))
def test_who_sees_and_that_nobody_else_does(scene: Scene, label: str) -> None:
    model = apps.get_model(label)
    who = SEEN[label]
    rows = model._default_manager.all()
    if isinstance(who, str):
        assert who == EVERYBODY
        assert model.visible_to.q(Actor.nobody()) == ALL
        return
    row = scene.rows.get(label) or rows.first()
    if row is None:
        raise AssertionError(f"the scene has no {label}")
    for place, role, actor in everyone(scene):
        wanted = expects(who, place, role, personal=label in PERSONAL)
        seen = rows.filter(model.visible_to.q(actor), pk=row.pk).exists()
        assert seen is wanted, f"{role} of {place} {'must' if wanted else 'must not'} see {label}"
    assert not rows.filter(model.visible_to.q(Actor.nobody())).exists()


def test_no_secret_column_enters_the_trail() -> None:
    """What would let others in is named by its model as kept out of the trail."""
    secret = {"password", "digest", "private_sealed", "pdf_sealed"}
    found = set()
    for model in OURS:
        for name in secret:
            try:
                model._meta.get_field(name)
            except FieldDoesNotExist:
                continue
            found.add(name)
            assert name in model.audit_exclude, f"{model._meta.label}.{name}"  # type: ignore[attr-defined]
    assert found == secret
