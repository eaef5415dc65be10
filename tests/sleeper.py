"""A task for the tests that kill its worker."""

from __future__ import annotations

import time
from pathlib import Path

from django_tasks import task


@task()
def sleep_and_note(path: str, seconds: float) -> None:
    """Add a line when beginning and another when done; the first time takes ``seconds``."""
    file = Path(path)
    first = not file.exists()
    with file.open("a") as lines:
        lines.write("begun\n")
    if first:
        time.sleep(seconds)
    with file.open("a") as lines:
        lines.write("done\n")
