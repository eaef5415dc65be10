"""Configuration of the parties app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartiesConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.kernel.parties"
    label = "parties"
    verbose_name = _("主体")
