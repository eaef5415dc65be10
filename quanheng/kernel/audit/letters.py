"""Who is written to of what: the trail is looked through once, and each day's digest is begun once.

An entry reaches a person by mail for one of two reasons:

``told``     somebody else did something of which the person's organisation, or the person, is told (a notice);
``waiting``  by the entry it became the person's turn in a case, or time is running out there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from quanheng.kernel.audit.models import Entry, Letter, Mailbox, MailHead, Notice
from quanheng.kernel.cases.process import PROCESSES
from quanheng.kernel.cases.queries import OVERSEERS, late_for, waiting_for
from quanheng.kernel.cases.running import calendar
from quanheng.kernel.parties.models import EmailStanding, Membership, Person
from quanheng.kernel.parties.queries import actor_of, in_force

Wish, State, Kind = Mailbox.Wish, Letter.State, Letter.Kind
BATCH = 1000
# What happened so long ago is no news: after a standstill, or where a platform is filled with what it had before.
STALE = timedelta(days=3)
# A digest is for the beginning of the day; one that could not be written by the evening is left to the next.
FROM_HOUR, UNTIL_HOUR = 8, 20
DIGESTS = 200
# Acts of the clocks: they say that time runs out, not that somebody did something.
_CLOCKS = "cases."
_FIELDS = (
    *("at", "act", "actor", "facts", "made_type", "made_id"),
    *("case__process", "case__state", "case__waiting_on", "case__waiting_role"),
)


@dataclass(frozen=True)
class Reader:
    """Somebody with an address, the roles held in an organisation, and what is wanted."""

    person: int
    roles: frozenset[str]
    told: str
    waiting: str

    def has_turn(self, role: str) -> bool:
        """Whether it is this person's turn where a case waits for ``role``: as the workbench sees it."""
        return role in self.roles or bool(self.roles & set(OVERSEERS))


def write_letters() -> int:
    """Look through what the trail has gained, and write letters of it; how many entries were looked at.

    In one transaction with the mark how far it was looked through: an entry is never in two letters to a person,
    whoever is killed when. Entries are numbered in the order in which they become visible, so none is passed over.
    """
    # Asked first: looking in earnest locks the whole of an SQLite database.
    if not Entry.objects.filter(id__gt=MailHead.objects.filter(pk=1).values("last")).exists():
        return 0
    with transaction.atomic():
        head = MailHead.objects.select_for_update().get(pk=1)
        rows = Entry.objects.filter(id__gt=head.last).select_related("case").order_by("id")
        entries = list(rows.only(*_FIELDS)[:BATCH])
        if not entries:
            return 0
        news = [entry for entry in entries if timezone.now() - entry.at < STALE]
        _write(_wanted(news))
        head.last = entries[-1].id
        head.save(update_fields=["last"])
        return len(entries)


def _wanted(entries: list[Entry]) -> dict[tuple[int, str], list[int]]:
    """(person, what is wanted) → entries, in order."""
    notices: dict[int, list[Notice]] = defaultdict(list)
    for notice in Notice.objects.filter(entry__in=[entry.id for entry in entries]):
        notices[notice.entry_id].append(notice)
    told = {one.organisation_id for some in notices.values() for one in some if one.organisation_id}
    turns = {entry.case.waiting_on_id for entry in entries if entry.case and entry.case.waiting_on_id}
    readers = _readers(told | turns)
    own = _own(told, {entry.actor_id for entry in entries if entry.actor_id})
    alone = _alone({one.person_id for some in notices.values() for one in some if one.person_id})
    wanted: dict[tuple[int, str], dict[int, None]] = defaultdict(dict)
    for entry in entries:
        for person, wish in _reached(entry, notices[entry.id], readers, alone, own):
            if person != entry.actor_id and wish != Wish.NONE:
                wanted[person, wish][entry.id] = None
    return {key: list(found) for key, found in wanted.items()}


def _reached(
    entry: Entry,
    notices: list[Notice],
    readers: dict[int, list[Reader]],
    alone: dict[int, str],
    own: set[tuple[int, int]],
) -> Iterable[tuple[int, str]]:
    """Whom an entry is to reach, and how each wants it."""
    by_clock, case = entry.act.startswith(_CLOCKS), entry.case
    reached: dict[int, str] = {}
    for notice in notices:
        if notice.person_id:
            reached[notice.person_id] = alone.get(notice.person_id, Wish.NONE)
        # What one of its own people did is no news to an organisation.
        if by_clock or (notice.organisation_id, entry.actor_id) in own:
            continue
        turn = case is not None and case.waiting_on_id == notice.organisation_id
        for one in readers.get(notice.organisation_id or 0, []):
            # What the organisation has to answer is for those who answer; what is decided is for all.
            if not turn or (case is not None and one.has_turn(case.waiting_role)):
                reached[one.person] = one.told
    if case is not None and case.waiting_on_id and (by_clock or _came_to_wait(entry)):
        for one in readers.get(case.waiting_on_id, []):
            # The digest asks the workbench itself: only who wants it at once is told of the single entry.
            if one.has_turn(case.waiting_role) and one.waiting == Wish.AT_ONCE:
                reached.setdefault(one.person, Wish.AT_ONCE)
    return reached.items()


