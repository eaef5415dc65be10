"""From ./qh to the command: prepare what it needs, then become it. Standard library only."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

from quanheng.cli.commands import COMMANDS, overview
from quanheng.cli.environment import Environment, SetupFailed

ROOT = Path(__file__).resolve().parents[2]


def launch(arguments: list[str]) -> NoReturn:
    """Run the command named by the first argument in the project's own environment; does not return."""
    if not arguments or arguments[0] in ("help", "-h", "--help"):
        print(overview())
        sys.exit(0)
    command = COMMANDS.get(arguments[0])
    if command is None:
        print(f"qh: there is no command {arguments[0]!r}.\n\n{overview()}", file=sys.stderr)
        sys.exit(2)
    if command.developer and sys.version_info >= (3, 13):
        print(
            "qh: the tests bring up PostgreSQL from a package that exists for Python 3.11 and 3.12 only.\n"
            f"    Start them with one of these: python3.12 ./qh {command.name}",
            file=sys.stderr,
        )
        sys.exit(1)
    environment = Environment(ROOT)
    try:
        environment.prepare(developer=command.developer, pages=command.pages)
    except SetupFailed as failure:
        print(f"\nqh: {failure}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("\nqh: set-up interrupted; start again and it continues.", file=sys.stderr)
        sys.exit(130)
    python = str(environment.python)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quanheng.settings")
    # One process does one thing at a time; threads of the linear algebra would only wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Where this is set, as in many containers, each process compiles 1,700 modules anew: half of its start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.stdout.flush()
    # -P: the folder that the command is called from is the user's; no module is read from there.
    os.execv(python, [python, "-P", "-m", command.module, *arguments[1:]])
