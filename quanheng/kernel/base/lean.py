"""Reading no more of a related row than a list shows of it: columns to unpack cost more than the search."""

from __future__ import annotations

from django.db import models

NAMED = ("uid", "name_zh", "name_en", "region_code")


def all_but_names(model: type[models.Model], path: str) -> tuple[str, ...]:
    """The columns of ``model``, at ``path``, that a list which only names its rows may leave: for ``defer``."""
    return all_but(model, path, *NAMED)


def all_but(model: type[models.Model], path: str, *shown: str) -> tuple[str, ...]:
    """The columns of ``model``, at ``path``, beside its key and those that are shown: for ``defer``."""
    columns = model._meta.concrete_fields
    return tuple(f"{path}__{one.name}" for one in columns if not one.primary_key and one.name not in shown)


def structures(model: type[models.Model], path: str) -> tuple[str, ...]:
    """The columns of ``model``, at ``path``, that hold JSON, each unpacked row by row: for ``defer``."""
    return tuple(f"{path}__{one.name}" for one in model._meta.concrete_fields if isinstance(one, models.JSONField))
