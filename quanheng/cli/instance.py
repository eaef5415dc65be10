"""One running platform: a home, a database, a web server and a background worker."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any

from quanheng.cli.launch import ROOT
from quanheng.cli.prepared import is_prepared, keep_prepared
from quanheng.kernel.base.processes import end_with_parent

PYTHON = [sys.executable, "-P", "-m"]
# How long a request, a task or a periodic job may take to finish once the platform is told to stop.
PATIENCE = 20.0


class InstanceFailed(Exception):
    """The platform could not be prepared or did not stay up; the message says which part."""


@dataclass
class Instance:
    """A platform on this machine. ``database`` is a URL; None is SQLite inside ``home``."""

    home: Path
    port: int
    host: str = "127.0.0.1"
    database: str | None = None
    workers: int = 2
    output: IO[bytes] | None = None
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where this machine reaches the web server; no slash at the end."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make any process of the project belong to this instance."""
        variables = {**os.environ, "QH_HOME": str(self.home), "PYTHONPATH": str(ROOT)}
        variables["DJANGO_SETTINGS_MODULE"] = "quanheng.settings"
        variables.setdefault("QH_SITE_URL", self.url)
        variables.pop("QH_DATABASE", None)
        if self.database:
            variables["QH_DATABASE"] = self.database
        return variables

    def prepare(self, scale: str | None) -> None:
        """Tables, facts and served files, and the reference city of ``scale`` where no organisation is known yet.

        Nothing is done where that is how it stands. Raises InstanceFailed.
        """
        if not self.database and is_prepared(self.home, scale):
            return
        arguments = ["--scale", scale] if scale else []
        done = subprocess.run(
            [*PYTHON, "quanheng.cli.prepare", *arguments],
            env=self.environment,
            stdout=self.output,
            stderr=subprocess.STDOUT if self.output else None,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )
        if done.returncode:
            raise InstanceFailed("preparing the data failed; the reason is above.")
        if not self.database:
            keep_prepared(self.home, scale)

    def start(self) -> None:
        """Start the web server and, once it answers, the worker. Raises InstanceFailed.

        Both load the same two seconds long: together they would keep whoever waits for the first page waiting.
        """
        self._spawn(
            "web server",
            ["granian", "--interface", "wsgi", "--host", self.host, "--port", str(self.port), "--no-ws",
             "--workers", str(self.workers), "--blocking-threads", "1", "--workers-kill-timeout", "5",
             "--log-level", "warning", "quanheng.wsgi:application"],
        )  # fmt: skip
        self._wait_ready()
        # Requests come first.
        self._spawn("worker", ["django", "work"], niceness=5)

    def _spawn(self, name: str, arguments: list[str], niceness: int = 0) -> None:
        # A session of its own: Ctrl-C reaches the children through us, once, and a whole group can be ended.
        self.processes[name] = subprocess.Popen(
            [*PYTHON, *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=subprocess.STDOUT if self.output else None,
            start_new_session=True,
            preexec_fn=partial(_begin, niceness),
        )

    def _wait_ready(self, seconds: float = 60.0) -> None:
        """Return once the web server answers. Raises InstanceFailed where it ends or stays silent."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if ended := self.ended():
                raise InstanceFailed(f"the {ended} ended at once; the reason is above.")
            try:
                urllib.request.urlopen(self.url, timeout=5).close()
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.05)
        raise InstanceFailed(f"the web server did not answer within {seconds:.0f} s.")

    def ended(self) -> str | None:
        """The name of a part that has ended, if one has."""
        return next((name for name, process in self.processes.items() if process.poll() is not None), None)

    def stop(self) -> None:
        """Ask both parts to finish what they are doing and end; end them by force after PATIENCE."""
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + PATIENCE
        for process in self.processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
        self.kill()

    def kill(self) -> None:
        """End everything at once, as a power cut would (SIGKILL to both process groups)."""
        for process in self.processes.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.processes.clear()

    def manage(self, *arguments: str, **options: Any) -> str:
        """Run a Django command on this instance and return what it printed. Raises CalledProcessError."""
        return subprocess.run(
            [*PYTHON, "django", *arguments], env=self.environment, check=True, text=True, capture_output=True, **options
        ).stdout

    @property
    def accounts(self) -> list[dict[str, str]]:
        """The demonstration accounts of the reference city; none where it was not loaded."""
        return accounts(self.home)


def accounts(home: Path) -> list[dict[str, str]]:
    """username, password, role_zh, role_en and organisation of each demonstration account kept in ``home``."""
    path = home / "demo-accounts.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def temporary_instance(scale: str | None = "test") -> Iterator[Instance]:
    """A running platform on SQLite in a temporary home; everything is gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="quanheng-"))
    with (home / "output.log").open("w+b") as output:
        instance = Instance(home, free_port(), output=output)
        try:
            instance.prepare(scale)
            instance.start()
            yield instance
        except InstanceFailed as failure:
            output.seek(0)
            raise InstanceFailed(f"{output.read().decode(errors='replace')[-3000:]}\n{failure}") from failure
        finally:
            instance.stop()
            shutil.rmtree(home, ignore_errors=True)


def _begin(niceness: int) -> None:
    """In a child: what it gives way to others, and how it ends."""
    os.nice(niceness)
    end_with_parent()