def _came_to_wait(entry: Entry) -> bool:
    """Whether the entry brought its case to where it waits now, or made it."""
    case, moved = entry.case, entry.facts.get("state")
    if case is None:
        return False
    if moved:
        return bool(moved[1] == case.state)
    process = PROCESSES.get(case.process)
    # What a case is about has the case's own key.
    made_here = process is not None and entry.made_type == process.model.lower() and entry.made_id == case.pk
    return made_here and case.state == process.initial  # type: ignore[union-attr]


def _readers(organisations: set[int]) -> dict[int, list[Reader]]:
    """Who reads the letters of an organisation today."""
    rows = (
        Membership.objects.filter(in_force(timezone.localdate()), organisation__in=organisations)
        .filter(person__is_active=True)
        .exclude(person__email="")
        .exclude(person__email_standing=EmailStanding.UNVERIFIED)
        .values_list("organisation_id", "person_id", "role", "person__mailbox__told", "person__mailbox__waiting")
    )
    held: dict[tuple[int, int], list[Any]] = {}
    for organisation, person, role, told, waiting in rows:
        found = held.setdefault((organisation, person), [set(), told or Wish.AT_ONCE, waiting or Wish.DIGEST])
        found[0].add(role)
    readers: dict[int, list[Reader]] = defaultdict(list)
    for (organisation, person), (roles, told, waiting) in held.items():
        readers[organisation].append(Reader(person, frozenset(roles), told, waiting))
    return readers


def _own(organisations: set[int], people: set[int]) -> set[tuple[int, int]]:
    """Who of some people belongs to which of some organisations."""
    rows = Membership.objects.filter(organisation__in=organisations, person__in=people)
    return set(rows.values_list("organisation_id", "person_id"))


def _alone(people: set[int]) -> dict[int, str]:
    """How those who are told of something alone want it."""
    rows = _with_address().filter(pk__in=people).values_list("pk", "mailbox__told")
    return {key: wish or Wish.AT_ONCE for key, wish in rows}


def _with_address() -> QuerySet[Person]:
    """Who can be written to: an address that was verified, or the one that an administrator gave at first."""
    rows = Person.objects.filter(is_active=True).exclude(email="")
    return rows.exclude(email_standing=EmailStanding.UNVERIFIED)


def _write(wanted: dict[tuple[int, str], list[int]]) -> None:
    now = timezone.now()
    Letter.objects.bulk_create(
        [
            Letter(person_id=person, kind=Kind.AT_ONCE, entries=entries, next_try_at=now)
            for (person, wish), entries in wanted.items()
            if wish == Wish.AT_ONCE
        ]
    )
    kept = {person: entries for (person, wish), entries in wanted.items() if wish == Wish.DIGEST}
    open_letters = Letter.objects.select_for_update().filter(person__in=kept, state=State.COLLECTING)
    for letter in open_letters:
        letter.entries = [*letter.entries, *kept.pop(letter.person_id)]
        letter.save(update_fields=["entries"])
    Letter.objects.bulk_create(
        [Letter(person_id=person, kind=Kind.DIGEST, state=State.COLLECTING, entries=kept[person]) for person in kept]
    )


# --- digests ------------------------------------------------------------------------------------------------


def due_for_digest() -> QuerySet[Person]:
    """Whose digest of today has not been thought of yet."""
    done = Mailbox.objects.filter(person=OuterRef("pk"), digest_on=timezone.localdate())
    wants_none = Mailbox.objects.exclude(Q(told=Wish.DIGEST) | Q(waiting=Wish.DIGEST)).filter(person=OuterRef("pk"))
    return _with_address().exclude(Exists(done)).exclude(Exists(wants_none)).order_by("pk")


def begin_digests(most: int = DIGESTS) -> int:
    """In the morning of a working day, begin the digest of each who wants one and has something; how many."""
    now = timezone.localtime()
    if not FROM_HOUR <= now.hour < UNTIL_HOUR or not calendar().is_workday(now.date()):
        return 0
    return sum(_begin_digest(person) for person in due_for_digest()[:most])


@transaction.atomic
def _begin_digest(person: Person) -> bool:
    """The digest of today for one person, once whoever else thinks of it too; whether there is one."""
    today = timezone.localdate()
    Mailbox.objects.get_or_create(person=person)
    box = Mailbox.objects.select_for_update().get(person=person)
    if box.digest_on == today:
        return False
    box.digest_on = today
    box.save(update_fields=["digest_on"])
    collected = Letter.objects.select_for_update().filter(person=person, state=State.COLLECTING).first()
    actor = actor_of(person)
    waits = box.waiting == Wish.DIGEST and (waiting_for(actor).exists() or late_for(actor).exists())
    if collected is None and not waits:
        return False
    letter = collected or Letter(person=person, kind=Kind.DIGEST)
    letter.state, letter.next_try_at = State.WAITING, timezone.now()
    letter.save()
    return True
