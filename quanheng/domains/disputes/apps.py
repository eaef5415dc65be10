"""Configuration of the disputes app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DisputesConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.domains.disputes"
    label = "disputes"
    verbose_name = _("投诉与异议")

    def ready(self) -> None:
        """Our jobs stand before the kernel's: what ends by itself at its deadline is not escalated as overdue."""
        from quanheng.domains.disputes import jobs  # noqa: F401
