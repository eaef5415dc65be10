"""The search of everything that is public."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class SearchConfig(AppConfig):
    """One index over the registers, kept by the acts themselves."""

    name = "quanheng.kernel.search"
    label = "search"
    verbose_name = _("搜索")

    def ready(self) -> None:
        """A platform that had records before it had an index gets one at its first migration."""
        post_migrate.connect(_first_index, sender=self)


def _first_index(using: str = "default", **facts: Any) -> None:
    from quanheng.kernel.search.models import Document
    from quanheng.kernel.search.searchable import kinds
    from quanheng.kernel.search.services import rebuild

    if using != "default" or Document.objects.exists():
        return
    if any(one.model._default_manager.exists() for one in kinds().values()):
        rebuild()
