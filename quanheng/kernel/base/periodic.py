"""Jobs that the background worker does every so often: an app declares them in its ``jobs.py``.

    @every(60)
    def remind() -> None: ...

A job is short and may be done twice (a second worker, a restart): long work is enqueued as a task, in the queue
``LONG`` where nobody sits and waits for it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.module_loading import autodiscover_modules

logger = logging.getLogger(__name__)

LONG = "long"


@dataclass(frozen=True)
class Job:
    """What to do, and how many seconds to let pass in between."""

    name: str
    seconds: float
    function: Callable[[], object]


JOBS: dict[str, Job] = {}


def every(seconds: float) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Declare a job. The first time is when the worker starts."""
    if seconds <= 0:
        raise ValueError(f"a job cannot be done every {seconds} seconds")

    def declare(function: Callable[[], object]) -> Callable[[], object]:
        name = f"{function.__module__}.{function.__qualname__}"
        if name in JOBS:
            raise ValueError(f"job declared twice: {name}")
        JOBS[name] = Job(name, seconds, function)
        return function

    return declare


def discover() -> Mapping[str, Job]:
    """Every job of every installed app."""
    autodiscover_modules("jobs")
    return JOBS


class Ticker:
    """Knows when each job was last begun, and does what is due."""

    def __init__(self, jobs: Mapping[str, Job], clock: Callable[[], float] = time.monotonic) -> None:
        self.jobs = jobs
        self.clock = clock
        self.begun: dict[str, float] = {}

    def step(self) -> str:
        """Do the one job that has been due for longest, the more frequent of two first; its name, or "" where none is.

        One at a time: whoever waits for a task waits for one job at most. A job that fails is logged and tried again at
        its next time.
        """
        now = self.clock()
        waiting = [
            (self.begun.get(name, float("-inf")) + job.seconds, job.seconds, name) for name, job in self.jobs.items()
        ]
        since, _seconds, name = min(waiting, default=(now, 0.0, ""))
        if not name or since > now:
            return ""
        self.begun[name] = now
        try:
            self.jobs[name].function()
        except Exception:
            logger.exception("periodic job %s failed; next try in %s s", name, self.jobs[name].seconds)
        return name
