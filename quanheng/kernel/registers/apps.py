"""Configuration of the registers app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistersConfig(AppConfig):
    """See ``declare``."""

    name = "quanheng.kernel.registers"
    label = "registers"
    verbose_name = _("登记册")
