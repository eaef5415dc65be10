"""Configuration of the results app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ResultsConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.kernel.results"
    label = "results"
    verbose_name = _("结果")
