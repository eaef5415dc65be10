"""Two or more at once: each a process of its own on one database, as the servers of a platform are."""

from __future__ import annotations

import subprocess

from quanheng.cli.instance import PYTHON, Instance

SHELL = ["shell", "--no-imports", "-c"]
# What every script of a race knows; ``tried`` says "done", or why the act was refused.
PRELUDE = """
from quanheng.kernel.audit.services import prove
from quanheng.kernel.base.actor import Actor, Post
from quanheng.kernel.base.errors import Conflict

def tried(act, *given, **more):
    try:
        act(*given, **more)
    except Conflict as refused:
        return refused.reason
    return "done"
"""


def at_once(instance: Instance, *scripts: str) -> list[list[str]]:
    """Run scripts at the same time; the words that each printed."""
    workers = [
        subprocess.Popen(
            [*PYTHON, "django", *SHELL, PRELUDE + script], env=instance.environment, stdout=subprocess.PIPE, text=True
        )
        for script in scripts
    ]
    told = [worker.communicate(timeout=180)[0].split() for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * len(workers)
    return told
