"""Configuration of the portal."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    """The shell: layout, home, workbenches, verification."""

    name = "quanheng.portal"
    label = "portal"
    verbose_name = _("门户")
