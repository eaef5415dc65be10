"""Load the reference city into an empty platform; leaves a loaded one as it is."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from quanheng.demo.city import load_city
from quanheng.demo.scale import SCALES
from quanheng.kernel.parties.models import Organisation


class Command(BaseCommand):
    """``manage.py load_city --scale demo``."""

    help = "Load the synthetic reference city (idempotent)"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scale", choices=sorted(SCALES), default="demo")

    def handle(self, *args: Any, **options: Any) -> None:
        if Organisation.objects.exists():
            self.stdout.write("已有数据，不再载入 / data present, nothing loaded")
            return
        path = settings.HOME / "demo-accounts.json"
        # Written before the city is committed: a city whose accounts nobody knows would be of no use.
        with transaction.atomic():
            accounts = load_city(options["scale"], lambda line: self.stdout.write(f"  {line}"))
            path.write_text(json.dumps(accounts, ensure_ascii=False, indent=2), encoding="utf-8")
