"""Make a home ready to serve: tables, facts, the reference city, served files. Doing it again changes nothing."""

from __future__ import annotations

import argparse
import fcntl
import gc
import hashlib
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command


@contextmanager
def _told(what: str) -> Iterator[None]:
    began = time.monotonic()
    print(f"· {what} …", flush=True)
    yield
    print(f"  done in {time.monotonic() - began:.1f} s", flush=True)


def _static_digest() -> str:
    """What the served files are now: any change of name, size or time changes it."""
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list(["*.ttf"]):
            facts = Path(storage.path(name)).stat()
            prefix = getattr(storage, "prefix", "")
            digest.update(f"{prefix}/{name} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _collect_static(home: Path) -> None:
    stamp = home / "static.stamp"
    digest = _static_digest()
    if stamp.exists() and stamp.read_text() == digest and (settings.STATIC_ROOT / "staticfiles.json").exists():
        return
    stamp.unlink(missing_ok=True)
    with _told("served files"):
        # Fonts are for setting documents on the server; pages use the reader's own.
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["*.ttf"])
    stamp.write_text(digest)


def prepare(scale: str | None) -> None:
    """Prepare the home and the database that the settings name; a city only where there is no organisation yet."""
    home: Path = settings.HOME
    # Hardly anything made here is garbage before the end: looking through it over and over took a fifth of the time.
    gc.set_threshold(100_000, 20, 100)
    # Served under names that hold their content's hash, whether or not they were collected before.
    settings.STORAGES["staticfiles"]["BACKEND"] = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    django.setup()
    from quanheng.kernel.base.planner import refresh_grown
    from quanheng.kernel.parties.models import Organisation

    with (home / "prepare.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with _told("database tables"):
            call_command("migrate", interactive=False, verbosity=0)
            call_command("createcachetable", verbosity=0)
        with _told("facts: regions, rules, holidays, standards, products"):
            call_command("load_facts", stdout=StringIO())
        if scale and not Organisation.objects.exists():
            with _told(f"reference city ({scale}), synthetic"):
                call_command("load_city", scale=scale)
                refresh_grown()
        _collect_static(home)


def main() -> int:
    parser = argparse.ArgumentParser(prog="quanheng.cli.prepare")
    parser.add_argument("--scale", help="load the reference city of this size where there is no organisation yet")
    prepare(parser.parse_args().scale)
    return 0


if __name__ == "__main__":
    sys.exit(main())
