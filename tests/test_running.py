"""The platform as a whole: it starts, it stops as one, and a killed worker's task is done after all."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from quanheng.cli.instance import PYTHON, Instance, free_port

pytestmark = pytest.mark.faults

MakeServer = Callable[..., Instance]


def wait_for(true: Callable[[], object], seconds: float = 120.0) -> None:
    """Return as soon as ``true()`` holds; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)


def enqueue(instance: Instance, path: Path) -> None:
    instance.manage(
        "shell", "-v0", "-c", f"from tests.sleeper import sleep_and_note as t; t.enqueue({str(path)!r}, 120)"
    )


def lines(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


def test_a_task_outlives_its_worker(make_server: MakeServer, tmp_path: Path) -> None:
    instance, notes = make_server(None, start=False), tmp_path / "notes"
    enqueue(instance, notes)
    instance.start()
    wait_for(lambda: lines(notes) == ["begun"])
    instance.kill()
    assert lines(notes) == ["begun"]
    instance.start()
    wait_for(lambda: lines(notes) == ["begun", "begun", "done"])
    instance.stop()


class Served:
    """``./qh serve`` on a copy of a prepared home."""

    def __init__(self, instance: Instance, log: Path) -> None:
        self.log = log
        database = ["--database", instance.database] if instance.database else []
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [*PYTHON, "quanheng.cli.serve", "--empty", "--port", str(instance.port), "--home", str(instance.home),
                 *database],
                env=instance.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )  # fmt: skip
        wait_for(lambda: "is running" in log.read_text() or self.process.poll() is not None)
        assert self.process.poll() is None, log.read_text()

    def children(self) -> dict[str, int]:
        """The worker's and the web server's process numbers."""
        pids = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        found = {}
        for pid in pids:
            command = Path(f"/proc/{pid}/cmdline").read_text()
            found["web server" if "granian" in command else "worker"] = int(pid)
        return found


@pytest.fixture
def served(make_server: MakeServer, tmp_path: Path) -> Iterator[Served]:
    running = Served(make_server(None, start=False), tmp_path / "serve.log")
    yield running
    running.process.kill()
    running.process.wait()


def ended(pid: int) -> bool:
    """Whether a process is gone, or dead and only not yet waited for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


@pytest.mark.any_database
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_as_one_when_told_to(served: Served, number: int) -> None:
    children = served.children()
    assert set(children) == {"web server", "worker"}
    served.process.send_signal(number)
    assert served.process.wait(timeout=30) == 0
    assert all(ended(pid) for pid in children.values())
    assert "Traceback" not in served.log.read_text()


@pytest.mark.any_database
@pytest.mark.parametrize("part", ["web server", "worker"])
def test_when_one_part_dies_the_other_stops_and_the_exit_tells(served: Served, part: str) -> None:
    children = served.children()
    os.kill(children[part], signal.SIGKILL)
    assert served.process.wait(timeout=30) == 1
    assert f"the {part} ended by itself" in served.log.read_text()
    assert all(ended(pid) for pid in children.values())


@pytest.mark.any_database
def test_nothing_is_left_when_the_launcher_is_killed(served: Served) -> None:
    children = served.children()
    served.process.kill()
    wait_for(lambda: all(ended(pid) for pid in children.values()))


@pytest.mark.any_database
def test_a_taken_port_is_told_at_once(served: Served, tmp_path: Path) -> None:
    port = served.process.args[served.process.args.index("--port") + 1]
    again = subprocess.run(
        [*PYTHON, "quanheng.cli.serve", "--port", port, "--home", str(tmp_path)], text=True, capture_output=True
    )
    assert again.returncode == 1
    assert f"port {port}" in again.stderr
    assert "--port N" in again.stderr


def test_an_unknown_database_is_told(tmp_path: Path) -> None:
    instance = Instance(tmp_path, free_port(), database="mysql://x/y", output=(tmp_path / "log").open("wb"))
    with pytest.raises(Exception, match="preparing the data failed"):
        instance.prepare(None)
    assert "must begin with sqlite:// or postgresql://" in (tmp_path / "log").read_text()


ASK_AGAIN = """
from django.core.signals import request_started
from django.db import connection
from quanheng.kernel.audit.models import Head
from quanheng.kernel.base.statements import Asked, rows_by_key
question = Asked(lambda key: Head.objects.filter(pk=key))
assert len(question(1)) == len(rows_by_key(Head.objects.all(), [1])) == 1
if connection.vendor == "postgresql":
    session = connection.connection.info.backend_pid
    with connection.copy().cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [session])
else:
    connection.close()
request_started.send(sender=None)
assert len(question(1)) == len(rows_by_key(Head.objects.all(), [1])) == 1
print("answered")
"""


def test_a_database_that_was_restarted_is_told_its_statements_anew(make_server: MakeServer) -> None:
    assert make_server(None, start=False).manage("shell", "-v0", "-c", ASK_AGAIN).strip() == "answered"
