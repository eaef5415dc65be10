"""Appending to the trail and proving it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models.fields.files import FieldFile
from django.utils import timezone

from quanheng.kernel.audit.models import Delivery, Entry, Head, Notice, Webhook
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import Act
from quanheng.kernel.base.grants import follow

GENESIS = "0" * 64


def plain(value: Any) -> Any:
    """A column's value as JSON holds it; decimals as strings so that no digit is lost."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | FieldFile):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return hashlib.sha256(bytes(value)).hexdigest()
    return value


def snapshot(row: models.Model) -> dict[str, Any]:
    """The row's own columns, without those that its model keeps out of the trail."""
    exclude: frozenset[str] = getattr(row, "audit_exclude", frozenset())
    return {
        column.attname: plain(getattr(row, column.attname))
        for column in row._meta.concrete_fields
        if column.attname not in exclude and column.attname in row.__dict__
    }


def content(entry: Entry) -> bytes:
    """The canonical bytes that an entry's hash covers."""
    return json.dumps(
        {
            "id": entry.id,
            "at": entry.at.astimezone(UTC).isoformat(),
            "act": entry.act,
            "actor": entry.actor_id,
            "actor_name": entry.actor_name,
            "subject": [entry.subject_type, entry.subject_id],
            "case": entry.case_id,
            "made": [entry.made_type, entry.made_id],
            "before": entry.before,
            "after": entry.after,
            "facts": entry.facts,
            "reason": entry.reason,
            "errand": entry.errand,
            "previous": entry.previous,
        },
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    ).encode()


def append(
    actor: Actor,
    act: Act,
    row: models.Model,
    *,
    before: dict[str, Any],
    after: dict[str, Any],
    made: models.Model | None,
    facts: dict[str, Any],
    reason: str,
    errand: str,
) -> Entry:
    """Add one entry at the end of the chain, inside the act's own transaction, and tell whom it concerns."""
    changed = {name for name in after if before.get(name) != after[name]}
    entry = Entry(
        at=timezone.now(),
        act=act.name,
        actor_id=actor.person_id,
        actor_name=actor.name,
        subject_type=row._meta.label_lower,
        subject_id=row.pk,
        case_id=_case_of(made) or _case_of(row),
        before={name: before.get(name) for name in sorted(changed)},
        after={name: after[name] for name in sorted(changed)},
        facts={name: plain(value) for name, value in facts.items()},
        reason=reason,
        errand=errand,
    )
    if made is not None:
        entry.made_type = made._meta.label_lower
        entry.made_id = made.pk
        entry.facts = {**entry.facts, "made": snapshot(made)}
    # The head is locked last and briefly: everything before runs side by side, the chain is one line.
    head = Head.objects.select_for_update().get(pk=1)
    entry.id = head.last + 1
    entry.previous = head.hash
    entry.hash = hashlib.sha256(content(entry)).hexdigest()
    entry.save(force_insert=True)
    Head.objects.filter(pk=1).update(last=entry.id, hash=entry.hash)
    _tell(act, entry, row, made)
    return entry


def _case_of(row: models.Model | None) -> int | None:
    if row is None:
        return None
    if row._meta.label_lower == "cases.case":
        return int(row.pk)
    return getattr(row, "case_id", None)


def _tell(act: Act, entry: Entry, row: models.Model, made: models.Model | None) -> None:
    concerned: set[int] = set()
    for path in act.tells:
        for thing in (row, made):
            if thing is not None and hasattr(thing, path.split("__")[0]):
                key = follow(thing, f"{path}_id")
                if key:
                    concerned.add(key)
                break
    if not concerned:
        return
    Notice.objects.bulk_create([Notice(entry=entry, organisation_id=key) for key in sorted(concerned)])
    Delivery.objects.bulk_create(
        [
            Delivery(webhook=hook, entry=entry, next_try_at=entry.at)
            for hook in Webhook.objects.filter(organisation_id__in=concerned, active=True)
            if not hook.acts or any(entry.act.startswith(prefix) for prefix in hook.acts)
        ]
    )


@dataclass(frozen=True)
class Proof:
    """The outcome of walking the chain: how far it holds, and the first entry that breaks it."""

    entries: int
    broken_at: int | None
    why: str

    @property
    def sound(self) -> bool:
        return self.broken_at is None


def prove(entries: Iterator[Entry] | None = None) -> Proof:
    """Walk the whole chain: numbers without gap, links unbroken, contents unchanged, end as the head says."""
    previous, count = GENESIS, 0
    for entry in entries if entries is not None else Entry.objects.order_by("id").iterator(chunk_size=2000):
        count += 1
        if entry.id != count:
            return Proof(count - 1, count, "missing")
        if entry.previous != previous:
            return Proof(count - 1, entry.id, "link")
        if hashlib.sha256(content(entry)).hexdigest() != entry.hash:
            return Proof(count - 1, entry.id, "content")
        previous = entry.hash
    head = Head.objects.get(pk=1)
    if head.last != count or head.hash != previous:
        return Proof(count, min(head.last, count) + 1, "head")
    return Proof(count, None, "")
