"""Configuration of the region app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegionConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.kernel.region"
    label = "region"
    verbose_name = _("行政区划")
