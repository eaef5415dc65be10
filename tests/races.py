"""Two or more at once: each a process of its own on one database, as the servers of a platform are."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from quanheng.cli.instance import PYTHON, Instance

# What forks for an instance, by where its records are; ends with the tests, whose end closes its input.
_FORKING: dict[tuple[Path, str | None], subprocess.Popen[str]] = {}


def _forking(instance: Instance) -> subprocess.Popen[str]:
    key = (instance.home, instance.database)
    if key not in _FORKING:
        _FORKING[key] = subprocess.Popen(
            [*PYTHON, "tests.forks"],
            env=instance.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    return _FORKING[key]


def printed(instance: Instance, *scripts: str) -> list[str]:
    """Run scripts at the same time, each in a process of its own that knows ``forks.PRELUDE``; what each printed."""
    forking = _forking(instance)
    assert forking.stdin is not None and forking.stdout is not None
    forking.stdin.write(json.dumps(scripts) + "\n")
    forking.stdin.flush()
    told = json.loads(forking.stdout.readline())
    assert [status for status, _text in told] == [0] * len(scripts)
    return [text for _status, text in told]


def at_once(instance: Instance, *scripts: str) -> list[list[str]]:
    """Run scripts at the same time; the words that each printed."""
    return [text.split() for text in printed(instance, *scripts)]


def alone(instance: Instance, script: str) -> str:
    """What one script printed."""
    return printed(instance, script)[0].strip()
