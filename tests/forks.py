"""One process of the project that forks: each script it is given runs in a child of its own, all of them at once.

It never connects to a database itself; what it has imported, its children need not import again.
Each line that it reads is a JSON list of scripts; it answers with a line: [[exit status, what was printed], …].
"""

from __future__ import annotations

import json
import os
import random
import sys
import traceback

import django
from django.db import connection

# What every script knows; ``tried`` says "done", or why the act was refused.
PRELUDE = """
import json
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


def _begin(script: str, known: dict[str, object]) -> tuple[int, int]:
    """A child that runs the script; its number, and where to read what it prints."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    status = 1
    try:
        os.dup2(writing, 1)
        os.close(reading)
        random.seed()
        exec(compile(script, "<script>", "exec"), dict(known))
        sys.stdout.flush()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        connection.close()
        sys.stderr.flush()
        os._exit(status)


def main() -> None:
    django.setup()
    known: dict[str, object] = {"__name__": "script"}
    exec(compile(PRELUDE, "<prelude>", "exec"), known)
    for line in sys.stdin:
        assert connection.connection is None, "a connection must not be shared"
        told = []
        for child, reading in [_begin(script, known) for script in json.loads(line)]:
            with open(reading, encoding="utf-8") as output:
                printed = output.read()
            _child, status = os.waitpid(child, 0)
            told.append([os.waitstatus_to_exitcode(status), printed])
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
