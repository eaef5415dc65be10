"""A real PostgreSQL for the tests, brought up from a Python package and gone afterwards."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

# A test's database need not survive a power cut; the processes of the platform are killed, never this server.
HASTE = ("fsync", "full_page_writes", "synchronous_commit")


class NoPostgres(Exception):
    """PostgreSQL could not be brought up; the message says why."""


@contextmanager
def postgres(kept: Path | None = None) -> Iterator[str]:
    """The URL of a server that listens on a socket only: a fresh one, or one whose data stay in ``kept``.

    Raises NoPostgres.
    """
    with warnings.catch_warnings():
        # It says where it keeps its lock when no session of a desktop says so.
        warnings.simplefilter("ignore")
        import pgserver

    folder = kept or Path(tempfile.mkdtemp(prefix="qh-pg-"))
    try:
        try:
            server = pgserver.get_server(folder / "data", cleanup_mode="stop")
        except Exception as error:
            log = folder / "data" / "log"
            tail = log.read_text(errors="replace")[-2000:] if log.exists() else ""
            raise NoPostgres(f"PostgreSQL did not start: {error}\n{tail}") from error
        try:
            url = server.get_uri()
            with psycopg.connect(url, autocommit=True) as connection:
                for name in HASTE:
                    connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(name)))
                connection.execute("SELECT pg_reload_conf()")
            yield url
        finally:
            server.cleanup()
    finally:
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


def create_database(url: str, name: str, template: str | None = None) -> str:
    """Make a database on the server of ``url``, a copy of ``template`` where one is named; returns its URL."""
    copied = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)) + copied)
    return urlsplit(url)._replace(path=f"/{name}").geturl()
