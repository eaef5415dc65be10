"""Appending to the trail, telling whom it concerns, and marking what was read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from types import NoneType
from typing import Any

from django.db import models
from django.db.models.fields.files import FieldFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.audit.chain import Proof, digest, prove
from quanheng.kernel.audit.mailing import choose_mail, stop_mail
from quanheng.kernel.audit.models import Delivery, Entry, Head, Notice, Webhook
from quanheng.kernel.audit.webhooks import (
    asks_openly,
    change_webhook,
    open_dataset,
    ping_webhook,
    register_webhook,
)
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import Act, Remarks
from quanheng.kernel.base.errors import SignInNeeded
from quanheng.kernel.base.grants import follow
from quanheng.kernel.base.scopes import require_scope, scope_of
from quanheng.kernel.base.statements import Asked
from quanheng.kernel.base.storing import insert_all
from quanheng.kernel.parties.models import Person

__all__ = [
    "Proof",
    "append",
    "at_the_end",
    "change_webhook",
    "choose_mail",
    "mark_seen",
    "overheard",
    "ping_webhook",
    "prove",
    "register_webhook",
    "rehearsed",
    "snapshot",
    "stop_mail",
    "written_together",
]


# What most columns hold, and JSON holds alike.
_PLAIN = frozenset({str, int, bool, NoneType})


def plain(value: Any) -> Any:
    """A column's value as JSON holds it in every database alike.

    Decimals and floats become strings: no digit is lost, and PostgreSQL's jsonb cannot respell 1e+16.
    """
    if type(value) in _PLAIN:
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Decimal | FieldFile):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return hashlib.sha256(bytes(value)).hexdigest()
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value


def snapshot(row: models.Model) -> dict[str, Any]:
    """The row's own columns, without those that its model keeps out of the trail."""
    exclude: frozenset[str] = getattr(row, "audit_exclude", frozenset())
    return {
        column.attname: plain(getattr(row, column.attname))
        for column in row._meta.concrete_fields
        if column.attname not in exclude and column.attname in row.__dict__
    }


@dataclass
class Pending:
    """An entry that waits for the end of the outermost act, and whom it will be told to."""

    entry: Entry
    organisations: set[int]
    people: set[int] = field(default_factory=set)


_pending: ContextVar[list[Pending] | None] = ContextVar("pending", default=None)
# What else waits for the end of the outermost act: who writes it, and what.
Waiting = list[tuple[Callable[[Sequence[Any]], None], Any]]
_waiting: ContextVar[Waiting | None] = ContextVar("waiting", default=None)


def at_the_end(write: Callable[[Sequence[Any]], None], thing: Any) -> None:
    """Hand ``thing`` to ``write``, with all others of the outermost act, when that ends: for what takes a lock that
    everybody needs. It is dropped with the act that it belongs to. Outside of acts it is written at once."""
    waiting = _waiting.get()
    if waiting is None:
        write([thing])
    else:
        waiting.append((write, thing))


def _write_waiting(waiting: Waiting) -> None:
    for write in dict.fromkeys(one for one, _thing in waiting):
        write([thing for one, thing in waiting if one is write])


@contextmanager
def written_together() -> Iterator[None]:
    """Write the entries appended inside when the outermost act ends, before its transaction does.

    The head of the chain is thus locked last and briefly, however long an act and the acts nested in it take;
    an act that fails takes back its own entries and those of the acts inside it.
    """
    outer = _pending.get()
    if outer is None:
        mine: list[Pending] = []
        beside: Waiting = []
        token, beside_token = _pending.set(mine), _waiting.set(beside)
        try:
            yield
            _write_waiting(beside)
            _write(mine)
        finally:
            _pending.reset(token)
            _waiting.reset(beside_token)
        return
    waiting = _waiting.get() or []
    mark, beside_mark = len(outer), len(waiting)
    try:
        yield
    except BaseException:
        del outer[mark:], waiting[beside_mark:]
        raise


@contextmanager
def rehearsed() -> Iterator[list[Pending]]:
    """Collect the entries appended inside instead of writing them: for an act that will be taken back."""
    heard: list[Pending] = []
    token, beside_token = _pending.set(heard), _waiting.set([])
    try:
        yield heard
    finally:
        _pending.reset(token)
        _waiting.reset(beside_token)


