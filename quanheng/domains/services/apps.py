"""Configuration of the services app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ServicesConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.domains.services"
    label = "services"
    verbose_name = _("一站式服务")
