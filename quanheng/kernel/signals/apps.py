"""Configuration of the signals app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SignalsConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.kernel.signals"
    label = "signals"
    verbose_name = _("信号")
