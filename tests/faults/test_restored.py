"""Yesterday's backup is given back, and with it what was issued since is gone: the records themselves are in order and
tell nothing. Whoever kept a checkpoint finds out, and so do a copy of the log and its witness."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from quanheng.cli.instance import PYTHON, Instance
from quanheng.kernel.signals.models import Signal
from quanheng.kernel.translog import watching
from quanheng.kernel.translog.models import Peer
from quanheng.kernel.translog.note import Verifier
from tests import world
from tests.faults.calls import inside

# A file is copied, whatever keeps the records of the witness.
pytestmark = [pytest.mark.faults, pytest.mark.any_database, pytest.mark.django_db]

Run = Callable[..., tuple[int, str]]


def copied(source: Path, target: Path) -> None:
    """A backup as SQLite makes it: whole, whatever still stands in the journal beside the file."""
    for beside in ("-wal", "-shm"):
        target.with_name(target.name + beside).unlink(missing_ok=True)
    target.unlink(missing_ok=True)
    with sqlite3.connect(source) as before, sqlite3.connect(target) as after:
        before.backup(after)


def told_by(instance: Instance) -> Run:
    """``qh NAME …`` on an instance: its exit code and all that it says."""

    def run(name: str, *arguments: str | Path) -> tuple[int, str]:
        command = [*PYTHON, f"quanheng.cli.{name}", *map(str, arguments)]
        done = subprocess.run(command, env=instance.environment, text=True, capture_output=True)
        return done.returncode, done.stdout + done.stderr

    return run


class Witness:
    """Another platform (the records of this test) that watches the log in a folder."""

    def __init__(self, key: str) -> None:
        regulator = world.make_organisation("regulator")
        self.peer = Peer.objects.create(
            organisation=regulator,
            role="watched",
            name=Verifier.read(key).name,
            key=key,
            url="https://watched.example/log",
        )

    def looks_at(self, log: Path, monkeypatch: pytest.MonkeyPatch) -> str:
        """What it thinks of the log."""
        address = f"{self.peer.url}/"
        monkeypatch.setattr(watching, "fetch", lambda url: (log / url.removeprefix(address)).read_bytes())
        watching.watch(self.peer)
        self.peer.refresh_from_db()
        return str(self.peer.state)


def test_records_from_a_backup_are_found_out(
    make_server: Callable[..., Instance], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = make_server(None, start=False)
    run, database, backup = told_by(instance), instance.home / "quanheng.sqlite3", tmp_path / "yesterday.sqlite3"
    orders = [*inside(instance, "stock(8)")["reviewed"]]
    inside(instance, f"issued_now({orders[:2]})")
    copied(database, backup)

    today = inside(instance, f"issued_now({orders[2:4]})")
    (kept := tmp_path / "kept").write_text(today["note"])
    served, copy = tmp_path / "served", tmp_path / "copy"
    assert run("log", "mirror", served)[0] == 0
    assert run("log", "mirror", copy, "--from", served, "--key", today["key"])[0] == 0
    witness = Witness(today["key"])
    assert witness.looks_at(served, monkeypatch) == "ok"

    copied(backup, database)
    assert run("log", "audit")[0] == 0, "by themselves the records are in order"
    code, told = run("log", "audit", "--checkpoint", kept)
    assert code == 1 and "rollback" in told, told
    code, told = run("log", "mirror", served)
    assert code == 1 and "rollback" in told, "what is served does not go back unnoticed"
    anew = tmp_path / "anew"
    assert run("log", "mirror", anew)[0] == 0
    code, told = run("log", "mirror", copy, "--from", anew)
    assert code == 1 and "rollback" in told, told
    assert witness.looks_at(anew, monkeypatch) == "refused"

    # Two other reports are issued: as many as before, and another tree.
    other = inside(instance, f"issued_now({orders[4:6]})")
    assert other["size"] == today["size"]
    inside(instance, f"files_of({other['reports'][0]!r}, {str(tmp_path)!r})")
    given = ("--offline", "--trust", tmp_path / "trust.json", "--proof", tmp_path / "proof.json", "--lang", "en")
    assert "✓ In the log" in run("verify", tmp_path / "report.json", *given)[1]
    told = run("verify", tmp_path / "report.json", *given, "--checkpoint", kept)[1]
    assert "✗ In the log" in told and "there are two logs" in told, told

    inside(instance, f"issued_now({orders[6:]})")
    assert run("log", "mirror", anew)[0] == 0
    for log in (("audit", "--checkpoint", kept), ("mirror", served), ("mirror", copy, "--from", anew)):
        code, told = run("log", *log)
        assert code == 1 and "fork" in told, (log, told)
    assert witness.looks_at(anew, monkeypatch) == "refused"
    assert {one.evidence["why"] for one in Signal.objects.all()} == {"rollback", "fork"}
    assert (copy / "checkpoint").read_text() == today["note"], "the copy stays as it was"
