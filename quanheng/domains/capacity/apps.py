"""Configuration of the capacity app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CapacityConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.domains.capacity"
    label = "capacity"
    verbose_name = _("承接能力")
