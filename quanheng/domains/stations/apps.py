"""Configuration of the stations app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StationsConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.domains.stations"
    label = "stations"
    verbose_name = _("服务站点与示范区")

    def ready(self) -> None:
        """Our jobs stand before the kernel's: what ends by itself at its deadline is not escalated as overdue."""
        from quanheng.domains.stations import jobs  # noqa: F401
