"""One institution for each item, within what each has room for.

``composing`` knows no capacity: its candidates come with days. Here they come with the days behind the queue of their
institution, and what the choice gives to one institution is then counted together. Where that takes longer than each
item by itself, those candidates are made slower and it is chosen again; where it is more than the institution takes
on, some of it goes elsewhere. The days that are told are always those of the choice as it is, so they are never sooner
than capacity allows. Only a choice that needed no second look is proved to be the best.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from quanheng.domains.services.composing.choice import Candidate, Choice, Limits, Wanted
from quanheng.domains.services.composing.limits import Relaxation
from quanheng.domains.services.matching import Match, Offer
from quanheng.domains.services.room import Room, Work
from quanheng.domains.services.wanting import METROLOGY, bundle_of
from quanheng.kernel.base.texts import Told

if TYPE_CHECKING:
    from quanheng.domains.services.composing.ways import Composition

# After so many looks at what is slower together, the last choice is taken with its days as they are.
LOOKS = 4
LEAST_SECONDS = 0.05
# What one plan may take to be chosen; then the best found so far is taken, and how far from the best it may be is told.
SECONDS = 1.3
# Who does not take an item on beside the rest, by the item's position and the scope line.
Barred = dict[tuple[int, int], Told]
# An order's days as they count towards a deadline (``timing.counted``): days, whether it is a test.
Counted = Callable[[int, bool], int]


def as_they_are(days: int, _test: bool) -> int:
    """Days count as they are."""
    return days


@dataclass(frozen=True)
class Chosen:
    """An offer for each position, and the working days of each as the choice places it.

    ``gap`` as in ``Composition``; None where nothing is proved. ``left``: positions for which nobody has room beside
    the rest, with the reason.
    """

    offers: dict[int, Offer]
    days: dict[int, int]
    wanted: Sequence[Wanted]
    choice: Choice
    gap: float | None = 0.0
    relaxations: tuple[Relaxation, ...] = ()
    left: dict[int, Told] = field(default_factory=dict)


class Market:
    """Who can do what, with the room that each has."""

    def __init__(
        self, matches: Sequence[Match], room: Room, *, counted: Counted = as_they_are, gone: int | None = None
    ) -> None:
        """``gone``: the key of an institution that is not asked."""
        self.matches = [match for match in matches if match.offers]
        self.room, self._counted = room, counted
        self.offers = {
            match.subject.position: {
                offer.line.id: offer for offer in match.offers if offer.line.organisation_id != gone
            }
            for match in self.matches
        }
        self._first = [self._wanted(match) for match in self.matches]

    def _wanted(self, match: Match) -> Wanted:
        found = self.offers[match.subject.position].values()
        return self._item(match, tuple(self._candidate(match, one, one.days) for one in found))

    def _item(self, match: Match, candidates: tuple[Candidate, ...]) -> Wanted:
        return Wanted(match.subject.position, bundle_of(match.subject.item, match.activity), candidates)

    def _candidate(self, match: Match, offer: Offer, days: int) -> Candidate:
        line = offer.line
        counted = self._counted(days, match.activity not in METROLOGY)
        return Candidate(line.organisation_id, line.id, line.price_cents * match.subject.count, counted)

    def _again(self, given: dict[int, int], barred: Barred) -> list[Wanted]:
        """The same once more: slower where more is given to a queue, without whoever does not take an item on."""
        found = []
        for match, first in zip(self.matches, self._first, strict=True):
            position, offers = match.subject.position, self.offers[match.subject.position]
            candidates = []
            for one in first.candidates:
                if (position, one.line) in barred:
                    continue
                work = offers[one.line].work
                if any(queue.key in given for queue in work.queues):
                    days = self.room.days(work, given)
                    if ended := self.room.lasting.ends_early(work.line, days):
                        barred[position, one.line] = ended
                        continue
                    one = self._candidate(match, offers[one.line], days)
                candidates.append(one)
            found.append(self._item(match, tuple(candidates)))
        return found

    def choose(self, prefer: str, limits: Limits, seconds: float) -> Chosen:
        """The best choice by ``prefer`` that keeps the limits and the room, or the nearest limits that can be kept."""
        ends = time.perf_counter() + seconds
        given: dict[int, int] = {}
        barred: Barred = {}
        left: dict[int, Told] = {}
        wanted, looks = [one for one in self._first if one.candidates], 0
        while True:
            composed = _compose(wanted, prefer, limits, max(LEAST_SECONDS, ends - time.perf_counter()))
            works = {position: self.offers[position][one.line].work for position, one in composed.choice.items()}
            amounts = self.room.amounts(works.values())
            over = self._over(works, amounts, wanted)
            slower = self._slower(works, amounts, given) if looks < LOOKS else {}
            if not over and not slower:
                break
            looks, barred, given = looks + 1, barred | over, given | slower
            wanted = self._again(given, barred)
            why = {position: told for (position, _line), told in barred.items()}
            left |= {one.position: why[one.position] for one in wanted if not one.candidates}
            wanted = [one for one in wanted if one.candidates]
        offers = {position: self.offers[position][one.line] for position, one in composed.choice.items()}
        days = {position: self.room.days(work, amounts) for position, work in works.items()}
        gap = None if looks else composed.gap
        return Chosen(offers, days, wanted, composed.choice, gap, composed.relaxations, left)

    def _slower(self, works: dict[int, Work], amounts: dict[int, int], given: dict[int, int]) -> dict[int, int]:
        """What queues are given, where items take longer together than they were reckoned with."""
        found: dict[int, int] = {}
        for work in works.values():
            if self.room.days(work, amounts) > self.room.days(work, given):
                found |= {queue.key: amounts[queue.key] for queue in work.queues}
        return found

    def _over(self, works: dict[int, Work], amounts: dict[int, int], wanted: Sequence[Wanted]) -> Barred:
        """Items that go elsewhere: their institution does not take on as much, or its competence ends before it is
        done. Of what is too much, those go first that most others do."""
        others = {one.position: len({each.institution for each in one.candidates}) for one in wanted}
        found: Barred = {}
        for position, work in works.items():
            if ended := self.room.lasting.ends_early(work.line, self.room.days(work, amounts)):
                found[position, work.line.pk] = ended
        queues = {queue.key: queue for work in works.values() for queue in work.queues}
        for key, queue in queues.items():
            inside = [position for position, work in works.items() if queue in work.queues]
            inside.sort(key=lambda position: (-others[position], -position))
            now = amounts[key]
            while queue.full(now):
                work = works[inside[0]]
                found[inside.pop(0), work.line.pk] = self.room.full(queue, now)
                now = self.room.amounts(works[position] for position in inside).get(key, 0)
        return found


def _compose(wanted: Sequence[Wanted], prefer: str, limits: Limits, seconds: float) -> Composition:
    from quanheng.domains.services.composing.ways import compose  # 30 MB that only processes which compose carry

    return compose(wanted, prefer, limits, seconds)
