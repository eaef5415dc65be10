"""Configuration of the status lists."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StatusListsConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.kernel.statuslists"
    label = "statuslists"
    verbose_name = _("状态清单")
