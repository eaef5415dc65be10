"""``./qh manage open_data``: make releases now; ``--renew`` begins new histories of changes."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from quanheng.kernel.opendata import triggers
from quanheng.kernel.opendata.declare import dataset_named, datasets
from quanheng.kernel.opendata.releasing import release


class Command(BaseCommand):
    """Make releases of open data."""

    help = "Make releases of the open data sets, whether or not they are due."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", help="data sets; all when none is named")
        parser.add_argument(
            "--renew",
            action="store_true",
            help="refuse all cursors given so far: after giving back a copy of the database, or after TRUNCATE",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = [dataset_named(name) for name in options["names"]] or list(datasets().values())
        if options["renew"]:
            triggers.renew({dataset.name for dataset in chosen})
        for dataset in chosen:
            made = release(dataset, force=True)
            told = f"{made.rows} rows, {made.uid}" if made else "another process is at it"
            self.stdout.write(f"{dataset.name}: {told}")
