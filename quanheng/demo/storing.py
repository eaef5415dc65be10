"""Storing the rows of a new city: many at a time, by the fast loader."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from django.db import models

from quanheng.kernel.base.bulk import load


def store(rows: Sequence[models.Model]) -> None:
    """Store new rows of one table and give them their keys; the platform was empty, and nobody else writes."""
    if not rows:
        return
    model = type(rows[0])
    last = model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0
    for key, row in enumerate(rows, start=last + 1):
        row.pk = key
    # The time of creation is made by the loader.
    columns = [one.attname for one in model._meta.concrete_fields if not getattr(one, "auto_now_add", False)]
    load(model, columns, map(attrgetter(*columns), rows))
    for row in rows:
        row._state.adding = False
