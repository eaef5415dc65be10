"""Loads the packaged facts: regions, rules, holidays, standards, families, items, requirements."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from quanheng.domains.services.loading import load_facts
from quanheng.kernel.base.errors import Refusal


class Command(BaseCommand):
    """``load_facts``: all in one transaction; a second run changes nothing."""

    help = "Load the packaged facts (regions, rules, holidays, standards, families, items, requirements)."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts = load_facts()
        except Refusal as refusal:
            lines = [f"  {error.row}: {error.field} {error.message}" for error in refusal.errors]
            raise CommandError("\n".join([str(refusal), *lines])) from None
        for name, count in counts.items():
            self.stdout.write(f"{name}: {count}")
