"""Configuration of the cases app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.kernel.cases"
    label = "cases"
    verbose_name = _("案件")

    def ready(self) -> None:
        """Every process, move and act is known wherever the platform runs: web server, worker, commands."""
        autodiscover_modules("process", "services")
