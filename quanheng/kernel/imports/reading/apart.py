"""Reading a file in a process of its own: whatever it does there, this process goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from quanheng.kernel.imports.reading import frames
from quanheng.kernel.imports.reading.frames import Packed
from quanheng.kernel.imports.reading.refused import Cells, Limits, Unreadable
from quanheng.kernel.imports.reading.workbook import Remark

_ROOT = Path(__file__).resolve().parents[4]


@dataclass(frozen=True)
class Head:
    """What is known before the first row."""

    format: str
    sheet: str
    names: Cells


@dataclass(frozen=True)
class End:
    """What is told after the last row."""

    remarks: list[Remark]


def read_apart(path: Path, limits: Limits) -> Iterator[Head | Packed | End]:
    """Head, blocks, end. Raises Unreadable, also where the file asks for more memory or time than it may have."""
    # Only what Python needs to start: no setting of the platform goes to a process that reads a stranger's file.
    environment = {"PYTHONPATH": str(_ROOT), "PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "quanheng.kernel.imports.reading", str(path), json.dumps(limits.facts())],
        cwd=_ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert child.stdout is not None
    # Processor time is bounded inside; this is for a child that waits for ever.
    watch = threading.Timer(limits.seconds * 2, child.kill)
    watch.start()
    try:
        while frame := frames.receive(child.stdout):
            kind, content = frame
            if kind == "H":
                yield Head(*json.loads(content))
            elif kind == "B":
                yield frames.unpack_block(content)
            elif kind == "E":
                yield End([(code, facts) for code, facts in json.loads(content)])
                return
            else:
                code, facts = json.loads(content)
                raise Unreadable(code, **facts)
        raise Unreadable("exhausted", memory=limits.memory // (1024 * 1024), seconds=limits.seconds)
    finally:
        watch.cancel()
        with suppress(OSError):
            child.kill()
        child.stdout.close()
        child.wait()
