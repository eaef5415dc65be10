"""Configuration of the open-data app."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class OpenDataConfig(AppConfig):
    """See ``declare`` for what is published, ``triggers`` for how changes are noticed."""

    name = "quanheng.kernel.opendata"
    label = "opendata"
    verbose_name = _("开放数据")

    def ready(self) -> None:
        pre_migrate.connect(_before_tables_change, sender=self)
        post_migrate.connect(_after_tables_changed, sender=self)


def _before_tables_change(plan: Any = (), using: str = "default", **_facts: Any) -> None:
    """A migration may rename what a trigger reads, and SQLite drops the triggers of a table that it rebuilds."""
    if plan and using == "default":
        from quanheng.kernel.opendata import triggers

        triggers.remove()


def _after_tables_changed(using: str = "default", **_facts: Any) -> None:
    if using == "default":
        from quanheng.kernel.opendata import triggers

        triggers.install()
