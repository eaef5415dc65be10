"""``manage.py work``: the background worker."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from quanheng.kernel.base.periodic import Ticker, discover
from quanheng.kernel.base.processes import settle
from quanheng.kernel.base.worker import Worker


class Command(BaseCommand):
    """Does tasks and periodic jobs until SIGTERM or SIGINT."""

    help = "Run the background worker: tasks from the queue and periodic jobs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--long", action="store_true", help="Only the long tasks that there are, beside a worker.")

    def handle(self, *args: Any, **options: Any) -> None:
        settle()
        if options["long"]:
            worker = Worker(Ticker({}), long=True)
            worker.configure_signals()
            worker.work_beside()
            return
        worker = Worker(Ticker(discover()))
        worker.configure_signals()
        worker.work()
