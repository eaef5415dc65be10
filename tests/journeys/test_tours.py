"""Every tour is told to its end on a running platform, in both languages, and fails aloud where it cannot be."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from quanheng.cli.instance import Instance
from quanheng.cli.launch import ROOT

STEPS = {"dispute": 11, "one-stop": 31, "registers": 9, "toolbox": 5, "trust": 17}


def tell(server: Instance, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command of a person who asks for that tour of the platform."""
    return subprocess.run(
        [sys.executable, "-m", "quanheng.cli.tour", name, "--url", server.url, *arguments],
        cwd=ROOT, capture_output=True, text=True, env=server.environment,
    )  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", STEPS)
def test_a_tour_is_told_to_its_end(server: Instance, name: str, language: str) -> None:
    told = tell(server, name, "--home", str(server.home), "--json", "--lang", language)
    assert told.returncode == 0, told.stdout + told.stderr
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert all(line["ok"] for line in lines)
    assert lines[-1]["tour"] == name
    assert lines[-1]["steps"] == len(lines) - 1 == STEPS[name]


def test_a_tour_fails_where_nobody_has_an_account(server: Instance) -> None:
    told = tell(server, "one-stop", "--home", "/nonexistent")
    assert told.returncode == 1
    assert "reference city" in told.stdout
