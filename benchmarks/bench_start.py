"""From nothing to an answering platform, without the reference city."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.frame import Figure, resident_mb
from quanheng.cli.instance import PYTHON, Instance, free_port


def figures() -> Iterator[Figure]:
    """Seconds of a fresh migrate and of a second start, and what one web worker holds after it."""
    with tempfile.TemporaryDirectory(prefix="quanheng-bench-") as folder, tempfile.TemporaryFile() as output:
        instance = Instance(Path(folder), free_port(), output=output)
        began = time.perf_counter()
        subprocess.run([*PYTHON, "django", "migrate", "--verbosity", "0"], env=instance.environment, check=True)
        yield Figure("fresh migrate", time.perf_counter() - began, "s", 10, higher_is_better=False)
        instance.prepare(None)
        began = time.perf_counter()
        try:
            instance.prepare(None)
            instance.start()
            yield Figure("second start", time.perf_counter() - began, "s", 5, higher_is_better=False)
            children = Path(f"/proc/{instance.processes['web server'].pid}/task").glob("*/children")
            workers = [int(pid) for path in children for pid in path.read_text().split()]
            largest = max(resident_mb(pid) for pid in workers)
            yield Figure("web worker's memory after the first answer", largest, "MB", 200, higher_is_better=False)
        finally:
            instance.stop()
