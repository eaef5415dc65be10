"""Configuration of the parties app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.threads import keep_by_thread


class PartiesConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.kernel.parties"
    label = "parties"
    verbose_name = _("主体")

    def ready(self) -> None:
        """Whoever is served, in whichever language, is known by the thread that serves them."""
        keep_by_thread()
