"""Who can do each determination of a need: the competence register asked once for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.utils.translation import gettext_lazy as _

from quanheng.domains.services import chips
from quanheng.domains.services.models import Need
from quanheng.domains.services.near import Nearness, nearness_of
from quanheng.domains.services.room import Room, Work
from quanheng.domains.services.wanting import METROLOGY, Subject
from quanheng.kernel.base.texts import Told, both
from quanheng.kernel.competence.asking import Answer, Ask, Candidate
from quanheng.kernel.competence.models import Recognition, ScopeLine
from quanheng.kernel.competence.queries import who_can_many

# More than there are institutions in a city; a plan is chosen among all of them.
ABLE, UNABLE = 150, 30
# Where not everybody is near enough, those who are may be far down the list.
ABLE_ANYWHERE = 1000
# What speaks for whoever can; that its method is in force is taken for granted.
_SPEAKING = frozenset(("range", "uncertainty", "scheme", "recognition", "place"))


@dataclass(frozen=True)
class Offer:
    """A scope line that can do what is asked, with what speaks for it and what has to be known of it.

    ``days``: working days until it is done behind whatever its institution has in hand, ``work`` what it is given.
    """

    line: ScopeLine
    candidate: Candidate
    work: Work
    days: int

    @cached_property
    def reasons(self) -> list[Told]:
        """What was asked and holds."""
        return [one.told for one in self.candidate.criteria if one.code in _SPEAKING]

    @cached_property
    def doubts(self) -> list[Told]:
        """Restrictions of the line."""
        return [one.told for one in self.candidate.criteria if one.code == "restriction"]


@dataclass(frozen=True)
class Refused:
    """An institution that nearly can, and what is missing."""

    uid: str
    name_zh: str
    name_en: str
    reasons: tuple[Told, ...]


@dataclass(frozen=True)
class Match:
    """A determination with the activity by which it can be done, everyone able and those who nearly are."""

    subject: Subject
    activity: str
    offers: tuple[Offer, ...]
    missed: tuple[Candidate, ...]
    # Lines that can do it but for one thing: a further recognition that was wanted, that they end too soon, that they
    # are not near enough.
    lacking: tuple[tuple[ScopeLine, Told], ...] = ()
    # Who could do it if they were near enough, or had room.
    beyond: tuple[Offer, ...] = ()
    busy: bool = False

    @cached_property
    def by_line(self) -> dict[int, Offer]:
        """Offers by the key of their scope line."""
        return {offer.line.pk: offer for offer in self.offers}

    @cached_property
    def refused(self) -> tuple[Refused, ...]:
        """The institutions that nearly can, each once."""
        able = {offer.line.organisation_id for offer in self.offers}
        why: dict[int, tuple[ScopeLine, tuple[Told, ...]]] = {}
        for line, reason in self.lacking:
            why.setdefault(line.organisation_id, (line, (reason,)))
        for one in self.missed:
            if one.line.organisation_id not in why:
                why[one.line.organisation_id] = (one.line, tuple(failed.told for failed in one.failed))
        return tuple(
            Refused(line.organisation.uid, line.organisation.name_zh, line.organisation.name_en, reasons)
            for key, (line, reasons) in why.items()
            if key not in able
        )


def ask(
    subjects: Sequence[Subject],
    need: Need,
    day: date,
    holders: Sequence[int | None] | None = None,
    near: Nearness | None = None,
) -> tuple[Room, list[Match]]:
    """A match for each determination, in order, and the room that those who can do it have; ten queries at most.

    ``holders``: for each determination the key of the one institution that is asked; without them, all are.
    """
    if not subjects:
        return Room((), day), []
    near = near or nearness_of(need)
    asks: dict[tuple[int, str, str], Ask] = {}
    for slot, (subject, holder) in enumerate(zip(subjects, holders or [None] * len(subjects), strict=True)):
        reach, unit = subject.reach
        for activity in subject.activities:
            for scheme in _schemes(need, activity):
                asks[slot, activity, scheme] = Ask.read(
                    subject.item,
                    activity,
                    on=day,
                    family=subject.family,
                    method=subject.method.number if subject.method else "",
                    range=reach,
                    unit=unit,
                    uncertainty=subject.uncertainty,
                    place=near.origin,
                    scheme=scheme,
                    holder=holder,
                )
    answers = who_can_many(asks, able=ABLE_ANYWHERE if near.binding else ABLE, unable=UNABLE)
    able = (one.line for answer in answers.values() for one in answer.able)
    room = Room(able, day)
    return room, [_match(slot, subject, need, answers, room, near) for slot, subject in enumerate(subjects)]


def _schemes(need: Need, activity: str) -> list[str]:
    """The recognitions wanted for an activity; [""] for none. CMA is for testing and inspection alone."""
    wanted = [code for code in chips.codes(need.understanding, "recognition") if code in Recognition.Scheme.values]
    if activity in METROLOGY:
        wanted = [code for code in wanted if code != Recognition.Scheme.CMA]
    return wanted or [""]


def _match(
    slot: int,
    subject: Subject,
    need: Need,
    answers: dict[tuple[int, str, str], Answer],
    room: Room,
    near: Nearness,
) -> Match:
    """By the first activity that anyone can do it by; where nobody can, by the first that anyone could farther away.

    Who can today but not any more when the report would be out is not offered, nor who is not near enough or takes
    nothing more on.
    """
    matches = []
    for activity in subject.activities:
        first, *others = (answers[slot, activity, scheme] for scheme in _schemes(need, activity))
        offers, lacking = list(first.able), []
        for answer in others:
            holders = {one.line.organisation_id for one in answer.able}
            without = both(_("此项能力不在%(asked)s之下"), asked=Recognition.Scheme(answer.ask.scheme).label)
            lacking += [(one.line, without) for one in offers if one.line.organisation_id not in holders]
            offers = [one for one in offers if one.line.organisation_id in holders]
        made = {one.line.id: _offer(subject, activity, one, room) for one in offers}
        refused = [(one.line, reason) for one in offers if (reason := room.refuses(made[one.line.id].work))]
        if refused:
            without_room = {line.id for line, _reason in refused}
            offers, lacking = [one for one in offers if one.line.id not in without_room], [*lacking, *refused]
        away = [(one, reason) for one in offers if (reason := near.refuses(one))] if near.binding else []
        if away:
            far = {one.line.pk for one, _reason in away}
            offers = [one for one in offers if one.line.pk not in far]
            lacking += [(one.line, reason) for one, reason in away]
        found = Match(
            subject,
            activity,
            tuple(made[one.line.id] for one in offers),
            first.unable,
            tuple(lacking),
            tuple(made[one.line.id] for one, _reason in away),
            # Somebody can, who only has no room now.
            busy=any(room.busy(made[line.id].work) for line, _reason in refused),
        )
        if found.offers:
            return found
        matches.append(found)
    return next((one for one in matches if one.beyond), matches[0])


def _offer(subject: Subject, activity: str, one: Candidate, room: Room) -> Offer:
    work = room.work(subject, activity, one.line)
    return Offer(one.line, one, work, room.days(work))
