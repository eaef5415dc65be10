"""``python -m quanheng.kernel.imports.reading FILE LIMITS``: reads one file for another process; see ``apart``."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from quanheng.kernel.imports.reading import frames
from quanheng.kernel.imports.reading.refused import Limits, Unreadable
from quanheng.kernel.imports.reading.table import open_file


def _bound(limits: Limits) -> None:
    """No more memory, time or files than a table needs; nothing is ever written."""
    for what, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        hard = resource.getrlimit(what)[1]
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def main(given: list[str]) -> int:
    """0 once everything was told: the table, or why it is none."""
    limits = Limits(**json.loads(given[1]))
    _bound(limits)
    out = sys.stdout.buffer
    try:
        table = open_file(Path(given[0]), limits)
        frames.send(out, "H", frames.pack_json([table.format, table.sheet, table.head]))
        for block in table.blocks:
            frames.send(out, "B", frames.pack_block(block))
        frames.send(out, "E", frames.pack_json(table.remarks))
    except Unreadable as refused:
        frames.send(out, "X", frames.pack_json([refused.code, refused.facts]))
    except MemoryError:
        return 1
    out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
