"""Migrations that make anew only the models which a change touches.

After each step Django makes the historical model classes anew: the changed one, and whatever is related to it in either
direction, and to that. Where everything relates to an organisation or a person, that is the whole platform, hundreds
of times over, and takes longer than all tables. What has to be made anew are the classes that hold the old one: those
that point to it or inherit from it, and those that point to these. What it points to stays as it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.migrations.state import ProjectState
from django.db.migrations.utils import resolve_relation

Key = tuple[str, str]


@contextmanager
def only_what_changes() -> Iterator[None]:
    """Within it, states make anew only what they have to; the tables that come of it are the same."""
    # No part of Django's public interface: ``test_migrating`` holds the tables against those of Django's own way.
    states: Any = ProjectState
    before = states._find_reload_model
    states._find_reload_model = _touched
    try:
        yield
    finally:
        states._find_reload_model = before


def _touched(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> set[Key]:
    """The model and all whose classes hold its class; whether Django would delay some of it is of no account."""
    holders = _holders(state)
    found: set[Key] = set()
    waiting = {(app_label, model_name)}
    while waiting:
        key = waiting.pop()
        found.add(key)
        waiting |= holders[key] - found
    return found


def _holders(state: ProjectState) -> dict[Key, set[Key]]:
    """For each model, by app and lower-case name, those that point to it, go through it or inherit from it."""
    found: defaultdict[Key, set[Key]] = defaultdict(set)
    for key, model in state.models.items():
        named: list[Any] = [base for base in model.bases if isinstance(base, str)]
        for field in model.fields.values():
            remote: Any = field.remote_field
            if remote is not None:
                named += [remote.model, *filter(None, [getattr(remote, "through", None)])]
        for one in named:
            found[resolve_relation(one, *key)].add(key)
    return found
