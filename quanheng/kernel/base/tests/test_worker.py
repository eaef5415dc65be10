"""A task is taken up again exactly when its worker is gone."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from django_tasks import task
from django_tasks.base import TaskResultStatus
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from quanheng.kernel.base import worker
from quanheng.kernel.base.periodic import LONG, Job, Ticker

pytestmark = pytest.mark.django_db

DONE: list[int] = []


@task()
def note(number: int) -> None:
    """Remember a number."""
    DONE.append(number)


def running(*names: str, started_minutes_ago: float = 1) -> DBTaskResult:
    """A task that the last of ``names`` is at work on."""
    row = DBTaskResult.objects.get(pk=note.enqueue(1).id)
    row.status, row.worker_ids = TaskResultStatus.RUNNING, list(names)
    row.started_at = timezone.now() - timedelta(minutes=started_minutes_ago)
    row.save()
    return row


def gone() -> str:
    """The name of a worker of this machine that has ended."""
    code = "from quanheng.kernel.base.worker import worker_name; print(worker_name())"
    setup = "import django; django.setup(); "
    return subprocess.run(
        [sys.executable, "-c", setup + code], check=True, text=True, capture_output=True
    ).stdout.strip()


def test_a_living_worker_keeps_its_task_however_long_it_takes() -> None:
    row = running(worker.worker_name(), started_minutes_ago=600)
    assert worker.alive(worker.worker_name()) is True
    assert worker.reap() == []
    row.refresh_from_db()
    assert row.status == TaskResultStatus.RUNNING


def test_the_task_of_a_dead_worker_is_done_after_all(monkeypatch: pytest.MonkeyPatch) -> None:
    name = gone()
    assert worker.alive(name) is False
    row = running(name)
    assert worker.reap() == [row.pk]
    monkeypatch.setattr(sys.modules[__name__], "DONE", [])
    # The test's transaction lives in this connection; a worker renews its own from time to time.
    for module in (worker, db_worker):
        monkeypatch.setattr(module, "close_old_connections", lambda: None)
    once = worker.Worker(Ticker({}))
    monkeypatch.setattr(worker.time, "sleep", lambda _seconds: setattr(once, "running", False))
    once.work()
    row.refresh_from_db()
    assert row.status == TaskResultStatus.SUCCESSFUL
    assert DONE == [1]
    assert row.worker_ids == [name, worker.worker_name()]


def test_a_task_waits_for_one_job_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a start all jobs are due, and at a city's size they take a minute together."""
    monkeypatch.setattr(sys.modules[__name__], "DONE", [])
    for module in (worker, db_worker):
        monkeypatch.setattr(module, "close_old_connections", lambda: None)
    seen: list[list[int]] = []
    jobs = {name: Job(name, 60, lambda: seen.append([*DONE])) for name in ("one", "two", "three")}
    note.enqueue(7)
    once = worker.Worker(Ticker(jobs))
    monkeypatch.setattr(worker.time, "sleep", lambda _seconds: setattr(once, "running", False))
    once.work()
    assert seen == [[], [7], [7]]


class Beside:
    """Stands for the process that a worker starts: nothing of the test's records is to be seen from another."""

    def __init__(self, command: list[str]) -> None:
        self.command, self.ended, self.told = command, False, False

    def poll(self) -> int | None:
        return 0 if self.ended else None

    def terminate(self) -> None:
        self.told = self.ended = True

    def wait(self) -> None:
        assert self.ended


def test_long_tasks_are_done_beside_the_worker_by_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "DONE", [])
    for module in (worker, db_worker):
        monkeypatch.setattr(module, "close_old_connections", lambda: None)
    monkeypatch.setattr(worker, "end_with_parent", lambda: None)
    monkeypatch.setattr(worker.os, "nice", lambda _more: 0)
    started: list[Beside] = []

    def start(command: list[str], env: dict[str, str]) -> Beside:
        assert str(settings.ROOT) in env["PYTHONPATH"].split(os.pathsep)
        started.append(Beside(command))
        return started[-1]

    monkeypatch.setattr(worker.subprocess, "Popen", start)
    for number in (1, 2):
        note.using(queue_name=LONG).enqueue(number)
    note.enqueue(3)
    pauses = iter([None, None, None])
    main = worker.Worker(Ticker({}))

    def sleep(_seconds: float) -> None:
        if next(pauses, "over") == "over":
            main.running = False

    monkeypatch.setattr(worker.time, "sleep", sleep)
    main.work()
    assert DONE == [3], "the worker leaves long tasks alone"
    assert [one.command[-2:] for one in started] == [["work", "--long"]], "one process, however often it looks"
    assert started[0].told, "which ends with its worker"
    main._see_to_long_tasks()
    assert len(started) == 1, "one that ended with its work undone is not started again at once"
    monkeypatch.setattr(worker, "BETWEEN", 0)
    main._see_to_long_tasks()
    assert len(started) == 2
    worker.Worker(Ticker({}), long=True).work_beside()
    assert DONE == [3, 1, 2]


def test_a_process_that_took_over_the_number_is_not_the_worker() -> None:
    machine, pid, began = worker.worker_name().split(":")
    assert worker.alive(f"{machine}:{pid}:{int(began) - 1}") is False


def test_another_machine_is_waited_for() -> None:
    name = "elsewhere:17:4711"
    assert worker.alive(name) is None
    young, old = running(name, started_minutes_ago=1), running(name, started_minutes_ago=16)
    assert worker.reap() == [old.pk]
    young.refresh_from_db()
    assert young.status == TaskResultStatus.RUNNING


def test_a_task_that_kills_every_worker_is_given_up() -> None:
    name = gone()
    row = running(*[name] * worker.ATTEMPTS)
    assert worker.reap() == [row.pk]
    row.refresh_from_db()
    assert row.status == TaskResultStatus.FAILED
    assert row.exception_class_path.endswith("WorkerLost")
    assert worker.reap() == []
