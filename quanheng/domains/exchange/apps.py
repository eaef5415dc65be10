"""Configuration of the exchange app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExchangeConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.domains.exchange"
    label = "exchange"
    verbose_name = _("需求与成果对接")
