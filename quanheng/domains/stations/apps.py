"""Configuration of the stations app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StationsConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.domains.stations"
    label = "stations"
    verbose_name = _("服务站点与示范区")
