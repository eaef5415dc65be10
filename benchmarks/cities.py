"""Cities prepared once for the present code and kept in the project's folder of data: loading one takes minutes.

What a city is made of decides where it is kept: code, migrations and packaged facts. Older ones are removed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from quanheng.cli.instance import Instance, free_port
from quanheng.cli.launch import ROOT
from quanheng.cli.postgres import create_database, postgres

KEPT = ROOT / "var" / "bench"
# Documents name the site; a city that is kept is always at the same one.
SITE = "http://127.0.0.1:8000"


def digest() -> str:
    """Of all that decides what a loaded city holds."""
    whole = hashlib.sha256()
    for folder, suffixes in (
        ("kernel", (".py", ".csv", ".json")),
        ("domains", (".py", ".csv")),
        ("demo", (".py", ".csv")),
    ):
        for path in sorted((ROOT / "quanheng" / folder).rglob("*")):
            if path.suffix in suffixes and "tests" not in path.parts and "locale" not in path.parts:
                whole.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return whole.hexdigest()[:16]


@contextmanager
def databases() -> Iterator[dict[str, str | None]]:
    """SQLite and a PostgreSQL of our own: what each is called, and the URL of the server (None: a file)."""
    folder = Path(os.environ.get("QH_BENCH_HOME", KEPT)) / digest()
    for other in folder.parent.glob("*") if folder.parent.exists() else ():
        if other != folder and not (other / "used").exists():
            shutil.rmtree(other, ignore_errors=True)
    (folder / "postgres").mkdir(parents=True, exist_ok=True)
    with postgres(folder / "postgres") as url:
        yield {"SQLite": None, "PostgreSQL": url}


def city(server: str | None, scale: str) -> Instance:
    """A prepared platform of a scale, not started: made where it is not there yet, minutes for the largest."""
    kind = "postgresql" if server else "sqlite"
    home = Path(os.environ.get("QH_BENCH_HOME", KEPT)) / digest() / f"{kind}-{scale}"
    name = f"city_{scale}"
    url = urlsplit(server)._replace(path=f"/{name}").geturl() if server else None
    ready = home / "ready"
    if not ready.exists():
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        if server:
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
            create_database(server, name)
    os.environ["QH_SITE_URL"] = SITE
    with (home / "prepare.log").open("ab") as output:
        instance = Instance(home, free_port(), database=url, output=output)
        instance.prepare(scale)
    if url and not ready.exists():
        # As PostgreSQL does by itself within minutes: until then each row of an index is looked up in its table.
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")
    ready.touch()
    return instance


def empty() -> Instance:
    """A prepared platform on SQLite that knows the facts and nobody: what a register is loaded into."""
    home = Path(os.environ.get("QH_BENCH_HOME", KEPT)) / digest() / "sqlite-empty"
    home.mkdir(parents=True, exist_ok=True)
    os.environ["QH_SITE_URL"] = SITE
    with (home / "prepare.log").open("ab") as output:
        instance = Instance(home, free_port(), output=output)
        instance.prepare(None)
    return instance
