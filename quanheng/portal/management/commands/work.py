"""``manage.py work``: the background worker."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from quanheng.kernel.base.periodic import Ticker, discover
from quanheng.kernel.base.worker import Worker


class Command(BaseCommand):
    """Does tasks and periodic jobs until SIGTERM or SIGINT."""

    help = "Run the background worker: tasks from the queue and periodic jobs."

    def handle(self, *args: Any, **options: Any) -> None:
        worker = Worker(Ticker(discover()))
        worker.configure_signals()
        worker.work()
