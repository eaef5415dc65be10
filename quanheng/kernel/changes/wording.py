"""What a proposal changes, in people's words and as far as the reader may see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.audit.models import Entry
from quanheng.kernel.audit.queries import label_of
from quanheng.kernel.audit.wording import EMPTY, Change, Reader
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.changes.codec import decode

# What acts remark on beside the columns, as people call it.
FACTS: dict[str, Any] = {
    "predecessor": _("被代替标准"),
    "superseded_on": _("被代替自"),
    "survivor": _("并入"),
    "moved": _("转移"),
    "kept": _("保留在原登记"),
    "taken": _("采用的资料"),
    "former_name": _("原名称"),
    "on": _("日期"),
    "act": _("办理事项"),
    "required": _("需要第二人"),
    "back": _("已退回"),
    "left": _("其后另有变化，未退回"),
    "name_en": _("英文名称"),
    "address": _("地址"),
    "phone": _("联系电话"),
    "position": _("位置"),
    "introduction": _("简介"),
    "region": _("所在区划"),
    "name_zh": _("名称"),
    "kind": _("类型"),
    "take": _("采用的资料"),
    "with_recognitions": _("连同资质"),
}


@dataclass(frozen=True)
class Effect:
    """One row that changes: what it is, its columns before and after, and further facts."""

    kind: Any
    name: Any
    what: Any
    changes: tuple[Change, ...]
    facts: tuple[tuple[Any, Any], ...]
    open: bool


def _split(name: str) -> tuple[str, int]:
    label, _colon, key = name.partition(":")
    return label, int(key) if key.isdigit() else 0


def _model(label: str) -> type[models.Model] | None:
    try:
        return apps.get_model(label)
    except LookupError:
        return None


def column_label(row: str, column: str) -> Any:
    """The column of a row as people call it; its own name where it has no other."""
    model = _model(_split(row)[0])
    if model is None:
        return column
    for one in model._meta.concrete_fields:
        if one.attname == column and isinstance(one.verbose_name, Promise):
            return one.verbose_name
    return column


def effects_for(actor: Actor, effects: Iterable[Mapping[str, Any]]) -> list[Effect]:
    """The effects of a proposal for one reader, with one query for each kind of row; hidden rows tell nothing."""
    told = list(effects)
    entries = [_as_entry(effect) for effect in told]
    reader = Reader(actor, entries)
    names = _names(actor, {_split(effect["row"]) for effect in told})
    found = []
    for effect, entry in zip(told, entries, strict=True):
        label, key = _split(effect["row"])
        model = _model(label)
        sees = model is not None and reader.sees(label, key)
        shown = {change.field for change in reader.changes(entry)} if sees else set()
        rest = [
            Change(column, column, _plain(effect["before"].get(column)), _plain(effect["after"][column]))
            for column in effect["after"]
            if sees and column not in shown
        ]
        found.append(
            Effect(
                kind=model._meta.verbose_name if model else label,
                name=names.get((label, key), _("（不公开）")),
                what=label_of(effect["act"]) if effect["act"] else "",
                changes=(*reader.changes(entry), *rest) if sees else (),
                facts=_facts(effect["facts"]) if sees else (),
                open=sees,
            )
        )
    return found


def _facts(facts: Mapping[str, Any]) -> tuple[tuple[Any, Any], ...]:
    """What an act remarked, where there is something to say and a word for it; digests are for machines."""
    told = ((name, value) for name, value in facts.items() if name in FACTS and value not in (None, "", [], {}))
    return tuple((FACTS[name], _plain(value)) for name, value in told)


def _as_entry(effect: Mapping[str, Any]) -> Entry:
    label, key = _split(effect["row"])
    return Entry(subject_type=label, subject_id=key, before=effect["before"], after=effect["after"])


def _names(actor: Actor, rows: Iterable[tuple[str, int]]) -> dict[tuple[str, int], str]:
    by_label: dict[str, set[int]] = {}
    for label, key in rows:
        by_label.setdefault(label, set()).add(key)
    names: dict[tuple[str, int], str] = {}
    for label, keys in by_label.items():
        model = _model(label)
        if model is not None:
            for row in restrict(model._default_manager.filter(pk__in=keys), actor):
                names[label, row.pk] = str(row)
    return names


def _plain(value: Any) -> Any:
    """A value that has no column to say how it is written."""
    if value is None or value in ("", [], {}):
        return EMPTY
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, dict):
        return "; ".join(f"{FACTS.get(name, _kind_name(name))}: {_plain(part)}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(str(FACTS.get(part, _plain(part))) for part in value)
    return value


def _kind_name(name: str) -> Any:
    """A model's label, or a name that belongs to none, as people call it."""
    model = _model(name) if name.count(".") == 1 else None
    return model._meta.verbose_name if model else name


def arguments_for(actor: Actor, subject_type: str, arguments: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    """What the act is called with, besides its reason, by name and value."""
    model = _model(subject_type)
    columns = {column.name: column for column in model._meta.concrete_fields} if model else {}
    found = []
    for name, raw in arguments.items():
        value = decode(raw)
        if name == "reason" or value is None or value == []:
            continue
        label = FACTS.get(name) or column_label(f"{subject_type}:0", name)
        choices = dict(columns[name].flatchoices) if name in columns and columns[name].choices else {}
        found.append((label, choices.get(value, value) if choices else _argument(actor, value)))
    return found


def _argument(actor: Actor, value: Any) -> Any:
    if isinstance(value, models.Model):
        sees = type(value).visible_to.allows(actor, value)  # type: ignore[attr-defined]
        return str(value) if sees else _("（不公开）")
    if hasattr(value, "isoformat"):
        return formats.date_format(value, "Y-m-d")
    if isinstance(value, tuple | list | frozenset):
        return ", ".join(str(FACTS.get(part, _argument(actor, part))) for part in value) or EMPTY
    return _plain(value)
