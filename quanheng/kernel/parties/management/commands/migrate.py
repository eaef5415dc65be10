"""``migrate``, without making anew what no migration touches."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate

from quanheng.kernel.base.migrating import only_what_changes


class Command(migrate.Command):
    """Django's command; see ``kernel.base.migrating``."""

    def handle(self, *args: Any, **options: Any) -> None:
        with only_what_changes():
            super().handle(*args, **options)