@contextmanager
def overheard() -> Iterator[list[Pending]]:
    """Listen to the entries appended inside an act; they are complete when the block ends, and written as ever."""
    outer = _pending.get()
    heard: list[Pending] = []
    mark = len(outer or ())
    yield heard
    heard.extend((outer or [])[mark:])


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
    also: Remarks | None = None,
) -> None:
    """Add one entry to those of the act under way; ``written_together`` writes it. RuntimeError outside of it."""
    pending = _pending.get()
    if pending is None:
        raise RuntimeError("an audit entry is appended by an act only")
    changed = {name for name in after if before.get(name) != after[name]}
    entry = Entry(
        at=timezone.now(),
        act=act.name,
        actor_id=actor.person_id,
        actor_name=actor.name,
        subject_type=row._meta.label_lower,
        subject_id=int(row.pk),
        case_id=_case_of(made) or _case_of(row),
        before={name: before.get(name) for name in sorted(changed)},
        after={name: after[name] for name in sorted(changed)},
        facts={name: plain(value) for name, value in facts.items()},
        reason=reason,
        errand=errand,
    )
    if made is not None:
        entry.made_type = made._meta.label_lower
        entry.made_id = int(made.pk)
        entry.facts = {**entry.facts, "made": snapshot(made)}
    organisations, people = _concerned(act.tells, row, made), _concerned(act.tells_people, row, made)
    if also is not None:
        organisations |= also.organisations
        people |= also.people
    pending.append(Pending(entry, organisations, people))


def _case_of(row: models.Model | None) -> int | None:
    if row is None:
        return None
    if row._meta.label_lower == "cases.case":
        return int(row.pk)
    return getattr(row, "case_id", None)


def _concerned(paths: tuple[str, ...], row: models.Model, made: models.Model | None) -> set[int]:
    """Keys at an act's ``tells`` paths, from the row or else from what it made; "" is the row itself."""
    concerned: set[int] = set()
    for path in paths:
        if not path:
            concerned.add(int(row.pk))
            continue
        for thing in (row, made):
            if thing is not None and hasattr(thing, path.split("__")[0]):
                key = follow(thing, f"{path}_id")
                if key:
                    concerned.add(key)
                break
    return concerned


_HEAD = Asked(lambda key: Head.objects.select_for_update().filter(pk=key))
_WEBHOOKS = Asked(lambda *told: Webhook.objects.filter(organisation_id__in=told, active=True))


def _webhooks(told: set[int]) -> list[Webhook]:
    if not told:
        return []
    # An act tells two or three; one that tells hundreds is not made often enough to keep its question.
    return _WEBHOOKS(*told) if len(told) <= 4 else list(Webhook.objects.filter(organisation_id__in=told, active=True))


def _write(pending: list[Pending]) -> None:
    """Chain the entries behind the head and store them with their notices and deliveries."""
    if not pending:
        return
    told = set().union(*(one.organisations for one in pending))
    hooks = _webhooks(told)
    public = [one.entry for one in pending if open_dataset(one.entry)]
    openly = [hook for hook in Webhook.objects.filter(active=True) if hook.acts] if public else []
    head = _HEAD(1)[0]
    for one in pending:
        entry = one.entry
        entry.id = head.last + 1
        entry.previous = head.hash
        entry.hash = digest(entry)
        head.last, head.hash = entry.id, entry.hash
    insert_all([one.entry for one in pending])
    head.save(update_fields=["last", "hash"])
    insert_all(
        [
            notice
            for one in pending
            for notice in (
                *(Notice(entry=one.entry, organisation_id=key) for key in sorted(one.organisations)),
                *(Notice(entry=one.entry, person_id=key) for key in sorted(one.people)),
            )
        ]
    )
    owed = [
        (hook, one.entry)
        for one in pending
        for hook in hooks
        if hook.organisation_id in one.organisations and _wanted(hook, one.entry)
    ]
    known = {(hook.pk, entry.id) for hook, entry in owed}
    owed += [
        (hook, entry)
        for entry in public
        for hook in openly
        if asks_openly(hook, entry) and (hook.pk, entry.id) not in known
    ]
    insert_all([Delivery(webhook=hook, entry=entry, next_try_at=entry.at) for hook, entry in owed])


def _wanted(hook: Webhook, entry: Entry) -> bool:
    """Whether a webhook asked for such acts; an act on the webhook itself (its test) always reaches it."""
    if entry.subject_type == Webhook._meta.label_lower:
        return entry.subject_id == hook.pk
    return not hook.acts or any(entry.act.startswith(prefix) for prefix in hook.acts)


def mark_seen(actor: Actor, upto: int) -> None:
    """Notices up to id ``upto`` (of the actor's own) are no longer new. Not an act: it enters no trail."""
    if actor.person_id is None:
        raise SignInNeeded(_("请先登录再查看通知。"))
    require_scope(actor, scope_of("audit.notice.seen"))
    last = (
        Notice.objects.filter(Notice.visible_to.q(actor), id__lte=upto)
        .order_by("-id")
        .values_list("id", flat=True)
        .first()
    )
    if last is not None:
        Person.objects.filter(pk=actor.person_id, notices_seen__lt=last).update(notices_seen=last)
