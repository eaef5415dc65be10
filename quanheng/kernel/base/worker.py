"""The background worker: does tasks from the queue, periodic jobs, and takes up what a killed worker left.

The queue itself never does a task again whose worker was killed in the middle: it stays "running" for ever.
So a worker's name tells its machine and process; where that process is no more, the task goes back to the
queue. Tasks are therefore written so that doing them twice does no harm.

Tasks of the queue ``long`` take minutes and nobody sits and waits for them (the releases of open data). They are done
by a process beside the worker, which lives as long as there are any: what people wait for does not wait for them.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections, transaction
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from quanheng.kernel.base.periodic import LONG, Ticker
from quanheng.kernel.base.processes import end_with_parent

logger = logging.getLogger(__name__)

# A worker on another machine cannot be asked whether it lives: its task is lost after this time.
LIMIT = timedelta(minutes=15)
# A task that took its worker down with it so often is not tried again.
ATTEMPTS = 3
# So many tasks are done before the next periodic job gets its turn.
BATCH = 100
PAUSE = 0.2
# How much more than the worker the process beside it gives way to all others.
GIVING_WAY = 10
# Seconds before another one is started: one that cannot do its work is not started over and over.
BETWEEN = 10.0


class WorkerLost(Exception):
    """The worker of a task ended before the task did."""


def worker_name() -> str:
    """This process's name as a worker: machine, process and when that process began; at most 64 characters."""
    pid = os.getpid()
    return f"{_machine()}:{pid}:{_began(pid)}"


def _machine() -> str:
    return socket.gethostname().replace(":", "-")[:36]


def _began(pid: int) -> str | None:
    """When a process of this machine began, in ticks since its boot; "0" where /proc tells nothing; None if gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return None
        except PermissionError:
            return "0"
        return "0"
    state, *fields = stat.rpartition(")")[2].split()
    return None if state in "ZX" else fields[18]


def alive(name: str) -> bool | None:
    """Whether the worker of that name still runs; None where it cannot be known from this machine."""
    machine, _, rest = name.partition(":")
    pid, _, began = rest.partition(":")
    if machine != _machine() or not pid.isdigit():
        return None
    return _began(int(pid)) == began


def reap(now: datetime | None = None) -> list[UUID]:
    """Put tasks that lost their worker back into the queue, or give them up after ATTEMPTS; returns their ids."""
    now = now or timezone.now()
    lost = []
    with transaction.atomic():
        for row in DBTaskResult.objects.running().select_for_update(skip_locked=True):
            name = row.worker_ids[-1] if row.worker_ids else ""
            lives = alive(name)
            if lives or (lives is None and row.started_at is not None and now - row.started_at < LIMIT):
                continue
            lost.append(row.pk)
            if len(row.worker_ids) < ATTEMPTS:
                logger.warning("task %s (%s) lost its worker %s: enqueued anew", row.pk, row.task_path, name)
                row.status, row.started_at = TaskResultStatus.READY, None
                row.save(update_fields=["status", "started_at"])
            else:
                logger.error("task %s (%s) lost %d workers: given up", row.pk, row.task_path, len(row.worker_ids))
                row.set_failed(WorkerLost(f"lost its worker {len(row.worker_ids)} times, last {name}"))
    return lost


class Worker(db_worker.Worker):
    """One worker process. The first signal lets the task or job at hand finish, the second does not."""

    def __init__(self, ticker: Ticker, *, long: bool = False) -> None:
        super().__init__(
            queue_names=[LONG] if long else ["*"],
            interval=0,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=BATCH,
            worker_id=worker_name(),
            excluded_queue_names=[] if long else [LONG],
        )
        self.ticker = ticker
        self.beside: subprocess.Popen[bytes] | None = None
        self.beside_begun = float("-inf")

    def shutdown(self, signum: int, frame: FrameType | None) -> None:
        if not self.running:
            self.reset_signals()
            sys.exit(128 + signum)
        logger.info("%s: finishing what is at hand", signal.strsignal(signum))
        self.running = False

    def work_beside(self) -> None:
        """As the process beside a worker: the long tasks that there are, to the last one."""
        end_with_parent()
        os.nice(GIVING_WAY)
        self.run()

    def _see_to_long_tasks(self) -> None:
        if self.beside is not None and self.beside.poll() is None:
            return
        if time.monotonic() - self.beside_begun < BETWEEN:
            return
        if DBTaskResult.objects.ready().filter(queue_name=LONG).exists():
            self.beside_begun = time.monotonic()
            # However this worker was started, its code is found.
            found = os.pathsep.join(filter(None, (str(settings.ROOT), os.environ.get("PYTHONPATH", ""))))
            self.beside = subprocess.Popen(
                [sys.executable, "-P", "-m", "django", "work", "--long"], env={**os.environ, "PYTHONPATH": found}
            )

    def work(self) -> None:
        """Until told to stop: a job whose time has come, then tasks, then the next job."""
        while self.running:
            close_old_connections()
            done = self.ticker.step()
            self._see_to_long_tasks()
            # Asked first, because taking a task locks the whole of an SQLite database.
            if self.running and DBTaskResult.objects.ready().exclude(queue_name=LONG).exists():
                self._run_tasks = 0
                self.run()
            elif self.running and not done:
                time.sleep(PAUSE)
        if self.beside is not None and self.beside.poll() is None:
            self.beside.terminate()
            self.beside.wait()
