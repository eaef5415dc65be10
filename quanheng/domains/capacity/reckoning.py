"""When work can be done that waits behind other work: pure, in working days.

An institution does ``per_week`` in a week of five working days, one thing after the other. What is ahead of new work
leaves the queue in ⌈5·ahead / per_week⌉ days; the work itself takes its usual time, or as long as its own number
needs at that rate. So ``per_week / 5 · days ≥ ahead + own`` always: nothing is promised sooner than the rate allows.
"""

from __future__ import annotations

from dataclasses import dataclass

WEEK = 5  # working days: what "a week" means in a statement


def days_for(amount: int, per_week: int) -> int:
    """Working days in which so much is done at that rate.

    >>> days_for(0, 10), days_for(1, 10), days_for(10, 10), days_for(11, 10)
    (0, 1, 5, 6)
    """
    return -(-WEEK * amount // per_week)


@dataclass(frozen=True)
class Queue:
    """What stands before new work under one statement.

    ``ahead``: not yet determined, of the platform and of others. ``opens_in``: working days before which nothing new
    is begun. ``most_weeks``: how many weeks' work is taken on at most, None for any. ``pieces``: it counts pieces
    (items, or instruments) rather than orders.
    """

    key: int
    per_week: int
    ahead: int
    opens_in: int = 0
    most_weeks: int | None = None
    pieces: bool = True

    @property
    def waits(self) -> int:
        """Working days until work that is placed now is begun at the latest."""
        return max(self.opens_in, days_for(self.ahead, self.per_week))

    def days(self, own: int, usual: int) -> int:
        """Working days in which so much work of one's own is done that takes ``usual`` days where nobody waits."""
        return self.waits + max(usual, days_for(own, self.per_week))

    def room(self) -> int | None:
        """How much more is taken on today; None where there is no limit."""
        return None if self.most_weeks is None else max(0, self.most_weeks * self.per_week - self.ahead)

    def full(self, own: int) -> bool:
        """Whether so much more is not taken on."""
        room = self.room()
        return room is not None and own > room

    def free_in(self, own: int) -> int:
        """Working days after which so much more fits, if nothing else is taken on meanwhile.

        More than is ever taken on at once fits when nothing is ahead.
        """
        over = self.ahead + own - (self.most_weeks or 0) * self.per_week
        return days_for(min(max(0, over), self.ahead), self.per_week)
