"""Make the search index anew, or bring one kind up to date."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from quanheng.kernel.search.searchable import kinds
from quanheng.kernel.search.services import rebuild, reindex


class Command(BaseCommand):
    """``./qh manage reindex [--kind scope]``."""

    help = "Make the search index anew"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--kind", choices=sorted(kinds()), help="only bring this kind up to date")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["kind"]:
            written = reindex(kinds()[options["kind"]].model)
            self.stdout.write(f"{options['kind']}: {written} 条已更新 / documents written")
            return
        count = rebuild(lambda line: self.stdout.write(f"  {line}"))
        self.stdout.write(f"{count} 条已入索引 / documents in the index")
