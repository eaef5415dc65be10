"""The arguments of an act as JSON and back, type by type: what was approved is what runs.

Plain texts, numbers, truth values, lists and mappings stay as they are; everything else is an object with one
tagged key. Rows are kept by their key, never by their content. TypeError for what has no form here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import Conflict

TAG = "$"
OURS = "quanheng."


def encode(value: Any) -> Any:
    """A value as JSON holds it.

    >>> encode({"on": date(2026, 1, 31), "lines": (1, "2")})
    {'on': {'$date': '2026-01-31'}, 'lines': {'$tuple': [1, '2']}}
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    for kind, (tag, write, _read) in _KINDS.items():
        if type(value) is kind:
            return {tag: write(value)}
    if isinstance(value, models.Model):
        if value.pk is None:
            raise TypeError(f"a row of {value._meta.label} that is not stored cannot be referred to")
        return {"$row": value._meta.label_lower, "key": value.pk}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        path = f"{type(value).__module__}.{type(value).__qualname__}"
        fields = {one.name: encode(getattr(value, one.name)) for one in dataclasses.fields(value)}
        return {"$facts": path, "fields": fields}
    if isinstance(value, list):
        return [encode(part) for part in value]
    if isinstance(value, dict):
        if any(not isinstance(key, str) or key.startswith(TAG) for key in value):
            raise TypeError("only texts that do not begin with $ can be keys")
        return {key: encode(part) for key, part in value.items()}
    raise TypeError(f"no form for {type(value).__name__} in stored arguments")


_KINDS: dict[type, tuple[str, Any, Any]] = {
    datetime: ("$moment", datetime.isoformat, datetime.fromisoformat),
    date: ("$date", date.isoformat, date.fromisoformat),
    time: ("$time", time.isoformat, time.fromisoformat),
    Decimal: ("$decimal", str, Decimal),
    float: ("$float", repr, float),
    tuple: ("$tuple", lambda value: [encode(part) for part in value], lambda raw: tuple(map(decode, raw))),
    frozenset: (
        "$set",
        lambda value: sorted((encode(part) for part in value), key=repr),
        lambda raw: frozenset(map(decode, raw)),
    ),
}
_READ = {tag: read for tag, _write, read in _KINDS.values()}


def decode(raw: Any) -> Any:
    """The value again, rows read anew. Raises Conflict where a row is no more."""
    if isinstance(raw, list):
        return [decode(part) for part in raw]
    if not isinstance(raw, dict):
        return raw
    tag = next((key for key in raw if key.startswith(TAG)), "")
    if not tag:
        return {key: decode(part) for key, part in raw.items()}
    if tag == "$row":
        return _row(raw[tag], raw["key"])
    if tag == "$facts":
        return _facts(raw[tag], raw["fields"])
    return _READ[tag](raw[tag])


def _row(label: str, key: Any) -> models.Model:
    model = apps.get_model(label)
    related = getattr(model, "act_related", ())
    row: models.Model | None = model._default_manager.select_related(*related).filter(pk=key).first()
    if row is None:
        raise Conflict(_("提案所涉的一条记录已不存在，请退回后重新提出。"), code="outdated")
    return row


def _facts(path: str, fields: dict[str, Any]) -> Any:
    """A record of facts. Only the platform's own dataclasses: what is stored must not name code to run."""
    made = import_string(path) if path.startswith(OURS) else None
    if made is None or not dataclasses.is_dataclass(made) or not isinstance(made, type):
        raise ValueError(f"{path} is not a record of facts")
    return made(**{name: decode(part) for name, part in fields.items()})


def rows_in(value: Any) -> Iterator[models.Model]:
    """Every row that arguments refer to, however deep, each as often as it is named."""
    if isinstance(value, models.Model):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from rows_in(part)
    elif isinstance(value, list | tuple | frozenset):
        for part in value:
            yield from rows_in(part)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for one in dataclasses.fields(value):
            yield from rows_in(getattr(value, one.name))
