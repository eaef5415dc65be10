"""``manage.py describe_processes``: write docs/developers/processes.md from the declarations."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from quanheng.kernel.cases.describing import describe_all
from quanheng.kernel.cases.process import PROCESSES


class Command(BaseCommand):
    """See the module."""

    help = "Write docs/developers/processes.md from the declared processes."

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.ROOT / "docs" / "developers" / "processes.md"
        path.write_text(describe_all(PROCESSES.values()), encoding="utf-8")
        self.stdout.write(f"{path.relative_to(settings.ROOT)}: {len(PROCESSES)} processes")
