"""Configuration of the cases app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.kernel.cases"
    label = "cases"
    verbose_name = _("案件")
