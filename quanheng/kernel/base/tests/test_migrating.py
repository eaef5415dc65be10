"""States that make anew only what changes lead to the same tables as Django's own, and know what holds what."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.management import get_commands, load_command_class
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

from quanheng.kernel.base.migrating import _touched, only_what_changes

# A column that is added to rows there are begins with the moment of the migration.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+")


def _statements() -> list[str]:
    """Every statement that leads from nothing to the tables of today."""
    loader = MigrationLoader(connection, replace_migrations=False)
    nodes: list[Any] = []
    for target in loader.graph.leaf_nodes():
        nodes += [node for node in loader.graph.forwards_plan(target) if node not in nodes]
    told = loader.collect_sql([(loader.graph.nodes[node], False) for node in nodes])
    return [_MOMENT.sub("now", one) for one in told]


@pytest.mark.django_db
def test_the_statements_are_those_of_djangos_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    # SQLite's editor wants foreign keys unchecked, which no transaction can do; nothing is executed here.
    monkeypatch.setattr(connection, "disable_constraint_checking", lambda: True)
    monkeypatch.setattr(connection, "enable_constraint_checking", lambda: None)
    ordinary = _statements()
    with only_what_changes():
        quick = _statements()
    assert quick == ordinary and len(quick) > 500
    assert ProjectState._find_reload_model is not _touched, "outside, states are Django's own"


def test_the_command_of_the_project_is_the_one_that_runs() -> None:
    name = get_commands()["migrate"]
    assert name == "quanheng.kernel.parties" and load_command_class(name, "migrate")


def test_what_holds_a_changed_class_is_made_anew_and_nothing_else() -> None:
    key = ("id", models.AutoField(primary_key=True))

    def model(name: str, *fields: tuple[str, Any], bases: tuple[Any, ...] = (models.Model,)) -> ModelState:
        return ModelState("shop", name, [key, *fields] if bases == (models.Model,) else list(fields), bases=bases)

    def to(name: str) -> models.ForeignKey[Any, Any]:
        return models.ForeignKey(name, on_delete=models.CASCADE)

    state = ProjectState()
    for one in (
        model("Place"),
        model("Firm", ("place", to("shop.Place")), ("above", to("self"))),
        model("Branch", bases=("shop.firm",)),
        model("Order", ("firm", to("Firm"))),
        model("Link", ("order", to("shop.Order")), ("place", to("shop.Place"))),
        model("Tour", ("places", models.ManyToManyField("shop.Order", through="shop.Link"))),
    ):
        state.add_model(one)

    def touched(name: str) -> set[str]:
        return {found for _app, found in _touched(state, "shop", name)}

    assert touched("tour") == {"tour"}
    assert touched("link") == {"link", "tour"}
    assert touched("order") == {"order", "link", "tour"}
    assert touched("firm") == {"firm", "branch", "order", "link", "tour"}
    assert touched("branch") == {"branch"}
    assert touched("place") == {"place", "firm", "branch", "order", "link", "tour"}
