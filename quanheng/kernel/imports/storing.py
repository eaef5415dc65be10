"""What an import put into the tables: noting it, and taking it out again."""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.audit.models import Entry
from quanheng.kernel.audit.services import snapshot
from quanheng.kernel.base.errors import Conflict
from quanheng.kernel.base.texts import filled
from quanheng.kernel.imports.kinds import Changed, Made

_CHUNK = 500
_PERSON = "parties.person"


def last_key(model: type[models.Model]) -> int:
    """The greatest key of a table: what is made from now on has a greater one."""
    return model._default_manager.aggregate(last=Max("pk"))["last"] or 0


def made_since(model: type[models.Model], key: int, *, attached: bool = False, **where: Any) -> Made:
    """What the transaction under way has made since, where nobody else can have made such rows meanwhile."""
    keys = model._default_manager.filter(pk__gt=key, **where).order_by("pk").values_list("pk", flat=True)
    return Made(model, list(keys), attached=attached)


def pack(made: Sequence[Made]) -> bytes:
    """What was made, as a batch keeps it."""
    told = [
        [
            one.model._meta.label,
            list(one.keys),
            [[changed.key, dict(changed.before), dict(changed.after)] for changed in one.changed],
            one.attached,
        ]
        for one in made
    ]
    return zlib.compress(json.dumps(told, ensure_ascii=False).encode(), 6)


def unpack(data: bytes) -> list[Made]:
    """The same again."""
    return [
        Made(apps.get_model(label), keys, [Changed(*one) for one in changed], attached)
        for label, keys, changed, attached in json.loads(zlib.decompress(data))
    ]


def count(made: Sequence[Made]) -> int:
    """How many rows an import made or changed."""
    return sum(len(one.keys) + len(one.changed) for one in made if not one.attached)


def _chunks(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]


# --- what an import states anew -----------------------------------------------------------------------------


class Watched:
    """Rows that an import may state anew: what they said before, so that it can be put back."""

    def __init__(self, rows: models.QuerySet[Any]) -> None:
        self.rows = rows
        self.last = last_key(rows.model)
        self.before = {row.pk: snapshot(row) for row in rows}

    def made(self, **where: Any) -> Made:
        """What is new, and what has changed, since."""
        fresh = {row.pk: snapshot(row) for row in self.rows.all()}
        changed = [
            Changed(key, self.before[key], after)
            for key, after in fresh.items()
            if key in self.before and after != self.before[key]
        ]
        new = [key for key in fresh if key not in self.before]
        return Made(self.rows.model, sorted(new), changed)


# --- undoing ------------------------------------------------------------------------------------------------


def dependants(made: Sequence[Made], since: int) -> list[tuple[Any, int]]:
    """What depends on what was made: (name of a table or of a reason, at least how many).

    Everything that refers to such a row, and every row that somebody has acted on since (``since``: the entry of
    the import in the audit trail).
    """
    own = {one.model: set(one.keys) for one in made}
    found: dict[str, tuple[Any, int]] = {}
    for one in made:
        for relation in _relations(one.model):
            counted = _referring(relation, one.keys, own.get(relation.related_model, set()))
            if counted:
                label = relation.related_model._meta.label
                found[label] = (relation.related_model._meta.verbose_name, found.get(label, ("", 0))[1] + counted)
        touched = _touched(one, since)
        if touched:
            found[f"touched {one.model._meta.label}"] = (
                filled(_("导入后又办理过事项的%(name)s"), name=one.model._meta.verbose_name),
                touched,
            )
    return list(found.values())


def _relations(model: type[models.Model]) -> list[Any]:
    """Every key of another table that leads here, also those without a name of their own; the trail aside."""
    return [
        field
        for field in model._meta.get_fields(include_hidden=True)
        if isinstance(field, models.ManyToOneRel) and field.related_model is not Entry
    ]


def _referring(relation: Any, keys: Sequence[int], own: set[int]) -> int:
    """How many rows refer to these, our own aside."""
    counted = 0
    for chunk in _chunks(keys):
        found = relation.related_model._default_manager.filter(**{f"{relation.field.name}__in": chunk})
        counted += sum(key not in own for key in found.values_list("pk", flat=True)) if own else found.count()
    return counted


def _touched(made: Made, since: int) -> int:
    label, counted = made.model._meta.label_lower, 0
    keys = [*made.keys, *(changed.key for changed in made.changed)]
    for chunk in _chunks(keys):
        rows = Entry.objects.filter(subject_type=label, subject_id__in=chunk, id__gt=since)
        counted += rows.values("subject_id").distinct().count()
        if made.model._meta.label_lower == _PERSON:
            # Somebody who has signed in may have seen and done what no table tells.
            acting = Entry.objects.filter(actor_id__in=chunk).values("actor_id").distinct()
            counted += (
                acting.count() + made.model._default_manager.filter(pk__in=chunk, last_login__isnull=False).count()
            )
    return counted


def refuse_dependants(made: Sequence[Made], since: int) -> None:
    """Raise Conflict that names what depends on what was made."""
    found = dependants(made, since)
    if found:
        parts = [filled(_("%(name)s %(count)s 条"), name=name, count=counted) for name, counted in found]
        joined: Any = parts[0]
        for part in parts[1:]:
            joined = filled(_("%(one)s、%(other)s"), one=joined, other=part)
        told = _("不能撤销：已有记录依据这次导入的内容（%(what)s）。请逐条变更或终止，不要撤销整批。")
        raise Conflict(filled(told, what=joined))


def take_back(made: Sequence[Made], since: int) -> int:
    """Remove what was made and put back what was changed; how many rows. Raises Conflict where something depends."""
    refuse_dependants(made, since)
    taken = 0
    for one in reversed(made):
        _put_back(one)
        for chunk in _chunks(one.keys):
            # Nothing refers to them any more: no need to gather them first, as delete() would.
            rows = one.model._default_manager.filter(pk__in=chunk)
            taken += rows._raw_delete(rows.db)
    return taken


def _put_back(made: Made) -> None:
    keys = {changed.key: changed for changed in made.changed}
    rows = {row.pk: row for chunk in _chunks(list(keys)) for row in made.model._default_manager.filter(pk__in=chunk)}
    by_columns: dict[tuple[str, ...], list[models.Model]] = defaultdict(list)
    for key, changed in keys.items():
        row = rows.get(key)
        if row is None or snapshot(row) != dict(changed.after):
            told = _("不能撤销：%(name)s“%(row)s”在导入后又有变更。请导入更正后的文件。")
            raise Conflict(filled(told, name=made.model._meta.verbose_name, row=row or key))
        names = _restore(row, changed.before, changed.after)
        by_columns[names].append(row)
    for names, changed_rows in by_columns.items():
        made.model._default_manager.bulk_update(changed_rows, names, batch_size=200)


def _restore(row: models.Model, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    names = []
    for column in row._meta.concrete_fields:
        name = column.attname
        if name in before and before[name] != after.get(name):
            try:
                setattr(row, name, column.to_python(before[name]))
            except ValidationError:
                setattr(row, name, before[name])
            names.append(column.name)
    return tuple(sorted(names))
