"""When work behind other work is done."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from quanheng.domains.capacity.reckoning import WEEK, Queue, days_for

_WEEKS = st.one_of(st.none(), st.integers(1, 52))
_QUEUES = st.builds(
    Queue, st.just(1), st.integers(1, 500), st.integers(0, 2000), st.integers(0, 60), _WEEKS, st.booleans()
)


@given(_QUEUES, st.integers(1, 200), st.integers(1, 60))
def test_nothing_is_done_sooner_than_the_rate_allows(queue: Queue, own: int, usual: int) -> None:
    days = queue.days(own, usual)
    assert queue.per_week * days >= WEEK * (queue.ahead + own)
    assert days >= usual
    assert days >= queue.opens_in + usual


@given(_QUEUES, st.integers(1, 200), st.integers(1, 60))
def test_more_ahead_or_more_of_ones_own_is_never_sooner(queue: Queue, own: int, usual: int) -> None:
    further = Queue(1, queue.per_week, queue.ahead + 1, queue.opens_in, queue.most_weeks, queue.pieces)
    assert further.days(own, usual) >= queue.days(own, usual) <= queue.days(own + 1, usual)
    assert queue.full(own) <= further.full(own)
    assert queue.full(own) <= queue.full(own + 1)


@given(_QUEUES, st.integers(1, 200))
def test_who_is_full_has_room_when_told(queue: Queue, own: int) -> None:
    """Unless so much is never taken on at once, it fits once what was told has passed at the stated rate."""
    if not queue.full(own):
        assert queue.most_weeks is None or queue.free_in(own) == 0
        return
    assert queue.most_weeks is not None
    done = queue.per_week * queue.free_in(own) // WEEK
    later = Queue(1, queue.per_week, max(0, queue.ahead - done), 0, queue.most_weeks)
    assert not later.full(own) or own > queue.most_weeks * queue.per_week


def test_in_numbers() -> None:
    # 60 a week are 12 a day; 30 ahead leave in three days, and 25 more take three.
    queue = Queue(1, per_week=60, ahead=30)
    assert (queue.waits, queue.days(1, 4), queue.days(25, 2), days_for(25, 60)) == (3, 7, 6, 3)
    assert Queue(1, per_week=60, ahead=0).days(1, 4) == 4
    # One takes on two weeks' work: 120, of which 110 are there.
    tight = Queue(1, per_week=60, ahead=110, most_weeks=2)
    assert (tight.room(), tight.full(10), tight.full(11), tight.free_in(11)) == (10, False, True, 1)
