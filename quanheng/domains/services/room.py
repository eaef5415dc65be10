"""Whether institutions have room: how the days of an order follow from what they can do in a week and have in hand.

Days of a scope line are those of work for which nobody waits. Where its institution states its capacity, what is ahead
comes first (``capacity.reckoning``), and all that one plan gives it counts together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from quanheng.domains.capacity.queries import Book
from quanheng.domains.capacity.reckoning import Queue, days_for
from quanheng.domains.services.lasting import Lasting
from quanheng.domains.services.wanting import Subject, bundle_of
from quanheng.kernel.base.texts import Sentence, Told, both
from quanheng.kernel.competence.models import ScopeLine

Amounts = Mapping[int, int]
_NONE: Amounts = {}
_FULL = Sentence(_("手头任务已排满，预计 %(day)s 起才能再接"))
_TOO_MUCH = Sentence(_("超出该机构一次能接的数量"))
_OPENS = Sentence(_("%(day)s 起才开始新任务"))
_AT_ONCE = Sentence(_("申报的能力有余量，不用排队"))


@dataclass(frozen=True)
class Work:
    """A determination given to a scope line: the queues in which it stands, and the ``bundle`` that is one order."""

    line: ScopeLine
    queues: tuple[Queue, ...]
    count: int
    bundle: str


class Room:
    """The queues in which work under some scope lines would stand on a day; what of a competence lasts behind them."""

    def __init__(self, lines: Iterable[ScopeLine], day: date) -> None:
        self.day = day
        self.lasting = Lasting(day)
        self._book = Book(lines, day)
        self.full = lru_cache(maxsize=None)(self._full_until)

    def work(self, subject: Subject, activity: str, line: ScopeLine) -> Work:
        """What a scope line would be given."""
        queues: tuple[Queue, ...] = ()
        # Of those who state nothing, nothing is reckoned.
        if line.organisation_id in self._book.stating:
            family = subject.family.id if subject.family else None
            queues = self._book.queues(line.organisation_id, activity, family, line.id)
        return Work(line, queues, subject.count, bundle_of(subject.item, activity) if queues else "")

    def days(self, work: Work, given: Amounts = _NONE) -> int:
        """Working days until it is done; ``given``: what each queue is given beside it, or together with it."""
        usual = work.line.days
        return max((one.days(_own(one, work, given), usual) for one in work.queues), default=usual)

    def amounts(self, works: Iterable[Work]) -> dict[int, int]:
        """What several determinations come to in each queue: pieces, or orders."""
        pieces: dict[int, int] = {}
        orders: dict[int, set[str]] = {}
        for work in works:
            for one in work.queues:
                if one.pieces:
                    pieces[one.key] = pieces.get(one.key, 0) + work.count
                else:
                    orders.setdefault(one.key, set()).add(work.bundle)
        return pieces | {key: len(some) for key, some in orders.items()}

    def busy(self, work: Work) -> bool:
        """Whether its institution takes nothing like it on today, however competent."""
        return any(one.full(_own(one, work, _NONE)) for one in work.queues)

    def refuses(self, work: Work, given: Amounts = _NONE) -> Told | None:
        """Why its institution does not take it on, or cannot finish it in time; None where it can."""
        for one in work.queues:
            own = _own(one, work, given)
            if one.full(own):
                return self.full(one, own)
        return self.lasting.ends_early(work.line, self.days(work, given))

    def _full_until(self, queue: Queue, own: int) -> Told:
        """That a queue is full for so much more, and until when."""
        if own > (queue.most_weeks or 0) * queue.per_week:
            return _TOO_MUCH.told()
        calendar = self._book.today.calendar
        return _FULL.told(day=calendar.add_workdays(self.day, queue.free_in(own)))

    def waits(self, work: Work, given: Amounts = _NONE) -> Iterator[Told]:
        """In words, why it takes longer than usual; of work that stands in some queue."""
        queues = work.queues
        waits, opens = max(one.waits for one in queues), max(one.opens_in for one in queues)
        if opens and opens == waits:
            yield _OPENS.told(day=self._book.today.calendar.add_workdays(self.day, opens + 1))
        elif waits:
            yield _queued(waits)
        slow = max(days_for(_own(one, work, given), one.per_week) for one in queues)
        if slow > work.line.days:
            yield _slow(slow)

    def at_once(self, work: Work) -> Told | None:
        """That nobody is ahead, where the institution says what it can do."""
        return None if any(one.waits for one in work.queues) else _AT_ONCE.told()


def _own(queue: Queue, work: Work, given: Amounts) -> int:
    return max(given.get(queue.key, 0), work.count if queue.pieces else 1)


@lru_cache(maxsize=512)
def _queued(days: int) -> Told:
    sentence = ngettext_lazy("要排队：约 %(days)s 个工作日后开始", "要排队：约 %(days)s 个工作日后开始", days)
    return both(sentence, days=days)


@lru_cache(maxsize=512)
def _slow(days: int) -> Told:
    sentence = ngettext_lazy(
        "按它每周的能力，这些项目约需 %(days)s 个工作日", "按它每周的能力，这些项目约需 %(days)s 个工作日", days
    )
    return both(sentence, days=days)
